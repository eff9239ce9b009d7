//! The way to the sink: one queue, in which only the outputs of jobs have to wait for room.
//!
//! A bounded queue for everything would let the conductor wait behind a slow reader; two queues would lose the order. So
//! the queue is unbounded and a piece of job output needs a permit, which the sink gives back once it has dealt with it.

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

/// What is sent.
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

/// What both ends see.
#[derive(Debug, Default)]
struct Shared {
    /// The newest view that was not taken yet.
    view: Mutex<Option<Box<ViewModel>>>,
    /// Whether what comes is thrown away.
    discard: AtomicBool,
    /// Gone once what comes is thrown away: that wakes those who wait for a permit. Nothing is ever sent.
    senders_waiting: Mutex<Option<Sender<Infallible>>>,
}

/// A way to talk to the sink. Cheap to clone; none of its methods fails, for a sink that has with_newline takes nothing more.
#[derive(Clone, Debug)]
pub struct SinkSender {
    queue: Sender<Message>,
    permits: Sender<()>,
    /// Ends when what is sent is thrown away.
    discarded: Receiver<Infallible>,
    shared: Arc<Shared>,
    needs_every_job: bool,
    period: Option<Duration>,
}

/// The other end.
#[derive(Debug)]
pub(super) struct Inbox {
    queue: Receiver<Message>,
    permits: Receiver<()>,
    shared: Arc<Shared>,
}

pub(super) fn channel(config: &SinkConfig) -> (SinkSender, Inbox) {
    let (queue, queue_end) = unbounded();
    let (permits, permits_end) = bounded(PERMITS);
    let (senders_waiting, discarded) = bounded(0);
    let shared = Arc::new(Shared { senders_waiting: Mutex::new(Some(senders_waiting)), ..Shared::default() });
    let needs_every_job =
        config.order == Order::Input || (config.report_emitted && config.grouping == Grouping::Line);
    let period = match config.progress {
        Progress::None => None,
        Progress::Bar { .. } => Some(super::status::REDRAW),
        Progress::Plain { every, .. } | Progress::Json { every } => Some(every.min(Duration::from_secs(1))),
    };
    let sender =
        SinkSender { queue, permits, discarded, shared: Arc::clone(&shared), needs_every_job, period };
    (sender, Inbox { queue: queue_end, permits: permits_end, shared })
}

impl SinkSender {
    /// Whether the end of a job with these outputs must be sent at all. When not, nothing is to be written, and the job
    /// counts as emitted.
    pub fn needs(&self, out: &Capture, err: &Capture) -> bool {
        self.needs_every_job || !out.is_empty() || !err.is_empty()
    }

    /// A job has with_newline, and this is all (or, line by line, the rest) of its output. Waits while the sink is behind.
    pub fn done(&self, seq: Seq, tag: Option<Tag>, out: Capture, err: Capture) {
        self.done_under(seq, tag, Vec::new(), out, err);
    }

    /// As [`SinkSender::done`], with whole lines of standard output that stand before the rest (`-v`).
    pub fn done_under(&self, seq: Seq, tag: Option<Tag>, head: Vec<u8>, out: Capture, err: Capture) {
        self.data(Message::Done { seq, tag, head, out, err, permit: true });
    }

    /// As [`SinkSender::done_under`], but never waits: for the one who must hear signals meanwhile, of an output that is
    /// kept already and takes no more memory in the queue.
    pub fn done_kept(&self, seq: Seq, tag: Option<Tag>, head: Vec<u8>, out: Capture, err: Capture) {
        self.send(Message::Done { seq, tag, head, out, err, permit: false });
    }

    /// Whole lines of a running job. Waits while the sink is behind.
    pub fn chunk(&self, seq: Seq, stream: Stream, tag: Option<Tag>, bytes: Vec<u8>) {
        self.data(Message::Chunk { seq, stream, tag, bytes });
    }

