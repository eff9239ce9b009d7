//! The file of the metrics: one document at the end (`--metrics-json`), or lines during the run as well
//! (`--metrics-interval`).

use crate::run::records::atomic::Target;
use crate::run::records::line_file::LineFile;
use crate::run::records::metrics::Document;
use crate::sys::errno;
use adaptive_pool::time::Time;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

/// The open file.
#[derive(Debug)]
pub struct MetricsFile(Kind);

#[derive(Debug)]
enum Kind {
    None,
    /// One document at the end.
    Document(Target),
    /// A line in each interval, and one at the end.
    Lines {
        file: LineFile,
        every: Duration,
        due: Time,
    },
}

impl MetricsFile {
    /// Opens the file before the first job.
    pub fn open(path: Option<OsString>, every: Option<Duration>) -> Result<MetricsFile, String> {
        let Some(path) = path else { return Ok(MetricsFile(Kind::None)) };
        let opened = match every {
            None => Target::open(&path).map(Kind::Document),
            Some(every) => {
                LineFile::create(Path::new(&path)).map(|file| Kind::Lines { file, every, due: Time::ZERO })
            }
        };
        opened.map(MetricsFile).map_err(|e| {
            let name = crate::escape::visible(path.as_encoded_bytes()).into_owned();
            format!("cannot write the metrics to {name}: {}", errno::words(&e))
        })
    }

    /// True when there is a file.
    pub fn is_open(&self) -> bool {
        !matches!(self.0, Kind::None)
    }

    /// The interval of the lines.
    pub fn interval(&self) -> Option<Duration> {
        if let Kind::Lines { every, .. } = self.0 { Some(every) } else { None }
    }

    /// True when a line is due. [`MetricsFile::write_line`] writes it.
    pub fn line_is_due(&self, now: Time) -> bool {
        matches!(self.0, Kind::Lines { due, .. } if now >= due)
    }

    /// Writes a line, if the file consists of lines, and starts the next interval.
    pub fn write_line(&mut self, now: Time, document: &Document) -> Result<(), String> {
        let Kind::Lines { file, every, due } = &mut self.0 else { return Ok(()) };
        *due = now + *every;
        file.write(document).map_err(|e| write_error(&e))
    }

    /// Writes the document of the end.
    pub fn finish(&mut self, document: &Document) -> Result<(), String> {
        match &mut self.0 {
            Kind::None => Ok(()),
            Kind::Document(target) => target.write(&document.to_json()).map_err(|e| write_error(&e)),
            Kind::Lines { file, .. } => file.write(document).map_err(|e| write_error(&e)),
        }
    }
}

fn write_error(error: &io::Error) -> String {
    format!("cannot write the metrics: {}", errno::words(error))
}
