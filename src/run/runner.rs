//! What a worker does with one job: fill the template, run the attempt, hand the output to the sink and the news to the
//! conductor. The pool decided when; the conductor decided what; this is the doing.
//!
//! Whatever happens to a [`Task`], the conductor hears of it exactly once: when it ran, when it was dropped unrun, and
//! when it panicked. Without that a run would wait for ever.

use super::config::{self, Mode, Route};
use super::ending::Ending;
use super::judge::{Judged, judge, report};
use super::ledger::End;
use super::prepare::{not_started, printed};
use super::retry::{RetryRule, StatusSet};
use crate::exec::{Attempt, Capture, Executor, OutputMode, Spec, Stdin};
use crate::job::{Job, Seq, Usage};
use crate::policy::Verdict;
use crate::pool::{TaskContext, TaskReport};
use crate::sink::{Grouping, SinkSender, Tag};
use crate::template::{Template, Values};
use crate::time::{RunClock, Time};
use crossbeam_channel::Sender;
use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the conductor hears when an attempt is over.
#[derive(Debug)]
pub struct News {
    /// Which job.
    pub seq: Seq,
    /// How it ended.
    pub end: End,
    /// Nothing of its output is on its way to the sink.
    pub emitted: bool,
    /// What is known of it beyond that; `None` for a job that never ran.
    pub detail: Option<Box<Detail>>,
    /// The output of an attempt that may not be the last.
    pub held: Option<Box<Held>>,
    /// Something the user must be told, in one line.
    pub message: Option<String>,
}

/// The output of an attempt that may not be the job's last.
#[derive(Debug)]
pub struct Held {
    /// What its lines begin with.
    pub tag: Option<Tag>,
    /// What stands before it.
    pub head: Vec<u8>,
    /// Its standard output.
    pub out: Capture,
    /// Its standard error.
    pub err: Capture,
}

/// The facts of one attempt, for the records.
#[derive(Debug)]
pub struct Detail {
    /// From 1.
    pub attempt: u32,
    /// When it began.
    pub began: Time,
    /// How long it took.
    pub took: Duration,
    /// What it used.
    pub usage: Usage,
    /// How it ended, for the records.
    pub ending: Ending,
    /// The command, when a record or a failure needs it.
    pub command: Vec<u8>,
    /// The end of its standard error, when it failed.
    pub stderr_tail: Vec<u8>,
    /// Bytes of its standard output.
    pub received: u64,
    /// A process of it was left behind that held its output open.
    pub leaked: bool,
}

/// How much of a failed job's standard error the metrics keep.
const STDERR_TAIL_BYTES: usize = 1024;

/// What all workers of a run share.
#[derive(Debug)]
pub struct Runner {
    /// What each job runs.
    pub command: config::Command,
    /// How its output gets out.
    pub route: Route,
    /// What each line of it begins with.
    pub tag: Option<crate::template::Pattern>,
    /// Tags are made visible for a terminal.
    pub escape_tags: bool,
    /// Runs processes.
    pub executor: Executor,
    /// Takes output.
    pub sink: SinkSender,
    /// Takes news.
    pub news: Sender<News>,
    /// Whether a failed attempt is the last.
    pub retry: RetryRule,
    /// Failures that mean too much at once.
    pub backoff: StatusSet,
    /// A job counts as over only when its output was accepted: a joblog is written, or `-k` holds outputs back. Otherwise
    /// the sink says at the end whether everything got out.
    pub awaits_emission: bool,
    /// The records need every command, not just the failed ones.
    pub keep_commands: bool,
    /// The clock of the run.
    pub clock: Arc<RunClock>,
    /// How long an attempt that starts now may take, in microseconds; `u64::MAX` for no end.
    pub timeout_us: AtomicU64,
    /// How many jobs there are in all, when the template needs it; `u64::MAX` while not known.
    pub total: AtomicU64,
}

