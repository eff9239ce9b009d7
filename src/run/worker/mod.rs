//! What a worker does with one job: it fills the template, runs the attempt, sends the output to the sink and the result to
//! the conductor. The pool decides when a job runs. The conductor decides which one.

pub mod ask;
pub mod attempt_finished;
mod judge;
mod pieces;
pub mod placing;
mod prepare;
pub mod running_jobs;
mod saving;
pub mod start_gate;
pub mod task;
pub mod task_source;
pub mod variables;

use crate::exec::{Attempt, Capture, Executor, Outcome, OutputMode, Spec, Stdin, StopReason, Stream};
use crate::job::{Job, Seq, Slot, Usage, Words};
use crate::run::config::{self, Mode, Route};
use crate::run::halt::HaltRule;
use crate::run::identity::verbatim;
use crate::run::input::given::Given;
use crate::run::input::stream::{self, Supply};
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use crate::run::records::output_files::{OutputFileLines, OutputFiles};
use crate::run::records::results::Unkept;
use crate::run::retry::{RetryRule, StatusSet};
use crate::run::worker::attempt_finished::{AttemptFacts, AttemptFinished, AttemptResult, PendingOutput};
use crate::run::worker::judge::{Judged, judge, report};
use crate::run::worker::placing::Placing;
use crate::run::worker::prepare::{not_started, printed};
use crate::run::worker::running_jobs::RunningJobs;
use crate::run::worker::saving::fail_alone;
use crate::run::worker::start_gate::StartGate;
use crate::sink::{Grouping, SinkSender, Tag};
use crate::sys::errno;
use crate::template::Values;
use adaptive_pool::policy::Verdict;
use adaptive_pool::pool::TaskContext;
use adaptive_pool::time::RunClock;
use crossbeam_channel::Sender;
use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How much of a failed job's standard error the metrics keep.
const STDERR_TAIL_BYTES: usize = 1024;

/// What all workers of a run share.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the run")]
#[derive(Debug)]
pub struct WorkerContext {
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
    /// Takes the results of attempts.
    pub finished: Sender<AttemptFinished>,
    /// Holds back starts while an end is judged.
    pub gate: StartGate,
    /// Which jobs run, for the live view.
    pub running: RunningJobs,
    /// Which ends may stop the run.
    pub halt: HaltRule,
    /// Whether a failed attempt is the last.
    pub retry: RetryRule,
    /// Failures that mean too much at once.
    pub backoff: StatusSet,
    /// Keeps outputs in files.
    pub output_files: Option<OutputFiles>,
    /// What the jobs read, with `--pipe`.
    pub stream: Option<Arc<stream::Stream>>,
    /// Where the jobs run.
    pub placing: Placing,
    /// A job counts as over only when its output was accepted: a joblog is written, or `-k` holds outputs back. Otherwise
    /// the sink says at the end whether everything got out.
    pub awaits_emission: bool,
    /// The records need every command, not just the failed ones.
    pub keep_commands: bool,
    /// The records of the input are commands of the joblog (`--retry-failed`), to be recorded as they were.
    pub verbatim: bool,
    /// The clock of the run.
    pub clock: Arc<RunClock>,
    /// How long an attempt that starts now may take, in microseconds; `u64::MAX` for no end.
    pub timeout_us: AtomicU64,
    /// How many jobs there are in all, when the template needs it; `u64::MAX` while not known.
    pub total: AtomicU64,
}

impl WorkerContext {
    pub(in crate::run) fn attempt(&self, job: &Job, attempt: u32, context: &TaskContext) -> AttemptResult {
        let Some(stream) = &self.stream else { return self.attempt_with(job, attempt, context, None) };
        let result = match stream.supply(job.seq) {
            Ok(supply) => self.attempt_with(job, attempt, context, Some(supply)),
            Err(error) => {
                let why = format!("cannot prepare its input: {}", errno::words(&error));
                self.unready(job.seq, attempt, context, &why)
            }
        };
        if result.finished.pending_output.is_none() {
            stream.forget(job.seq);
        }
        result
    }

