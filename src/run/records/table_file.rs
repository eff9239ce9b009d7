//! The table of the outputs (`--results FILE.csv`) in a run: open, failed, or none.

use crate::run::records::attempt_facts::AttemptFacts;
use crate::run::records::export::Exports;
use crate::run::records::joblog::Record;
use crate::run::records::table::{Table, TableConfig};
use crate::sys::errno;
use std::io;

/// The table of a run.
#[derive(Debug)]
pub enum TableFile {
    /// None is written.
    None,
    /// It is written. The text is its path as messages show it.
    Open(Table, String),
    /// It can no longer be written. The message was printed. Further jobs have neither a row nor a record.
    Failed,
}

impl TableFile {
    /// Opens the table before the first job.
    pub fn open(config: Option<TableConfig>) -> Result<TableFile, String> {
        let Some(config) = config else { return Ok(TableFile::None) };
        let name = crate::escape::visible(config.path.as_os_str().as_encoded_bytes()).into_owned();
        match Table::open(config) {
            Ok(table) => Ok(TableFile::Open(table, name)),
            Err(e) => Err(error(&name, &e)),
        }
    }

    /// True when outputs are kept for the table, also when it has failed.
    pub fn is_open(&self) -> bool {
        !matches!(self, TableFile::None)
    }

    /// Adds the row of a job. False when the job has no row. `exports` gets the message.
    pub fn add(&mut self, record: Record<'_>, facts: &AttemptFacts, exports: &mut Exports) -> bool {
        let (table, name) = match self {
            TableFile::None => return true,
            TableFile::Failed => return false,
            TableFile::Open(table, name) => (table, name),
        };
        // An attempt without a process has no outputs.
        let Some(kept) = &facts.kept else { return true };
        match table.add(record, facts, kept) {
            Ok(()) => true,
            Err(e) => {
                exports.report(error(name, &e));
                *self = TableFile::Failed;
                false
            }
        }
    }

    /// Syncs the table to the disk.
    pub fn close(&mut self) -> Result<(), String> {
        match self {
            TableFile::Open(table, name) => table.close().map_err(|e| error(name, &e)),
            TableFile::None | TableFile::Failed => Ok(()),
        }
    }
}

fn error(name: &str, error: &io::Error) -> String {
    format!("cannot write the results to {name}: {}", errno::words(error))
}
