//! `--results`: each job's output in files of its own, below one directory that no name can leave.
//!
//! Every component is opened below the one before it and never through a symbolic link, and every file is made anew, so
//! neither a value nor something planted in the directory can lead elsewhere. It does not know where output comes from.
//! What an earlier run left is replaced, as with GNU parallel; what another job of this run has made is not ([`taken`]): the
//! job's number is added to the name then.

use crate::job::{Args, Row, Seq};
use crate::run::records::joblog::Record;
use crate::run::records::metrics::{self, rfc3339};
use crate::run::records::os;
use crate::run::records::resume::Numbers;
use crate::sys::fault::{self, Call, Fallible};
use rustix::fs::FileType;
use serde::Serialize;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use taken::{Taken, Writing};

mod name;
mod taken;
mod unkept;

pub use unkept::Unkept;

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
    taken: Taken,
    writing: Writing,
    renamed: AtomicU64,
}

/// So many names are tried for a job: its own, and then with its number behind it once, twice, …
const NAMES: u32 = 5;
/// So often a name is looked at again because something came to stand there meanwhile.
const LOOKS: u32 = 16;

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
#[derive(Clone)]
struct Names {
    directories: Vec<Vec<u8>>,
    out: Vec<u8>,
    err: Vec<u8>,
    about: Vec<u8>,
    /// What a name that is taken is changed in.
    unique: Unique,
}

/// What tells the files of one job from those of another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unique {
    /// The number of the job: no two can have the same names.
    Number,
    /// The last directory.
    Directory,
    /// The name of the first file, with which the others begin.
    File,
}

impl Names {
    fn in_directory(directories: Vec<Vec<u8>>) -> Names {
        let [out, err, about] = ["stdout", "stderr", "seq"].map(|name| name.as_bytes().to_vec());
        Names { directories, out, err, about, unique: Unique::Directory }
    }

    fn of_file(directories: Vec<Vec<u8>>, out: Vec<u8>) -> Names {
        let [err, about] = [&b".err"[..], b".seq"].map(|end| [&out[..], end].concat());
        Names { directories, out, err, about, unique: Unique::File }
    }

    /// The same with the job's number behind what is to be unique.
    fn numbered(self, seq: Seq) -> Names {
        match (self.unique, self.directories) {
            (Unique::File, directories) => Names::of_file(directories, numbered(&self.out, seq)),
            (_, mut directories) => {
                match directories.last_mut() {
                    Some(last) => *last = numbered(last, seq),
                    None => directories.push(seq.to_string().into_bytes()),
                }
                Names { directories, ..self }
            }
        }
    }

    fn files(&self) -> [&[u8]; 3] {
        [&self.out, &self.err, &self.about]
    }

    fn of(place: Place<'_>, seq: u64) -> Names {
        match place {
            Place::Flat => {
                let [out, err, about] = ["out", "err", "json"].map(|end| format!("{seq}.{end}").into_bytes());
                Names { directories: Vec::new(), out, err, about, unique: Unique::Number }
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
                    Some(out) => Names::of_file(directories, out),
                }
            }
        }
    }
}

