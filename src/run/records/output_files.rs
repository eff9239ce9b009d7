//! `--results` and `--files`: the output of each job in files of its own, besides being printed or instead of it.
//!
//! It works on the worker's thread when an attempt has ended, so a later attempt replaces the files of the one before. A job
//! whose output cannot be written has failed: the user would look for the output where it is not.

use crate::exec::{Capture, Stream};
use crate::run::records::joblog::Record;
use crate::run::records::results::{Place, Results, SaveError};
use crate::run::records::resume::SeqSet;
use crate::sys::errno;
use crate::template::{Pattern, Values};
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where outputs are to be kept, as the command line says.
#[derive(Debug)]
pub struct OutputFilesConfig {
    /// Which files.
    pub layout: Layout,
    /// `--files`: their names are printed instead of the output.
    pub names_only: bool,
}

impl OutputFilesConfig {
    /// True when the number of jobs must be known.
    pub fn needs_total(&self) -> bool {
        matches!(&self.layout, Layout::Pattern(_, pattern) if pattern.needs_total())
    }
}

/// Which files.
#[derive(Debug)]
pub enum Layout {
    /// GNU parallel's tree below the directory, with the names of the columns.
    Tree(PathBuf, Vec<Vec<u8>>),
    /// `SEQ.out`, `SEQ.err`, `SEQ.json` in the directory.
    Flat(PathBuf),
    /// The directory, and what is rendered for each job.
    Pattern(PathBuf, Pattern),
    /// `--files` alone: a new file in the directory, of stdout only.
    Temporary(PathBuf),
}

/// Keeps outputs. Shared by all workers.
#[derive(Debug)]
pub struct OutputFiles {
    layout: Layout,
    names_only: bool,
    /// The open directory; `None` for temporary files.
    results: Option<Results>,
    tmpdir: PathBuf,
}

impl OutputFiles {
    /// Opens the directory. Before the first job.
    /// `recorded`: the jobs whose records this run goes on with.
    pub fn open(
        keep: OutputFilesConfig,
        tmpdir: &Path,
        recorded: Option<Arc<SeqSet>>,
    ) -> Result<OutputFiles, String> {
        let directory = match &keep.layout {
            Layout::Tree(path, _) | Layout::Flat(path) | Layout::Pattern(path, _) => Some(path),
            Layout::Temporary(_) => None,
        };
        let results = directory.map(|path| {
            Results::open(path, recorded).map_err(|e| {
                let name = crate::escape::visible(path.as_os_str().as_bytes()).into_owned();
                format!("cannot keep results in {name}: {}", errno::words(&e))
            })
        });
        let results = results.transpose()?;
        Ok(OutputFiles {
            layout: keep.layout,
            names_only: keep.names_only,
            results,
            tmpdir: tmpdir.to_owned(),
        })
    }

    /// Writes the files of a job, and says what is to be printed of it.
    pub fn save(
        &self,
        record: &Record<'_>,
        values: &Values<'_>,
        out: &Capture,
        err: &Capture,
    ) -> Result<Printed, SaveError> {
        let rendered;
        let place = match &self.layout {
            Layout::Tree(_, names) => Place::Tree { names, args: values.args },
            Layout::Flat(_) => Place::Flat,
            Layout::Pattern(path, pattern) => {
                let made = pattern.render(values);
                rendered = made.map_err(|e| {
                    SaveError::new(path.clone(), io::Error::new(io::ErrorKind::InvalidInput, e))
                })?;
                Place::Pattern(&rendered)
            }
            Layout::Temporary(directory) => {
                let name = temporary(directory, out).map_err(|e| SaveError::new(directory.clone(), e))?;
                return Ok(Printed::NameAndErrors(name));
            }
        };
        let Some(results) = &self.results else { return Ok(Printed::All) };
        let unread = |e| unspooled(&self.tmpdir, &e);
        let (mut out, mut err) = (out.reader().map_err(unread)?, err.reader().map_err(unread)?);
        let saved = results.save(place, record, &mut out, &mut err)?;
        Ok(if self.names_only { Printed::Name(name_of(&saved.out)) } else { Printed::All })
    }

    /// How many times a job's number was added to the names of its files, because the names were taken.
    pub fn renamed(&self) -> u64 {
        self.results.as_ref().map_or(0, Results::renamed)
    }

    /// True when nothing of a job but the names of its files is printed.
    pub fn names_only(&self) -> bool {
        self.names_only
    }

    /// For a job whose lines are passed on as they come.
    pub fn lines(&self) -> OutputFileLines<'_> {
        OutputFileLines { tmpdir: &self.tmpdir, out: None, err: None, error: None }
    }
}

/// What is printed of a job whose output is kept.
#[derive(Debug)]
pub enum Printed {
    /// All of it.
    All,
    /// This in place of all.
    Name(Capture),
    /// This in place of its standard output.
    NameAndErrors(Capture),
}

fn temporary(directory: &Path, out: &Capture) -> io::Result<Capture> {
    let (mut file, path) = tempfile::Builder::new()
        .prefix("apool-")
        .suffix(".out")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(directory)?
        .keep()
        .map_err(|e| e.error)?;
    io::copy(&mut out.reader()?, &mut file)?;
    Ok(name_of(&path))
}

/// What could not be spooled is a matter of the one job that needs so much room, as everywhere.
fn unspooled(tmpdir: &Path, error: &io::Error) -> SaveError {
    SaveError::new(tmpdir.to_owned(), io::Error::other(errno::words(error)))
}

/// A path as a line of output.
fn name_of(path: &Path) -> Capture {
    let mut line = path.as_os_str().as_bytes().to_vec();
    line.push(b'\n');
    Capture::Memory(line)
}

/// The lines of a running job, once more, in files without names.
#[derive(Debug)]
pub struct OutputFileLines<'a> {
    tmpdir: &'a Path,
    out: Option<(File, u64)>,
    err: Option<(File, u64)>,
    error: Option<io::Error>,
}

impl OutputFileLines<'_> {
    /// Adds lines. An error shows at the end.
    pub fn add(&mut self, stream: Stream, bytes: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let kept = if stream == Stream::Stdout { &mut self.out } else { &mut self.err };
        let add = || {
            let (file, length) = match kept {
                Some(kept) => kept,
                none => none.insert((tempfile::tempfile_in(self.tmpdir)?, 0)),
            };
            file.write_all(bytes)?;
            *length += bytes.len() as u64;
            Ok(())
        };
        self.error = add().err();
    }

    /// All of stdout and stderr.
    pub fn finish(self) -> Result<(Capture, Capture), SaveError> {
        let capture = |kept: Option<(File, u64)>| {
            kept.map_or_else(Capture::default, |(file, length)| Capture::Spilled(file, length))
        };
        self.error.map_or(Ok(()), |error| Err(unspooled(self.tmpdir, &error)))?;
        Ok((capture(self.out), capture(self.err)))
    }
}
