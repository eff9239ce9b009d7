//! The only writer to standard output and standard error: the jobs' outputs, our messages, the live view.
//!
//! One thread does it all, so that none can tear another. Workers and the conductor talk to it through [`SinkSender`]; it
//! answers with [`SinkEvent`]s. What jobs write is bounded ([`AT_ONCE`] pieces on the way, then the sender waits), so a slow
//! reader slows the jobs; everything else (messages, skips, the view) never waits. All of it goes through one queue, so
//! what was sent first is written first. The sink does not know what a job is, how it went, or why it runs.

mod config;
#[cfg(test)]
mod double;
mod event;
mod output;
mod progress;
mod rate;
mod sender;
mod sequencer;
mod spool;
mod status;
mod stream_buffer;
mod tag;
mod view;
mod writer;

pub use config::{Grouping, Order, SinkConfig};
pub use event::{SinkEvent, SinkReport};
pub use output::Output;
pub use progress::{Progress, ProgressContext, ProgressMode, UnknownMode};
pub use rate::Rate;
pub use sender::SinkSender;
pub use tag::Tag;
pub use view::{ViewModel, render};

use crate::sys::fault;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

/// The thread that writes. Dropping it throws away what is not written yet and clears the view.
#[derive(Debug)]
pub struct Sink {
    sender: SinkSender,
    thread: Option<JoinHandle<()>>,
    report: Receiver<SinkReport>,
}

impl Sink {
    /// Starts the thread.
    pub fn start(config: SinkConfig, events: Sender<SinkEvent>) -> io::Result<Sink> {
        let (sender, inbox) = sender::channel(&config);
        let (tx, report) = bounded(1);
        let thread = fault::spawn(
            std::thread::Builder::new().name("sink".into()).stack_size(256 * 1024),
            move || {
                let done = writer::Writer::new(config, inbox, events).run();
                // Nobody may be waiting any more.
                let _ = tx.send(done);
            },
        )?;
        Ok(Sink { sender, thread: Some(thread), report })
    }

    /// A way to talk to it. One for each worker.
    pub fn sender(&self) -> SinkSender {
        self.sender.clone()
    }

    /// Writes everything that was sent, held outputs included, clears the view, and ends the thread. `wait` waits for the
    /// report, and may give up: `None`. What was not written by then is lost, and so is the thread.
    pub fn finish_with(
        mut self,
        wait: impl FnOnce(&Receiver<SinkReport>) -> Option<SinkReport>,
    ) -> Option<SinkReport> {
        self.sender.finish();
        let report = wait(&self.report);
        // The report was the last that it had to do, so it is not waited for. A panic in there was said by the panic hook,
        // and the missing report says that output is missing.
        drop(self.thread.take());
        report
    }

    /// [`Sink::finish_with`], waiting for as long as it takes.
    #[cfg(test)]
    fn finish(self) -> SinkReport {
        self.finish_with(|report| report.recv().ok())
            .unwrap_or(SinkReport { broken: true, ..SinkReport::default() })
    }
}

/// How long a dropped sink waits for its thread to clear the view.
const CLEAR_TIMEOUT: Duration = Duration::from_millis(200);

impl Drop for Sink {
    fn drop(&mut self) {
        if self.thread.take().is_some() {
            self.sender.discard();
            self.sender.finish();
            let _ = self.report.recv_timeout(CLEAR_TIMEOUT);
        }
    }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
