//! The names that apool answers to. Each personality has a command line of its own, and makes the same configuration of
//! a run as plain apool. Options, variables and files of one personality have no effect on another.

mod getopt;
pub mod parallel;
pub mod xargs;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// The command line that apool takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personality {
    /// Its own.
    Apool,
    /// That of GNU xargs.
    Xargs,
    /// That of GNU parallel.
    Parallel,
}

/// The variable that names a personality.
pub const VARIABLE: &str = "APOOL_AS";

impl Personality {
    /// All personalities by their names.
    const ALL: [(&str, Personality); 3] =
        [("apool", Personality::Apool), ("xargs", Personality::Xargs), ("parallel", Personality::Parallel)];

    fn named(name: &OsStr) -> Option<Personality> {
        Personality::ALL.iter().find(|(known, _)| name == *known).map(|(_, personality)| *personality)
    }

    /// Chooses by the first option `--as NAME`, which is removed from the words, then by the name of the program, then by
    /// the `variable` APOOL_AS. A program with any other name is chosen by the variable, or is plain apool.
    pub fn choose(words: &mut Vec<OsString>, variable: Option<&OsStr>) -> Result<Personality, String> {
        if let Some((name, used)) = as_option(words)? {
            let found = Personality::named(&name).ok_or_else(|| unknown("--as", &name))?;
            words.drain(1..=used);
            return Ok(found);
        }
        let program = words.first().map(|word| file_name(word)).unwrap_or_default();
        match (Personality::named(program), variable) {
            (Some(found), _) if found != Personality::Apool => Ok(found),
            (_, Some(name)) if !name.is_empty() => {
                Personality::named(name).ok_or_else(|| unknown(VARIABLE, name))
            }
            _ => Ok(Personality::Apool),
        }
    }
}

/// The value of `--as`, and the number of words that the option takes.
fn as_option(words: &[OsString]) -> Result<Option<(OsString, usize)>, String> {
    let Some(first) = words.get(1) else { return Ok(None) };
    if first == "--as" {
        let name = words.get(2).ok_or_else(|| format!("--as: a value is missing: {}", names()))?;
        return Ok(Some((name.clone(), 2)));
    }
    let value = first.as_bytes().strip_prefix(b"--as=");
    Ok(value.map(|value| (OsStr::from_bytes(value).to_owned(), 1)))
}

fn unknown(source: &str, name: &OsStr) -> String {
    let name = crate::escape::visible(name.as_bytes());
    format!("{source}: '{name}' is not a name that apool answers to: {}", names())
}

fn names() -> String {
    Personality::ALL.map(|(name, _)| name).join(", ")
}

/// The last part of a path.
fn file_name(path: &OsStr) -> &OsStr {
    let bytes = path.as_bytes();
    let start = memchr::memrchr(b'/', bytes).map_or(0, |at| at + 1);
    OsStr::from_bytes(&bytes[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(line: &str, variable: Option<&str>) -> Result<(Personality, Vec<OsString>), String> {
        let mut words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Personality::choose(&mut words, variable.map(OsStr::new)).map(|found| (found, words))
    }

    #[test]
    fn the_option_comes_before_the_name_and_the_name_before_the_variable() {
        let chosen = |line, variable| choose(line, variable).expect(line).0;
        assert_eq!(chosen("apool -k echo", None), Personality::Apool);
        assert_eq!(chosen("/usr/bin/xargs -n1", None), Personality::Xargs);
        assert_eq!(chosen("./parallel -k", None), Personality::Parallel);
        assert_eq!(chosen("xargs --as parallel", None), Personality::Parallel);
        assert_eq!(chosen("/opt/xargs/apool", None), Personality::Apool);
        assert_eq!(chosen("apool", Some("xargs")), Personality::Xargs);
        assert_eq!(chosen("apool", Some("")), Personality::Apool);
        assert_eq!(chosen("xargs", Some("apool")), Personality::Xargs);
        assert_eq!(chosen("xargs --as apool", Some("xargs")), Personality::Apool);
        assert_eq!(chosen("other", None), Personality::Apool);
    }

    #[test]
    fn only_the_first_option_chooses_and_it_is_removed() {
        for line in ["apool --as xargs -n1 --as", "apool --as=xargs -n1 --as"] {
            let (found, words) = choose(line, None).expect(line);
            assert_eq!(
                (found, words),
                (Personality::Xargs, ["apool", "-n1", "--as"].map(OsString::from).into())
            );
        }
        assert_eq!(choose("apool -k --as xargs", None).expect("plain").0, Personality::Apool);
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(choose("apool --as bees", None).expect_err("unknown").starts_with("--as: 'bees' is not"));
        assert!(choose("apool", Some("bees")).expect_err("unknown").starts_with("APOOL_AS: 'bees' is not"));
        assert!(choose("apool --as", None).expect_err("no value").starts_with("--as: a value is missing"));
    }
}
