//! The result of an ended attempt: its facts, its message, the fate of its output, and whether another attempt may
//! follow.

use crate::exec::{Capture, Outcome, StartErrorKind, StopReason, parent};
use crate::job::{Args, Seq};
use crate::run::ledger::AttemptEnd;
use crate::run::records::attempt_facts::{AttemptFacts, KeptOutput};
use crate::run::records::results::SaveError;
use crate::run::report::github;
use crate::run::worker::attempt_finished::{AttemptFinished, AttemptResult, PendingOutput};
use crate::run::worker::context::WorkerContext;
use crate::run::worker::execute::Executed;
use crate::run::worker::judge::{Judgement, judge, report};
use crate::run::worker::prepare;
use crate::run::worker::saving::{fail_job, save_output};
use crate::sink::{Tag, begin_group};
use crate::template::Values;
use adaptive_pool::policy::Verdict;

/// The part of a failed job's standard error that the metrics keep, in bytes.
const STDERR_TAIL_BYTES: usize = 1024;

/// Settles an ended attempt. `command` renders the command for the records, when they need it.
#[inline(never)]
pub fn settle(
    worker: &WorkerContext,
    values: &Values<'_>,
    number: u32,
    executed: Executed<'_>,
    (tag, mut head): (Option<Tag>, Vec<u8>),
    command: impl FnOnce() -> Vec<u8>,
) -> AttemptResult {
    let Executed { attempt, span, sent, input, passed_on, saved_lines, tails } = executed;
    let seq = values.seq;
    let Judgement { mut end, mut verdict, mut message } = judge_attempt(worker, &attempt.outcome);
    let failed = matches!(end, AttemptEnd::Failed(_) | AttemptEnd::Backoff(_));
    let output_files = worker.output_files.as_ref().filter(|_| failed || end == AttemptEnd::Succeeded);
    let grouped = worker.groups && !worker.keeps_table && is_long(&attempt.out);
    let needs_command =
        worker.keep_commands || failed || message.is_some() || output_files.is_some() || grouped;
    let mut facts = Box::new(AttemptFacts {
        attempt: number,
        slot: values.slot,
        span,
        began: attempt.began,
        took: attempt.took,
        usage: attempt.usage,
        exit: end.exit(),
        command: if needs_command { command() } else { Vec::new() },
        kept: None,
        tails: tails.map(|tails| Box::new(tails.finish(&attempt.out, &attempt.err))),
        stderr_tail: if failed { stderr_tail(&attempt.err) } else { Vec::new() },
        sent,
        input,
        received: passed_on + attempt.out.len(),
        leaked: attempt.leaked,
        no_record: matches!(
            attempt.outcome,
            Outcome::Stopped(StopReason::OutputLost(_) | StopReason::InputLost(_))
        ),
        explained: message.is_some(),
    });
    if let Some(text) = &mut message {
        complete(text, worker, end, &attempt.outcome, (seq, &facts.command));
    }
    let (attempt_out, attempt_err) = keep_for_table(worker, values, &mut facts, attempt.out, attempt.err);
    let (out, err, error) = match output_files {
        Some(files) => save_output(worker, files, values, &facts, saved_lines, attempt_out, attempt_err),
        None => (attempt_out, attempt_err, None),
    };
    let (run_error, job_error) = error.map_or((None, None), SaveError::split_by_scope);
    if let Some(error) = &job_error {
        message.get_or_insert(fail_job(error, &mut end, &mut facts));
        verdict = if verdict == Verdict::Ok { Verdict::Failed } else { verdict };
        facts.explained = true;
    }
    if grouped {
        head.splice(0..0, group(seq, &facts.command));
    }
    let may_run_again = worker.retry.may_retry(number, end);
    let (emitted, pending_output, output) = if run_error.is_some() {
        (false, None, None)
    } else if may_run_again {
        (true, Some(Box::new(PendingOutput { tag, head, out, err })), None)
    } else {
        let (emitted, output) = package_output(worker, tag, head, out, err);
        (emitted, None, output)
    };
    let closes_gate = may_stop_run(worker, end, may_run_again);
    let finished = AttemptFinished {
        seq,
        end,
        emitted,
        facts: Some(facts),
        pending_output,
        message,
        closes_gate,
        save_error: run_error,
    };
    AttemptResult { finished, output, report: report(verdict, &attempt.usage) }
}

