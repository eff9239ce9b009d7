//! The main thread's loop: hears of everything, asks the [`Ledger`] what follows, and does it.
//!
//! It never waits for anything but news. The reading thread is listened to only while the ledger has room: that is the
//! backpressure. It writes no output and starts no process itself.

use super::Outcome;
use super::books::Books;
use super::chores::Chores;
use super::ledger::{Action, Cause, End, Event, Ledger};
use super::naming::identity;
use super::news::{Held, News};
use super::reader::Input;
use super::runner::Runner;
use super::seeing::Seeing;
use super::signals::SignalThread;
use super::task::Task;
use crate::exec::StopReason;
use crate::job::{Job, Seq};
use crate::pool::{AdaptivePool, DecisionRecord};
use crate::sink::{SinkEvent, SinkSender};
use crate::sys::errno;
use crate::time::{RunClock, Time};
use crossbeam_channel::{Receiver, never, select_biased};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What the conductor listens to.
pub struct Ears {
    /// The reading thread.
    pub input: Receiver<Input>,
    /// The workers.
    pub news: Receiver<News>,
    /// The sink.
    pub sink: Receiver<SinkEvent>,
    /// The policy.
    pub decisions: Receiver<DecisionRecord>,
    /// The kernel.
    pub signals: SignalThread,
}

/// The state of the loop.
pub struct Conductor {
    pub(super) pool: AdaptivePool,
    pub(super) runner: Arc<Runner>,
    pub(super) ledger: Ledger,
    pub(super) books: Books,
    pub(super) seeing: Seeing,
    pub(super) sink: SinkSender,
    pub(super) clock: Arc<RunClock>,
    /// Outputs of attempts that were not known to be the last.
    held: HashMap<Seq, Held>,
    keep_order: bool,
    /// The number that the next job has when none is missing; none where jobs come in another order (`--order`).
    next: Option<Seq>,
    broken: Option<ErrorKind>,
    trouble: bool,
    /// Signals that asked us to end, so far.
    pub(super) interrupts: u32,
    pub(super) max: u32,
    pub(super) min: u32,
    pub(super) chores: Chores,
    done: Vec<Action>,
    chores_due: Time,
    pub(super) late_timeouts: bool,
    heard: Time,
}

/// How often the loop wakes when nothing happens, to see to syncs, views and late timeouts.
const IDLE: Duration = Duration::from_secs(1);
/// See [`Conductor::rest`].
const REST: Duration = Duration::from_millis(1);
/// So many jobs in the pool keep the workers busy for longer than [`REST`].
const PLENTY: usize = 512;
/// How often adopted orphans are reaped and late jobs are looked for.
const CHORES: Duration = Duration::from_millis(500);

impl Conductor {
    /// A run that has read nothing yet.
    pub fn new(
        pool: AdaptivePool,
        runner: Arc<Runner>,
        ledger: Ledger,
        books: Books,
        seeing: Seeing,
        chores: Chores,
        ordered: bool,
    ) -> Conductor {
        let (max, min) = (pool.config().max, pool.config().min);
        let late_timeouts = books.learns_timeouts();
        Conductor {
            sink: runner.sink.clone(),
            clock: Arc::clone(&runner.clock),
            keep_order: seeing.keep_order(),
            next: (!ordered).then_some(Seq(1)),
            pool,
            runner,
            ledger,
            books,
            seeing,
            held: HashMap::new(),
            broken: None,
            trouble: false,
            interrupts: 0,
            max,
            min,
            chores,
            done: Vec::new(),
            chores_due: Time::ZERO,
            late_timeouts,
            heard: Time::ZERO,
        }
    }

