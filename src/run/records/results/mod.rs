//! `--results`: each job's output in files of its own, below one directory that no name can leave.
//!
//! Every component is opened below the one before it and never through a symbolic link, and every file is made anew, so
//! neither a value nor something planted in the directory can lead elsewhere. It does not know where output comes from.
//! Two jobs with one name replace each other's files, as with GNU parallel.

use crate::job::{Args, Row};
use crate::run::records::joblog::Record;
use crate::run::records::metrics::{self, rfc3339};
use crate::run::records::os;
use crate::sys::fault::{self, Call, Fallible};
use serde::Serialize;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

mod name;

/// Where a job's files go, below the directory.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// GNU parallel's tree: `1/VALUE/2/VALUE/{stdout,stderr,seq}`, or with `--header` the columns' names.
    Tree {
        /// The columns' names; columns beyond them have their number.
        names: &'a [Vec<u8>],
        /// The job's records.
        args: &'a Args,
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
    directory: OwnedFd,
}

/// Splits a pattern before the component that holds its first placeholder (`starts`: what a placeholder may begin with, such
/// as `{`): the directory, and the rest, which is what is rendered. Without a placeholder all of it is the directory.
pub fn split_pattern<'a>(pattern: &'a [u8], starts: &[&[u8]]) -> (&'a [u8], &'a [u8]) {
    let finders = starts.iter().filter_map(|start| memchr::memmem::find(pattern, start));
    let Some(first) = finders.min() else { return (pattern, b"") };
    match memchr::memrchr(b'/', &pattern[..first]) {
        Some(slash) => (&pattern[..=slash], &pattern[slash + 1..]),
        None => (b".", pattern),
    }
}

/// The names of a job's files: directories below ours, then stdout, stderr and the third one.
struct Names {
    directories: Vec<Vec<u8>>,
    out: Vec<u8>,
    err: Vec<u8>,
    about: Vec<u8>,
}

impl Names {
    fn in_directory(directories: Vec<Vec<u8>>) -> Names {
        let [out, err, about] = ["stdout", "stderr", "seq"].map(|name| name.as_bytes().to_vec());
        Names { directories, out, err, about }
    }

    fn of(place: Place<'_>, seq: u64) -> Names {
        match place {
            Place::Flat => {
                let [out, err, about] = ["out", "err", "json"].map(|end| format!("{seq}.{end}").into_bytes());
                Names { directories: Vec::new(), out, err, about }
            }
            Place::Tree { args: Args::None, .. } => Names::in_directory(vec![seq.to_string().into_bytes()]),
            Place::Tree { names, args } => {
                let mut directories = Vec::new();
                match args {
                    Args::None => {}
                    Args::One(row) => columns(row, names, &mut directories),
                    Args::Many(rows) => rows.iter().for_each(|row| columns(row, names, &mut directories)),
                    Args::Packed(row) => {
                        row.values().for_each(|value| columns(&Row::one(value), names, &mut directories));
                    }
                }
                Names::in_directory(directories)
            }
            Place::Pattern(rendered) => {
                let (mut directories, directory) = name::components(rendered);
                match directories.pop_if(|_| !directory) {
                    None => Names::in_directory(directories),
                    Some(out) => {
                        let with = |end: &[u8]| [&out[..], end].concat();
                        Names { directories, err: with(b".err"), about: with(b".seq"), out }
                    }
                }
            }
        }
    }
}

/// Adds a name and a value for every column, in the order of the names: by number, then by bytes.
fn columns(row: &Row, names: &[Vec<u8>], directories: &mut Vec<Vec<u8>>) {
    let mut columns: Vec<(Vec<u8>, &[u8])> = row
        .values()
        .enumerate()
        .map(|(i, value)| (names.get(i).cloned().unwrap_or_else(|| (i + 1).to_string().into_bytes()), value))
        .collect();
    columns.sort_by(|(a, _), (b, _)| leading_number(a).cmp(&leading_number(b)).then_with(|| a.cmp(b)));
    for (name, value) in columns {
        directories.push(name::component(&name));
        directories.push(name::component(value));
    }
}

fn leading_number(name: &[u8]) -> u64 {
    let digits = name.iter().take_while(|b| b.is_ascii_digit());
    digits.fold(0, |n: u64, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
}

/// What `SEQ.json` holds.
#[derive(Serialize)]
struct About {
    seq: u64,
    command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    command_base64: Option<String>,
    started_at: String,
    runtime_s: f64,
    exitval: i32,
    signal: i32,
}

impl Results {
    /// Opens the directory, made when missing (with its parents), and tests that a file can be made in it. Before the
    /// first job.
    pub fn open(path: &Path) -> io::Result<Results> {
        fault::check(Call::Create)?;
        std::fs::create_dir_all(path)?;
        tempfile::tempfile_in(path)?;
        Ok(Results { path: path.to_owned(), directory: os::open_directory(path)? })
    }

    /// Writes a job's files; what was there before is replaced. Several threads may call it. An error is one of the run:
    /// the job's output is not where the user wants it.
    // What copies has a buffer on the stack, which is not to be there in workers that save nothing.
    #[inline(never)]
    pub fn save(
        &self,
        place: Place<'_>,
        record: &Record<'_>,
        out: &mut dyn Read,
        err: &mut dyn Read,
    ) -> io::Result<Saved> {
        let names = Names::of(place, record.seq.0);
        let mut path = self.path.clone();
        let mut below: Option<OwnedFd> = None;
        for name in &names.directories {
            below = Some(os::directory_at(below.as_ref().unwrap_or(&self.directory), name)?);
            path.push(OsString::from_vec(name.clone()));
        }
        let directory = below.as_ref().unwrap_or(&self.directory);
        let about = match place {
            Place::Flat => about(record),
            Place::Tree { .. } | Place::Pattern(_) => record.seq.to_string().into_bytes(),
        };
        let new = |name: &[u8]| Ok::<_, io::Error>(Fallible(os::create_at(directory, name)?, Call::Write));
        io::copy(out, &mut new(&names.out)?)?;
        io::copy(err, &mut new(&names.err)?)?;
        // The third file last: where it is, the others are whole.
        new(&names.about)?.write_all(&about)?;
        let in_path = |name: Vec<u8>| path.join(OsString::from_vec(name));
        Ok(Saved { out: in_path(names.out), err: in_path(names.err) })
    }
}

fn about(record: &Record<'_>) -> Vec<u8> {
    let (command, command_base64) = metrics::text(record.command);
    let about = About {
        seq: record.seq.0,
        command,
        command_base64,
        started_at: rfc3339(record.began),
        runtime_s: record.took.as_secs_f64(),
        exitval: record.ending.exitval(),
        signal: record.ending.signal(),
    };
    metrics::to_line(&about)
}

#[cfg(test)]
mod tests;
