//! Every job's state from reading to record: what starts, what is tried again, what counts as what.
//!
//! Pure: events in, actions out; it knows no process, no thread and no clock. One function, [`Ledger::handle`], changes
//! state, and one, `Ledger::close`, counts, so that at the end of every run
//! `read = succeeded + failed + killed + not started + skipped` (G1). Memory is bounded by the jobs in flight.

use super::ending::Ending;
use super::halt::{Halt, HaltState, HaltStatus};
use super::retry::Retries;
use crate::job::{Job, Seq};
use crate::time::Time;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Status 0.
    Succeeded,
    /// It failed by itself.
    Failed(Ending),
    /// It failed with a status of `--backoff-on`: too much runs at once, so it comes again later.
    Backoff(Ending),
    /// It was running when the run was stopped, and we ended it.
    Killed,
    /// The system had no room for it now: it keeps its place and starts again.
    Refused,
    /// It never ran: it waited when the run was stopped.
    Dropped,
    /// The command of every job cannot be run; the number is 126 or 127.
    NoCommand(i32),
}

impl End {
    /// What the records say of it.
    pub fn ending(self) -> Ending {
        match self {
            End::Succeeded => Ending::Exited(0),
            End::Failed(ending) | End::Backoff(ending) => ending,
            End::Killed | End::Refused | End::Dropped => Ending::Signaled(15),
            End::NoCommand(status) => Ending::Exited(status),
        }
    }
}

/// What happens to a run.
#[derive(Debug)]
pub enum Event {
    /// A job was read.
    Read(Job),
    /// A job was read that the joblog has a record of.
    Skip(Seq),
    /// The input has ended.
    InputEnded,
    /// An attempt ended. `emitted`: nothing of it is on its way to the output.
    Ended {
        /// Which job.
        seq: Seq,
        /// How.
        end: End,
        /// True when its output needs no more waiting.
        emitted: bool,
    },
    /// The output of a job was accepted.
    Emitted(Seq),
    /// Start nothing more and end what runs.
    Stop(Cause),
    /// A moment that [`Ledger::wakes_at`] named has come.
    Clock,
}

/// Why a run stops early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A signal.
    Signal(i32),
    /// Our output is broken or full: the jobs in flight are not recorded.
    Output,
    /// The input cannot be read on: running jobs end by themselves.
    Input,
    /// A log cannot be written on: running jobs end by themselves.
    Log,
    /// `--halt`, and the status it asks for.
    Halt(HaltStatus),
    /// The command of every job cannot be run.
    NoCommand(i32),
    /// For half a minute the system has had no room for a single process.
    NoRoom,
}

/// What the conductor does.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Hand a job to the pool.
    Start {
        /// The job.
        job: Arc<Job>,
        /// From 1.
        attempt: u32,
    },
    /// The attempt was the job's last: print what it held back. Comes before its record.
    Print(Seq),
    /// The attempt is followed by another: forget its output.
    Forget(Seq),
    /// The job is over and its output accepted: write its record.
    Record(Seq),
    /// Take back what waits in the pool.
    DropQueued,
    /// End what runs.
    EndAll,
}

/// Counts of jobs, each in exactly one of the last five at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Jobs made of the input.
    pub read: u64,
    /// Exited 0.
    pub succeeded: u64,
    /// Failed, after all attempts.
    pub failed: u64,
    /// Ended by us because the run stopped.
    pub killed: u64,
    /// Never run because the run stopped.
    pub not_started: u64,
    /// Not run because the joblog has a record of them.
    pub skipped: u64,
    /// Attempts beyond the first.
    pub retried: u64,
}

impl Totals {
    /// Jobs that are over.
    pub fn over(&self) -> u64 {
        self.succeeded + self.failed + self.killed + self.not_started + self.skipped
    }
}

#[derive(Debug)]
enum State {
    /// In the pool, waiting or running.
    Submitted,
    /// Waits for its next attempt. The last one ended so; `None`: the system had no room for it.
    Delayed { last: Option<Ending> },
    /// Over, and its output is on its way.
    Printing(End),
}

/// Starts refused by the system in a row.
#[derive(Debug, Default)]
struct Refusals {
    count: u32,
    since: Option<Time>,
}

/// The first wait after a refused start; doubled up to [`REFUSED_WAIT_MAX`] while refusals follow each other.
const REFUSED_WAIT: Duration = Duration::from_millis(10);
const REFUSED_WAIT_MAX: Duration = Duration::from_secs(1);
/// Without a single start for so long, waiting is no use.
const REFUSED_PATIENCE: Duration = Duration::from_secs(30);

impl Refusals {
    fn another(&mut self, now: Time) -> Duration {
        self.since.get_or_insert(now);
        let wait = REFUSED_WAIT * 2u32.saturating_pow(self.count.min(8));
        self.count += 1;
        wait.min(REFUSED_WAIT_MAX)
    }

