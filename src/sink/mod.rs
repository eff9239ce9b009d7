//! The only writer to standard output and standard error: the jobs' outputs, our messages, the live view.
//!
//! One thread does it all, so that none can tear another. Workers and the conductor talk to it through [`SinkSender`]; it
//! answers with [`SinkEvent`]s. What jobs write is bounded ([`AT_ONCE`] pieces on the way, then the sender waits), so a slow
//! reader slows the jobs; everything else (messages, skips, the view) never waits. All of it goes through one queue, so
//! what was sent first is written first. The sink does not know what a job is, how it went, or why it runs.

#[cfg(test)]
mod double;
mod lane;
pub mod output;
mod progress;
mod rate;
mod sender;
pub mod sequencer;
mod spool;
mod status;
pub mod tag;
mod view;
mod writer;

pub use output::Output;
pub use progress::{Facts, Progress, ProgressMode, UnknownMode};
pub use rate::Rate;
pub use sender::{SinkSender, Tag};
pub use view::{ViewModel, render};

use crate::exec::Stream;
use crate::job::Seq;
use crate::sys::fault;
use adaptive_pool::time::RunClock;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How many pieces of job output may be on the way to the sink before a sender waits.
pub const AT_ONCE: usize = 64;

/// How a sink is to behave.
#[derive(Debug)]
pub struct SinkConfig {
    /// The clock of the run; the view stands still while it is paused.
    pub clock: Arc<RunClock>,
    /// Where standard output goes.
    pub stdout: Output,
    /// Where standard error goes.
    pub stderr: Output,
    /// In which order jobs are printed.
    pub order: Order,
    /// Whether jobs are printed whole or line by line.
    pub grouping: Grouping,
    /// With [`Order::Input`], the first job that will be printed or skipped.
    pub first: Seq,
    /// Where unnamed files are made for lines that wait for their turn: where captures spill to.
    pub spill_directory: PathBuf,
    /// Whether [`SinkEvent::Emitted`] is wanted (a joblog is written, or the window of `-k` must move).
    pub report_emitted: bool,
    /// What is shown of the run while it goes on.
    pub progress: Progress,
}

/// In which order jobs are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they end.
    #[default]
    Finished,
    /// As they stand in the input (`-k`). Every job must then be told of: by `done`, or by `skip`.
    Input,
}

/// What of a job is kept together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// All of it.
    #[default]
    Job,
    /// Each line.
    Line,
}

/// What the sink tells.
#[derive(Debug)]
pub enum SinkEvent {
    /// All output of these jobs was accepted by the system, in this order. With [`Order::Input`] jobs without output are
    /// among them, skipped ones never, so a window of admitted jobs is best kept as a count.
    Emitted(Vec<Seq>),
    /// Output was lost, and everything that comes after it is thrown away. Told once. [`io::ErrorKind::BrokenPipe`]: the
    /// reader has gone, which is its right.
    Broken {
        /// Of which stream.
        stream: Stream,
        /// Why.
        error: io::Error,
    },
}

/// What a sink did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinkReport {
    /// Jobs whose output was accepted (those that were not sent here, having none, are not counted).
    pub emitted: u64,
    /// Bytes of jobs' output, tags included, that were accepted on standard output.
    pub stdout_bytes: u64,
    /// The same for standard error; our own messages are not counted.
    pub stderr_bytes: u64,
    /// True when output was lost: [`SinkEvent::Broken`] was told.
    pub broken: bool,
}

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
const FAREWELL: Duration = Duration::from_millis(200);

impl Drop for Sink {
    fn drop(&mut self) {
        if self.thread.take().is_some() {
            self.sender.discard();
            self.sender.finish();
            let _ = self.report.recv_timeout(FAREWELL);
        }
    }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
