//! Parses a command line without options, without clap. Most command lines have none, and building the definition of all
//! options takes more time and memory than any other step of the start.
//!
//! The defaults are repeated here. A test compares them with those of the definition.

use super::{Args, OutputArgs, RecordArgs};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// The same result as clap for a command line without options. `None` if the first word may be an option.
pub fn without_options(words: &[OsString]) -> Option<Args> {
    let words = words.get(1..).unwrap_or_default();
    let template = match words.first() {
        Some(first) if first == "--" => &words[1..],
        Some(first) if first.as_bytes().starts_with(b"-") => return None,
        _ => words,
    };
    Some(Args {
        template: template.to_vec(),
        output: OutputArgs { color: "auto".to_owned(), ..OutputArgs::default() },
        record: RecordArgs { results_layout: "tree".to_owned(), ..RecordArgs::default() },
        ..Args::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::OsStr;

    /// The `Debug` text of both results. `None` if the line is left to clap.
    fn both(words: &[OsString]) -> Option<(String, String)> {
        let plain = without_options(words)?;
        let parsed = Args::parse_words(words.to_vec(), false).expect("parses");
        Some((format!("{plain:?}"), format!("{parsed:?}")))
    }

    fn words(line: &[&[u8]]) -> Vec<OsString> {
        std::iter::once(&b"apool"[..])
            .chain(line.iter().copied())
            .map(|w| OsStr::from_bytes(w).to_owned())
            .collect()
    }

    #[test]
    fn without_options_the_result_is_that_of_clap() {
        let lines: [&[&[u8]]; 9] = [
            &[],
            &[b"echo"],
            &[b""],
            &[b"--"],
            &[b"--", b"-k", b"--", b"x"],
            &[b"grep", b"-n", b"--", b"--help", b"-j4"],
            &[b"echo", b"--"],
            &[b"echo {} | wc -c"],
            &[b"\xff\xfe", b"-\xff", b"--\xff=1"],
        ];
        for line in lines {
            let (plain, parsed) = both(&words(line)).expect("no option");
            assert_eq!(plain, parsed, "{line:?}");
        }
        assert!(both(&[]).is_some_and(|(plain, parsed)| plain == parsed));
    }

    #[test]
    fn a_possible_option_is_left_to_clap() {
        for first in ["-k", "-", "-j4", "--jobs", "--help", "---", "--=x", "-\u{e9}"] {
            assert!(without_options(&words(&[first.as_bytes(), b"echo"])).is_none(), "{first}");
        }
    }

    proptest! {
        #[test]
        fn any_words_give_the_result_of_clap(line in proptest::collection::vec(
            prop_oneof![
                "-{0,3}[a-z0-9=,{}<>]{0,4}".prop_map(String::into_bytes),
                proptest::collection::vec(1u8.., 0..4),
            ], 0..5,
        )) {
            let line: Vec<&[u8]> = line.iter().map(Vec::as_slice).collect();
            if let Some((plain, parsed)) = both(&words(&line)) {
                prop_assert_eq!(plain, parsed);
            }
        }
    }
}
