//! `--results FILE.csv`, `.tsv` and `.jsonl`: a table with a row for each job that has ended, with its outputs.
//!
//! A row is added before the joblog gets the record of the job. A job without a row therefore gets no record, and a
//! resumed run runs it again. Small rows are one `write`. Outputs are copied in pieces, so that memory does not grow
//! with them. After an error the written part of a row is removed, and a resumed run cuts a torn row off.

mod delimited;
mod jsonl;
mod row;

use crate::run::records::attempt_facts::{AttemptFacts, KeptOutput};
use crate::run::records::joblog::Record;
use crate::run::records::os;
use crate::sys::fault::{Call, Fallible};
use delimited::Delimited;
use row::Row;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// The bytes of a row that are collected for one `write`.
const PIECE: usize = 64 << 10;

/// A table to write: plain data.
#[derive(Debug)]
pub struct TableConfig {
    /// The file.
    pub path: PathBuf,
    /// Its format.
    pub format: TableFormat,
    /// Rows are added to an existing table, because the joblog is continued.
    pub append: bool,
    /// The names of the columns of the input (`--header`).
    pub names: Vec<Vec<u8>>,
}

/// The format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Fields with this byte between them.
    Delimited(u8),
    /// A JSON object on each line.
    JsonLines,
}

impl TableFormat {
    /// The format of a file, by the end of its name.
    pub fn of(name: &[u8]) -> Option<TableFormat> {
        match name {
            _ if name.ends_with(b".csv") => Some(TableFormat::Delimited(b',')),
            _ if name.ends_with(b".tsv") => Some(TableFormat::Delimited(b'\t')),
            _ if name.ends_with(b".jsonl") => Some(TableFormat::JsonLines),
            _ => None,
        }
    }
}

/// An open table.
#[derive(Debug)]
pub struct Table {
    file: File,
    regular: bool,
    /// The length of the file up to the last whole row.
    length: u64,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Delimited(Delimited),
    JsonLines,
}

impl Table {
    /// Opens the file before the first job. An existing table that is continued loses a torn row at its end.
    pub fn open(config: TableConfig) -> io::Result<Table> {
        let (file, regular) =
            if config.append { os::continue_log(&config.path)? } else { os::create_log(&config.path)? };
        let mut form = match config.format {
            TableFormat::Delimited(separator) => Form::Delimited(Delimited::new(separator, config.names)),
            TableFormat::JsonLines => Form::JsonLines,
        };
        let mut length = 0;
        if regular && config.append {
            let mut read = Fallible(&file, Call::Read);
            length = match &mut form {
                Form::Delimited(table) => table.scan(&mut read)?,
                Form::JsonLines => jsonl::whole_lines(&mut read)?,
            };
            os::truncate(&file, length)?;
        }
        Ok(Table { file, regular, length, form })
    }

    /// Adds the row of a job.
    pub fn add(&mut self, record: Record<'_>, facts: &AttemptFacts, kept: &KeptOutput) -> io::Result<()> {
        let row = Row { record, facts, args: &kept.args, out: &kept.out, err: &kept.err };
        let mut to =
            BufWriter::with_capacity(PIECE, Counted { to: Fallible(&self.file, Call::Write), count: 0 });
        let result = match &mut self.form {
            Form::Delimited(table) => table.write(&row, &mut to),
            Form::JsonLines => jsonl::write(&row, &mut to),
        };
        match result.and_then(|()| to.flush()) {
            Ok(()) => self.length += to.get_ref().count,
            Err(e) => {
                // What is left in the buffer must not be written.
                drop(to.into_parts());
                if self.regular {
                    os::truncate(&self.file, self.length)?;
                }
                return Err(e);
            }
        }
        Ok(())
    }

    /// Syncs the table to the disk.
    pub fn close(&self) -> io::Result<()> {
        if self.regular { os::sync(&self.file) } else { Ok(()) }
    }
}

/// Counts the written bytes.
struct Counted<T> {
    to: T,
    count: u64,
}

impl<T: Write> Write for Counted<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests;
