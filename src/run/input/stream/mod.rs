//! `--pipe`: the blocks on their way from the reading thread to the jobs that read them.
//!
//! A block stands in memory once, as a file without a name that is the job's standard input: nobody needs to feed it, and
//! a job that does not read its input leaves nobody waiting. Parts of a file (`--pipe-part`), jobs that share one stream
//! (`--round-robin`) and named pipes have a `feeder`. Only few blocks wait beside those of the running jobs: that is
//! the bound on memory.

mod feeder;
mod source;

pub use source::{Blocks, StreamConfig, start};

use crate::exec::Stdin;
use crate::job::{Args, Row, Seq};
use crate::run::input::given::Given;
use crate::run::records::resume::Numbers;
use crate::sys::memfile;
use crossbeam_channel::Receiver;
use feeder::{Feeder, StreamData, StreamTarget};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What a job gets its block as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its standard input.
    Stdin,
    /// The name of a file, in `{}` (`--cat`).
    File,
    /// The name of a named pipe, in `{}` (`--fifo`).
    Fifo,
}

/// What was cut off for a job.
#[derive(Debug)]
pub enum Portion {
    /// A block.
    Block(Vec<u8>),
    /// A part of a file, behind a header.
    Part(Arc<File>, Arc<[u8]>, Range<u64>),
    /// A first block, and whatever of the rest the job takes before others do.
    Shared(Vec<u8>, Receiver<Vec<u8>>),
}

/// So many blocks may wait for a worker…
const WAITING: usize = 4;
/// …or more, while they are this small together…
const WAITING_BYTES: usize = 4 << 20;
/// …but never more than this.
const WAITING_MAX: usize = 256;

/// Whether it is found out what a job is given.
#[derive(Clone, Debug)]
pub enum Identify {
    /// No: nothing records it.
    No,
    /// When the job runs, for its record. Of these jobs, which have a record of before, already when the block is cut.
    Yes(Option<Arc<Numbers>>),
}

/// Blocks by the number of their job.
#[derive(Debug)]
pub struct Stream {
    how: How,
    directory: PathBuf,
    identify: Identify,
    store: Mutex<Store>,
    room: Condvar,
}

#[derive(Debug, Default)]
struct Store {
    portions: HashMap<Seq, Kept>,
    waiting: usize,
    waiting_bytes: usize,
    /// Memory that has been emptied, to be filled again.
    spare: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Kept {
    /// With what it is, where that is known already.
    Waiting(Portion, Option<Given>),
    /// Begun by an attempt; another may follow.
    Begun(StreamData, Given),
}

/// What an attempt reads. To be kept until it has ended.
#[derive(Debug)]
pub struct Supply {
    /// Its standard input.
    pub stdin: Stdin,
    /// What fills the template, when the block has a name.
    pub args: Option<Args>,
    /// How many bytes it is; 0 where jobs share the stream and nobody knows.
    pub bytes: u64,
    /// What it is, for the record; arguments where nothing is recorded.
    pub given: Given,
    _feeder: Option<Feeder>,
    _file: Option<tempfile::TempPath>,
}

impl Stream {
    /// Nothing waits yet. Named files are made in `directory`.
    pub fn new(how: How, directory: PathBuf, identify: Identify) -> Stream {
        Stream { how, directory, identify, store: Mutex::default(), room: Condvar::new() }
    }

