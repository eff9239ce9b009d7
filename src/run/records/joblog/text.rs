//! The text of a record: GNU parallel's columns with its number formats, and the escaping of the Command column.
//!
//! The escaping is one to one: every command has one text, and every text at most one command. The column therefore
//! identifies the command. Marks follow the command with further facts of the job. No command's text contains a mark,
//! and a shell reads a mark as a comment.

use super::record::Record;
use crate::job::Seq;
use crate::run::input::job_input::JobInput;
use crate::run::job_exit::JobExit;
use std::io::Write;

/// The first line of every joblog.
pub const HEADER: &[u8] = b"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/// A parsed line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The number of the job.
    pub seq: Seq,
    /// The exit of the job.
    pub exit: JobExit,
    /// The Send column: bytes that the job received.
    pub sent: u64,
    /// The text of the command, still escaped.
    pub text: &'a [u8],
    /// The input of the job.
    pub input: JobInput,
    /// The seed of the order of the jobs (`--shuf`), if the record has it.
    pub seed: Option<u64>,
    /// The program that wrote the record; it determines the escaping.
    pub writer: Writer,
}

/// The program that wrote a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// apool: the Command column is escaped.
    Apool,
    /// GNU parallel: the Command column is literal, with NUL for a newline.
    Gnu,
}

/// The start of a mark. In an escaped command only `n`, `t`, `x` or a backslash follows a backslash.
const MARK: &[u8] = b" #\\";

/// Replaces `line` by the text of a record with its newline. `seed` is the seed of the order of the jobs.
pub(in crate::run) fn format(record: &Record<'_>, seed: Option<u64>, line: &mut Vec<u8>) {
    line.clear();
    let _ = write!(line, "{}\t", record.seq);
    if record.host.is_empty() {
        line.push(b':');
    }
    escape(record.host, line);
    let began = record.began.as_millis();
    let took = (record.took.as_nanos() + 500_000) / 1_000_000;
    // GNU parallel pads the run time to ten places. The extra blank distinguishes our records, which are escaped.
    let _ = write!(line, "\t{}.{:03}\t {:>6}.{:03}", began / 1000, began % 1000, took / 1000, took % 1000);
    let (exitval, signal) = (record.exit.exitval(), record.exit.signal());
    let _ = write!(line, "\t{}\t{}\t{exitval}\t{signal}\t", record.sent, record.received);
    escape(record.command, line);
    match record.input {
        JobInput::Arguments => {}
        JobInput::Block { hash, .. } => mark(line, format_args!("block={hash:016x}")),
        JobInput::Shared => mark(line, format_args!("block=shared")),
    }
    if let Some(seed) = seed {
        mark(line, format_args!("seed={seed}"));
    }
    line.push(b'\n');
}

fn mark(line: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    line.extend_from_slice(MARK);
    let _ = line.write_fmt(text);
}

/// The start of the first mark, or the end of the column.
fn command_end(column: &[u8]) -> usize {
    if memchr::memmem::find(column, MARK).is_none() {
        return column.len();
    }
    let mut at = 0;
    while let Some(found) = column.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        let escape = at + found;
        let known = matches!(column.get(escape + 1), Some(b'n' | b't' | b'x' | b'\\'));
        if !known && column[..=escape].ends_with(MARK) {
            return escape + 1 - MARK.len();
        }
        // The next byte belongs to the backslash.
        at = escape + 2;
    }
    column.len()
}

/// Parses the marks behind a command; `None` if one is unknown.
fn marks(mut text: &[u8], sent: u64) -> Option<(JobInput, Option<u64>)> {
    let (mut input, mut seed) = (JobInput::Arguments, None);
    while !text.is_empty() {
        let rest = text.strip_prefix(MARK)?;
        let end = memchr::memmem::find(rest, MARK).unwrap_or(rest.len());
        let (key, value) = rest[..end].split_at(rest[..end].iter().position(|b| *b == b'=')? + 1);
        match (key, value) {
            (b"block=", b"shared") => input = JobInput::Shared,
            (b"block=", value) if value.len() == 16 && value.iter().all(u8::is_ascii_hexdigit) => {
                let hash = u64::from_str_radix(std::str::from_utf8(value).ok()?, 16).ok()?;
                input = JobInput::Block { hash, bytes: sent };
            }
            (b"seed=", value) => seed = Some(unsigned(value)?),
            _ => return None,
        }
        text = &rest[end..];
    }
    Some((input, seed))
}