fn numbered(name: &[u8], seq: Seq) -> Vec<u8> {
    [name, format!(".{seq}").as_bytes()].concat()
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
    /// first job. `recorded`: the jobs whose records this run goes on with.
    pub fn open(path: &Path, recorded: Option<Arc<Numbers>>) -> io::Result<Results> {
        fault::check(Call::Create)?;
        std::fs::create_dir_all(path)?;
        let taken = Taken::new(&tempfile::tempfile_in(path)?, recorded);
        let (directory, writing) = (os::open_directory(path)?, Writing::default());
        Ok(Results { path: path.to_owned(), directory, taken, writing, renamed: AtomicU64::new(0) })
    }

    /// How many times a job's number was added to the names of its files, because the names were taken.
    pub fn renamed(&self) -> u64 {
        self.renamed.load(Ordering::Relaxed)
    }

    /// Writes a job's files. What an earlier run left there, or this job before, is replaced; what is another job's is not.
    /// Several threads may call it.
    // What copies has a buffer on the stack, which is not to be there in workers that save nothing.
    #[inline(never)]
    pub fn save(
        &self,
        place: Place<'_>,
        record: &Record<'_>,
        out: &mut dyn Read,
        err: &mut dyn Read,
    ) -> Result<Saved, Unkept> {
        let about = match place {
            Place::Flat => about(record),
            Place::Tree { .. } | Place::Pattern(_) => record.seq.to_string().into_bytes(),
        };
        let wanted = Names::of(place, record.seq.0);
        let mut names = wanted.clone();
        for _ in 0..NAMES {
            let directory = self.enter(&mut names, record.seq)?;
            let directory = directory.as_ref().unwrap_or(&self.directory);
            let _writing = (names.unique != Unique::Number).then(|| self.writing.begin(self.keys(&names)));
            let failed = |error| Unkept::new(self.path_of(&names, &names.out), error);
            if let Some([out_file, err_file]) = self.make(directory, &names, record.seq).map_err(failed)? {
                copy(out, out_file).map_err(failed)?;
                copy(err, err_file).map_err(|e| Unkept::new(self.path_of(&names, &names.err), e))?;
                // The third file last: where it is, the others are whole.
                let finish = || {
                    let mut file = Fallible(os::create_at(directory, &names.about)?, Call::Write);
                    file.write_all(&about)?;
                    self.taken.mark(&file.0)
                };
                finish().map_err(|e| Unkept::new(self.path_of(&names, &names.about), e))?;
                if names.out != wanted.out || names.directories != wanted.directories {
                    self.renamed.fetch_add(1, Ordering::Relaxed);
                }
                let [out, err] = [&names.out, &names.err].map(|name| self.path_of(&names, name));
                return Ok(Saved { out, err });
            }
            names = names.numbered(record.seq);
        }
        Err(Unkept::new(self.path_of(&wanted, &wanted.out), ErrorKind::AlreadyExists.into()))
    }

    /// Opens the directory of these names; `None` for ours itself. Where a file stands in the place of a directory, the
    /// number is added to the name.
    fn enter(&self, names: &mut Names, seq: Seq) -> Result<Option<OwnedFd>, Unkept> {
        let mut below: Option<OwnedFd> = None;
        for at in 0..names.directories.len() {
            let parent = below.as_ref().unwrap_or(&self.directory);
            let mut tries = NAMES;
            let entered = loop {
                let name = &mut names.directories[at];
                let error = match os::directory_at(parent, name) {
                    Ok(entered) => break entered,
                    Err(error) => error,
                };
                let error = match os::look_at(parent, name).ok().flatten().map(|there| there.kind) {
                    None | Some(FileType::Directory) => error,
                    // It may have been planted to lead elsewhere.
                    Some(FileType::Symlink) => io::Error::other("a symbolic link, which is not followed"),
                    Some(_) if tries > 0 => {
                        *name = numbered(name, seq);
                        tries -= 1;
                        continue;
                    }
                    Some(_) => error,
                };
                let parts = names.directories[..=at].iter();
                let path =
                    parts.fold(self.path.clone(), |path, name| path.join(OsString::from_vec(name.clone())));
                return Err(Unkept::new(path, error));
            };
            below = Some(entered);
        }
        Ok(below)
    }

    /// Makes the first two files; `None` when one of the three names is taken. What may be replaced is taken away first, the
    /// third file before the others.
    fn make(&self, directory: &OwnedFd, names: &Names, seq: Seq) -> io::Result<Option<[File; 2]>> {
        let mut looks = LOOKS;
        loop {
            let mut there = [false; 3];
            for (name, there) in names.files().iter().zip(&mut there) {
                let Some(found) = os::look_at(directory, name)? else { continue };
                *there = true;
                if names.unique == Unique::Number {
                    continue;
                }
                if found.kind == FileType::Directory || self.taken.is_anothers(directory, name, seq)? {
                    return Ok(None);
                }
            }
            for (name, _) in names.files().iter().zip(there).rev().filter(|(_, there)| *there) {
                os::remove_at(directory, name)?;
            }
            let made = os::create_at(directory, &names.out)
                .and_then(|out| Ok([out, os::create_at(directory, &names.err)?]));
            match made {
                // Something that is not one of our files in the making has come there just now.
                Err(e) if e.kind() == ErrorKind::AlreadyExists && looks > 0 => looks -= 1,
                made => return made.map(Some),
            }
        }
    }

    fn path_of(&self, names: &Names, file: &[u8]) -> PathBuf {
        let parts = names.directories.iter().map(Vec::as_slice).chain([file]);
        parts.fold(self.path.clone(), |path, part| path.join(OsString::from_vec(part.to_vec())))
    }

    /// What no other job may be writing meanwhile. Where names differ in their letters' case alone they may be the same.
    fn keys(&self, names: &Names) -> [String; 3] {
        let key = |file: &&[u8]| self.path_of(names, file).to_string_lossy().to_lowercase();
        let [out, err, about] = names.files();
        [key(&out), key(&err), key(&about)]
    }
}

fn copy(from: &mut dyn Read, to: File) -> io::Result<()> {
    io::copy(from, &mut Fallible(to, Call::Write)).map(drop)
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
