//! The queue to the sink. Only job output waits for space in it.
//!
//! With a bounded queue, the conductor would wait for a slow reader. With two queues, the order would be lost. The
//! queue is therefore unbounded, and each piece of job output needs a permit, which the sink returns after the write.

use super::config::{Grouping, Order, SinkConfig};
use super::progress::Progress;
use super::tag::Tag;
use super::view::ViewModel;
use crate::exec::{Capture, Stream};
use crate::job::Seq;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select, unbounded};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The number of pieces of job output that may be in the queue before a sender waits.
pub(super) const PERMITS: usize = 64;

/// A message to the sink.
#[derive(Debug)]
pub(super) enum Message {
    Done { seq: Seq, tag: Option<Tag>, head: Vec<u8>, out: Capture, err: Capture, permit: bool },
    Chunk { seq: Seq, stream: Stream, tag: Option<Tag>, bytes: Vec<u8> },
    Skip { from: Seq, to: Seq },
    Line { text: Vec<u8>, permit: bool },
    View,
    Flush(Sender<()>),
    Conclude(Sender<()>),
    Suspend(Sender<()>),
    Resume,
    Finish,
}

/// The state that both ends share.
#[derive(Debug, Default)]
struct Shared {
    /// The newest view that the sink has not taken.
    view: Mutex<Option<Box<ViewModel>>>,
    /// The live view was shown.
    view_shown: AtomicBool,
    /// Job output is discarded.
    discard: AtomicBool,
    /// Dropped when output is discarded, which wakes the senders that wait for a permit. Nothing is ever sent.
    discard_signal: Mutex<Option<Sender<Infallible>>>,
}

/// A sender to the sink. Cheap to clone. No method fails: a sink that has ended ignores messages.
#[derive(Clone, Debug)]
pub struct SinkSender {
    queue: Sender<Message>,
    permits: Sender<()>,
    /// Disconnected when output is discarded.
    discarded: Receiver<Infallible>,
    shared: Arc<Shared>,
    needs_every_job: bool,
    period: Option<Duration>,
    view_jobs: usize,
    name: &'static str,
}

/// The receiving end.
#[derive(Debug)]
pub(super) struct Inbox {
    queue: Receiver<Message>,
    permits: Receiver<()>,
    shared: Arc<Shared>,
}

pub(super) fn channel(config: &SinkConfig) -> (SinkSender, Inbox) {
    let (queue, queue_end) = unbounded();
    let (permits, permits_end) = bounded(PERMITS);
    let (discard_signal, discarded) = bounded(0);
    let shared = Arc::new(Shared { discard_signal: Mutex::new(Some(discard_signal)), ..Shared::default() });
    let needs_every_job =
        config.order == Order::Input || (config.report_emitted && config.grouping == Grouping::Line);
    let period = match config.progress {
        Progress::None => None,
        Progress::Bar { .. } => Some(super::status::REDRAW),
        Progress::Plain { every, .. } | Progress::Json { every } => Some(every.min(Duration::from_secs(1))),
    };
    let view_jobs = match config.progress {
        Progress::None => 0,
        Progress::Bar { .. } => super::rows::JOBS_MAX,
        Progress::Plain { .. } | Progress::Json { .. } => 1,
    };
    let sender = SinkSender {
        queue,
        permits,
        discarded,
        shared: Arc::clone(&shared),
        needs_every_job,
        period,
        view_jobs,
        name: config.name,
    };
    (sender, Inbox { queue: queue_end, permits: permits_end, shared })
}

impl SinkSender {
    /// Whether the end of a job with these outputs must be sent. Otherwise there is nothing to write, and the job
    /// counts as emitted.
    pub fn needs(&self, out: &Capture, err: &Capture) -> bool {
        self.needs_every_job || !out.is_empty() || !err.is_empty()
    }

    /// The end of a job, with all of its output or, line by line, the rest. Waits for a permit.
    pub fn done(&self, seq: Seq, tag: Option<Tag>, out: Capture, err: Capture) {
        self.done_with_head(seq, tag, Vec::new(), out, err);
    }

    /// [`SinkSender::done`] with whole lines of standard output before the rest (`-v`).
    pub fn done_with_head(&self, seq: Seq, tag: Option<Tag>, head: Vec<u8>, out: Capture, err: Capture) {
        self.send_with_permit(Message::Done { seq, tag, head, out, err, permit: true });
    }

    /// [`SinkSender::done_with_head`] without a permit. For a thread that must handle signals meanwhile, and for output
    /// that takes no more memory in the queue.
    pub fn done_without_permit(&self, seq: Seq, tag: Option<Tag>, head: Vec<u8>, out: Capture, err: Capture) {
        self.send(Message::Done { seq, tag, head, out, err, permit: false });
    }

    /// Whole lines of a running job. Waits for a permit.
    pub fn chunk(&self, seq: Seq, stream: Stream, tag: Option<Tag>, bytes: Vec<u8>) {
        self.send_with_permit(Message::Chunk { seq, stream, tag, bytes });
    }