    /// True when a block has a name, another in every run: what is recorded has `{}` in its place.
    pub fn names_blocks(&self) -> bool {
        self.how != How::Stdin
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reading thread has cut a portion: waits until there is room for it. Gives back memory to fill again.
    pub fn put(&self, seq: Seq, portion: Portion) -> Option<Vec<u8>> {
        // What cannot be read is told when the job is to read it.
        let given = match &self.identify {
            Identify::Yes(Some(recorded)) if recorded.has(seq) => portion.given().ok(),
            Identify::Yes(_) | Identify::No => None,
        };
        let mut store = self.store();
        while store.waiting >= WAITING
            && (store.waiting_bytes >= WAITING_BYTES || store.waiting >= WAITING_MAX)
        {
            store = self.room.wait(store).unwrap_or_else(PoisonError::into_inner);
        }
        store.waiting += 1;
        store.waiting_bytes += portion.bytes();
        store.portions.insert(seq, Kept::Waiting(portion, given));
        store.spare.take()
    }

    /// What a job that has a record of before, and that waits, will be given; `None` when that cannot be known.
    pub fn given(&self, seq: Seq) -> Option<Given> {
        match self.store().portions.get(&seq) {
            Some(Kept::Waiting(_, given)) => *given,
            Some(Kept::Begun(_, given)) => Some(*given),
            None => None,
        }
    }

    /// The job has ended for good, or never will begin.
    pub fn forget(&self, seq: Seq) {
        let mut store = self.store();
        if let Some(Kept::Waiting(portion, _)) = store.portions.remove(&seq) {
            self.left(&mut store, &portion);
        }
    }

    fn left(&self, store: &mut Store, portion: &Portion) {
        store.waiting -= 1;
        store.waiting_bytes -= portion.bytes();
        self.room.notify_one();
    }

    /// What an attempt of the job reads.
    pub fn supply(&self, seq: Seq) -> io::Result<Supply> {
        let (data, given) = self.data(seq)?;
        let bytes = data.bytes();
        let none = Supply { stdin: Stdin::Null, args: None, bytes, given, _feeder: None, _file: None };
        match (self.how, data) {
            (How::Stdin, StreamData::Memory(file, _)) => {
                Ok(Supply { stdin: Stdin::Fd(memfile::reopen(&file)?), ..none })
            }
            (How::Stdin, data) => {
                let (read, write) = memfile::pipe()?;
                let feeder = Feeder::start(data, StreamTarget::Pipe(write))?;
                Ok(Supply { stdin: Stdin::Fd(read), _feeder: Some(feeder), ..none })
            }
            (How::File, data) => {
                let file = tempfile::Builder::new().prefix("apool").tempfile_in(&self.directory)?;
                data.write_to(file.as_file())?;
                let path = file.into_temp_path();
                let args = Some(Args::One(Row::one(path.as_os_str().as_bytes())));
                Ok(Supply { args, _file: Some(path), ..none })
            }
            (How::Fifo, data) => {
                let make = |path: &std::path::Path| memfile::make_fifo(path);
                let path = tempfile::Builder::new().prefix("apool").make_in(&self.directory, make)?;
                let path = path.into_temp_path();
                let args = Some(Args::One(Row::one(path.as_os_str().as_bytes())));
                let feeder = Feeder::start(data, StreamTarget::Fifo(path.to_path_buf()))?;
                Ok(Supply { args, _feeder: Some(feeder), _file: Some(path), ..none })
            }
        }
    }

    /// What the job is fed, and what that is; kept, in case this attempt is not its last.
    fn data(&self, seq: Seq) -> io::Result<(StreamData, Given)> {
        let mut store = self.store();
        let (portion, known) = match store.portions.remove(&seq) {
            Some(Kept::Waiting(portion, known)) => (portion, known),
            Some(Kept::Begun(data, given)) => {
                store.portions.insert(seq, Kept::Begun(data.clone(), given));
                return Ok((data, given));
            }
            None => return Err(io::Error::other("its block is not there")),
        };
        self.left(&mut store, &portion);
        // Copying a block takes a while, and other workers want theirs.
        drop(store);
        let given = match (known, &self.identify) {
            (Some(given), _) => given,
            (None, Identify::Yes(_)) => portion.given()?,
            (None, Identify::No) => Given::Arguments,
        };
        let (data, spare) = match portion {
            Portion::Block(bytes) => {
                let data = StreamData::Memory(Arc::new(memfile::memory(&bytes)?), bytes.len() as u64);
                (data, Some(bytes))
            }
            Portion::Part(file, header, range) => (StreamData::Part(file, header, range), None),
            Portion::Shared(first, rest) => (StreamData::Shared(Arc::new(first), rest), None),
        };
        let mut store = self.store();
        store.spare = spare.or(store.spare.take());
        store.portions.insert(seq, Kept::Begun(data.clone(), given));
        Ok((data, given))
    }
}

impl Portion {
    /// What it takes of memory.
    fn bytes(&self) -> usize {
        match self {
            Portion::Block(bytes) | Portion::Shared(bytes, _) => bytes.len(),
            Portion::Part(..) => 0,
        }
    }

    /// What a job is given with it. A part of a file is read for that.
    fn given(&self) -> io::Result<Given> {
        match self {
            Portion::Block(bytes) => Ok(Given::block(bytes)),
            Portion::Part(file, header, range) => Given::part(file, header, range),
            Portion::Shared(..) => Ok(Given::Shared),
        }
    }
}

impl StreamData {
    /// How long it is, as far as that is known when the job begins.
    fn bytes(&self) -> u64 {
        match self {
            StreamData::Memory(_, length) => *length,
            StreamData::Part(_, header, range) => header.len() as u64 + (range.end - range.start),
            StreamData::Shared(..) => 0,
        }
    }

    fn write_to(&self, file: &File) -> io::Result<()> {
        use std::io::Write;
        use std::os::unix::fs::FileExt;
        let mut to = file;
        match self {
            StreamData::Memory(block, length) => crate::sys::io::copy_file(to, block, *length),
            StreamData::Part(from, header, range) => {
                to.write_all(header)?;
                let mut buffer = vec![0; 1 << 16];
                let mut at = range.start;
                while at < range.end {
                    let most = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(buffer.len());
                    from.read_exact_at(&mut buffer[..most], at)?;
                    to.write_all(&buffer[..most])?;
                    at += most as u64;
                }
                Ok(())
            }
            StreamData::Shared(first, _) => to.write_all(first),
        }
    }
}

#[cfg(test)]
mod tests;