    /// This job will never be printed, or no more than was: the others need not wait for it.
    pub fn skip(&self, seq: Seq) {
        self.skip_range(seq, seq);
    }

    /// [`SinkSender::skip`] for all jobs from one to another, both included.
    pub fn skip_range(&self, from: Seq, to: Seq) {
        self.send(Message::Skip { from, to });
    }

    /// A message of ours for standard error, escaped already. A missing newline at its end is added.
    pub fn line(&self, text: impl Into<Vec<u8>>) {
        self.send(Message::Line { text: with_newline(text.into()), permit: false });
    }

    /// As [`SinkSender::line`], but waits while the sink is behind: for what is said once a job (`--verbose`), which would
    /// pile up before a slow reader.
    pub fn line_of_job(&self, text: impl Into<Vec<u8>>) {
        self.data(Message::Line { text: with_newline(text.into()), permit: true });
    }

    /// How the run stands. Only the newest counts. See [`SinkSender::view_period`].
    pub fn view(&self, view: ViewModel) {
        let old = self.shared.view().replace(Box::new(view));
        if old.is_none() {
            self.send(Message::View);
        }
    }

    /// How often a new view is useful; `None`: never, nothing is shown.
    pub fn view_period(&self) -> Option<Duration> {
        self.period
    }

    /// Clears the view and waits until it is gone (not for long: the sink may be senders_waiting for its reader). Nothing is drawn
    /// until [`SinkSender::resume`].
    pub fn suspend(&self) {
        let (tx, rx) = bounded(1);
        self.send(Message::Suspend(tx));
        let _ = rx.recv_timeout(Duration::from_millis(200));
    }

    /// The view may be drawn again.
    pub fn resume(&self) {
        self.send(Message::Resume);
    }

    /// Job output that is not written yet, and all that comes, is thrown away, quietly (a second interrupt).
    pub fn discard(&self) {
        self.shared.discard.store(true, Ordering::Relaxed);
        self.shared.senders_waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether [`SinkSender::discard`] was called.
    pub fn is_discarding(&self) -> bool {
        self.shared.discard.load(Ordering::Relaxed)
    }

    /// Whether so many senders can each send a piece of output now without senders_waiting, when nobody else does.
    pub fn has_room_for(&self, senders: usize) -> bool {
        self.is_discarding() || PERMITS - self.permits.len() >= senders
    }

    /// Tells when everything that was sent so far is written, or lost.
    pub fn flush(&self) -> Receiver<()> {
        let (tx, rx) = bounded(1);
        self.send(Message::Flush(tx));
        rx
    }

    /// Ends the sink once everything that was sent is written; tells when it was lost, and then the sink goes on, for
    /// what is to be said about that.
    pub fn conclude(&self) -> Receiver<()> {
        let (tx, lost) = bounded(1);
        self.send(Message::Conclude(tx));
        lost
    }

    pub(super) fn finish(&self) {
        self.send(Message::Finish);
    }

    fn data(&self, message: Message) {
        if self.permits.try_send(()).is_err() {
            select! {
                send(self.permits, ()) -> sent => if sent.is_err() { return },
                recv(self.discarded) -> _ => return,
            }
        }
        self.send(message);
    }

    fn send(&self, message: Message) {
        // It fails when the sink has with_newline, and then there is nobody to write.
        let _ = self.queue.send(message);
    }
}

/// With a newline at its end.
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
    /// The next message, if one is there.
    pub(super) fn try_next(&self) -> Option<Message> {
        self.queue.try_recv().ok()
    }

    /// Waits for a message, at most so long. `None` when the time is over; [`Message::Finish`] when nobody is left.
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

    /// One piece of output was dealt with: another may come.
    pub(super) fn release(&self) {
        let _ = self.permits.try_recv();
    }

    pub(super) fn view(&self) -> Option<Box<ViewModel>> {
        self.shared.view().take()
    }

    pub(super) fn discarding(&self) -> bool {
        self.shared.discard.load(Ordering::Relaxed)
    }
}
