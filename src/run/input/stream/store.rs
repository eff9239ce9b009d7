//! The blocks that wait between the reading thread and the jobs that read them.
//!
//! A block is kept in memory once, as a file without a name that becomes the standard input of its job. No thread has
//! to write it, and a job that does not read its input blocks nothing. Parts of a file (`--pipe-part`), jobs that share
//! one stream (`--round-robin`) and named pipes need a `feeder`. The number of waiting blocks is bounded, and with it
//! the memory.

use super::data::{PartFile, StreamData};
use super::feeder::{Feeder, StreamTarget};
use crate::exec::Stdin;
use crate::job::{Args, Row, Seq};
use crate::run::input::job_input::JobInput;
use crate::run::records::resume::SeqSet;
use crate::sys::memfile;
use crossbeam_channel::Receiver;
use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How a job receives its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As its standard input.
    Stdin,
    /// As a file whose name replaces `{}` (`--cat`).
    File,
    /// As a named pipe whose name replaces `{}` (`--fifo`).
    Fifo,
}

/// The portion of the stream that was cut off for a job.
#[derive(Debug)]
pub enum Portion {
    /// A block.
    Block(Vec<u8>),
    /// A part of a file, behind its header.
    Part(Arc<PartFile>, Range<u64>),
    /// A first block, and the blocks that the job takes before other jobs do.
    Shared(Vec<u8>, Receiver<Vec<u8>>),
}

impl Portion {
    /// The memory that it needs, in bytes.
    fn memory(&self) -> usize {
        match self {
            Portion::Block(bytes) | Portion::Shared(bytes, _) => bytes.len(),
            Portion::Part(..) => 0,
        }
    }

    /// Identifies it. A part of a file is read for that.
    fn identity(&self) -> io::Result<JobInput> {
        match self {
            Portion::Block(bytes) => Ok(JobInput::block(bytes)),
            Portion::Part(part, range) => {
                JobInput::part(&part.file, &part.header, range).map_err(|error| part.read_error(&error))
            }
            Portion::Shared(..) => Ok(JobInput::Shared),
        }
    }
}

/// This many blocks may wait for a worker.
const WAITING: usize = 4;
/// More blocks may wait while they have fewer bytes than this together.
const WAITING_BYTES: usize = 4 << 20;
/// The most blocks that may wait.
const WAITING_MAX: usize = 256;

/// Whether the blocks are hashed to identify them.
#[derive(Clone, Debug)]
pub enum Identify {
    /// No: no record needs it.
    No,
    /// When the job runs, for its record. For these jobs, which an earlier run has recorded, when the block is cut.
    Yes(Option<Arc<SeqSet>>),
}

/// The blocks by the number of their job.
#[derive(Debug)]
pub struct BlockStore {
    delivery: Delivery,
    directory: PathBuf,
    identify: Identify,
    state: Mutex<State>,
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    portions: HashMap<Seq, Stored>,
    waiting: usize,
    waiting_bytes: usize,
    /// Memory of a block that was copied, for the reading thread to use again.
    spare: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Stored {
    /// No attempt has begun. The identity is known if a record may exist.
    Waiting(Portion, Option<JobInput>),
    /// An attempt has begun. Another one may follow.
    Begun(StreamData, JobInput),
}

/// The input of an attempt. It must live until the attempt has ended.
#[derive(Debug)]
pub struct BlockInput {
    /// The standard input.
    pub stdin: Stdin,
    /// The arguments, when the block has a name.
    pub args: Option<Args>,
    /// The length in bytes; 0 when jobs share the stream.
    pub bytes: u64,
    /// The identity for the record; `Arguments` when there is no record.
    pub input: JobInput,
    feeder: Option<Feeder>,
    _file: Option<tempfile::TempPath>,
}

impl BlockInput {
    /// Ends the input after the job. The error says that the job could not be given all of its block.
    pub fn end(self) -> io::Result<()> {
        self.feeder.map_or(Ok(()), Feeder::end)
    }
}

impl BlockStore {
    /// An empty store. Files with names are made in `directory`.
    pub fn new(delivery: Delivery, directory: &Path, identify: Identify) -> BlockStore {
        let directory = directory.to_owned();
        BlockStore { delivery, directory, identify, state: Mutex::default(), room: Condvar::new() }
    }

