//! `--retry-failed`: the failed jobs of a joblog, which are run from the joblog alone.

use crate::job::Seq;
use crate::run::input::job_input::JobInput;
use crate::run::records::joblog::{self, Line};
use crate::sys::fault::{self, Call};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The jobs whose last record says failure. The scan of the joblog fills it.
#[derive(Debug, Default)]
pub struct RetryList {
    failed: HashMap<u64, Failed>,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    /// The position of the record in the file.
    offset: u64,
    /// The job read a stream.
    stream: bool,
    /// The record has no command.
    empty: bool,
}

impl RetryList {
    /// Adds the record that begins at `offset`. It replaces an earlier record with the same number.
    pub fn add(&mut self, line: &Line<'_>, offset: u64) {
        if line.exit.ok() {
            self.failed.remove(&line.seq.0);
        } else {
            let stream = line.input != JobInput::Arguments || line.sent > 0;
            self.failed.insert(line.seq.0, Failed { offset, stream, empty: line.text.is_empty() });
        }
    }

    /// The first job that read a stream. Its command alone does not repeat it.
    pub fn first_with_stream(&self) -> Option<Seq> {
        self.failed.iter().filter(|(_, job)| job.stream).map(|(seq, _)| Seq(*seq)).min()
    }

    /// The first job whose record has no command. To run nothing would count as its success.
    pub fn first_without_command(&self) -> Option<Seq> {
        self.failed.iter().filter(|(_, job)| job.empty).map(|(seq, _)| Seq(*seq)).min()
    }

    /// The jobs to run. Their commands are read from `file` one by one.
    pub fn commands(self, file: File) -> Retry {
        let mut failed: Vec<(u64, u64)> =
            self.failed.into_iter().map(|(seq, job)| (seq, job.offset)).collect();
        failed.sort_unstable();
        Retry { file, failed: failed.into_iter() }
    }
}

/// The failed jobs of a joblog in the order of their numbers: an iterator over (number, shell command line). The new
/// record of a job has the same number and command.
#[derive(Debug)]
pub struct Retry {
    file: File,
    /// Numbers and offsets.
    failed: std::vec::IntoIter<(u64, u64)>,
}

impl Retry {
    fn read(&self, seq: u64, offset: u64) -> io::Result<(Seq, Vec<u8>)> {
        let line = line_at(&self.file, offset)?;
        let mut command = Vec::new();
        match joblog::parse(&line) {
            Ok(parsed) if parsed.seq.0 == seq && parsed.command(&mut command) => Ok((parsed.seq, command)),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the joblog was changed while it was read")),
        }
    }
}

impl Iterator for Retry {
    type Item = io::Result<(Seq, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (seq, offset) = self.failed.next()?;
        Some(self.read(seq, offset))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.failed.size_hint()
    }
}

impl ExactSizeIterator for Retry {}

/// Reads the line that begins at `offset`, without its newline.
fn line_at(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        fault::check(Call::Read)?;
        let read = match file.read_at(&mut chunk, offset + line.len() as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let end = memchr::memchr(b'\n', &chunk[..read]);
        line.extend_from_slice(&chunk[..end.unwrap_or(read)]);
        if end.is_some() {
            return Ok(line);
        }
    }
}
