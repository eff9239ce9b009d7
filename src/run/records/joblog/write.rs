//! Appends a line with one `write`, completely or not at all.

use crate::sys::fault::{self, Call, Fallible};
use std::fs::File;
use std::io::{self, Write};

/// The file of a log. Tests use one that fails.
pub(in crate::run) trait LogFile {
    /// One `write`. Returns the number of written bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Removes this many bytes from the end.
    fn remove_end(&mut self, bytes: u64) -> io::Result<()>;
}

impl LogFile for &File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Fallible(*self, Call::Write).write(bytes)
    }

    fn remove_end(&mut self, bytes: u64) -> io::Result<()> {
        fault::check(Call::Truncate)?;
        let length = self.metadata()?.len();
        self.set_len(length.saturating_sub(bytes))
    }
}

/// Appends a line. If only a part of it can be written (the disk is full, or the file has its longest length), that
/// part is removed, because the next record would join it. `torn` counts bytes that could not be removed yet; until
/// they are removed every further line fails. A part written to a FIFO or a device (`regular` is false) stays.
pub(in crate::run) fn line(
    log: &mut impl LogFile,
    regular: bool,
    torn: &mut u64,
    line: &[u8],
) -> io::Result<()> {
    remove_end(log, torn)?;
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
            remove_end(log, torn)?;
        }
        return Err(error);
    }
    Ok(())
}

fn remove_end(log: &mut impl LogFile, torn: &mut u64) -> io::Result<()> {
    if *torn > 0 {
        log.remove_end(*torn)?;
        *torn = 0;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes as the script says: this many bytes, or an error.
    struct Double {
        content: Vec<u8>,
        script: Vec<Result<usize, io::ErrorKind>>,
        /// The number of times that the removal fails.
        remove_failures: usize,
    }

    impl LogFile for Double {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = match self.script.pop() {
                Some(Err(e)) => return Err(e.into()),
                Some(Ok(most)) => most.min(bytes.len()),
                None => bytes.len(),
            };
            self.content.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn remove_end(&mut self, bytes: u64) -> io::Result<()> {
            if self.remove_failures > 0 {
                self.remove_failures -= 1;
                return Err(io::ErrorKind::Other.into());
            }
            self.content.truncate(self.content.len() - bytes as usize);
            Ok(())
        }
    }

    proptest! {
        /// For any results of the writes the file has exactly the acknowledged lines, and perhaps a torn part at the
        /// end.
        #[test]
        fn a_line_is_written_completely_or_not_at_all(
            script in proptest::collection::vec(
                prop_oneof![
                    (0usize..12).prop_map(Ok),
                    Just(Err(io::ErrorKind::Interrupted)),
                    Just(Err(io::ErrorKind::StorageFull)),
                    Just(Err(io::ErrorKind::Other)),
                ],
                0..20,
            ),
            remove_failures in 0usize..8,
        ) {
            let mut log = Double { content: Vec::new(), script, remove_failures };
            let mut torn = 0;
            let mut want = Vec::new();
            for n in 0..12 {
                let text = format!("record {n}\n");
                if line(&mut log, true, &mut torn, text.as_bytes()).is_ok() {
                    want.extend_from_slice(text.as_bytes());
                }
            }
            let tail = log.content.split_off(log.content.len() - torn as usize);
            prop_assert_eq!(log.content, want);
            prop_assert!(!tail.contains(&b'\n'));
        }
    }

    /// If any one call fails or is short, the file has the acknowledged lines and no others.
    #[test]
    fn the_nth_call_fails() {
        for n in 0..12 {
            for step in [Ok(0), Ok(3), Err(io::ErrorKind::StorageFull), Err(io::ErrorKind::Other)] {
                let script = std::iter::once(step).chain(std::iter::repeat_n(Ok(usize::MAX), n)).collect();
                let mut log = Double { content: Vec::new(), script, remove_failures: 0 };
                let mut torn = 0;
                let mut acknowledged = Vec::new();
                for line_number in 0..12 {
                    let text = format!("record {line_number}\n");
                    if line(&mut log, true, &mut torn, text.as_bytes()).is_ok() {
                        acknowledged.extend_from_slice(text.as_bytes());
                    }
                }
                assert_eq!(log.content, acknowledged, "{n} {step:?}");
                let whole = if step.as_ref().is_ok_and(|&taken| taken > 0) { 12 } else { 11 };
                assert_eq!(memchr::memchr_iter(b'\n', &acknowledged).count(), whole);
            }
        }
    }

    #[test]
    fn a_stream_receives_the_rest() {
        let script = vec![Ok(3), Err(io::ErrorKind::Interrupted), Ok(2)];
        let mut log = Double { content: Vec::new(), script, remove_failures: 0 };
        line(&mut log, false, &mut 0, b"record\n").unwrap();
        assert_eq!(log.content, b"record\n");
    }
}
