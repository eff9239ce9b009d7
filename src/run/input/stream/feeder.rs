//! A thread that fills what a job reads while the job runs. A job that does not read to the end is no error, and its
//! feeder ends with it.

use crate::sys::events::Wake;
use crate::sys::fault;
use crate::sys::memfile::{self, SendResult};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// What is fed.
#[derive(Clone, Debug)]
pub enum StreamData {
    /// All that is in memory.
    Memory(Arc<File>, u64),
    /// The header and a part of a file.
    Part(Arc<File>, Arc<[u8]>, Range<u64>),
    /// A block, and then whatever comes that no other job takes.
    Shared(Arc<Vec<u8>>, Receiver<Vec<u8>>),
}

/// Where it goes.
#[derive(Debug)]
pub enum StreamTarget {
    /// A pipe.
    Pipe(OwnedFd),
    /// A named pipe that somebody will open for reading.
    Fifo(PathBuf),
}

/// The thread. It ends when this is dropped, at the latest.
#[derive(Debug)]
pub struct Feeder {
    stop: Arc<Wake>,
    stopped: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How often it is looked whether somebody has opened a named pipe: nothing tells us.
const OPEN: Duration = Duration::from_millis(2);

impl Feeder {
    /// Begins to feed.
    pub fn start(data: StreamData, target: StreamTarget) -> io::Result<Feeder> {
        let stop = Arc::new(Wake::new()?);
        let (stopped, when_stopped) = bounded(0);
        let stop_flag = Arc::clone(&stop);
        let builder = std::thread::Builder::new().name("feeder".into()).stack_size(128 * 1024);
        let thread = fault::spawn(builder, move || {
            // What cannot be read or written any more ends the job's input; the job says what it makes of that.
            let _ = feed(&data, target, &stop_flag, &when_stopped);
        })?;
        Ok(Feeder { stop, stopped: Some(stopped), thread: Some(thread) })
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.stop.notify();
        self.stopped = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn feed(
    data: &StreamData,
    target: StreamTarget,
    stop: &Wake,
    stopped: &Receiver<()>,
) -> io::Result<SendResult> {
    let to = match target {
        StreamTarget::Pipe(to) => to,
        StreamTarget::Fifo(path) => loop {
            if let Some(to) = memfile::open_fifo(&path)? {
                break to;
            }
            if stopped.recv_timeout(OPEN).is_err_and(|e| e.is_disconnected()) {
                return Ok(SendResult::Closed);
            }
        },
    };
    match data {
        StreamData::Memory(file, length) => memfile::send(&to, file, 0..*length, stop),
        StreamData::Part(file, header, range) => match memfile::write(&to, header, stop)? {
            SendResult::All => memfile::send(&to, file, range.clone(), stop),
            SendResult::Closed => Ok(SendResult::Closed),
        },
        StreamData::Shared(first, rest) => {
            let mut fed = memfile::write(&to, first, stop)?;
            while fed == SendResult::All {
                select! {
                    recv(rest) -> block => match block {
                        Ok(block) => fed = memfile::write(&to, &block, stop)?,
                        Err(_) => break,
                    },
                    recv(stopped) -> _ => break,
                }
            }
            Ok(fed)
        }
    }
}
