//! `--results` and `--files`: files that keep the output of each job, in addition to printing it or instead.
//!
//! The worker writes them when an attempt has ended. A later attempt of the job replaces them. A job whose output
//! cannot be written has failed.

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

/// The configuration of the files.
#[derive(Debug)]
pub struct OutputFilesConfig {
    /// The layout of the files.
    pub layout: Layout,
    /// What is printed.
    pub shown: Shown,
}

/// What is printed of a job whose output is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The output.
    Output,
    /// The name of the file with the standard output (`--files`).
    Name,
    /// Nothing.
    Nothing,
}

impl OutputFilesConfig {
    /// True when a name contains the number of jobs.
    pub fn needs_total(&self) -> bool {
        matches!(&self.layout, Layout::Pattern(_, pattern) if pattern.needs_total())
    }
}

/// The layout of the files.
#[derive(Debug)]
pub enum Layout {
    /// GNU parallel's tree below the directory. The second value has the names of the columns.
    Tree(PathBuf, Vec<Vec<u8>>),
    /// `SEQ.out`, `SEQ.err`, `SEQ.json` in the directory.
    Flat(PathBuf),
    /// The directory, and the pattern of the names below it.
    Pattern(PathBuf, Pattern),
    /// A new file in the directory for the standard output alone (`--files` without `--results`).
    Temporary(PathBuf),
}

/// The files of a run. All workers share it.
#[derive(Debug)]
pub struct OutputFiles {
    layout: Layout,
    shown: Shown,
    /// The open directory; `None` for temporary files.
    results: Option<Results>,
    tmpdir: PathBuf,
}

impl OutputFiles {
    /// Opens the directory before the first job. `recorded`: the jobs of an earlier run that this run resumes.
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
        Ok(OutputFiles { layout: keep.layout, shown: keep.shown, results, tmpdir: tmpdir.to_owned() })
    }

    /// Writes the files of a job, and returns the part of the output that is printed.
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
        let read_error = |e| spool_error(&self.tmpdir, &e);
        let (mut out, mut err) = (out.reader().map_err(read_error)?, err.reader().map_err(read_error)?);
        let saved = results.save(place, record, &mut out, &mut err)?;
        Ok(match self.shown {
            Shown::Output => Printed::All,
            Shown::Name => Printed::Name(name_of(&saved.out)),
            Shown::Nothing => Printed::Name(Capture::default()),
        })
    }

    /// How often the number of a job was added to the names of its files, because another job had these names.
    pub fn renamed(&self) -> u64 {
        self.results.as_ref().map_or(0, Results::renamed)
    }

    /// True when the output is not printed.
    pub fn hides_output(&self) -> bool {
        self.shown != Shown::Output
    }

    /// Collects the lines of a running job.
    pub fn lines(&self) -> OutputFileLines<'_> {
        OutputFileLines { tmpdir: &self.tmpdir, out: None, err: None, error: None }
    }
}

/// The printed part of an output that is kept.
#[derive(Debug)]
pub enum Printed {
    /// The whole output.
    All,
    /// This name instead of the output.
    Name(Capture),
    /// This name instead of the standard output.
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

/// A spool error. It concerns only the job that needs so much room, so it has no error kind that concerns all jobs.
fn spool_error(tmpdir: &Path, error: &io::Error) -> SaveError {
    SaveError::new(tmpdir.to_owned(), io::Error::other(errno::words(error)))
}

/// A path as a line of output.
fn name_of(path: &Path) -> Capture {
    let mut line = path.as_os_str().as_bytes().to_vec();
    line.push(b'\n');
    Capture::Memory(line)
}

/// The lines of a running job in files without names.
#[derive(Debug)]
pub struct OutputFileLines<'a> {
    tmpdir: &'a Path,
    out: Option<(File, u64)>,
    err: Option<(File, u64)>,
    error: Option<io::Error>,
}

impl OutputFileLines<'_> {
    /// Adds lines. An error is returned by [`OutputFileLines::finish`].
    pub fn add(&mut self, stream: Stream, bytes: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let lines = if stream == Stream::Stdout { &mut self.out } else { &mut self.err };
        let add = || {
            let (file, length) = match lines {
                Some(file) => file,
                none => none.insert((tempfile::tempfile_in(self.tmpdir)?, 0)),
            };
            file.write_all(bytes)?;
            *length += bytes.len() as u64;
            Ok(())
        };
        self.error = add().err();
    }

    /// The collected stdout and stderr.
    pub fn finish(self) -> Result<(Capture, Capture), SaveError> {
        let capture = |lines: Option<(File, u64)>| {
            lines.map_or_else(Capture::default, |(file, length)| Capture::Spilled(file, length))
        };
        self.error.map_or(Ok(()), |error| Err(spool_error(self.tmpdir, &error)))?;
        Ok((capture(self.out), capture(self.err)))
    }
}
