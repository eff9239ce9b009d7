//! Brings a file to the disk now and then, on a thread of its own: on a busy disk that takes a second, and the thread that
//! writes the records is the one that starts jobs.

use crate::run::records::os;
use crate::sys::fault;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::fs::File;
use std::io;
use std::thread::JoinHandle;

/// A thread that syncs, started when it is first asked. One request at a time.
#[derive(Debug, Default)]
pub(in crate::run) struct DiskSync {
    thread: Option<Thread>,
    waiting: bool,
}

#[derive(Debug)]
struct Thread {
    to: Sender<()>,
    from: Receiver<io::Result<()>>,
    handle: JoinHandle<()>,
}

impl DiskSync {
    /// Asks for everything written so far to be brought to the disk; false when the last request is still being worked on.
    /// An error is that of an earlier request. Without a thread to be had it is done here and now.
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
            self.waiting = thread.to.send(()).is_ok();
        }
        Ok(self.waiting)
    }

    /// Waits for what was asked.
    pub(in crate::run) fn wait(&mut self) -> io::Result<()> {
        self.await_sync(true)
    }

    fn await_sync(&mut self, wait: bool) -> io::Result<()> {
        let Some(Thread { from, .. }) = self.thread.as_ref().filter(|_| self.waiting) else { return Ok(()) };
        let answer = if wait { from.recv().map_err(|_| TryRecvError::Disconnected) } else { from.try_recv() };
        self.waiting = matches!(answer, Err(TryRecvError::Empty));
        answer.unwrap_or(Ok(()))
    }
}

impl Drop for DiskSync {
    /// The thread's copy of the descriptor would keep the file locked.
    fn drop(&mut self) {
        if let Some(Thread { to, from, handle }) = self.thread.take() {
            drop((to, from));
            let _ = handle.join();
        }
    }
}

fn start(file: File) -> io::Result<Thread> {
    let (to, requests) = bounded::<()>(1);
    let (answers, from) = bounded(1);
    let handle =
        fault::spawn(std::thread::Builder::new().name("disk".into()).stack_size(64 * 1024), move || {
            for () in requests {
                if answers.send(os::sync(&file)).is_err() {
                    break;
                }
            }
        })?;
    Ok(Thread { to, from, handle })
}
