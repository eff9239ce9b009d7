//! Syncs the joblog on a thread of its own. A sync may take a second on a busy disk, and the thread that writes the
//! records also starts jobs.

use crate::run::records::os;
use crate::sys::fault;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::fs::File;
use std::io;
use std::thread::JoinHandle;

/// The thread that syncs. It starts at the first request and handles one at a time.
#[derive(Debug, Default)]
pub(in crate::run) struct DiskSync {
    thread: Option<Thread>,
    waiting: bool,
}

#[derive(Debug)]
struct Thread {
    tx: Sender<()>,
    rx: Receiver<io::Result<()>>,
    handle: JoinHandle<()>,
}

impl DiskSync {
    /// Requests a sync. False while the last request is not done. An error belongs to an earlier request. If the thread
    /// cannot start, the sync is done on this thread.
    pub(in crate::run) fn request(&mut self, file: &File) -> io::Result<bool> {
        self.await_sync(false)?;
        if self.waiting {
            return Ok(false);
        }
        if self.thread.is_none() {
            match file.try_clone().and_then(start) {
                Ok(thread) => self.thread = Some(thread),
                Err(_) => return os::sync(file).map(|()| true),
            }
        }
        if let Some(thread) = &self.thread {
            self.waiting = thread.tx.send(()).is_ok();
        }
        Ok(self.waiting)
    }

    /// Waits for the last request.
    pub(in crate::run) fn wait(&mut self) -> io::Result<()> {
        self.await_sync(true)
    }

    fn await_sync(&mut self, wait: bool) -> io::Result<()> {
        let Some(Thread { rx, .. }) = self.thread.as_ref().filter(|_| self.waiting) else { return Ok(()) };
        let result = if wait { rx.recv().map_err(|_| TryRecvError::Disconnected) } else { rx.try_recv() };
        self.waiting = matches!(result, Err(TryRecvError::Empty));
        result.unwrap_or(Ok(()))
    }
}

impl Drop for DiskSync {
    /// Ends the thread, because its copy of the descriptor would keep the file locked.
    fn drop(&mut self) {
        if let Some(Thread { tx, rx, handle }) = self.thread.take() {
            drop((tx, rx));
            let _ = handle.join();
        }
    }
}

fn start(file: File) -> io::Result<Thread> {
    let (tx, requests) = bounded::<()>(1);
    let (results, rx) = bounded(1);
    let handle =
        fault::spawn(std::thread::Builder::new().name("disk".into()).stack_size(64 * 1024), move || {
            for () in requests {
                if results.send(os::sync(&file)).is_err() {
                    break;
                }
            }
        })?;
    Ok(Thread { tx, rx, handle })
}