    /// Runs to the end of everything that may still end.
    pub fn run(mut self, ears: &Ears) -> (Outcome, AdaptivePool, Books, Seeing) {
        let (no_input, no_news) = (never(), never());
        while !self.ledger.finished() {
            let input = if self.ledger.wants_input() { &ears.input } else { &no_input };
            let rest = self.rest();
            let news = if rest.is_zero() { &ears.news } else { &no_news };
            select_biased! {
                recv(ears.signals.received) -> signal => if let Ok(signal) = signal { self.signal(signal, &ears.signals) },
                recv(news) -> news => if let Ok(news) = news { self.hear(news) },
                recv(ears.sink) -> event => if let Ok(event) = event {
                    // A worker tells of the end of a job before it sends its output: what the sink says comes after.
                    self.hear_all(ears);
                    self.sink_said(event);
                },
                recv(ears.decisions) -> record => if let Ok(record) = record { self.decided(&record) },
                recv(input) -> batch => match batch {
                    Ok(input) => self.read(input),
                    Err(_) => self.trouble("internal error: the reading thread has gone", Cause::Input),
                },
                default(if rest.is_zero() { self.sleep() } else { rest }) => self.tell(Event::Clock),
            }
            // News comes in swarms: hearing all of it before acting on the rest saves wake-ups.
            self.hear_all(ears);
            self.housekeeping();
        }
        self.runner.executor.dismiss_guard();
        while let Ok(record) = ears.decisions.try_recv() {
            self.decided(&record);
        }
        let outcome = Outcome {
            totals: self.ledger.totals(),
            stopped: self.ledger.stopped(),
            broken: self.broken,
            trouble: self.trouble,
        };
        (outcome, self.pool, self.books, self.seeing)
    }

    fn hear_all(&mut self, ears: &Ears) {
        while let Ok(news) = ears.news.try_recv() {
            self.hear(news);
            self.heard = self.clock.now();
        }
    }

    /// How long not to be woken by news. While the workers have plenty to do nothing waits for us, and waking this thread
    /// for each of thousands of short jobs a second would take time from them.
    fn rest(&self) -> Duration {
        if self.ledger.in_pool() < PLENTY || self.ledger.stopped().is_some() {
            return Duration::ZERO;
        }
        (self.heard + REST).since(self.clock.now())
    }

    fn sleep(&self) -> Duration {
        let now = self.clock.now();
        let next = self.ledger.wakes_at().map_or(IDLE, |at| at.since(now));
        next.min(self.seeing.due_in(now)).min(IDLE)
    }