/// Appends `bytes`. Newline, tab and backslash become `\n`, `\t` and `\\`. Other control characters and bytes that are
/// not UTF-8 become `\xHH`.
pub(in crate::run) fn escape(bytes: &[u8], to: &mut Vec<u8>) {
    if bytes.iter().all(|b| matches!(b, b' '..=b'~') && *b != b'\\') {
        to.extend_from_slice(bytes);
        return;
    }
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut utf8 = [0; 4];
            let encoded = c.encode_utf8(&mut utf8).as_bytes();
            match c {
                '\n' => to.extend_from_slice(b"\\n"),
                '\t' => to.extend_from_slice(b"\\t"),
                '\\' => to.extend_from_slice(b"\\\\"),
                c if c.is_control() => hex(encoded, to),
                _ => to.extend_from_slice(encoded),
            }
        }
        hex(chunk.invalid(), to);
    }
}

fn hex(bytes: &[u8], to: &mut Vec<u8>) {
    for b in bytes {
        let _ = write!(to, "\\x{b:02x}");
    }
}

/// Appends the bytes of an escaped text. False when [`escape`] never gives this text.
pub(in crate::run) fn unescape(text: &[u8], to: &mut Vec<u8>) -> bool {
    let start = to.len();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        to.extend_from_slice(&rest[..at]);
        let (byte, length) = match rest.get(at + 1) {
            Some(b'n') => (b'\n', 2),
            Some(b't') => (b'\t', 2),
            Some(b'\\') => (b'\\', 2),
            Some(b'x') => {
                let digits = rest.get(at + 2..at + 4).and_then(|d| std::str::from_utf8(d).ok());
                match digits.map(|d| u8::from_str_radix(d, 16)) {
                    Some(Ok(byte)) => (byte, 4),
                    _ => return false,
                }
            }
            _ => return false,
        };
        to.push(byte);
        rest = &rest[at + length..];
    }
    to.extend_from_slice(rest);
    // A text that escape would not write was changed.
    if rest.len() == text.len() && text.iter().all(|b| matches!(b, b' '..=b'~')) {
        return true;
    }
    let mut again = Vec::with_capacity(text.len());
    escape(&to[start..], &mut again);
    again == text
}

/// Parses a line without its newline. The error names the damage.
pub fn parse(line: &[u8]) -> Result<Line<'_>, &'static str> {
    let mut columns = line.splitn(9, |b| *b == b'\t');
    let mut next = || columns.next().ok_or("it has fewer than nine columns");
    let seq = unsigned(next()?).filter(|n| *n > 0).ok_or("Seq is not a number")?;
    if next()?.is_empty() {
        return Err("Host is empty");
    }
    if !decimal(next()?) {
        return Err("Starttime is not a number");
    }
    let runtime = next()?;
    if !decimal(runtime.trim_ascii_start()) {
        return Err("JobRuntime is not a number");
    }
    let (sent, received) = (unsigned(next()?), unsigned(next()?));
    let (Some(sent), Some(_)) = (sent, received) else { return Err("Send or Receive is not a number") };
    let exitval = next()?;
    let exitval = match exitval {
        b"-1" => -1,
        _ => unsigned(exitval).filter(|n| *n < 256).ok_or("Exitval is not an exit status")? as i32,
    };
    let signal = unsigned(next()?).filter(|n| *n < 256).ok_or("Signal is not a signal")? as i32;
    let column = next()?;
    let exit = match (exitval, signal) {
        (-1, signal) => JobExit::TimedOut(signal),
        (0, 1..) => JobExit::Signaled(signal),
        (code, _) => JobExit::Exited(code),
    };
    let ours = runtime.len() > 10 && runtime.first() == Some(&b' ');
    let writer = if ours { Writer::Apool } else { Writer::Gnu };
    let (text, behind) = column.split_at(if ours { command_end(column) } else { column.len() });
    let (input, seed) = marks(behind, sent).ok_or("what follows its command is damaged")?;
    Ok(Line { seq: Seq(seq), exit, sent, text, input, seed, writer })
}

