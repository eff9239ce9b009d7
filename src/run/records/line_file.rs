//! A file of JSON lines, each written with one `write`: the decision log and the lines of `--metrics-interval`.

use crate::run::records::metrics;
use crate::run::records::os;
use crate::sys::fault::{Call, Fallible};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// An open file of lines.
#[derive(Debug)]
pub struct LineFile {
    /// `None` for stdout.
    file: Option<File>,
    regular: bool,
}

impl LineFile {
    /// Opens the file before the first job, and empties it if it is a regular file. `-` is stdout.
    pub fn create(path: &Path) -> io::Result<LineFile> {
        if path == Path::new("-") {
            return Ok(LineFile { file: None, regular: false });
        }
        let (file, regular) = os::create_log(path)?;
        Ok(LineFile { file: Some(file), regular })
    }

    /// Writes a value as one line of JSON.
    pub fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        let line = metrics::to_line(value);
        if let Some(file) = &mut self.file {
            return Fallible(file, Call::Write).write_all(&line);
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(&line)?;
        stdout.flush()
    }

    /// Syncs a regular file to the disk.
    pub fn close(self) -> io::Result<()> {
        match self.file {
            Some(file) if self.regular => os::sync(&file),
            _ => Ok(()),
        }
    }
}