/// One attempt, waiting in the pool.
#[derive(Debug)]
pub struct Task {
    runner: Arc<Runner>,
    job: Arc<Job>,
    attempt: u32,
    state: TaskState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskState {
    Waiting,
    Running,
    Told,
}

impl Task {
    /// An attempt that has not started.
    pub fn new(runner: Arc<Runner>, job: Arc<Job>, attempt: u32) -> Task {
        Task { runner, job, attempt, state: TaskState::Waiting }
    }

    /// Runs it, on this thread, to its end.
    pub fn run(mut self, context: &TaskContext) -> TaskReport {
        self.state = TaskState::Running;
        let (news, report) = self.runner.attempt(&self.job, self.attempt, context);
        self.tell(news);
        report
    }

    fn tell(&mut self, news: News) {
        self.state = TaskState::Told;
        // Nobody listens any more only when the run is being torn down.
        let _ = self.runner.news.send(news);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let (end, message) = match self.state {
            TaskState::Told => return,
            TaskState::Waiting => (End::Dropped, None),
            TaskState::Running => {
                (End::Failed(Ending::Exited(255)), Some("internal error: a worker panicked".to_owned()))
            }
        };
        self.tell(News { seq: self.job.seq, end, emitted: true, detail: None, held: None, message });
    }
}

impl Runner {
    fn attempt(&self, job: &Job, attempt: u32, context: &TaskContext) -> (News, TaskReport) {
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|&n| n != u64::MAX);
        let values = Values { args: &job.args, seq: job.seq, slot: context.slot, total };
        match self.command.template.render(&values) {
            Ok(argv) => self.run_argv(job, attempt, context, argv, &values),
            Err(error) => {
                let message = format!("job {}: {error}", job.seq);
                let end = End::Failed(Ending::Exited(255));
                let detail = Box::new(Detail {
                    attempt,
                    began: context.started,
                    took: Duration::ZERO,
                    usage: Usage::default(),
                    ending: Ending::Exited(255),
                    command: Vec::new(),
                    stderr_tail: Vec::new(),
                    received: 0,
                    leaked: false,
                });
                let emitted =
                    self.hand_over(job.seq, None, Vec::new(), Capture::default(), Capture::default());
                let news = News {
                    seq: job.seq,
                    end,
                    emitted,
                    detail: Some(detail),
                    held: None,
                    message: Some(message),
                };
                (news, report(Verdict::Failed, &Usage::default()))
            }
        }
    }

    fn run_argv(
        &self,
        job: &Job,
        attempt: u32,
        context: &TaskContext,
        argv: Vec<CString>,
        values: &Values<'_>,
    ) -> (News, TaskReport) {
        let seq = job.seq;
        let shown = (self.shows_commands() || self.keep_commands).then(|| self.command.template.shown(&argv));
        let tag = self.tag.as_ref().and_then(|pattern| pattern.render(values).ok()).map(|t| self.visible(t));
        let command = shown.as_deref().unwrap_or_default();
        if !self.is_wanted(command) {
            let (end, emitted) = (End::Declined, true);
            let news = News { seq, end, emitted, detail: None, held: None, message: None };
            return (news, report(Verdict::Killed, &Usage::default()));
        }
        let head = self.announce(seq, command, tag.as_ref());
        let run = match (self.command.mode, self.workdir(values)) {
            (Mode::Run, Ok(workdir)) => self.execute(seq, attempt, context, argv, workdir, tag.as_ref()),
            (Mode::Run, Err(error)) => not_started(context.started, &error),
            (Mode::Print, _) => printed(context.started, command),
        };
        self.settle(seq, attempt, run, (tag, head), || shown.unwrap_or_else(|| self.shown(values)))
    }

