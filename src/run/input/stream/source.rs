//! The reading thread of `--pipe`: it cuts blocks, puts them into the store and sends the jobs to the conductor.

use super::config::{Blocks, StreamConfig};
use super::data::PartFile;
use super::store::{BlockStore, Portion};
use crate::input::{BlockReader, FileBlocks, InputError};
use crate::job::{Args, Job, Priority, Row, Seq};
use crate::run::input::message::InputMessage;
use crate::sys::fault;
use crossbeam_channel::{Receiver, SendError, Sender, bounded};
use std::sync::Arc;

/// The jobs that may wait between the thread and the conductor. The store bounds the blocks more tightly.
const JOBS_MAX: usize = 4;

/// Starts the thread.
pub fn start(config: StreamConfig, store: Arc<BlockStore>) -> std::io::Result<Receiver<InputMessage>> {
    let (tx, rx) = bounded(JOBS_MAX);
    fault::spawn(std::thread::Builder::new().name("reader".into()).stack_size(256 * 1024), move || {
        let mut jobs = JobSender { tx, store, seq: 0 };
        let read = match (config.blocks, config.shared_by) {
            (Blocks::Read(reader), None) => jobs.read(reader),
            (Blocks::Read(reader), Some(n)) => jobs.share(reader, n),
            (Blocks::Part(file), _) => jobs.cut(file),
        };
        let last = match read {
            Ok(()) => InputMessage::End,
            Err(Stopped::Failed(error)) => InputMessage::Failed(error, 0),
            Err(Stopped::NoReceiver) => return,
        };
        let _ = jobs.tx.send(last);
    })?;
    Ok(rx)
}

/// Sends a job for each portion.
struct JobSender {
    tx: Sender<InputMessage>,
    store: Arc<BlockStore>,
    /// The number of the last job.
    seq: u64,
}

enum Stopped {
    Failed(InputError),
    /// The conductor has ended.
    NoReceiver,
}

impl From<InputError> for Stopped {
    fn from(error: InputError) -> Stopped {
        Stopped::Failed(error)
    }
}

impl From<SendError<InputMessage>> for Stopped {
    fn from(_: SendError<InputMessage>) -> Stopped {
        Stopped::NoReceiver
    }
}

impl JobSender {
    /// Stores a portion and sends its job. Returns memory for a further block.
    fn send(&mut self, portion: Portion) -> Result<Option<Vec<u8>>, Stopped> {
        self.seq += 1;
        let seq = Seq(self.seq);
        let spare = self.store.put(seq, portion);
        let args = if self.store.names_blocks() { Args::One(Row::one("{}")) } else { Args::None };
        self.tx.send(InputMessage::Jobs(vec![Job { seq, args, priority: Priority::default() }]))?;
        Ok(spare)
    }

    /// One job for each block of a stream.
    fn read(&mut self, mut reader: BlockReader) -> Result<(), Stopped> {
        while let Some(block) = reader.next_block()? {
            if let Some(spare) = self.send(Portion::Block(block))? {
                reader.give_back(spare);
            }
        }
        Ok(())
    }

    /// One job for each of the first blocks. Each later block goes to the first job that has room for it.
    fn share(&mut self, mut reader: BlockReader, jobs: usize) -> Result<(), Stopped> {
        let (tx, rest) = bounded(jobs);
        for _ in 0..jobs {
            match reader.next_block()? {
                Some(block) => drop(self.send(Portion::Shared(block, rest.clone()))?),
                None => return Ok(()),
            }
        }
        drop(rest);
        while let Some(block) = reader.next_block()? {
            // Every job has closed its input.
            if tx.send(block).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// One job for each part of a file.
    fn cut(&mut self, mut blocks: FileBlocks) -> Result<(), Stopped> {
        let name = blocks.name().to_vec();
        let file = blocks.file().try_clone();
        let file = file.map_err(|error| InputError::Read { name: Some(name.clone()), error })?;
        let file = Arc::new(PartFile { file, name, header: blocks.header().to_vec() });
        while let Some(range) = blocks.next_block()? {
            self.send(Portion::Part(Arc::clone(&file), range))?;
        }
        Ok(())
    }
}