    fn hopeless(&self, now: Time) -> bool {
        self.since.is_some_and(|since| now.since(since) >= REFUSED_PATIENCE)
    }
}

#[derive(Debug)]
struct Entry {
    job: Arc<Job>,
    attempt: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    /// Nothing more starts; what runs may end.
    Stopping(Cause),
}

/// The bounds of what is in flight.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Jobs in the pool at once, waiting and running.
    pub jobs_max: usize,
    /// Bytes of arguments in the pool at once.
    pub bytes_max: usize,
    /// With `-k`: jobs submitted and not printed yet, so that a slow first job cannot make the rest pile up.
    pub window: Option<usize>,
}

/// See the module.
#[derive(Debug)]
pub struct Ledger {
    bounds: Bounds,
    retry: Retries,
    backoff: Retries,
    halt: HaltState,
    phase: Phase,
    totals: Totals,
    input_open: bool,
    held: VecDeque<Job>,
    entries: HashMap<Seq, Entry>,
    delayed: BTreeSet<(Time, Seq)>,
    submitted: usize,
    bytes: usize,
    refusals: Refusals,
}

impl Ledger {
    /// A run of which nothing was read yet.
    pub fn new(bounds: Bounds, retry: Retries, backoff: Retries, halt: HaltState) -> Ledger {
        Ledger {
            bounds,
            retry,
            backoff,
            halt,
            phase: Phase::Running,
            totals: Totals::default(),
            input_open: true,
            held: VecDeque::new(),
            entries: HashMap::new(),
            delayed: BTreeSet::new(),
            submitted: 0,
            bytes: 0,
            refusals: Refusals::default(),
        }
    }

    /// The counts so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Why the run stops early, if it does.
    pub fn stopped(&self) -> Option<Cause> {
        match self.phase {
            Phase::Running => None,
            Phase::Stopping(cause) => Some(cause),
        }
    }

    /// True while another batch of input may be taken: the backpressure.
    pub fn wants_input(&self) -> bool {
        self.input_open && self.phase == Phase::Running && self.held.is_empty() && self.room()
    }

    /// True while the input has not ended.
    pub fn input_open(&self) -> bool {
        self.input_open
    }

    /// True when nothing is left to do.
    pub fn finished(&self) -> bool {
        let no_more = !self.input_open || self.phase != Phase::Running;
        no_more && self.held.is_empty() && self.entries.is_empty()
    }

    /// When [`Event::Clock`] is due: the next delayed attempt.
    pub fn wakes_at(&self) -> Option<Time> {
        self.delayed.first().map(|&(at, _)| at)
    }

    /// Takes one event; what must be done is added to `out`, in order.
    pub fn handle(&mut self, now: Time, event: Event, out: &mut Vec<Action>) {
        match event {
            Event::Read(job) => {
                self.totals.read += 1;
                if self.phase == Phase::Running {
                    self.held.push_back(job);
                } else {
                    self.totals.not_started += 1;
                }
            }
            Event::Skip(_) => {
                self.totals.read += 1;
                self.totals.skipped += 1;
            }
            Event::InputEnded => {
                self.input_open = false;
                let verdict = self.halt.total_known(self.totals.read - self.totals.skipped);
                self.halted(verdict, out);
            }
            Event::Ended { seq, end, emitted } => self.ended(now, seq, end, emitted, out),
            Event::Emitted(seq) => self.emitted(seq, out),
            Event::Stop(cause) => self.stop(cause, out),
            Event::Clock => {}
        }
        self.start_what_may(now, out);
    }

    fn room(&self) -> bool {
        self.submitted < self.bounds.jobs_max && self.bytes < self.bounds.bytes_max
    }

    fn start_what_may(&mut self, now: Time, out: &mut Vec<Action>) {
        if self.phase != Phase::Running {
            return;
        }
        while let Some(&(at, seq)) = self.delayed.first() {
            if at > now {
                break;
            }
            self.delayed.pop_first();
            if let Some(entry) = self.entries.get_mut(&seq) {
                if matches!(entry.state, State::Delayed { last: Some(_) }) {
                    entry.attempt += 1;
                    self.totals.retried += 1;
                }
                submit(entry, &mut self.submitted, &mut self.bytes, out);
            }
        }
        while self.room()
            && self.bounds.window.is_none_or(|window| self.entries.len() < window)
            && let Some(job) = self.held.pop_front()
        {
            let seq = job.seq;
            let mut entry = Entry { job: Arc::new(job), attempt: 1, state: State::Submitted };
            submit(&mut entry, &mut self.submitted, &mut self.bytes, out);
            self.entries.insert(seq, entry);
        }
    }