fn unsigned(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// True for `digits` and `digits.digits`.
fn decimal(text: &[u8]) -> bool {
    let number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    match memchr::memchr(b'.', text) {
        Some(dot) => number(&text[..dot]) && number(&text[dot + 1..]),
        None => number(text),
    }
}

impl Line<'_> {
    /// Appends the command. False when the column is damaged.
    pub fn command(&self, to: &mut Vec<u8>) -> bool {
        match self.writer {
            Writer::Apool => unescape(self.text, to),
            Writer::Gnu => {
                to.extend(self.text.iter().map(|b| if *b == 0 { b'\n' } else { *b }));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn text(bytes: &[u8]) -> Vec<u8> {
        let mut to = Vec::new();
        escape(bytes, &mut to);
        to
    }

    fn record(command: &[u8]) -> Record<'_> {
        Record {
            seq: Seq(7),
            host: b":",
            began: Duration::from_micros(1_795_209_535_020_900),
            took: Duration::from_micros(302_500),
            sent: 0,
            received: 3,
            exit: JobExit::Exited(3),
            input: JobInput::Arguments,
            command,
        }
    }

    #[test]
    fn a_record_looks_like_gnu_parallels() {
        let mut line = Vec::new();
        format(&record(b"echo hi"), None, &mut line);
        assert_eq!(line, b"7\t:\t1795209535.020\t      0.303\t0\t3\t3\t0\techo hi\n");
        format(
            &Record { took: Duration::from_secs(12_345_678), exit: JobExit::TimedOut(15), ..record(b"") },
            None,
            &mut line,
        );
        assert_eq!(line, b"7\t:\t1795209535.020\t 12345678.000\t0\t3\t-1\t15\t\n");
        assert_eq!(parse(line.strip_suffix(b"\n").unwrap()).unwrap().writer, Writer::Apool);
    }

    #[test]
    fn escapes() {
        assert_eq!(text(b"a\tb\nc\\d\x1b\x7f\xff\0\r"), b"a\\tb\\nc\\\\d\\x1b\\x7f\\xff\\x00\\x0d");
        assert_eq!(text("é漢\u{9b}".as_bytes()), "é漢\\xc2\\x9b".as_bytes());
        for wrong in ["a\\", "\\q", "\\x1", "\\xzz", "\\x41", "\\x1B", "a\tb", "\\x+1", "\\xc3\\xa9"] {
            assert!(!unescape(wrong.as_bytes(), &mut Vec::new()), "{wrong}");
        }
    }

    #[test]
    fn lines_of_gnu_parallel_are_parsed() {
        let line = parse(b"5\t:\t1795209535.030\t     0.002\t0\t3\t0\t9\tprintf \"a\tb\"\0x\\n").unwrap();
        assert_eq!((line.seq, line.exit, line.writer), (Seq(5), JobExit::Signaled(9), Writer::Gnu));
        let mut command = Vec::new();
        assert!(line.command(&mut command));
        assert_eq!(command, b"printf \"a\tb\"\nx\\n");
        let long = parse(b"1\thost\t1.000\t1234567.000\t0\t3\t-1\t15\tx").unwrap();
        assert_eq!((long.writer, long.exit), (Writer::Gnu, JobExit::TimedOut(15)));
        for wrong in [
            "",
            "1\t:\t1.0\t 1.0\t0\t0\t0\t0",
            "0\t:\t1.0\t 1.0\t0\t0\t0\t0\tx",
            "a\t:\t1.0\t 1.0\t0\t0\t0\t0\tx",
            "1\t\t1.0\t 1.0\t0\t0\t0\t0\tx",
            "1\t:\tx\t 1.0\t0\t0\t0\t0\tx",
            "1\t:\t1.0\t\t0\t0\t0\t0\tx",
            "1\t:\t1.0\t 1.0\t\t0\t0\t0\tx",
            "1\t:\t1.0\t 1.0\t0\t0\t-2\t0\tx",
            "1\t:\t1.0\t 1.0\t0\t0\t256\t0\tx",
            "1\t:\t1.0\t 1.0\t0\t0\t0\t-1\tx",
            "99999999999999999999\t:\t1.0\t 1.0\t0\t0\t0\t0\tx",
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn marks_follow_the_command() {
        let mut line = Vec::new();
        let input = JobInput::Block { hash: 0x1a, bytes: 9 };
        format(&Record { sent: 9, input, ..record(b"cat #\\block") }, Some(7), &mut line);
        let text = "cat #\\\\block #\\block=000000000000001a #\\seed=7\n";
        assert!(line.ends_with(text.as_bytes()), "{}", String::from_utf8_lossy(&line));
        let read = parse(line.strip_suffix(b"\n").unwrap()).unwrap();
        assert_eq!((read.text, read.input, read.seed), (&b"cat #\\\\block"[..], input, Some(7)));
        format(&Record { input: JobInput::Shared, ..record(b"") }, None, &mut line);
        assert_eq!(parse(line.strip_suffix(b"\n").unwrap()).unwrap().input, JobInput::Shared);
        for wrong in
            ["block", "block=1", "block=000000000000001g", "seed=", "seed=-1", "other=1", "seed=1 #\\"]
        {
            let line = format!("1\t:\t1.0\t      1.000\t0\t0\t0\t0\tcat #\\{wrong}");
            assert!(parse(line.as_bytes()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn escaping_is_one_to_one(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\\'), Just(b'x'), Just(b'n')], 0..80)) {
            let escaped = text(&bytes);
            prop_assert!(std::str::from_utf8(&escaped).is_ok_and(|s| !s.chars().any(char::is_control)));
            let mut back = b"before".to_vec();
            prop_assert!(unescape(&escaped, &mut back));
            prop_assert_eq!(&back[6..], &bytes[..]);
        }

        #[test]
        fn a_text_has_one_command(escaped in "[\\\\xnt0-9a-f é]{0,24}") {
            let mut command = Vec::new();
            if unescape(escaped.as_bytes(), &mut command) {
                prop_assert_eq!(text(&command), escaped.as_bytes());
            }
        }

        #[test]
        fn a_formatted_record_is_parsed_again(
            seq in 1u64.., code in 0i32..256, signal in 0i32..65, kind in 0..3, took in 0u64..1 << 50,
            command in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b' '), Just(b'#'), Just(b'\\')], 0..60),
            hash in any::<Option<u64>>(), sent in any::<u64>(), seed in any::<Option<u64>>(),
        ) {
            let exit = match kind {
                0 => JobExit::Exited(code),
                1 => JobExit::Signaled(signal.max(1)),
                _ => JobExit::TimedOut(signal),
            };
            let mut line = Vec::new();
            let took = Duration::from_nanos(took);
            let input = hash.map_or(JobInput::Arguments, |hash| JobInput::Block { hash, bytes: sent });
            format(&Record { seq: Seq(seq), exit, took, sent, input, ..record(&command) }, seed, &mut line);
            prop_assert_eq!(line.pop(), Some(b'\n'));
            prop_assert!(!line.contains(&b'\n'));
            prop_assert_eq!(line.split(|b| *b == b'\t').count(), 9);
            let read = parse(&line).unwrap();
            prop_assert_eq!((read.seq, read.exit, read.writer), (Seq(seq), exit, Writer::Apool));
            prop_assert_eq!((read.sent, read.input, read.seed), (sent, input, seed));
            let mut back = Vec::new();
            prop_assert!(read.command(&mut back));
            prop_assert_eq!(back, command);
        }
    }
}
