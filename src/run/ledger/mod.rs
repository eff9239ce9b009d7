//! The state of every job from reading to record: which job starts, which is tried again, and how each is counted.
//!
//! Pure: it takes events and returns actions, and knows no process, thread or clock. [`Ledger::handle`] alone changes
//! the state. At the end of every run `read = succeeded + failed + killed + not started + skipped` (guarantee G1).
//! Memory is bounded by the jobs in flight.

mod refusals;
mod types;

pub use types::{Action, AttemptEnd, Bounds, Cause, Event, NotRun, Totals};

use crate::job::{Job, Seq};
use crate::run::halt::{Halt, HaltState};
use crate::run::job_exit::JobExit;
use crate::run::retry::Retries;
use adaptive_pool::time::Time;
use refusals::Refusals;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

#[derive(Debug)]
enum State {
    /// It is in the pool, waiting or running.
    Submitted,
    /// It waits for its next attempt. `last` is the exit of the last one; `None` if the system had no room for it.
    Delayed { last: Option<JobExit> },
    /// It is over, and its output is not emitted yet.
    Printing(AttemptEnd),
}

#[derive(Debug)]
struct Entry {
    job: Arc<Job>,
    attempt: u32,
    state: State,
    /// Its output was emitted before its end was received. The two use different channels.
    emitted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    /// No further job starts. Running jobs may end.
    Stopping(Cause),
}

/// The state of a run.
#[derive(Debug)]
pub struct Ledger {
    bounds: Bounds,
    retries: Retries,
    halt: HaltState,
    phase: Phase,
    /// The running jobs were asked to end.
    ends_running: bool,
    totals: Totals,
    input_open: bool,
    unsubmitted: VecDeque<Job>,
    entries: HashMap<Seq, Entry>,
    delayed: BTreeSet<(Time, Seq)>,
    submitted: usize,
    bytes: usize,
    refusals: Refusals,
    /// Output that is not emitted is lost.
    output_dropped: bool,
}

