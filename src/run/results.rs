//! `--results`: each job's output in files of its own, below one directory that no name can leave.

use super::joblog::Record;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Where a job's files go, below the directory.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// GNU parallel's tree: `1/VALUE/2/VALUE/{stdout,stderr,seq}`, or with `--header` the columns' names.
    Tree {
        /// The columns' names; `None`, or too few, for numbers.
        names: Option<&'a [Vec<u8>]>,
        /// The record's values.
        values: &'a [&'a [u8]],
    },
    /// `SEQ.out`, `SEQ.err`, `SEQ.json`.
    Flat,
    /// A rendered pattern, relative to the directory: `NAME`, `NAME.err`, `NAME.seq`; with a `/` at its end a directory that
    /// holds `stdout`, `stderr`, `seq`.
    Pattern(&'a [u8]),
}

/// The files of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its stdout.
    pub out: PathBuf,
    /// Its stderr.
    pub err: PathBuf,
}

/// The directory of `--results`.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
}

/// Splits a pattern into the directory before its first placeholder and the rest, which is what is rendered.
pub fn split_pattern(pattern: &[u8]) -> (&[u8], &[u8]) {
    (&[], pattern)
}

impl Results {
    /// Opens the directory, made when missing (with its parents). Before the first job.
    pub fn open(path: &Path) -> io::Result<Results> {
        Ok(Results { path: path.to_owned() })
    }
    /// Writes a job's files; what was there before is replaced.
    pub fn save(
        &self,
        place: Place<'_>,
        record: &Record<'_>,
        out: &mut dyn Read,
        err: &mut dyn Read,
    ) -> io::Result<Saved> {
        let _ = (place, record, out, err);
        Ok(Saved { out: self.path.clone(), err: self.path.clone() })
    }
}
