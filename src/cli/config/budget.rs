//! What a command line holds: how many bytes of records fill it, and what one record takes of them.
//!
//! It is found from the text of the command, before the template is parsed (the input, and so the names of its columns,
//! is opened first). What may be a placeholder counts as one: a command line that is filled less is no harm.

use crate::cli::args::Args;
use crate::cli::host::Host;
use crate::input::Budget;
use std::os::unix::ffi::OsStrExt;

/// Room left on a command line, as POSIX asks of xargs.
const HEADROOM_BYTES: usize = 2048;
/// The most that one argument may take, and some bytes to spare for its end. Linux has no name for it in its headers.
const ARGUMENT_BYTES: usize = 128 * 1024 - 64;
/// What the system counts for a word beside its bytes: the NUL and a pointer.
const WORD_BYTES: usize = 1 + size_of::<usize>();

/// The room for the records of a job.
pub fn budget(args: &Args, host: &Host) -> Budget {
    let script = args.shell_command.as_ref().or(args.template.first().filter(|_| is_script(args, host)));
    let words: Vec<&[u8]> = match script {
        Some(text) => text.as_bytes().split(u8::is_ascii_whitespace).collect(),
        None => args.template.iter().map(|word| word.as_bytes()).collect(),
    };
    let room = host.argument_bytes.saturating_sub(host.environment_bytes + HEADROOM_BYTES);
    let asked = args.input.max_chars.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    // -s counts characters, as xargs does; where that could be more than the system takes, its way to count holds.
    let (bytes, word_bytes) = match asked {
        Some(n) if n <= room / WORD_BYTES => (n, 1),
        Some(n) => (n.min(room), WORD_BYTES),
        None => (room, WORD_BYTES),
    };
    let filled: Vec<(usize, &[u8])> =
        words.iter().map(|word| (holes(args, word), *word)).filter(|(holes, _)| *holes > 0).collect();
    let copies = filled.iter().map(|(holes, _)| holes).sum::<usize>().max(1);
    let each = if args.input.context {
        // The word is repeated, with all that stands in it.
        filled.iter().map(|(_, word)| word.len() + word_bytes).sum::<usize>().max(word_bytes)
    } else {
        copies * word_bytes
    };
    // Several records in one argument: a script, or a word with more than its placeholder in it.
    let glued = !args.input.context && filled.iter().any(|(_, word)| !is_alone(args, word));
    let bytes = if script.is_some() || glued { bytes.min(ARGUMENT_BYTES) } else { bytes };
    let taken: usize = words.iter().map(|word| word.len() + word_bytes).sum();
    let length = if script.is_some() { quoted_length } else { <[u8]>::len };
    Budget { bytes: bytes.saturating_sub(taken), each, copies, length }
}

/// A template of one word that a shell is to read: it has more than letters in it, or names a function of the shell.
fn is_script(args: &Args, host: &Host) -> bool {
    let [word] = &args.template[..] else { return false };
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_./-+,:@%".contains(b);
    !word.as_bytes().iter().all(plain) || host.bash_functions.iter().any(|name| name == word.as_bytes())
}

/// How many placeholders a word may hold.
fn holes(args: &Args, word: &[u8]) -> usize {
    match &args.replace {
        Some(base) => base.as_bytes().first().map_or(0, |first| memchr::memchr_iter(*first, word).count()),
        None => memchr::memchr2_iter(b'{', b'<', word).count(),
    }
}

/// A word that is nothing but its placeholder becomes a word for each record.
fn is_alone(args: &Args, word: &[u8]) -> bool {
    match &args.replace {
        Some(base) => word == base.as_bytes(),
        None => {
            matches!(word, [b'{', inner @ .., b'}'] | [b'<', inner @ .., b'>'] if !inner.iter().any(|b| b"{}<>".contains(b)))
        }
    }
}

/// How long a value is once single-quoted for the shell: each quote in it becomes four bytes.
fn quoted_length(value: &[u8]) -> usize {
    value.len() + 2 + 3 * memchr::memchr_iter(b'\'', value).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn of(line: &str) -> Budget {
        let words = std::iter::once("apool").chain(line.split(' ')).map(OsString::from);
        let host = Host { argument_bytes: 2 << 20, environment_bytes: 1000, ..Host::default() };
        budget(&Args::parse_words(words).expect("parses"), &host)
    }

    #[test]
    fn a_record_counts_as_often_as_it_stands_there() {
        assert_eq!((of("-X echo").copies, of("-X echo").each), (1, 9));
        assert_eq!((of("-m echo {} {/}").copies, of("-m echo {} {/}").each), (2, 18));
        assert_eq!(of("-X echo abc{}").each, 5 + 9);
        assert_eq!(of("-I , -X echo a,b,").copies, 2);
    }

    #[test]
    fn what_is_joined_to_one_argument_is_held_to_its_size() {
        assert!(of("-m echo x{}").bytes < ARGUMENT_BYTES);
        assert!(of("-m echo {}").bytes > 1 << 20);
        assert!(of("-X echo x{}").bytes > 1 << 20);
        assert!(of("-X -c echo").bytes < ARGUMENT_BYTES);
    }

    #[test]
    fn a_number_of_characters_is_one_of_characters() {
        assert_eq!((of("-X -s 20 echo").bytes, of("-X -s 20 echo").each), (15, 1));
        assert_eq!(of("-X -s 1000000 echo").each, 9);
    }
}
