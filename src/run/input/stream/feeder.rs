//! A thread that writes the input of a job while the job runs. A job need not read all of its input. The thread ends
//! with its job.

use super::data::StreamData;
use crate::sys::events::Wake;
use crate::sys::fault;
use crate::sys::memfile::{self, SendResult};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// The pipe that the job reads.
#[derive(Debug)]
pub enum StreamTarget {
    /// A pipe without a name.
    Pipe(OwnedFd),
    /// A named pipe, opened for writing when the job has opened it for reading.
    Fifo(PathBuf),
}

/// The running thread. Dropping it ends the thread.
#[derive(Debug)]
pub struct Feeder {
    stop: Arc<Wake>,
    stop_tx: Option<Sender<()>>,
    thread: Option<JoinHandle<io::Result<SendResult>>>,
}

/// The pause between two tries to open a named pipe. The system does not report that its reader has opened it.
const OPEN_PAUSE: Duration = Duration::from_millis(2);

impl Feeder {
    /// Starts the thread.
    pub fn start(data: StreamData, target: StreamTarget) -> io::Result<Feeder> {
        let stop = Arc::new(Wake::new()?);
        let (stop_tx, stop_rx) = bounded(0);
        let stop_flag = Arc::clone(&stop);
        let builder = std::thread::Builder::new().name("feeder".into()).stack_size(128 * 1024);
        let thread = fault::spawn(builder, move || feed(&data, target, &stop_flag, &stop_rx))?;
        Ok(Feeder { stop, stop_tx: Some(stop_tx), thread: Some(thread) })
    }

    /// Ends the thread. An error says that the job got less than its block; to the job that was the end of its input.
    pub fn end(mut self) -> io::Result<()> {
        self.join()
    }

    fn join(&mut self) -> io::Result<()> {
        self.stop.notify();
        self.stop_tx = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(sent)) => sent.map(drop),
            Some(Err(_)) => Err(io::Error::other("internal error: the feeding thread has gone")),
            None => Ok(()),
        }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        let _ = self.join();
    }
}

fn feed(
    data: &StreamData,
    target: StreamTarget,
    stop: &Wake,
    stop_rx: &Receiver<()>,
) -> io::Result<SendResult> {
    let to = match target {
        StreamTarget::Pipe(to) => to,
        StreamTarget::Fifo(path) => loop {
            match memfile::open_fifo(&path) {
                Ok(Some(to)) => break to,
                Ok(None) => {}
                // The job has removed it.
                Err(_) => return Ok(SendResult::Closed),
            }
            if stop_rx.recv_timeout(OPEN_PAUSE).is_err_and(|e| e.is_disconnected()) {
                return Ok(SendResult::Closed);
            }
        },
    };
    match data {
        StreamData::Memory(file, length) => memfile::send(&to, file, 0..*length, stop),
        StreamData::Part(part, range) => match memfile::write(&to, &part.header, stop)? {
            SendResult::All => {
                memfile::send(&to, &part.file, range.clone(), stop).map_err(|error| part.read_error(&error))
            }
            SendResult::Closed => Ok(SendResult::Closed),
        },
        StreamData::Shared(first, rest) => {
            let mut sent = memfile::write(&to, first, stop)?;
            while sent == SendResult::All {
                select! {
                    recv(rest) -> block => match block {
                        Ok(block) => sent = memfile::write(&to, &block, stop)?,
                        Err(_) => break,
                    },
                    recv(stop_rx) -> _ => break,
                }
            }
            Ok(sent)
        }
    }
}
