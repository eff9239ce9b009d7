//! `--results`: the files that keep the output of each job, all below one directory.
//!
//! Every component of a path is opened below the one before and never through a symbolic link, and every file is
//! created anew. Neither a value nor a prepared entry of the directory can therefore lead elsewhere. Files of an
//! earlier run are replaced, as with GNU parallel. Files of another job of this run are not (`owner`): the number of
//! the job is added to the name instead.

use crate::job::Seq;
use crate::run::records::joblog::Record;
use crate::run::records::metrics::{self, rfc3339};
use crate::run::records::os;
use crate::run::records::resume::SeqSet;
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

use owner::{FileOwners, WriteLocks};
use place::{Names, Unique, numbered};

mod component;
mod owner;
mod place;
mod save_error;

pub use place::{Place, split_pattern};
pub use save_error::SaveError;

/// The files of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its standard output.
    pub out: PathBuf,
    /// Its standard error.
    pub err: PathBuf,
}

/// The directory of `--results`.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    directory: OwnedFd,
    owners: FileOwners,
    write_locks: WriteLocks,
    renamed: AtomicU64,
}

/// The names that are tried for a job: its own, and then its own with the number appended once, twice and so on.
const NAMES_MAX: u32 = 5;
/// The tries to create the files under one name, when another process creates an entry there meanwhile.
const CREATE_TRIES: u32 = 16;

/// The content of `SEQ.json`.
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
    /// Opens the directory before the first job, creates it with its parents if it is missing, and checks that a file
    /// can be created in it. `recorded`: the jobs of an earlier run that this run resumes.
    pub fn open(path: &Path, recorded: Option<Arc<SeqSet>>) -> io::Result<Results> {
        fault::check(Call::Create)?;
        std::fs::create_dir_all(path)?;
        let owners = FileOwners::new(&tempfile::tempfile_in(path)?, recorded);
        let (directory, write_locks) = (os::open_directory(path)?, WriteLocks::default());
        Ok(Results { path: path.to_owned(), directory, owners, write_locks, renamed: AtomicU64::new(0) })
    }

    /// How often the number of a job was added to the names of its files, because another job had these names.
    pub fn renamed(&self) -> u64 {
        self.renamed.load(Ordering::Relaxed)
    }

    /// Writes the files of a job. Files of an earlier run, or of an earlier attempt, are replaced; files of another job
    /// are not. Several threads may call it.
    // Not inlined, because the copy has a buffer on the stack that workers without results do not need.
    #[inline(never)]
    pub fn save(
        &self,
        place: Place<'_>,
        record: &Record<'_>,
        out: &mut dyn Read,
        err: &mut dyn Read,
    ) -> Result<Saved, SaveError> {
        let about = match place {
            Place::Flat => about(record),
            Place::Tree { .. } | Place::Pattern(_) => record.seq.to_string().into_bytes(),
        };
        let wanted = Names::of(place, record.seq);
        let mut names = wanted.clone();
        for _ in 0..NAMES_MAX {
            let directory = self.enter(&mut names, record.seq)?;
            let directory = directory.as_ref().unwrap_or(&self.directory);
            let _guard =
                (names.unique != Unique::Number).then(|| self.write_locks.lock(self.lock_keys(&names)));
            let failed = |error| SaveError::new(self.path_of(&names, &names.out), error);
            if let Some([out_file, err_file]) = self.make(directory, &names, record.seq).map_err(failed)? {
                copy(out, out_file).map_err(failed)?;
                copy(err, err_file).map_err(|e| SaveError::new(self.path_of(&names, &names.err), e))?;
                // The third file comes last. If it exists, the others are complete.
                let finish = || {
                    let mut file = Fallible(os::create_at(directory, &names.about)?, Call::Write);
                    file.write_all(&about)?;
                    self.owners.mark(&file.0)
                };
                finish().map_err(|e| SaveError::new(self.path_of(&names, &names.about), e))?;
                if names.out != wanted.out || names.directories != wanted.directories {
                    self.renamed.fetch_add(1, Ordering::Relaxed);
                }
                let [out, err] = [&names.out, &names.err].map(|name| self.path_of(&names, name));
                return Ok(Saved { out, err });
            }
            names = names.numbered(record.seq);
        }
        Err(SaveError::new(self.path_of(&wanted, &wanted.out), ErrorKind::AlreadyExists.into()))
    }

    /// Opens the directory of these names; `None` for the directory of the results. If a file has the name of a
    /// directory, the number is added to the name.
    fn enter(&self, names: &mut Names, seq: Seq) -> Result<Option<OwnedFd>, SaveError> {
        let mut below: Option<OwnedFd> = None;
        for at in 0..names.directories.len() {
            let parent = below.as_ref().unwrap_or(&self.directory);
            let mut tries = NAMES_MAX;
            let entered = loop {
                let name = &mut names.directories[at];
                let error = match os::directory_at(parent, name) {
                    Ok(entered) => break entered,
                    Err(error) => error,
                };
                let error = match os::status_at(parent, name).ok().flatten().map(|there| there.kind) {
                    None | Some(FileType::Directory) => error,
                    // Someone may have made it to lead elsewhere.
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
                return Err(SaveError::new(path, error));
            };
            below = Some(entered);
        }
        Ok(below)
    }

    /// Creates the first two files; `None` when another job has one of the three names. Files to replace are removed
    /// first, the third one before the others.
    fn make(&self, directory: &OwnedFd, names: &Names, seq: Seq) -> io::Result<Option<[File; 2]>> {
        let mut tries = CREATE_TRIES;
        loop {
            let mut there = [false; 3];
            for (name, there) in names.files().iter().zip(&mut there) {
                let Some(found) = os::status_at(directory, name)? else { continue };
                *there = true;
                if names.unique == Unique::Number {
                    continue;
                }
                if found.kind == FileType::Directory || self.owners.is_anothers(directory, name, seq)? {
                    return Ok(None);
                }
            }
            for (name, _) in names.files().iter().zip(there).rev().filter(|(_, there)| *there) {
                os::remove_at(directory, name)?;
            }
            let made = os::create_at(directory, &names.out)
                .and_then(|out| Ok([out, os::create_at(directory, &names.err)?]));
            match made {
                // Another process has just created an entry.
                Err(e) if e.kind() == ErrorKind::AlreadyExists && tries > 0 => tries -= 1,
                made => return made.map(Some),
            }
        }
    }

    fn path_of(&self, names: &Names, file: &[u8]) -> PathBuf {
        let parts = names.directories.iter().map(Vec::as_slice).chain([file]);
        parts.fold(self.path.clone(), |path, part| path.join(OsString::from_vec(part.to_vec())))
    }

    /// The files that no other job may write meanwhile. Names that differ only in case may be the same file.
    fn lock_keys(&self, names: &Names) -> [String; 3] {
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
        exitval: record.exit.exitval(),
        signal: record.exit.signal(),
    };
    metrics::to_line(&about)
}

#[cfg(test)]
mod tests;