    fn ended(&mut self, now: Time, seq: Seq, end: End, emitted: bool, out: &mut Vec<Action>) {
        let Some(entry) = self.entries.get_mut(&seq) else { return };
        self.submitted -= 1;
        self.bytes -= entry.job.args.bytes();
        if !matches!(end, End::Refused | End::Dropped) {
            self.refusals = Refusals::default();
        }
        if self.phase == Phase::Running {
            let again = match end {
                End::Refused => Some((self.refusals.another(now), None)),
                End::Failed(ending) => self.retry.after(entry.attempt, ending).map(|d| (d, Some(ending))),
                End::Backoff(ending) => self.backoff.after(entry.attempt, ending).map(|d| (d, Some(ending))),
                _ => None,
            };
            if let Some((delay, last)) = again {
                out.push(Action::Forget(seq));
                entry.state = State::Delayed { last };
                self.delayed.insert((now + delay, seq));
                if self.refusals.hopeless(now) {
                    self.stop(Cause::NoRoom, out);
                }
                return;
            }
        }
        let (end, cause) = match end {
            End::Refused => (End::Dropped, None),
            End::NoCommand(status) => (End::Dropped, Some(Cause::NoCommand(status))),
            other => (other, None),
        };
        out.push(Action::Print(seq));
        if emitted {
            entry.state = State::Printing(end);
            self.emitted(seq, out);
        } else if self.phase == Phase::Stopping(Cause::Output) {
            self.entries.remove(&seq);
            self.lose(end);
        } else {
            entry.state = State::Printing(end);
        }
        if let Some(cause) = cause {
            self.stop(cause, out);
        }
    }

    /// Counts a job whose output was lost: whatever it exited with, it did not do what was asked, and it has no record.
    fn lose(&mut self, end: End) {
        match end {
            End::Killed => self.totals.killed += 1,
            End::Dropped => self.totals.not_started += 1,
            _ => self.totals.failed += 1,
        }
    }

    /// The job's output is out: count it, record it.
    fn emitted(&mut self, seq: Seq, out: &mut Vec<Action>) {
        let Some(Entry { state: State::Printing(end), .. }) = self.entries.get(&seq) else {
            return;
        };
        let end = *end;
        self.entries.remove(&seq);
        self.close(seq, end, out);
    }

    /// The one place where a job is counted.
    fn close(&mut self, seq: Seq, end: End, out: &mut Vec<Action>) {
        match end {
            End::Succeeded => self.totals.succeeded += 1,
            End::Failed(_) | End::Backoff(_) => self.totals.failed += 1,
            End::Killed => return self.totals.killed += 1,
            End::Dropped | End::Refused | End::NoCommand(_) => return self.totals.not_started += 1,
        }
        out.push(Action::Record(seq));
        let total = (!self.input_open).then_some(self.totals.read - self.totals.skipped);
        let verdict = self.halt.ended(end.ending(), total);
        self.halted(verdict, out);
    }

    fn halted(&mut self, verdict: Halt, out: &mut Vec<Action>) {
        match verdict {
            _ if self.phase != Phase::Running => {}
            Halt::Go => {}
            Halt::Soon(status) => self.stop_with(Cause::Halt(status), false, out),
            Halt::Now(status) => self.stop_with(Cause::Halt(status), true, out),
        }
    }

    fn stop(&mut self, cause: Cause, out: &mut Vec<Action>) {
        let end_running = matches!(cause, Cause::Signal(_) | Cause::Output | Cause::NoCommand(_));
        self.stop_with(cause, end_running, out);
    }

    /// Starts nothing more. A signal or a broken output also ends what an earlier, gentler cause let run.
    fn stop_with(&mut self, cause: Cause, end_running: bool, out: &mut Vec<Action>) {
        if self.phase == Phase::Running {
            self.phase = Phase::Stopping(cause);
            self.totals.not_started += self.held.len() as u64;
            self.held.clear();
            for (_, seq) in std::mem::take(&mut self.delayed) {
                let Some(Entry { state: State::Delayed { last }, .. }) = self.entries.remove(&seq) else {
                    continue;
                };
                out.push(Action::Print(seq));
                if last.is_some() {
                    self.totals.failed += 1;
                    out.push(Action::Record(seq));
                } else {
                    self.totals.not_started += 1;
                }
            }
            out.push(Action::DropQueued);
        } else if matches!(cause, Cause::Signal(_) | Cause::Output) {
            self.phase = Phase::Stopping(cause);
        }
        if cause == Cause::Output {
            let lost: Vec<Seq> = self
                .entries
                .iter()
                .filter(|(_, e)| matches!(e.state, State::Printing(_)))
                .map(|(s, _)| *s)
                .collect();
            for seq in lost {
                if let Some(Entry { state: State::Printing(end), .. }) = self.entries.remove(&seq) {
                    self.lose(end);
                }
            }
        }
        if end_running {
            out.push(Action::EndAll);
        }
    }
}

fn submit(entry: &mut Entry, submitted: &mut usize, bytes: &mut usize, out: &mut Vec<Action>) {
    entry.state = State::Submitted;
    *submitted += 1;
    *bytes += entry.job.args.bytes();
    out.push(Action::Start { job: Arc::clone(&entry.job), attempt: entry.attempt });
}
