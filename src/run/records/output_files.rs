//! `--results` and `--files`: the output of each job in files of its own, besides being printed or instead of it.
//!
//! It works on the worker's thread when an attempt has ended, so a later attempt replaces the files of the one before. What
//! cannot be written is an error of the run: the user would look for the output where it is not.

use crate::exec::{Capture, Stream};
use crate::run::records::joblog::Record;
use crate::run::records::results::{Place, Results};
use crate::sys::errno;
use crate::template::{Pattern, Values};
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

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
    pub fn open(keep: OutputFilesConfig, tmpdir: &Path) -> Result<OutputFiles, String> {
        let directory = match &keep.layout {
            Layout::Tree(path, _) | Layout::Flat(path) | Layout::Pattern(path, _) => Some(path),
            Layout::Temporary(_) => None,
        };
        let results = directory.map(|path| {
            Results::open(path).map_err(|e| {
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

    /// Writes the files of a job, and gives what is to be printed of it.
    pub fn keep(
        &self,
        record: &Record<'_>,
        values: &Values<'_>,
        out: Capture,
        err: Capture,
    ) -> io::Result<(Capture, Capture)> {
        let rendered;
        let place = match &self.layout {
            Layout::Tree(_, names) => Place::Tree { names, args: values.args },
            Layout::Flat(_) => Place::Flat,
            Layout::Pattern(_, pattern) => {
                rendered =
                    pattern.render(values).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
                Place::Pattern(&rendered)
            }
            Layout::Temporary(directory) => {
                let (mut file, path) = tempfile::Builder::new()
                    .prefix("apool-")
                    .suffix(".out")
                    .permissions(Permissions::from_mode(0o600))
                    .tempfile_in(directory)?
                    .keep()
                    .map_err(|e| e.error)?;
                io::copy(&mut out.reader()?, &mut file)?;
                return Ok((name_of(&path), err));
            }
        };
        let Some(results) = &self.results else { return Ok((out, err)) };
        let saved = results.save(place, record, &mut out.reader()?, &mut err.reader()?)?;
        if self.names_only { Ok((name_of(&saved.out), Capture::default())) } else { Ok((out, err)) }
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
    pub fn finish(self) -> io::Result<(Capture, Capture)> {
        let capture = |kept: Option<(File, u64)>| {
            kept.map_or_else(Capture::default, |(file, length)| Capture::Spilled(file, length))
        };
        self.error.map_or(Ok(()), Err)?;
        Ok((capture(self.out), capture(self.err)))
    }
}