/// Completes a message about a job with its name.
fn complete(
    text: &mut String,
    worker: &WorkerContext,
    end: AttemptEnd,
    outcome: &Outcome,
    (seq, command): (Seq, &[u8]),
) {
    let name = prepare::name_in_message(worker, end, outcome, seq, command);
    if is_not_found(outcome) {
        explain_not_found(worker, text);
    }
    *text = format!("{name}: {text}");
}

/// The line that begins the group of a job.
fn group(seq: Seq, command: &[u8]) -> Vec<u8> {
    let command = crate::escape::shown(command, crate::escape::SHOWN);
    begin_group(&github::data(&format!("job {seq}: {command}")))
}

/// The lines of an output that is not folded.
const UNFOLDED_LINES: usize = 4;

/// True for an output that is folded in a log.
fn is_long(out: &Capture) -> bool {
    match out {
        Capture::Memory(bytes) => memchr::memchr_iter(b'\n', bytes).nth(UNFOLDED_LINES).is_some(),
        Capture::Blocks(..) | Capture::Spilled(..) => true,
    }
}

/// Keeps the outputs for the table, if there is one. Returns what is printed.
fn keep_for_table(
    worker: &WorkerContext,
    values: &Values<'_>,
    facts: &mut AttemptFacts,
    out: Capture,
    err: Capture,
) -> (Capture, Capture) {
    if !worker.keeps_table {
        return (out, err);
    }
    // The name of a block (`--cat`) differs in each attempt, and is no value.
    let args = if worker.blocks.is_some() { Args::None } else { values.args.clone() };
    facts.kept = Some(Box::new(KeptOutput { args, out, err }));
    (Capture::default(), Capture::default())
}

/// The meaning of the end of a process, with `--backoff-on`.
fn judge_attempt(worker: &WorkerContext, outcome: &Outcome) -> Judgement {
    let judgement = judge(outcome, worker.command.template.fixed_command().is_some());
    match judgement.end {
        AttemptEnd::Failed(exit) if worker.retry.means_overload(exit) => {
            Judgement { end: AttemptEnd::Backoff(exit), verdict: Verdict::Backoff, ..judgement }
        }
        _ => judgement,
    }
}

fn is_not_found(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NotStarted(error) if error.kind == StartErrorKind::NotFound)
}

/// Says what a name is that is no program, and what to type instead.
fn explain_not_found(worker: &WorkerContext, text: &mut String) {
    if let Some(only_in_shell) = &worker.command.not_found {
        text.clone_from(only_in_shell);
    } else if let Some(name) = worker.command.template.fixed_command()
        && let Some(hint) = parent::not_found_hint(name.to_bytes())
    {
        text.push_str("; ");
        text.push_str(&hint);
    }
}

fn stderr_tail(err: &Capture) -> Vec<u8> {
    err.tail(STDERR_TAIL_BYTES).unwrap_or_default()
}

/// True when this end may stop the run. Then no job starts before the conductor has judged it.
fn may_stop_run(worker: &WorkerContext, end: AttemptEnd, may_run_again: bool) -> bool {
    match end {
        AttemptEnd::NoCommand(_) => true,
        AttemptEnd::Succeeded | AttemptEnd::Failed(_) | AttemptEnd::Backoff(_) => {
            !may_run_again && worker.halt.counts(end.exit())
        }
        AttemptEnd::Killed | AttemptEnd::Dropped | AttemptEnd::Refused | AttemptEnd::Declined => false,
    }
}

/// The output of a job for the sink; `None` when it is empty. True when the job does not wait for its emission.
pub fn package_output(
    worker: &WorkerContext,
    tag: Option<Tag>,
    head: Vec<u8>,
    out: Capture,
    err: Capture,
) -> (bool, Option<PendingOutput>) {
    if head.is_empty() && !worker.sink.needs(&out, &err) {
        return (true, None);
    }
    (!worker.awaits_emission, Some(PendingOutput { tag, head, out, err }))
}
