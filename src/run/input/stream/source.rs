//! The reading thread of `--pipe`: cuts blocks, leaves them where their jobs will find them, and hands on the jobs.

use super::{How, Identify, Portion, Stream};
use crate::input::{BlockReader, FileBlocks, InputError};
use crate::job::{Args, Job, Priority, Row, Seq};
use crate::run::input::reader::Input;
use crate::sys::fault;
use crossbeam_channel::{Receiver, SendError, Sender, bounded};
use std::path::Path;
use std::sync::Arc;

/// Where blocks come from.
pub enum Blocks {
    /// A stream that is read.
    Read(BlockReader),
    /// A file that is looked into only where it is cut.
    Part(FileBlocks),
}

/// Jobs that read a stream.
pub struct StreamConfig {
    /// Where their blocks come from.
    pub blocks: Blocks,
    /// What they get them as.
    pub how: How,
    /// So many jobs share the stream (`--round-robin`), instead of one job a block.
    pub shared_by: Option<usize>,
}

impl std::fmt::Debug for StreamConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamConfig").field("how", &self.how).finish_non_exhaustive()
    }
}

impl StreamConfig {
    /// Where the blocks wait. Named files are made in `directory`.
    pub fn stream(&self, directory: &Path, identify: Identify) -> Arc<Stream> {
        Arc::new(Stream::new(self.how, directory.to_owned(), identify))
    }
}

/// Jobs that may wait between the thread and the conductor; the blocks bound them more tightly.
const JOBS_MAX: usize = 4;

/// Starts the thread.
pub fn start(config: StreamConfig, stream: Arc<Stream>) -> std::io::Result<Receiver<Input>> {
    let (to, from) = bounded(JOBS_MAX);
    fault::spawn(std::thread::Builder::new().name("reader".into()).stack_size(256 * 1024), move || {
        let mut jobs = Jobs { to, stream, seq: 0 };
        let read = match (config.blocks, config.shared_by) {
            (Blocks::Read(reader), None) => jobs.read(reader),
            (Blocks::Read(reader), Some(n)) => jobs.share(reader, n),
            (Blocks::Part(file), _) => jobs.cut(file),
        };
        let last = match read {
            Ok(()) => Input::End,
            Err(Stopped::Failed(error)) => Input::Failed(error, 0),
            Err(Stopped::Deaf) => return,
        };
        let _ = jobs.to.send(last);
    })?;
    Ok(from)
}

struct Jobs {
    to: Sender<Input>,
    stream: Arc<Stream>,
    seq: u64,
}

enum Stopped {
    Failed(InputError),
    /// The conductor has gone.
    Deaf,
}

impl From<InputError> for Stopped {
    fn from(error: InputError) -> Stopped {
        Stopped::Failed(error)
    }
}

impl From<SendError<Input>> for Stopped {
    fn from(_: SendError<Input>) -> Stopped {
        Stopped::Deaf
    }
}

impl Jobs {
    fn add(&mut self, portion: Portion) -> Result<Option<Vec<u8>>, Stopped> {
        self.seq += 1;
        let seq = Seq(self.seq);
        let spare = self.stream.put(seq, portion);
        let args = if self.stream.names_blocks() { Args::One(Row::one("{}")) } else { Args::None };
        self.to.send(Input::Jobs(vec![Job { seq, args, priority: Priority::default() }]))?;
        Ok(spare)
    }

    fn read(&mut self, mut reader: BlockReader) -> Result<(), Stopped> {
        while let Some(block) = reader.next_block()? {
            if let Some(spare) = self.add(Portion::Block(block))? {
                reader.give_back(spare);
            }
        }
        Ok(())
    }

    /// The first blocks make jobs; what follows goes to whichever of them has room.
    fn share(&mut self, mut reader: BlockReader, jobs: usize) -> Result<(), Stopped> {
        let (to, rest) = bounded(jobs);
        for _ in 0..jobs {
            match reader.next_block()? {
                Some(block) => drop(self.add(Portion::Shared(block, rest.clone()))?),
                None => return Ok(()),
            }
        }
        drop(rest);
        while let Some(block) = reader.next_block()? {
            // When every job has closed its input, nobody wants the rest.
            if to.send(block).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn cut(&mut self, mut blocks: FileBlocks) -> Result<(), Stopped> {
        let name = blocks.name().to_vec();
        let file = blocks.file().try_clone();
        let file = Arc::new(file.map_err(|error| InputError::Read { name: Some(name), error })?);
        let header: Arc<[u8]> = blocks.header().into();
        while let Some(range) = blocks.next_block()? {
            self.add(Portion::Part(Arc::clone(&file), Arc::clone(&header), range))?;
        }
        Ok(())
    }
}
