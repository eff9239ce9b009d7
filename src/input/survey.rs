//! Counts the jobs of the input ahead of the reader of the jobs, so that the progress has a total.
//!
//! It splits and packs the same bytes once more, because only that gives the number of jobs.

use super::ahead::Reach;
use super::columns::ColumnReader;
use super::config::{Budget, InputConfig, Source, SourceKind};
use super::error::InputError;
use super::reader::{Reader, open, reader_of, take_sources};
use super::source::SourceReader;
use std::io::Read;

/// The number of all jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobCount {
    /// All were counted.
    Exact(u64),
    /// A part was counted, and the rest is estimated from the bytes.
    Estimate(u64),
}

/// Combinations of sources are counted up to this number.
const COMBINED_MAX: u64 = 4_000_000;

/// A count that has not begun.
pub struct Survey {
    reader: Reader,
    /// How far the scout came, if there is a single file.
    reach: Option<Reach>,
    /// There are several sources.
    combined: bool,
}

impl Survey {
    /// Sets the room of a command line, as for the reader of the jobs.
    pub fn set_budget(&mut self, budget: Budget) {
        self.reader.set_budget(budget);
    }

    /// Counts. `found` gets estimates of a long file, which become better as the jobs are read, and at last the number.
    /// Blocks as long as the input does.
    pub fn count(mut self, mut found: impl FnMut(JobCount)) {
        let mut jobs = 0;
        loop {
            match self.reader.next_batch() {
                Ok(Some(batch)) => jobs += batch.jobs.len() as u64,
                Ok(None) => return found(JobCount::Exact(jobs)),
                Err(_) => return,
            }
            if let Some(estimate) = self.reach.as_ref().and_then(|reach| reach.estimate(jobs)) {
                found(JobCount::Estimate(estimate));
            }
            if self.combined && jobs > COMBINED_MAX {
                return;
            }
        }
    }
}

/// Like [`open`], with a count of the jobs that can run ahead of the reader. `None` when all records are words.
/// `stdin_length`: the bytes of a standard input that is a file.
pub fn open_with_survey(
    mut config: InputConfig,
    stdin: Box<dyn Read + Send>,
    stdin_length: Option<u64>,
) -> Result<(Reader, Option<Survey>), InputError> {
    let words = |source: &Source| matches!(source.kind, SourceKind::Args(_));
    if !config.sources.is_empty() && config.sources.iter().all(words) {
        return Ok((open(config, stdin)?, None));
    }
    let mut stdin = Some(stdin);
    let sources = take_sources(&mut config);
    let (mut readers, mut scouts, mut reaches) = (Vec::new(), Vec::new(), Vec::new());
    for Source { kind, linked } in sources {
        let (jobs, scout, reach) = SourceReader::open_shared(kind, &config, &mut stdin, stdin_length)?;
        readers.push((ColumnReader::new(jobs, &config), linked));
        scouts.push((ColumnReader::new(scout, &config), linked));
        reaches.push(reach);
    }
    let combined = reaches.len() > 1;
    let reach = if combined { None } else { reaches.pop().flatten() };
    // The order does not change the number, and would need memory.
    let scout = reader_of(scouts, InputConfig { shuffle: None, ..config.clone() });
    Ok((reader_of(readers, config), Some(Survey { reader: scout, reach, combined })))
}