    /// True when a block has a name, which differs in every run. The records have `{}` in its place.
    pub fn names_blocks(&self) -> bool {
        self.delivery != Delivery::Stdin
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a portion, and waits until there is room for it. Returns memory to use for a further block. Called by the
    /// reading thread.
    pub fn put(&self, seq: Seq, portion: Portion) -> Option<Vec<u8>> {
        // The job reports a read error when it starts.
        let input = match &self.identify {
            Identify::Yes(Some(recorded)) if recorded.contains(seq) => portion.identity().ok(),
            Identify::Yes(_) | Identify::No => None,
        };
        let mut state = self.state();
        while state.waiting >= WAITING
            && (state.waiting_bytes >= WAITING_BYTES || state.waiting >= WAITING_MAX)
        {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting += 1;
        state.waiting_bytes += portion.memory();
        state.portions.insert(seq, Stored::Waiting(portion, input));
        state.spare.take()
    }

    /// The identity of the block of a waiting job that an earlier run has recorded; `None` when it cannot be known.
    pub fn identity(&self, seq: Seq) -> Option<JobInput> {
        match self.state().portions.get(&seq) {
            Some(Stored::Waiting(_, input)) => *input,
            Some(Stored::Begun(_, input)) => Some(*input),
            None => None,
        }
    }

    /// Removes the block of a job that is over or will not run.
    pub fn remove(&self, seq: Seq) {
        let mut state = self.state();
        if let Some(Stored::Waiting(portion, _)) = state.portions.remove(&seq) {
            self.waits_no_more(&mut state, &portion);
        }
    }

    fn waits_no_more(&self, state: &mut State, portion: &Portion) {
        state.waiting -= 1;
        state.waiting_bytes -= portion.memory();
        self.room.notify_one();
    }

    /// Prepares the input of an attempt.
    pub fn open_block(&self, seq: Seq) -> io::Result<BlockInput> {
        let (data, input) = self.data(seq)?;
        let bytes = data.bytes();
        let empty = BlockInput { stdin: Stdin::Null, args: None, bytes, input, feeder: None, _file: None };
        match (self.delivery, data) {
            (Delivery::Stdin, StreamData::Memory(file, _)) => {
                Ok(BlockInput { stdin: Stdin::Fd(memfile::reopen(&file)?), ..empty })
            }
            (Delivery::Stdin, data) => {
                let (read, write) = memfile::pipe()?;
                let feeder = Feeder::start(data, StreamTarget::Pipe(write))?;
                Ok(BlockInput { stdin: Stdin::Fd(read), feeder: Some(feeder), ..empty })
            }
            (Delivery::File, data) => {
                let file = tempfile::Builder::new().prefix("apool").tempfile_in(&self.directory)?;
                data.write_to(file.as_file())?;
                let path = file.into_temp_path();
                let args = Some(Args::One(Row::one(path.as_os_str().as_bytes())));
                Ok(BlockInput { args, _file: Some(path), ..empty })
            }
            (Delivery::Fifo, data) => {
                let make = |path: &Path| memfile::make_fifo(path);
                let path = tempfile::Builder::new().prefix("apool").make_in(&self.directory, make)?;
                let path = path.into_temp_path();
                let args = Some(Args::One(Row::one(path.as_os_str().as_bytes())));
                let feeder = Feeder::start(data, StreamTarget::Fifo(path.to_path_buf()))?;
                Ok(BlockInput { args, feeder: Some(feeder), _file: Some(path), ..empty })
            }
        }
    }

    /// The bytes of a job and their identity. They stay in the store for a further attempt.
    fn data(&self, seq: Seq) -> io::Result<(StreamData, JobInput)> {
        let mut state = self.state();
        let (portion, known) = match state.portions.remove(&seq) {
            Some(Stored::Waiting(portion, known)) => (portion, known),
            Some(Stored::Begun(data, input)) => {
                state.portions.insert(seq, Stored::Begun(data.clone(), input));
                return Ok((data, input));
            }
            None => return Err(io::Error::other("its block is not there")),
        };
        self.waits_no_more(&mut state, &portion);
        // Copying a block takes time. Other workers need the store meanwhile.
        drop(state);
        let input = match (known, &self.identify) {
            (Some(input), _) => input,
            (None, Identify::Yes(_)) => portion.identity()?,
            (None, Identify::No) => JobInput::Arguments,
        };
        let (data, spare) = match portion {
            Portion::Block(bytes) => {
                let data = StreamData::Memory(Arc::new(memfile::memory(&bytes)?), bytes.len() as u64);
                (data, Some(bytes))
            }
            Portion::Part(file, range) => (StreamData::Part(file, range), None),
            Portion::Shared(first, rest) => (StreamData::Shared(Arc::new(first), rest), None),
        };
        let mut state = self.state();
        state.spare = spare.or(state.spare.take());
        state.portions.insert(seq, Stored::Begun(data.clone(), input));
        Ok((data, input))
    }
}

#[cfg(test)]
mod tests;