impl Ledger {
    /// A run that has read nothing yet.
    pub fn new(bounds: Bounds, retries: Retries, halt: HaltState) -> Ledger {
        Ledger {
            bounds,
            retries,
            halt,
            phase: Phase::Running,
            ends_running: false,
            totals: Totals::default(),
            input_open: true,
            unsubmitted: VecDeque::new(),
            entries: HashMap::new(),
            delayed: BTreeSet::new(),
            submitted: 0,
            bytes: 0,
            refusals: Refusals::default(),
            output_dropped: false,
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

    /// True when a stop has asked the running jobs to end.
    pub fn ends_running_jobs(&self) -> bool {
        self.ends_running
    }

    /// True when nothing is left to do until more input is read.
    pub fn awaits_input(&self) -> bool {
        self.input_open && self.entries.is_empty() && self.unsubmitted.is_empty()
    }

    /// True while another batch of input may be read.
    pub fn wants_input(&self) -> bool {
        self.input_open && self.phase == Phase::Running && self.unsubmitted.is_empty() && self.room()
    }

    /// True while the input has not ended.
    pub fn input_open(&self) -> bool {
        self.input_open
    }

    /// True when every job is over and no further one will be read.
    pub fn finished(&self) -> bool {
        let no_more = !self.input_open || self.phase != Phase::Running;
        no_more && self.unsubmitted.is_empty() && self.entries.is_empty()
    }

    /// Jobs in the pool, waiting and running.
    pub fn in_pool(&self) -> usize {
        self.submitted
    }

    /// The jobs that were started and are not over, sorted.
    pub fn in_flight(&self) -> Vec<Seq> {
        let mut all: Vec<Seq> = self.entries.keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// The time of the next delayed attempt, when [`Event::Clock`] is due; `None` without room for one.
    pub fn wakes_at(&self) -> Option<Time> {
        self.delayed.first().filter(|_| self.room()).map(|&(at, _)| at)
    }

    /// Handles one event. The actions are added to `out` in order.
    pub fn handle(&mut self, now: Time, event: Event, out: &mut Vec<Action>) {
        match event {
            Event::Read(job) => {
                self.totals.read += 1;
                if self.phase == Phase::Running {
                    self.unsubmitted.push_back(job);
                } else {
                    self.totals.not_started += 1;
                    out.push(Action::NotRun { job: Arc::new(job), why: NotRun::Stopped });
                }
            }
            Event::Skip(_) => {
                self.totals.read += 1;
                self.totals.skipped += 1;
            }
            Event::Unstarted(jobs) => {
                self.totals.read += jobs;
                self.totals.not_started += jobs;
            }
            Event::InputEnded => {
                self.input_open = false;
                let halt = self.halt.total_known(self.totals.read - self.totals.skipped);
                self.apply_halt(halt, out);
            }
            Event::Ended { seq, end, emitted } => self.attempt_ended(now, seq, end, emitted, out),
            Event::Emitted(seq) => self.output_emitted(seq, out),
            Event::Stop(cause) => self.stop(cause, out),
            Event::Abandon => self.abandon(out),
            Event::Clock => {}
        }
        self.start_ready_jobs(now, out);
    }

    fn room(&self) -> bool {
        let enough = self.submitted >= self.bounds.jobs_min && self.bytes >= self.bounds.bytes_max;
        self.submitted < self.bounds.jobs_max && !enough
    }

    fn start_ready_jobs(&mut self, now: Time, out: &mut Vec<Action>) {
        if self.phase != Phase::Running {
            return;
        }
        while self.room()
            && let Some(&(at, seq)) = self.delayed.first()
            && at <= now
        {
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
            && let Some(job) = self.unsubmitted.pop_front()
        {
            let seq = job.seq;
            let mut entry = Entry { job: Arc::new(job), attempt: 1, state: State::Submitted, emitted: false };
            submit(&mut entry, &mut self.submitted, &mut self.bytes, out);
            self.entries.insert(seq, entry);
        }
    }

    fn attempt_ended(&mut self, now: Time, seq: Seq, end: AttemptEnd, emitted: bool, out: &mut Vec<Action>) {
        let Some(entry) = self.entries.get_mut(&seq) else { return };
        self.submitted -= 1;
        self.bytes -= entry.job.args.bytes();
        if !matches!(end, AttemptEnd::Refused | AttemptEnd::Dropped) {
            self.refusals = Refusals::default();
        }
        if self.phase == Phase::Running {
            let again = match end {
                AttemptEnd::Refused => Some((self.refusals.next_wait(now), None)),
                end => self.retries.after(entry.attempt, end).map(|delay| (delay, Some(end.exit()))),
            };
            if let Some((delay, last)) = again {
                out.push(Action::DiscardOutput(seq));
                entry.state = State::Delayed { last };
                self.delayed.insert((now + delay, seq));
                if self.refusals.exhausted(now) {
                    self.stop(Cause::NoRoom, out);
                }
                return;
            }
        }
        if end == AttemptEnd::Refused {
            out.push(Action::SkipOutput(seq));
        }
        let (end, cause) = match end {
            AttemptEnd::Refused => (AttemptEnd::Dropped, None),
            AttemptEnd::NoCommand(status) => (AttemptEnd::Dropped, Some(Cause::NoCommand(status))),
            other => (other, None),
        };
        out.push(Action::Print(seq));
        // Decided before the output is emitted. With -k that may take hours.
        let halt = match end {
            AttemptEnd::Succeeded | AttemptEnd::Failed(_) | AttemptEnd::Backoff(_) => {
                let total = (!self.input_open).then_some(self.totals.read - self.totals.skipped);
                self.halt.job_ended(end.exit(), total)
            }
            _ => Halt::Go,
        };
        if emitted || entry.emitted {
            entry.state = State::Printing(end);
            self.output_emitted(seq, out);
        } else if self.output_dropped {
            if let Some(entry) = self.entries.remove(&seq) {
                self.count_lost(entry.job, end, out);
            }
        } else {
            entry.state = State::Printing(end);
        }
        if let Some(cause) = cause {
            self.stop(cause, out);
        }
        self.apply_halt(halt, out);
    }

    /// Counts a job whose output was lost: it failed whatever its exit, and it gets no record.
    fn count_lost(&mut self, job: Arc<Job>, end: AttemptEnd, out: &mut Vec<Action>) {
        match end {
            AttemptEnd::Killed => self.totals.killed += 1,
            AttemptEnd::Dropped | AttemptEnd::Declined => self.count_not_run(job, end, out),
            _ => self.totals.failed += 1,
        }
    }

    /// Counts a job that never ran.
    fn count_not_run(&mut self, job: Arc<Job>, end: AttemptEnd, out: &mut Vec<Action>) {
        let why = if end == AttemptEnd::Declined { NotRun::Declined } else { NotRun::Stopped };
        match why {
            NotRun::Declined => self.totals.skipped += 1,
            _ => self.totals.not_started += 1,
        }
        out.push(Action::NotRun { job, why });
    }

    /// The output of a job was emitted: counts and records the job.
    fn output_emitted(&mut self, seq: Seq, out: &mut Vec<Action>) {
        let Some(entry) = self.entries.get_mut(&seq) else { return };
        let State::Printing(end) = entry.state else {
            entry.emitted = true;
            return;
        };
        if let Some(entry) = self.entries.remove(&seq) {
            self.count(entry.job, end, out);
        }
    }

    /// Counts a job whose output was emitted.
    fn count(&mut self, job: Arc<Job>, end: AttemptEnd, out: &mut Vec<Action>) {
        match end {
            AttemptEnd::Succeeded => self.totals.succeeded += 1,
            AttemptEnd::Failed(_) | AttemptEnd::Backoff(_) => self.totals.failed += 1,
            AttemptEnd::Killed => return self.totals.killed += 1,
            AttemptEnd::Declined | AttemptEnd::Dropped | AttemptEnd::Refused | AttemptEnd::NoCommand(_) => {
                return self.count_not_run(job, end, out);
            }
        }
        out.push(Action::Record(job.seq));
    }

    fn apply_halt(&mut self, halt: Halt, out: &mut Vec<Action>) {
        match halt {
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

    /// Starts no further job. A signal or a lost output after an earlier cause also ends the running jobs.
    fn stop_with(&mut self, cause: Cause, end_running: bool, out: &mut Vec<Action>) {
        if self.phase == Phase::Running {
            self.phase = Phase::Stopping(cause);
            self.totals.not_started += self.unsubmitted.len() as u64;
            let unsubmitted = self.unsubmitted.drain(..);
            out.extend(unsubmitted.map(|job| Action::NotRun { job: Arc::new(job), why: NotRun::Stopped }));
            for (_, seq) in std::mem::take(&mut self.delayed) {
                let Some(Entry { job, state: State::Delayed { last }, .. }) = self.entries.remove(&seq)
                else {
                    continue;
                };
                out.push(Action::SkipOutput(seq));
                if last.is_some() {
                    self.totals.failed += 1;
                    out.push(Action::Record(seq));
                } else {
                    self.count_not_run(job, AttemptEnd::Dropped, out);
                }
            }
            out.push(Action::DropQueued);
        } else if matches!(cause, Cause::Signal(_))
            || (cause == Cause::Output && !matches!(self.phase, Phase::Stopping(Cause::Signal(_))))
        {
            self.phase = Phase::Stopping(cause);
        }
        if cause == Cause::Output {
            self.abandon(out);
        }
        if end_running {
            self.ends_running = true;
            out.push(Action::EndAll);
        }
    }

    fn abandon(&mut self, out: &mut Vec<Action>) {
        self.output_dropped = true;
        let printing = |e: &Entry| matches!(e.state, State::Printing(_));
        let lost: Vec<Seq> = self.entries.iter().filter(|(_, e)| printing(e)).map(|(s, _)| *s).collect();
        for seq in lost {
            if let Some(Entry { job, state: State::Printing(end), .. }) = self.entries.remove(&seq) {
                self.count_lost(job, end, out);
            }
        }
    }
}

fn submit(entry: &mut Entry, submitted: &mut usize, bytes: &mut usize, out: &mut Vec<Action>) {
    entry.state = State::Submitted;
    *submitted += 1;
    *bytes += entry.job.args.bytes();
    out.push(Action::Start { job: Arc::clone(&entry.job), attempt: entry.attempt });
}

#[cfg(test)]
mod tests;