    fn execute(
        &self,
        seq: Seq,
        attempt: u32,
        context: &TaskContext,
        argv: Vec<CString>,
        cwd: Option<CString>,
        tag: Option<&Tag>,
    ) -> Attempt {
        let timeout = Some(self.timeout_us.load(Ordering::Relaxed)).filter(|&us| us != u64::MAX);
        let output = match self.route {
            Route::Direct => OutputMode::Inherit,
            Route::Sink(Grouping::Job) => OutputMode::Capture,
            Route::Sink(Grouping::Line) => OutputMode::Lines,
        };
        let spec = Spec {
            argv,
            env: Arc::clone(&self.command.env),
            extra_env: self.variables(seq, attempt, context),
            cwd,
            stdin: Stdin::Null,
            output,
        };
        let mut lines = |stream, bytes: &[u8]| self.sink.chunk(seq, stream, tag.cloned(), bytes.to_vec());
        self.executor.run(spec, context.slot, context.id, timeout.map(Duration::from_micros), &mut lines)
    }

    /// Turns a finished attempt into news, and sends its output on its way when it was the last.
    fn settle(
        &self,
        seq: Seq,
        attempt: u32,
        run: Attempt,
        (tag, above): (Option<Tag>, Vec<u8>),
        command: impl FnOnce() -> Vec<u8>,
    ) -> (News, TaskReport) {
        let judged = judge(&run.outcome, self.command.template.fixed_command().is_some());
        let Judged { mut end, verdict, mut message } = judged;
        let mut verdict = verdict;
        if let End::Failed(ending) = end
            && self.backoff.contains(ending)
        {
            verdict = Verdict::Backoff;
            end = End::Backoff(ending);
        }
        let failed = matches!(end, End::Failed(_) | End::Backoff(_));
        let usage = run.usage;
        let needs_command = self.keep_commands || failed || message.is_some();
        let detail = Box::new(Detail {
            attempt,
            began: run.began,
            took: run.took,
            usage,
            ending: end.ending(),
            command: if needs_command { command() } else { Vec::new() },
            stderr_tail: if failed {
                run.err.tail(STDERR_TAIL_BYTES).unwrap_or_default()
            } else {
                Vec::new()
            },
            received: run.out.len(),
            leaked: run.leaked,
        });
        if let Some(text) = &mut message {
            let name = match (end, self.command.template.fixed_command()) {
                (End::NoCommand(_), Some(command)) => command.to_bytes(),
                _ => &detail.command,
            };
            *text = format!("{}: {text}", cut(&crate::escape::visible(name)));
        }
        let again = matches!(end, End::Refused)
            || (failed && (self.retry.may_again(attempt, end.ending()) || verdict == Verdict::Backoff));
        let (emitted, held) = if again {
            (true, Some(Box::new(Held { tag, head: above, out: run.out, err: run.err })))
        } else {
            (self.hand_over(seq, tag, above, run.out, run.err), None)
        };
        (News { seq, end, emitted, detail: Some(detail), held, message }, report(verdict, &usage))
    }

    /// The command once more, for the few jobs that need it after they have run.
    fn shown(&self, values: &Values<'_>) -> Vec<u8> {
        let template = &self.command.template;
        template.render(values).map(|argv| template.shown(&argv)).unwrap_or_default()
    }

    /// Sends the output of a job on its way; true when there is nothing to wait for.
    fn hand_over(&self, seq: Seq, tag: Option<Tag>, head: Vec<u8>, out: Capture, err: Capture) -> bool {
        if head.is_empty() && !self.sink.needs(&out, &err) {
            return true;
        }
        self.sink.done_under(seq, tag, head, out, err);
        !self.awaits_emission
    }

    pub(super) fn visible(&self, tag: Vec<u8>) -> Tag {
        if self.escape_tags {
            crate::escape::visible(&tag).into_owned().into_bytes().into()
        } else {
            tag.into()
        }
    }
}

/// A command in a message is at most this long.
const SHOWN_MAX: usize = 200;

/// A name or a command short enough for one line.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The command that identifies a job in the joblog: what it would be in the first slot.
pub fn identity(template: &Template, job: &Job, total: Option<u64>) -> Vec<u8> {
    let values = Values { args: &job.args, seq: job.seq, slot: crate::job::Slot(1), total };
    template.render(&values).map(|argv| template.shown(&argv)).unwrap_or_default()
}
