//! Starts the process of an attempt and passes its output on, line by line or at the end.

use crate::exec::{Attempt, Outcome, OutputMode, Spec, Stdin, StopReason, Stream};
use crate::job::Words;
use crate::run::config::Route;
use crate::run::input::job_input::JobInput;
use crate::run::input::stream::BlockInput;
use crate::run::records::output_files::{OutputFileLines, OutputFiles};
use crate::run::trace_context::SpanId;
use crate::run::worker::context::WorkerContext;
use crate::run::worker::pieces;
use crate::run::worker::prepare;
use crate::run::worker::tails::LineTails;
use crate::sink::{Grouping, Tag};
use crate::sys::errno;
use crate::template::Values;
use adaptive_pool::pool::TaskContext;
use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

/// An ended attempt.
#[derive(Debug)]
pub struct Executed<'a> {
    /// The process.
    pub attempt: Attempt,
    /// Its span, if it belongs to a trace.
    pub span: Option<SpanId>,
    /// Bytes that it received from the stream.
    pub sent: u64,
    /// Its input.
    pub input: JobInput,
    /// Bytes of its stdout that went to the sink line by line.
    pub passed_on: u64,
    /// The same lines, for the files that keep the output.
    pub saved_lines: Option<OutputFileLines<'a>>,
    /// The ends of these lines, when a file of the run has them.
    pub tails: Option<LineTails>,
}

impl Executed<'_> {
    /// An attempt that passed nothing on.
    pub fn without_output(attempt: Attempt) -> Self {
        Executed {
            attempt,
            span: None,
            sent: 0,
            input: JobInput::Arguments,
            passed_on: 0,
            saved_lines: None,
            tails: None,
        }
    }
}

/// Runs a command to its end. `number` counts the attempts of the job, from 1.
#[inline(never)]
pub fn execute<'a>(
    worker: &'a WorkerContext,
    (values, number): (&Values<'_>, u32),
    context: &TaskContext,
    argv: Words,
    cwd: Option<CString>,
    mut block: Option<BlockInput>,
    tag: Option<&Tag>,
) -> Executed<'a> {
    let seq = values.seq;
    let (sent, input) = block.as_ref().map_or((0, JobInput::Arguments), |block| (block.bytes, block.input));
    let stdin = block.as_mut().map(|block| std::mem::take(&mut block.stdin));
    let stdin = match stdin {
        Some(stdin) => stdin,
        None if worker.command.inherit_stdin => Stdin::Inherit,
        None => Stdin::Null,
    };
    let output = match worker.route {
        Route::Direct => OutputMode::Inherit,
        Route::Sink(Grouping::Job) => OutputMode::Capture,
        // A table has the whole output, which is not printed.
        Route::Sink(Grouping::Line) if worker.keeps_table => OutputMode::Capture,
        Route::Sink(Grouping::Line) => OutputMode::Lines,
    };
    let span = worker.command.trace.as_ref().map(|trace| trace.span(context.id.0));
    let spec = |argv, stdin, cwd| Spec {
        argv,
        env: Arc::clone(&worker.command.env),
        extra_env: prepare::variables(worker, seq, number, context, span),
        cwd,
        stdin,
        output,
    };
    let mut saved_lines =
        worker.output_files.as_ref().filter(|_| output == OutputMode::Lines).map(OutputFiles::lines);
    let print = !worker.output_files.as_ref().is_some_and(OutputFiles::hides_output);
    let mut passed_on = 0;
    let mut tails = worker.keep_tails.then(LineTails::default);
    let mut lines = |stream, bytes: &[u8]| {
        passed_on += if stream == Stream::Stdout { bytes.len() as u64 } else { 0 };
        if let Some(tails) = &mut tails {
            tails.add(stream, bytes);
        }
        if let Some(saved) = &mut saved_lines {
            saved.add(stream, bytes);
        }
        if print {
            worker.sink.chunk(seq, stream, tag.cloned(), bytes.to_vec());
        }
    };
    let timeout = worker.timeout_us.get().map(Duration::from_micros);
    worker.placing.apply(context.slot);
    let mut run = |argv, stdin, cwd, timeout| {
        worker.executor.run(spec(argv, stdin, cwd), context.slot, context.id, timeout, &mut lines)
    };
    let piece_cwd = if values.args.records() > 1 { cwd.clone() } else { None };
    let mut attempt = run(argv, stdin, cwd, timeout);
    if worker.command.may_cut && pieces::is_too_long(&attempt, values.args) {
        let mut run = |argv, timeout| run(argv, Stdin::default(), piece_cwd.clone(), timeout);
        let (template, executor) = (&worker.command.template, &worker.executor);
        attempt = pieces::run_pieces(template, executor, attempt, values, timeout, &mut run);
    }
    // The block had to live until the process ended.
    if let Some(Err(error)) = block.map(BlockInput::end)
        && matches!(attempt.outcome, Outcome::Exited(_) | Outcome::Signaled(_))
    {
        attempt.outcome = Outcome::Stopped(StopReason::InputLost(errno::words(&error)));
    }
    Executed { attempt, span, sent, input, passed_on, saved_lines, tails }
}
