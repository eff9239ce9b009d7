//! One attempt of one job: fill the template, prompt, announce, execute, settle.

use crate::exec::Capture;
use crate::job::{Job, Seq, Slot, Usage, Words};
use crate::run::config::CommandMode;
use crate::run::input::job_input::JobInput;
use crate::run::input::stream::BlockInput;
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use crate::run::records::attempt_facts::AttemptFacts;
use crate::run::worker::attempt_finished::{AttemptFinished, AttemptResult};
use crate::run::worker::context::WorkerContext;
use crate::run::worker::execute::{Executed, execute};
use crate::run::worker::judge::report;
use crate::run::worker::prepare::{self, not_started, printed};
use crate::run::worker::settle::{package_output, settle};
use crate::sys::errno;
use crate::template::Values;
use adaptive_pool::policy::Verdict;
use adaptive_pool::pool::TaskContext;
use std::time::Duration;

/// Runs an attempt on this thread. `number` counts the attempts of the job, from 1.
pub fn run_attempt(worker: &WorkerContext, job: &Job, number: u32, context: &TaskContext) -> AttemptResult {
    let Some(blocks) = &worker.blocks else { return run_with_block(worker, job, number, context, None) };
    let result = match blocks.open_block(job.seq) {
        Ok(block) => run_with_block(worker, job, number, context, Some(block)),
        Err(error) => {
            let why = format!("cannot prepare its input: {}", errno::words(&error));
            let (slot, total) = (context.slot, worker.total.get());
            let values = Values { args: &job.args, seq: job.seq, slot, total };
            let command = prepare::render_shown(worker, &values);
            fail_unstarted(worker, (job.seq, number), context, command, &why)
        }
    };
    if result.finished.pending_output.is_none() {
        blocks.remove(job.seq);
    }
    result
}

// This function and those that it calls are not inlined. As one function their stack frames would add up, and every
// stack page counts once for each worker.
#[inline(never)]
fn run_with_block(
    worker: &WorkerContext,
    job: &Job,
    number: u32,
    context: &TaskContext,
    block: Option<BlockInput>,
) -> AttemptResult {
    let template = &worker.command.template;
    let block_args = block.as_ref().and_then(|block| block.args.clone());
    let values = Values {
        args: block_args.as_ref().unwrap_or(&job.args),
        seq: job.seq,
        slot: context.slot,
        total: worker.total.get(),
    };
    match template.render(&values) {
        Ok(argv) => {
            // The slot and the name of a block differ when the job runs again. The records have fixed values instead.
            let differs = block_args.is_some() || (worker.keep_commands && template.names_slot());
            let fixed = Values { args: &job.args, slot: Slot(1), ..values };
            let recorded = (worker.keep_commands && differs).then_some(&fixed);
            run_command(worker, number, context, argv, (&values, recorded), block)
        }
        Err(error) => fail_unstarted(worker, (job.seq, number), context, Vec::new(), &error.to_string()),
    }
}

/// The result of a job that cannot be started because its command or its input is missing.
#[inline(never)]
fn fail_unstarted(
    worker: &WorkerContext,
    (seq, number): (Seq, u32),
    context: &TaskContext,
    command: Vec<u8>,
    why: &str,
) -> AttemptResult {
    let exit = JobExit::Exited(255);
    let facts = Box::new(AttemptFacts {
        attempt: number,
        slot: context.slot,
        span: None,
        began: context.started,
        took: Duration::ZERO,
        usage: Usage::default(),
        exit,
        command,
        stderr_tail: Vec::new(),
        tails: None,
        kept: None,
        sent: 0,
        input: JobInput::Arguments,
        received: 0,
        leaked: false,
        no_record: true,
        explained: true,
    });
    let (emitted, output) = package_output(worker, None, Vec::new(), Capture::default(), Capture::default());
    let finished = AttemptFinished {
        facts: Some(facts),
        emitted,
        message: Some(format!("job {seq}: {why}")),
        closes_gate: worker.halt.counts(exit),
        ..AttemptFinished::without_run(seq, AttemptEnd::Failed(exit))
    };
    AttemptResult { finished, output, report: report(Verdict::Failed, &Usage::default()) }
}

/// Runs a rendered command. `recorded` are the values of the command in the records, where they differ.
fn run_command(
    worker: &WorkerContext,
    number: u32,
    context: &TaskContext,
    argv: Words,
    (values, recorded): (&Values<'_>, Option<&Values<'_>>),
    block: Option<BlockInput>,
) -> AttemptResult {
    let seq = values.seq;
    let shown = (prepare::shows_commands(worker) || worker.keep_commands)
        .then(|| prepare::shown(worker, &argv, values));
    let tag = worker.tag.as_ref().and_then(|tag| tag.render(values).ok()).map(|tag| worker.visible(tag));
    let command = shown.as_deref().unwrap_or_default();
    if !prepare::is_confirmed(worker, command) {
        let report = report(Verdict::Killed, &Usage::default());
        // A user who stops the run instead of answering has not declined the job.
        let end = if worker.executor.is_stopping() { AttemptEnd::Dropped } else { AttemptEnd::Declined };
        return AttemptResult { finished: AttemptFinished::without_run(seq, end), output: None, report };
    }
    let head = prepare::announce(worker, seq, command, tag.as_ref());
    let executed = match (worker.command.mode, prepare::workdir(worker, values)) {
        (CommandMode::Run, Ok(workdir)) => {
            execute(worker, (values, number), context, argv, workdir, block, tag.as_ref())
        }
        (CommandMode::Run, Err(error)) => Executed::without_output(not_started(context.started, &error)),
        (CommandMode::PrintQuoted, _) => {
            Executed::without_output(printed(context.started, &crate::template::quoted(command)))
        }
        (CommandMode::Print, _) => Executed::without_output(printed(context.started, command)),
    };
    let command = || match recorded {
        Some(values) => prepare::render_shown(worker, values),
        None => shown.unwrap_or_else(|| prepare::render_shown(worker, values)),
    };
    settle(worker, values, number, executed, (tag, head), command)
}