    /// This job has no more output. Later jobs need not wait for it.
    pub fn skip(&self, seq: Seq) {
        self.skip_range(seq, seq);
    }

    /// [`SinkSender::skip`] for all jobs of a range. Both ends are included.
    pub fn skip_range(&self, from: Seq, to: Seq) {
        self.send(Message::Skip { from, to });
    }

    /// A message of apool for standard error, already escaped. A missing newline is added.
    pub fn line(&self, text: impl Into<Vec<u8>>) {
        self.send(Message::Line { text: with_newline(text.into()), permit: false });
    }

    /// A message of the program: a line with its name at the start.
    pub fn say(&self, text: &str) {
        self.line(format!("{}: {text}", self.name));
    }

    /// [`SinkSender::line`] with a permit: for messages of each job (`--verbose`), which would fill the memory with a
    /// slow reader.
    pub fn line_of_job(&self, text: impl Into<Vec<u8>>) {
        self.send_with_permit(Message::Line { text: with_newline(text.into()), permit: true });
    }

    /// The current state of the run. Only the newest view counts. See [`SinkSender::view_period`].
    pub fn view(&self, view: ViewModel) {
        let old = self.shared.view().replace(Box::new(view));
        if old.is_none() {
            self.send(Message::View);
        }
    }

    /// How often a new view is useful. `None` when no view is shown.
    pub fn view_period(&self) -> Option<Duration> {
        self.period
    }

    /// The most running jobs that a view names.
    pub fn view_jobs(&self) -> usize {
        self.view_jobs
    }

    /// Whether the live view has been on the terminal.
    pub fn view_was_shown(&self) -> bool {
        self.shared.view_shown.load(Ordering::Relaxed)
    }

    /// Clears the view and waits until it is gone, at most 200 ms, because the sink may wait for its reader. No view is
    /// drawn until [`SinkSender::resume`].
    pub fn suspend(&self) {
        let (tx, rx) = bounded(1);
        self.send(Message::Suspend(tx));
        let _ = rx.recv_timeout(Duration::from_millis(200));
    }

    /// Allows the view again.
    pub fn resume(&self) {
        self.send(Message::Resume);
    }

    /// Discards unwritten and later job output without an event (a second interrupt).
    pub fn discard(&self) {
        self.shared.discard.store(true, Ordering::Relaxed);
        self.shared.discard_signal.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether [`SinkSender::discard`] was called.
    pub fn is_discarding(&self) -> bool {
        self.shared.discard.load(Ordering::Relaxed)
    }

    /// Whether this many senders can each send a piece of output without a wait, when no other sender does.
    pub fn has_room_for(&self, senders: usize) -> bool {
        self.is_discarding() || PERMITS - self.permits.len() >= senders
    }

    /// The result receives when everything sent so far is written or lost.
    pub fn flush(&self) -> Receiver<()> {
        let (tx, rx) = bounded(1);
        self.send(Message::Flush(tx));
        rx
    }

    /// Ends the sink when everything sent so far is written. The result receives when output was lost. The sink then
    /// continues, for messages about the loss.
    pub fn conclude(&self) -> Receiver<()> {
        let (tx, lost) = bounded(1);
        self.send(Message::Conclude(tx));
        lost
    }

    pub(super) fn finish(&self) {
        self.send(Message::Finish);
    }

    fn send_with_permit(&self, message: Message) {
        if self.permits.try_send(()).is_err() {
            select! {
                send(self.permits, ()) -> sent => if sent.is_err() { return },
                recv(self.discarded) -> _ => return,
            }
        }
        self.send(message);
    }

    fn send(&self, message: Message) {
        // Fails when the sink has ended.
        let _ = self.queue.send(message);
    }
}

/// The text with a newline at its end.
fn with_newline(mut text: Vec<u8>) -> Vec<u8> {
    if text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    text
}

impl Shared {
    fn view(&self) -> std::sync::MutexGuard<'_, Option<Box<ViewModel>>> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inbox {
    /// The next message, if there is one.
    pub(super) fn try_next(&self) -> Option<Message> {
        self.queue.try_recv().ok()
    }

    /// Waits for a message. `None` after `limit`. [`Message::Finish`] when all senders are gone.
    pub(super) fn wait(&self, limit: Option<Duration>) -> Option<Message> {
        match limit {
            None => Some(self.queue.recv().unwrap_or(Message::Finish)),
            Some(limit) => match self.queue.recv_timeout(limit) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Message::Finish),
            },
        }
    }

    /// Returns the permit of a piece of output.
    pub(super) fn release(&self) {
        let _ = self.permits.try_recv();
    }

    pub(super) fn view(&self) -> Option<Box<ViewModel>> {
        self.shared.view().take()
    }

    /// The live view is on the terminal.
    pub(super) fn note_view(&self) {
        self.shared.view_shown.store(true, Ordering::Relaxed);
    }

    pub(super) fn discarding(&self) -> bool {
        self.shared.discard.load(Ordering::Relaxed)
    }
}