    /// Gives the ledger an event and does what it says.
    pub(super) fn tell(&mut self, event: Event) {
        let mut actions = std::mem::take(&mut self.done);
        self.ledger.handle(self.clock.now(), event, &mut actions);
        for action in actions.drain(..) {
            self.act(action);
        }
        self.done = actions;
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Start { job, attempt } => {
                let task = Task::new(Arc::clone(&self.runner), Arc::clone(&job), attempt);
                // A closed pool drops the task, and the task tells.
                let _ = self.pool.run(move |context| task.run(context), job.priority);
            }
            Action::Print(seq) => {
                if let Some(Held { tag, head, out, err }) = self.held.remove(&seq) {
                    self.sink.done_kept(seq, tag, head, out, err);
                }
            }
            // Its facts stay in the books: they are what the job is recorded with when the run stops before the next
            // attempt, whose facts take their place otherwise.
            Action::Forget(seq) => {
                self.held.remove(&seq);
            }
            Action::PassOver(seq) => {
                if self.keep_order {
                    self.sink.skip(seq);
                }
            }
            Action::Record(seq) => self.record(seq),
            Action::DropQueued => {
                self.runner.gate.shut();
                self.pool.drop_queued();
                if self.keep_order && self.next.is_none() {
                    self.skip_what_never_starts();
                }
            }
            Action::EndAll => self.runner.executor.stop(match self.ledger.stopped() {
                Some(Cause::Signal(signal)) => StopReason::Interrupted(signal),
                Some(Cause::Output) => StopReason::OutputGone,
                _ => StopReason::Halted,
            }),
        }
    }

    fn record(&mut self, seq: Seq) {
        if let Err(error) = self.books.record(seq, &self.clock) {
            self.trouble(&format!("cannot write the joblog: {}", errno::words(&error)), Cause::Log);
        }
    }

    /// Something that makes the run fail as a whole. Said once.
    pub(super) fn trouble(&mut self, message: &str, cause: Cause) {
        if !self.trouble {
            self.say(message);
        }
        self.trouble = true;
        self.tell(Event::Stop(cause));
    }

    pub(super) fn say(&self, message: &str) {
        self.sink.line(format!("apool: {message}"));
    }

    fn read(&mut self, input: Input) {
        match input {
            Input::Jobs(jobs) => {
                for job in jobs {
                    self.read_job(job);
                }
            }
            Input::Total(total) => {
                self.runner.total.store(total, Ordering::Relaxed);
                self.seeing.total_is(total);
            }
            Input::End => {
                self.tell(Event::InputEnded);
                self.seeing.total_is(self.ledger.totals().read);
                self.pool.set_input_open(false);
            }
            Input::Failed(error, unstarted) => {
                // What was read is whole and runs on, as if the input had ended here.
                self.say(&error.to_string());
                self.trouble = true;
                self.tell(Event::Unstarted(unstarted));
                self.tell(Event::InputEnded);
                self.pool.set_input_open(false);
            }
        }
    }

    /// The run stops: of the jobs between those in flight nothing comes any more.
    fn skip_what_never_starts(&self) {
        let mut from = 1;
        for seq in self.ledger.in_flight() {
            if seq.0 > from {
                self.sink.skip_range(Seq(from), Seq(seq.0 - 1));
            }
            from = seq.0 + 1;
        }
    }

    fn read_job(&mut self, job: Job) {
        // Numbers are missing in what is run again from a joblog.
        if let Some(next) = &mut self.next {
            if self.keep_order && job.seq > *next {
                self.sink.skip_range(*next, Seq(job.seq.0 - 1));
            }
            *next = Seq(job.seq.0 + 1);
        }
        let total = Some(self.runner.total.load(Ordering::Relaxed)).filter(|&n| n != u64::MAX);
        let template = &self.runner.command.template;
        if self.books.has_record_of(job.seq, || identity(template, &job, total)) {
            if self.keep_order {
                self.sink.skip(job.seq);
            }
            if let Some(stream) = &self.runner.stream {
                stream.forget(job.seq);
            }
            self.tell(Event::Skip(job.seq));
        } else {
            self.tell(Event::Read(job));
        }
    }

    fn hear(&mut self, mut news: News) {
        let seq = news.seq;
        if let Some(detail) = news.detail.take() {
            self.seeing.ended(news.end);
            self.books.ended(seq, news.end, detail);
            self.runner.timeout_us.store(self.books.timeout_us(), Ordering::Relaxed);
        } else if self.keep_order && news.held.is_none() && news.end != End::Refused {
            // A refused job keeps its place: it comes again, and prints then.
            self.sink.skip(seq);
        }
        if let Some(message) = &news.message
            && !(matches!(news.end, End::NoCommand(_)) && self.ledger.stopped().is_some())
        {
            self.say(message);
        }
        if let Some(error) = &news.lost {
            // Said and stopped before the job is over, so that it is not recorded.
            self.output_lost(error);
            if self.keep_order {
                self.sink.skip(seq);
            }
        }
        let mut emitted = news.emitted;
        if let Some(held) = news.held {
            emitted = held.head.is_empty() && !self.sink.needs(&held.out, &held.err);
            if !emitted {
                self.held.insert(seq, *held);
            }
        }
        self.tell(Event::Ended { seq, end: news.end, emitted });
        if news.asks {
            self.runner.gate.answer();
        }
    }

    fn sink_said(&mut self, event: SinkEvent) {
        match event {
            SinkEvent::Emitted(seqs) => seqs.into_iter().for_each(|seq| self.tell(Event::Emitted(seq))),
            SinkEvent::Broken { error, .. } => self.output_lost(&error),
        }
    }

    fn output_lost(&mut self, error: &std::io::Error) {
        if error.kind() != ErrorKind::BrokenPipe && self.broken.is_none() {
            self.say(&format!("cannot write the output: {}", errno::words(error)));
        }
        self.broken.get_or_insert(error.kind());
        self.tell(Event::Stop(Cause::Output));
    }

    fn decided(&mut self, record: &DecisionRecord) {
        self.seeing.decided(record);
        if let Err(error) = self.books.decided(record, &self.clock) {
            self.trouble(&format!("cannot write the decision log: {}", errno::words(&error)), Cause::Log);
        }
    }

    fn housekeeping(&mut self) {
        let now = self.clock.now();
        if now >= self.chores_due {
            self.chores_due = now + CHORES;
            // Orphans of jobs became children of this thread when they were adopted.
            self.runner.executor.reap_adopted();
            self.do_chores(now);
        }
        if self.seeing.due_in(now).is_zero() {
            let metrics = self.pool.metrics();
            self.seeing.show(now, &self.ledger.totals(), &metrics, self.runner.longest(now), &self.sink);
            if let Err(error) = self.books.tick(now, &self.ledger.totals(), &metrics, &self.clock) {
                self.trouble(&error, Cause::Log);
            }
        }
    }
}
