//! One line, one `write`, all of it or nothing.

use crate::sys::fault::{self, Call, Fallible};
use std::fs::File;
use std::io::{self, Write};

/// What a log is written to: a file, or in tests one that fails.
pub(in crate::run) trait Log {
    /// One `write`; how many bytes were taken.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Takes so many bytes off the end.
    fn take_back(&mut self, bytes: u64) -> io::Result<()>;
}

impl Log for &File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Fallible(*self, Call::Write).write(bytes)
    }

    fn take_back(&mut self, bytes: u64) -> io::Result<()> {
        fault::check(Call::Truncate)?;
        let length = self.metadata()?.len();
        self.set_len(length.saturating_sub(bytes))
    }
}

/// Appends a line. When only a part of it was taken and the rest is refused (the disk is full, the file as long as it may
/// be), that part is taken back, because the next record would be glued to it; while that fails, so does every other line,
/// and `torn` says how much is to be taken back. A FIFO or device (`regular` false) keeps what it was given.
pub(in crate::run) fn line(log: &mut impl Log, regular: bool, torn: &mut u64, line: &[u8]) -> io::Result<()> {
    take_back(log, torn)?;
    let mut written = 0;
    while written < line.len() {
        let error = match log.write(&line[written..]) {
            Ok(0) => io::ErrorKind::WriteZero.into(),
            Ok(taken) => {
                written += taken;
                continue;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => e,
        };
        if regular {
            *torn = written as u64;
            take_back(log, torn)?;
        }
        return Err(error);
    }
    Ok(())
}

fn take_back(log: &mut impl Log, torn: &mut u64) -> io::Result<()> {
    if *torn > 0 {
        log.take_back(*torn)?;
        *torn = 0;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Takes what the script says: so many bytes, or an error.
    struct Double {
        held: Vec<u8>,
        script: Vec<Result<usize, io::ErrorKind>>,
        /// So many times nothing can be taken back.
        stuck: usize,
    }

    impl Log for Double {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = match self.script.pop() {
                Some(Err(e)) => return Err(e.into()),
                Some(Ok(most)) => most.min(bytes.len()),
                None => bytes.len(),
            };
            self.held.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn take_back(&mut self, bytes: u64) -> io::Result<()> {
            if self.stuck > 0 {
                self.stuck -= 1;
                return Err(io::ErrorKind::Other.into());
            }
            self.held.truncate(self.held.len() - bytes as usize);
            Ok(())
        }
    }

    proptest! {
        /// Whatever the writes do: the file holds exactly the lines that were acknowledged, but for what could not be taken
        /// back yet, after which nothing follows.
        #[test]
        fn a_line_is_there_or_not(
            script in proptest::collection::vec(
                prop_oneof![
                    (0usize..12).prop_map(Ok),
                    Just(Err(io::ErrorKind::Interrupted)),
                    Just(Err(io::ErrorKind::StorageFull)),
                    Just(Err(io::ErrorKind::Other)),
                ],
                0..20,
            ),
            stuck in 0usize..8,
        ) {
            let mut log = Double { held: Vec::new(), script, stuck };
            let mut torn = 0;
            let mut want = Vec::new();
            for n in 0..12 {
                let text = format!("record {n}\n");
                if line(&mut log, true, &mut torn, text.as_bytes()).is_ok() {
                    want.extend_from_slice(text.as_bytes());
                }
            }
            let tail = log.held.split_off(log.held.len() - torn as usize);
            prop_assert_eq!(log.held, want);
            prop_assert!(!tail.contains(&b'\n'));
        }
    }

    /// The n-th call fails or is short, for every n: the file holds the acknowledged lines and no others.
    #[test]
    fn the_nth_call_fails() {
        for n in 0..12 {
            for step in [Ok(0), Ok(3), Err(io::ErrorKind::StorageFull), Err(io::ErrorKind::Other)] {
                let script = std::iter::once(step).chain(std::iter::repeat_n(Ok(usize::MAX), n)).collect();
                let mut log = Double { held: Vec::new(), script, stuck: 0 };
                let mut torn = 0;
                let mut acknowledged = Vec::new();
                for line_number in 0..12 {
                    let text = format!("record {line_number}\n");
                    if line(&mut log, true, &mut torn, text.as_bytes()).is_ok() {
                        acknowledged.extend_from_slice(text.as_bytes());
                    }
                }
                assert_eq!(log.held, acknowledged, "{n} {step:?}");
                let whole = if step.as_ref().is_ok_and(|&taken| taken > 0) { 12 } else { 11 };
                assert_eq!(memchr::memchr_iter(b'\n', &acknowledged).count(), whole);
            }
        }
    }

    #[test]
    fn a_stream_is_given_the_rest() {
        let script = vec![Ok(3), Err(io::ErrorKind::Interrupted), Ok(2)];
        let mut log = Double { held: Vec::new(), script, stuck: 0 };
        line(&mut log, false, &mut 0, b"record\n").unwrap();
        assert_eq!(log.held, b"record\n");
    }
}
