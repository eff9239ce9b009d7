//! One line, one `write`, all of it or nothing.

use std::fs::File;
use std::io::{self, Write};

/// What a log is written to: a file, or in tests one that fails.
pub(super) trait Log {
    /// One `write`; how many bytes were taken.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Takes so many bytes off the end.
    fn take_back(&mut self, bytes: u64) -> io::Result<()>;
}

impl Log for &File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }

    fn take_back(&mut self, bytes: u64) -> io::Result<()> {
        let length = self.metadata()?.len();
        self.set_len(length.saturating_sub(bytes))
    }
}

/// Appends a line. When only a part of it was taken, the disk is full: that part is taken back, because the next record
/// would be glued to it. A FIFO or device (`regular` false) is given the rest instead.
pub(super) fn line(log: &mut impl Log, regular: bool, line: &[u8]) -> io::Result<()> {
    let mut left = line;
    while !left.is_empty() {
        match log.write(left) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) if taken < left.len() && regular => {
                log.take_back(taken as u64)?;
                return Err(io::Error::from_raw_os_error(crate::sys::errno::ENOSPC));
            }
            Ok(taken) => left = &left[taken..],
        }
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
            self.held.truncate(self.held.len() - bytes as usize);
            Ok(())
        }
    }

    proptest! {
        /// Whatever the writes do: the file holds exactly the lines that were acknowledged.
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
        ) {
            let mut log = Double { held: Vec::new(), script };
            let mut want = Vec::new();
            for n in 0..12 {
                let text = format!("record {n}\n");
                if line(&mut log, true, text.as_bytes()).is_ok() {
                    want.extend_from_slice(text.as_bytes());
                }
            }
            prop_assert_eq!(log.held, want);
        }
    }

    /// The n-th call fails or is short, for every n: the file holds the acknowledged lines and no others.
    #[test]
    fn the_nth_call_fails() {
        for n in 0..12 {
            for step in [Ok(0), Ok(3), Err(io::ErrorKind::StorageFull), Err(io::ErrorKind::Other)] {
                let script = std::iter::once(step).chain(std::iter::repeat_n(Ok(usize::MAX), n)).collect();
                let mut log = Double { held: Vec::new(), script };
                let mut acknowledged = Vec::new();
                for line_number in 0..12 {
                    let text = format!("record {line_number}\n");
                    if line(&mut log, true, text.as_bytes()).is_ok() {
                        acknowledged.extend_from_slice(text.as_bytes());
                    }
                }
                assert_eq!(log.held, acknowledged, "{n} {step:?}");
                assert_eq!(acknowledged.split(|b| *b == b'\n').count() - 1, 11);
            }
        }
    }

    #[test]
    fn a_stream_is_given_the_rest() {
        let script = vec![Ok(3), Err(io::ErrorKind::Interrupted), Ok(2)];
        let mut log = Double { held: Vec::new(), script };
        line(&mut log, false, b"record\n").unwrap();
        assert_eq!(log.held, b"record\n");
    }
}
