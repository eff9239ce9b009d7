//! The only writer to standard output and standard error: job output, messages of apool, the live view.
//!
//! One thread writes, so that outputs do not mix. Workers and the conductor send through [`SinkSender`]. The sink
//! answers with [`SinkEvent`]s. Job output needs a permit, and a sender waits while none is free. A slow reader
//! therefore slows the jobs. Other messages (lines of apool, skips, the view) never wait. All messages go through one
//! queue and are written in this order. The sink does not know the commands or the results of the jobs.

mod config;
#[cfg(test)]
mod double;
mod event;
mod group;
mod output;
mod painter;
mod progress;
mod rate;
mod rows;
mod sender;
mod sequencer;
mod spool;
mod status;
mod stream_buffer;
mod tab;
mod tag;
mod view;
mod writer;

pub use config::{Grouping, Order, SinkConfig};
pub use event::{SinkEvent, SinkReport};
pub use group::begin_group;
pub use output::Output;
pub use progress::{Progress, ProgressContext, ProgressMode, UnknownMode};
pub use rate::Rate;
pub use rows::Look;
pub use sender::SinkSender;
pub use tab::shows_progress;
pub use tag::Tag;
pub use view::{Activity, RunningJob, ViewModel, format_duration};

use crate::sys::fault;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

/// The handle of the writing thread. The drop discards unwritten output and clears the view.
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
                // The receiver may be gone.
                let _ = tx.send(done);
            },
        )?;
        Ok(Sink { sender, thread: Some(thread), report })
    }

    /// A sender. Each worker has its own.
    pub fn sender(&self) -> SinkSender {
        self.sender.clone()
    }

    /// Writes everything that was sent, including buffered output, clears the view, and ends the thread. `wait` waits
    /// for the report. It may return `None` to give up: unwritten output is then lost, and the thread is left alone.
    pub fn finish_with(
        mut self,
        wait: impl FnOnce(&Receiver<SinkReport>) -> Option<SinkReport>,
    ) -> Option<SinkReport> {
        self.sender.finish();
        let report = wait(&self.report);
        // The thread ends right after the report, so it is not joined. After a panic in the thread there is no report.
        drop(self.thread.take());
        report
    }

    /// [`Sink::finish_with`] without a time limit.
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
