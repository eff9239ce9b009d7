//! The command line that has no option, which is most of them, read without clap: to make and to drop the definition of all
//! options takes more time and memory than anything else at the start of a run.
//!
//! What an option is in force with when it is not given is still said where it is defined; a test holds the two together.

use super::{Args, OutputArgs, RecordArgs};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

impl Args {
    /// What clap makes of a command line without options; `None` when there is one, or what may be one.
    pub fn plain(words: &[OsString]) -> Option<Args> {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::OsStr;

    /// Equal when every field shows the same.
    fn same(words: &[OsString]) -> Option<(String, String)> {
        let plain = Args::plain(words)?;
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
    fn without_options_it_is_what_clap_makes_of_it() {
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
            let (plain, parsed) = same(&words(line)).expect("no option");
            assert_eq!(plain, parsed, "{line:?}");
        }
        assert!(same(&[]).is_some_and(|(plain, parsed)| plain == parsed));
    }

    #[test]
    fn what_may_be_an_option_is_left_to_clap() {
        for first in ["-k", "-", "-j4", "--jobs", "--help", "---", "--=x", "-\u{e9}"] {
            assert!(Args::plain(&words(&[first.as_bytes(), b"echo"])).is_none(), "{first}");
        }
    }

    proptest! {
        #[test]
        fn no_words_make_a_difference(line in proptest::collection::vec(
            prop_oneof![
                "-{0,3}[a-z0-9=,{}<>]{0,4}".prop_map(String::into_bytes),
                proptest::collection::vec(1u8.., 0..4),
            ], 0..5,
        )) {
            let line: Vec<&[u8]> = line.iter().map(Vec::as_slice).collect();
            if let Some((plain, parsed)) = same(&words(&line)) {
                prop_assert_eq!(plain, parsed);
            }
        }
    }
}
