//! The job pool that make, ninja or cargo names in the environment.

use crate::cli::host::Host;
use crate::run::events::job_pool::JobPool;
use crate::sys::token_pool::TokenPool;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

/// The variables, in the order in which they are read. cargo sets its own beside that of a make above it.
const VARIABLES: [&str; 3] = ["CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS"];

/// The pool that a variable names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named<'a> {
    /// The descriptors for reading and writing.
    Descriptors(i32, i32),
    /// A named pipe.
    Path(&'a [u8]),
    /// `-j1`: make runs one recipe at a time, and has no pool.
    One,
    /// A value of another form.
    Unknown,
}

/// The pool of this run. A pool that is named and cannot be used is noted.
pub fn job_pool(host: &Host, notes: &mut Vec<String>) -> Option<Arc<JobPool>> {
    let mut lost = None;
    for variable in VARIABLES {
        let value = host.environment.iter().find(|(name, _)| name == variable);
        let Some((named, word)) = value.and_then(|(_, value)| named(value)) else { continue };
        let pool = match named {
            Named::One => return Some(JobPool::new(None)),
            Named::Descriptors(read, write) => TokenPool::inherited(read, write),
            Named::Path(path) => TokenPool::named(path),
            Named::Unknown => Err("its form is not known".to_owned()),
        };
        match pool {
            Ok(pool) => return Some(JobPool::new(Some(pool))),
            Err(why) => {
                let word = crate::escape::visible(word).into_owned();
                lost.get_or_insert(format!(
                    "{variable} has {word}, which cannot be used: {why}; put + before the line of the recipe"
                ));
            }
        }
    }
    notes.extend(lost);
    None
}

/// The pool in a value of `MAKEFLAGS`, and the word that names it. The last word that names one counts.
fn named(value: &OsStr) -> Option<(Named<'_>, &[u8])> {
    let words = value.as_bytes().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut found = None;
    // Behind -- are variables that were set on the command line of make.
    for word in words.take_while(|word| *word != b"--") {
        let auth = word.strip_prefix(b"--jobserver-auth=").or_else(|| word.strip_prefix(b"--jobserver-fds="));
        if let Some(auth) = auth {
            found = Some((parse(auth), word));
        } else if word == b"-j1" && found.is_none() {
            found = Some((Named::One, word));
        }
    }
    found
}

fn parse(auth: &[u8]) -> Named<'_> {
    if let Some(path) = auth.strip_prefix(b"fifo:") {
        return Named::Path(path);
    }
    let text = std::str::from_utf8(auth).unwrap_or_default();
    let numbers = text.split_once(',').map(|(read, write)| (read.parse(), write.parse()));
    match numbers {
        Some((Ok(read), Ok(write))) => Named::Descriptors(read, write),
        _ => Named::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn pools_in_the_flags_of_make() {
        let named = |flags: &'static str| named(OsStr::new(flags)).map(|(named, _)| named);
        assert_eq!(named("k -j3 --jobserver-auth=3,4"), Some(Named::Descriptors(3, 4)));
        assert_eq!(named(" -j --jobserver-fds=5,6 --jobserver-auth=7,8"), Some(Named::Descriptors(7, 8)));
        assert_eq!(named("-j8 --jobserver-auth=fifo:/tmp/GMfifo1"), Some(Named::Path(b"/tmp/GMfifo1")));
        assert_eq!(named(" -j1"), Some(Named::One));
        assert_eq!(named(" --jobserver-auth=-2,-2"), Some(Named::Descriptors(-2, -2)));
        assert_eq!(named(" --jobserver-auth=x"), Some(Named::Unknown));
        for flags in ["", "k", " -j", " -j8", " -- CC=--jobserver-auth=3,4"] {
            assert_eq!(named(flags), None, "{flags}");
        }
    }

    #[test]
    fn a_pool_that_is_lost_is_noted_once() {
        let set = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        let environment = vec![
            set("MAKEFLAGS", " -j4 --jobserver-auth=903,904"),
            set("MFLAGS", "-j4 --jobserver-auth=903,904"),
        ];
        let mut notes = Vec::new();
        assert!(job_pool(&Host { environment, ..Host::default() }, &mut notes).is_none());
        assert_eq!(
            notes,
            [
                "MAKEFLAGS has --jobserver-auth=903,904, which cannot be used: descriptor 903 is closed; put + before the line of the recipe"
            ]
        );
    }
}