    // It and what it calls stay functions of their own: as one, their frames would add up, and every page of a stack counts
    // once a worker.
    #[inline(never)]
    fn attempt_with(
        &self,
        job: &Job,
        attempt: u32,
        context: &TaskContext,
        supply: Option<Supply>,
    ) -> AttemptResult {
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|&n| n != u64::MAX);
        let named = supply.as_ref().and_then(|supply| supply.args.clone());
        let values =
            Values { args: named.as_ref().unwrap_or(&job.args), seq: job.seq, slot: context.slot, total };
        match self.command.template.render(&values) {
            Ok(argv) => {
                // The slot and the name of a block are others when the job comes again.
                let passing = named.is_some() || (self.keep_commands && self.command.template.names_slot());
                let lasting = Values { args: &job.args, slot: Slot(1), ..values };
                let known_as = (self.keep_commands && passing).then_some(&lasting);
                self.run_argv(attempt, context, argv, (&values, known_as), supply)
            }
            Err(error) => self.unready(job.seq, attempt, context, &error.to_string()),
        }
    }

    /// A job that has nothing to be started with.
    #[inline(never)]
    fn unready(&self, seq: Seq, attempt: u32, context: &TaskContext, why: &str) -> AttemptResult {
        let end = AttemptEnd::Failed(JobExit::Exited(255));
        let detail = Box::new(AttemptFacts {
            attempt,
            began: context.started,
            took: Duration::ZERO,
            usage: Usage::default(),
            ending: JobExit::Exited(255),
            command: Vec::new(),
            stderr_tail: Vec::new(),
            sent: 0,
            given: Given::Arguments,
            received: 0,
            leaked: false,
            output_lost: false,
        });
        let (emitted, output) = self.wrap(None, Vec::new(), Capture::default(), Capture::default());
        let finished = AttemptFinished {
            detail: Some(detail),
            emitted,
            message: Some(format!("job {seq}: {why}")),
            asks: self.halt.counts(JobExit::Exited(255)),
            ..AttemptFinished::without_run(seq, end)
        };
        AttemptResult { finished, output, report: report(Verdict::Failed, &Usage::default()) }
    }

    fn run_argv(
        &self,
        attempt: u32,
        context: &TaskContext,
        argv: Words,
        (values, known_as): (&Values<'_>, Option<&Values<'_>>),
        supply: Option<Supply>,
    ) -> AttemptResult {
        let seq = values.seq;
        let shown = (self.shows_commands() || self.keep_commands).then(|| self.shown(&argv, values));
        let tag = self.tag.as_ref().and_then(|pattern| pattern.render(values).ok()).map(|t| self.visible(t));
        let command = shown.as_deref().unwrap_or_default();
        if !self.is_wanted(command) {
            let report = report(Verdict::Killed, &Usage::default());
            // Who stops the run instead of answering has declined nothing.
            let end = if self.executor.is_stopping() { AttemptEnd::Dropped } else { AttemptEnd::Declined };
            return AttemptResult { finished: AttemptFinished::without_run(seq, end), output: None, report };
        }
        let head = self.announce(seq, command, tag.as_ref());
        let run = match (self.command.mode, self.workdir(values)) {
            (Mode::Run, Ok(workdir)) => {
                self.execute((values, attempt), context, argv, workdir, supply, tag.as_ref())
            }
            (Mode::Run, Err(error)) => Ran::of(not_started(context.started, &error)),
            (Mode::Print, _) => Ran::of(printed(context.started, command)),
        };
        let command = || match known_as {
            Some(values) => self.shown_again(values),
            None => shown.unwrap_or_else(|| self.shown_again(values)),
        };
        self.settle(values, attempt, run, (tag, head), command)
    }

    #[inline(never)]
    fn execute(
        &self,
        (values, attempt): (&Values<'_>, u32),
        context: &TaskContext,
        argv: Words,
        cwd: Option<CString>,
        mut supply: Option<Supply>,
        tag: Option<&Tag>,
    ) -> Ran<'_> {
        let seq = values.seq;
        let (sent, given) =
            supply.as_ref().map_or((0, Given::Arguments), |supply| (supply.bytes, supply.given));
        let stdin = supply.as_mut().map(|supply| std::mem::take(&mut supply.stdin)).unwrap_or_default();
        let timeout = Some(self.timeout_us.load(Ordering::Relaxed)).filter(|&us| us != u64::MAX);
        let output = match self.route {
            Route::Direct => OutputMode::Inherit,
            Route::Sink(Grouping::Job) => OutputMode::Capture,
            Route::Sink(Grouping::Line) => OutputMode::Lines,
        };
        let spec = |argv, stdin, cwd| Spec {
            argv,
            env: Arc::clone(&self.command.env),
            extra_env: self.variables(seq, attempt, context),
            cwd,
            stdin,
            output,
        };
        let mut kept =
            self.output_files.as_ref().filter(|_| output == OutputMode::Lines).map(OutputFiles::lines);
        let print = !self.output_files.as_ref().is_some_and(OutputFiles::names_only);
        let mut passed_on = 0;
        let mut lines = |stream, bytes: &[u8]| {
            passed_on += if stream == Stream::Stdout { bytes.len() as u64 } else { 0 };
            if let Some(kept) = &mut kept {
                kept.add(stream, bytes);
            }
            if print {
                self.sink.chunk(seq, stream, tag.cloned(), bytes.to_vec());
            }
        };
        let timeout = timeout.map(Duration::from_micros);
        self.placing.apply(context.slot);
        let mut run = |argv, stdin, cwd, timeout| {
            self.executor.run(spec(argv, stdin, cwd), context.slot, context.id, timeout, &mut lines)
        };
        let again = if values.args.records() > 1 { cwd.clone() } else { None };
        let mut attempt = run(argv, stdin, cwd, timeout);
        if self.is_too_long(&attempt, values.args) {
            let mut run = |argv, timeout| run(argv, Stdin::default(), again.clone(), timeout);
            attempt = self.run_pieces(attempt, values, timeout, &mut run);
        }
        // Only now: what fed the job may go.
        drop(supply);
        Ran { attempt, sent, given, passed_on, kept }
    }

    /// The result of an ended attempt, with its output when it was the last one.
    #[inline(never)]
    fn settle(
        &self,
        values: &Values<'_>,
        attempt: u32,
        ran: Ran<'_>,
        (tag, above): (Option<Tag>, Vec<u8>),
        command: impl FnOnce() -> Vec<u8>,
    ) -> AttemptResult {
        let Ran { attempt: run, sent, given, passed_on, kept } = ran;
        let seq = values.seq;
        let Judged { mut end, mut verdict, mut message } =
            judge(&run.outcome, self.command.template.fixed_command().is_some());
        if let AttemptEnd::Failed(ending) = end
            && self.backoff.contains(ending)
        {
            verdict = Verdict::Backoff;
            end = AttemptEnd::Backoff(ending);
        }
        let failed = matches!(end, AttemptEnd::Failed(_) | AttemptEnd::Backoff(_));
        let usage = run.usage;
        let output_files = self.output_files.as_ref().filter(|_| failed || end == AttemptEnd::Succeeded);
        let needs_command = self.keep_commands || failed || message.is_some() || output_files.is_some();
        let mut detail = Box::new(AttemptFacts {
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
            sent,
            given,
            received: passed_on + run.out.len(),
            leaked: run.leaked,
            output_lost: matches!(run.outcome, Outcome::Stopped(StopReason::OutputLost(_))),
        });
        if let Some(text) = &mut message {
            *text = format!("{}: {text}", self.name_in_message(end, &run.outcome, seq, &detail.command));
        }
        let (out, err, unkept) = match output_files {
            Some(output_files) => self.keep(output_files, values, &detail, kept, run.out, run.err),
            None => (run.out, run.err, None),
        };
        let (lost, alone) = unkept.map_or((None, None), Unkept::whom);
        if let Some(unkept) = &alone {
            message.get_or_insert(fail_alone(unkept, &mut end, &mut detail));
            verdict = if verdict == Verdict::Ok { Verdict::Failed } else { verdict };
        }
        let failed = failed || alone.is_some();
        let again = matches!(end, AttemptEnd::Refused)
            || (failed && (self.retry.may_again(attempt, end.ending()) || verdict == Verdict::Backoff));
        let (emitted, pending_output, output) = if lost.is_some() {
            (false, None, None)
        } else if again {
            (true, Some(Box::new(PendingOutput { tag, head: above, out, err })), None)
        } else {
            let (emitted, output) = self.wrap(tag, above, out, err);
            (emitted, None, output)
        };
        let asks = match end {
            AttemptEnd::NoCommand(_) => true,
            AttemptEnd::Succeeded | AttemptEnd::Failed(_) | AttemptEnd::Backoff(_) => {
                !again && self.halt.counts(end.ending())
            }
            AttemptEnd::Killed | AttemptEnd::Dropped | AttemptEnd::Refused | AttemptEnd::Declined => false,
        };
        let finished =
            AttemptFinished { seq, end, emitted, detail: Some(detail), pending_output, message, asks, lost };
        AttemptResult { finished, output, report: report(verdict, &usage) }
    }

    /// The command as it is shown and recorded.
    fn shown(&self, argv: &Words, values: &Values<'_>) -> Vec<u8> {
        if self.verbatim { verbatim(values.args) } else { self.command.template.shown(argv) }
    }

    /// The command once more, for the few jobs that need it after they have run.
    fn shown_again(&self, values: &Values<'_>) -> Vec<u8> {
        self.command.template.render(values).map(|argv| self.shown(&argv, values)).unwrap_or_default()
    }

    /// Makes a parcel for the sink of a job's output, when there is something in it. True when there is nothing to wait for.
    fn wrap(
        &self,
        tag: Option<Tag>,
        head: Vec<u8>,
        out: Capture,
        err: Capture,
    ) -> (bool, Option<PendingOutput>) {
        if head.is_empty() && !self.sink.needs(&out, &err) {
            return (true, None);
        }
        (!self.awaits_emission, Some(PendingOutput { tag, head, out, err }))
    }

    pub(in crate::run) fn visible(&self, tag: Vec<u8>) -> Tag {
        if self.escape_tags {
            crate::escape::visible(&tag).into_owned().into_bytes().into()
        } else {
            tag.into()
        }
    }
}

/// An attempt, and what became of its output on the way.
#[derive(Debug)]
struct Ran<'a> {
    attempt: Attempt,
    /// Bytes of the stream that it was given.
    sent: u64,
    /// What it was given beside its command.
    given: Given,
    /// Bytes of its stdout that were passed on line by line.
    passed_on: u64,
    /// The same lines, to be kept.
    kept: Option<OutputFileLines<'a>>,
}

impl Ran<'_> {
    /// An attempt of which nothing was passed on.
    fn of(attempt: Attempt) -> Self {
        Ran { attempt, sent: 0, given: Given::Arguments, passed_on: 0, kept: None }
    }
}
