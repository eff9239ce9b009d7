//! From parsed options to [`run::Config`](crate::run::Config): takes defaults from [`Host`] and refuses contradictions. No
//! type of clap is used outside of `cli`.

mod command;
mod input;
mod job_pool;
mod keep;
mod machine;
mod order;
mod outputs;
mod refusal;
mod settings;
pub mod shell;
mod stream;
mod workers;

pub use input::longest_script;

use super::args::Args;
use super::host::Host;
use crate::exec::GuardianMode;
use crate::input::{Reader, Source, Survey};
use crate::run::config::{Command, Config, Failure, GitHub, Machine, Output, Processes, Route, Workers};
use crate::run::events::limit_command::LimitGuard;
use crate::run::input::order::OrderBy;
use crate::run::input::stream::StreamConfig;
use crate::run::records::config::{RecordsConfig, Shuffle};
use crate::run::records::export::config::ExportConfig;
use crate::run::records::resume::JoblogMode;
use crate::run::retry::{RetryRule, StatusSet};
use crate::sink::{Grouping, Look, Order, Progress, ProgressContext, ProgressMode};
use crate::template::{Pattern, Shell, Syntax, Template};
use settings::Found;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The longest delay between two attempts, unless `--retry-delay` is longer.
const RETRY_DELAY_MAX: Duration = Duration::from_mins(5);

/// The configuration of a run and the notes to print, or an error of one line. Opens the input; starts nothing.
pub fn config(
    args: &Args,
    sources: Vec<Source>,
    stdin: Box<dyn Read + Send>,
    host: &Host,
    guard: GuardianMode,
) -> Result<(Config, Vec<String>), String> {
    let (mut config, mut notes) =
        with_template(args, sources, stdin, host, guard, |syntax, shell, notes| {
            command::template(args, syntax, shell, notes)
        })?;
    if !args.output.prints_only() {
        join_job_pool(&mut config, host, &mut notes);
    }
    Ok((config, notes))
}

/// Makes the jobs take tokens from the job pool of a make above, if there is one.
pub fn join_job_pool(config: &mut Config, host: &Host, notes: &mut Vec<String>) {
    config.machine.job_pool = job_pool::job_pool(host, notes);
}

/// [`config`] with another way to make the template of the command.
pub fn with_template(
    args: &Args,
    sources: Vec<Source>,
    stdin: Box<dyn Read + Send>,
    host: &Host,
    guard: GuardianMode,
    template: impl FnOnce(&Syntax, &Shell, &mut Vec<String>) -> Result<Template, String>,
) -> Result<(Config, Vec<String>), String> {
    let mut notes = Vec::new();
    let mut workers = workers::workers(
        &args.scaling,
        &args.constants,
        args.machine.memsuspend,
        args.command.tty,
        host,
        &mut notes,
    )?;
    let (retry, given) = (args.record.retry_failed, sources.len());
    let typed = input::is_typed(args, &sources, host, &mut notes);
    let seed = args.input.seed.unwrap_or_else(input::fresh_seed);
    let source_count = sources.len() + args.input.arg_file.len();
    let progress = progress(args, typed, host)?;
    let counted = progress != Progress::None;
    let Jobs { mut reader, mut survey, stream } = jobs(args, sources, stdin, &workers, seed, counted)?;
    let names = reader.header().map_err(|e| e.to_string())?.to_vec();
    let order = order::order(args, &names, order::values(args, given, &names), seed)?;
    let syntax = command::syntax(args, names, source_count)?;
    let shell = shell::shell(args, host)?;
    let template = template(&syntax, &shell, &mut notes)?;
    let mut command = command::command(args, template, &syntax, host)?;
    if retry {
        // The joblog contains the commands.
        command.template = Template::record(&shell);
    }
    let size = command.template.size();
    let budget = input::budget(&args.input, host, command.env.size(), &size)?;
    reader.set_budget(budget);
    if let Some(survey) = &mut survey {
        survey.set_budget(budget);
    }
    command.may_cut = input::may_cut(&args.input, &size);
    if stream.is_some() && command.template.needs_total() {
        return Err("{##} cannot be used with --pipe: the number of all jobs is not known".to_owned());
    }
    let tag = tag(args, &syntax)?;
    let quiet = args.peer.as_ref().is_some_and(|peer| peer.quiet);
    // --dry-run checks the option, too, but keeps no output.
    let keep = keep::keep(&args.record, &syntax, host, args.output.tmpdir.as_deref(), quiet)?;
    let keep = keep.filter(|_| !args.output.prints_only());
    let mut machine = machine::machine(args, &shell, host, &mut notes)?;
    add_limit_guard(&mut workers, &mut machine, args.output.prints_only());
    let output = Output { keep, ..output(args, tag, progress, host)? };
    let random = args.input.shuf || matches!(order, Some(OrderBy::Random(_)));
    let found =
        Found { workers: &workers, output: &output, shell: &shell, seed: random.then_some(seed), host };
    let settings = settings::settings(args, &found);
    let records = records(args, &command, &syntax, &output.tmpdir)?;
    let config = Config {
        reader,
        survey,
        order,
        stream,
        command,
        machine,
        workers,
        output,
        failure: failure(args)?,
        processes: Processes {
            path: host.path.clone(),
            nice: args.scaling.nice,
            ignored: host.ignored,
            descriptors: host.descriptors_before,
            watch_terminal: crate::sys::tty::has_controlling(),
            terminal: command::terminal(args)?,
            // --dry-run starts no job, and needs no guardian.
            guard: if args.output.prints_only() { GuardianMode::No } else { guard },
        },
        records: RecordsConfig { shuffle: shuffle(args, seed), ..records },
        settings,
    };
    Ok((config, notes))
}

/// Where the jobs come from.
struct Jobs {
    reader: Reader,
    survey: Option<Survey>,
    stream: Option<StreamConfig>,
}

/// Opens the source of the jobs. `counted`: its records are counted ahead.
fn jobs(
    args: &Args,
    sources: Vec<Source>,
    stdin: Box<dyn Read + Send>,
    workers: &Workers,
    seed: u64,
    counted: bool,
) -> Result<Jobs, String> {
    let (mut survey, mut stream) = (None, None);
    let reader = match (args.record.retry_failed, args.pipe.any()) {
        (true, true) => {
            return Err("--retry-failed takes jobs from the joblog, --pipe from a stream".to_owned());
        }
        (true, false) => {
            input::refuse_with_retry_failed(args, &sources)?;
            input::nothing()?
        }
        (false, true) => {
            stream = Some(stream::stream(args, &sources, stdin, workers)?);
            input::nothing()?
        }
        (false, false) => {
            let opened = input::open(args, sources, stdin, workers.max, seed, counted)?;
            survey = opened.1;
            opened.0
        }
    };
    Ok(Jobs { reader, survey, stream })
}

/// Adds the guard of `--limit`. `--dry-run` has no guards.
fn add_limit_guard(workers: &mut Workers, machine: &mut Machine, dry_run: bool) {
    if dry_run {
        workers.guards.clear();
        (machine.limit, machine.memsuspend) = (None, None);
    }
    if let Some((limit, ..)) = &machine.limit {
        workers.guards.push(Box::new(LimitGuard(Arc::clone(limit))));
    }
}

fn tag(args: &Args, syntax: &Syntax) -> Result<Option<Pattern>, String> {
    let tag = match (args.output.tag, &args.output.tagstring) {
        (_, Some(text)) => Some(Pattern::parse(&with_tabs(text.as_bytes()), syntax)),
        (true, None) => Some(Pattern::parse(b"{}", &Syntax::default())),
        (false, None) => None,
    };
    tag.transpose().map_err(|e| format!("--tagstring: {e}"))
}

/// Replaces `\t` by a tab.
fn with_tabs(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b"\\t") {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\t');
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
    out
}

/// The display of the progress. `typed`: the records come from the terminal.
fn progress(args: &Args, typed: bool, host: &Host) -> Result<Progress, String> {
    let output = &args.output;
    let first = args.template.first().and_then(|word| word.to_str()).unwrap_or_default();
    if output.progress.is_some() && ProgressMode::NAMES.contains(&first) && !host.finds(first) {
        return Err(format!("{first}: not found in PATH; for the option write --progress={first}"));
    }
    let mode: ProgressMode = match output.progress()? {
        None => ProgressMode::Auto,
        Some(name) => {
            name.parse().map_err(|e: crate::sink::UnknownMode| format!("--progress {name}: {e}"))?
        }
    };
    let colour = match output.color.as_str() {
        "always" => true,
        "never" => false,
        _ => host.stderr_tty && !host.no_color && !host.dumb,
    };
    let facts = ProgressContext {
        terminal: host.stderr_tty,
        dumb: host.dumb,
        ci: host.ci,
        look: Look { colour, unicode: host.narrow_unicode, tab: host.tab_progress },
        every: args.record.metrics_interval,
    };
    // The live view would mix with the output of the jobs (-u), and with input typed on the terminal.
    let torn = output.ungroup || args.command.tty || typed;
    let quiet = output.prints_only()
        || args.command.interactive
        || args.command.tty
        || (torn && mode == ProgressMode::Auto);
    Ok(if quiet { Progress::None } else { mode.resolve(&facts) })
}

fn output(args: &Args, tag: Option<Pattern>, progress: Progress, host: &Host) -> Result<Output, String> {
    let output = &args.output;
    let github = host.github && matches!(progress, Progress::Plain { .. });
    let github = github.then(|| GitHub {
        step_summary: host.step_summary.clone(),
        groups: host.stdout_is_log && !output.line_buffer && tag.is_none(),
    });
    Ok(Output {
        route: match ((output.ungroup || args.command.tty) && !output.prints_only(), output.line_buffer) {
            (true, _) => Route::Direct,
            (false, true) => Route::Sink(Grouping::Line),
            (false, false) => Route::Sink(Grouping::Job),
        },
        // --dry-run prints a script, whose lines are in the order of the input.
        order: if output.keep_order || output.prints_only() { Order::Input } else { Order::Finished },
        tag,
        escape_tags: host.stdout_tty,
        keep: None,
        progress,
        name: "apool",
        summary: true,
        ending: output.summary,
        github,
        explain: output.explain,
        tmpdir: keep::tmpdir(output.tmpdir.as_deref(), host)?,
    })
}

fn failure(args: &Args) -> Result<Failure, String> {
    let failure = &args.failure;
    if failure.retry_delay.is_some() && failure.retries.is_none() && failure.backoff_on.is_none() {
        return Err(
            "--retry-delay needs --retries N or --backoff-on CODES: without one no job is retried".to_owned()
        );
    }
    let delay = failure.retry_delay.unwrap_or_default();
    Ok(Failure {
        retry: RetryRule {
            attempts: failure.retries.unwrap_or(1),
            delay,
            cap: delay.max(RETRY_DELAY_MAX),
            on: failure.retry_on.clone().unwrap_or(StatusSet::FAILURES),
        },
        backoff: failure.backoff_on.clone().unwrap_or(StatusSet::NONE),
        timeout: failure.timeout,
        termseq: failure.termseq.clone().unwrap_or_default(),
        halt: failure.halt.unwrap_or(crate::run::halt::HaltRule::NEVER),
    })
}

fn records(args: &Args, command: &Command, syntax: &Syntax, tmpdir: &Path) -> Result<RecordsConfig, String> {
    let record = &args.record;
    let mode = if record.retry_failed {
        JoblogMode::RetryFailed
    } else if record.resume_failed {
        JoblogMode::ResumeFailed
    } else if record.resume {
        JoblogMode::Resume
    } else {
        JoblogMode::Fresh
    };
    let export = outputs::export(record, command.trace.as_ref(), tmpdir)?;
    let joblog = record.joblog.as_deref().map(|path| keep::joblog(path, mode)).transpose()?;
    let table = keep::table(record, syntax, joblog.as_ref().map(|(_, mode)| *mode))?;
    let config = RecordsConfig {
        joblog,
        table: table.filter(|_| !args.output.prints_only()),
        read_only: args.output.prints_only(),
        metrics: record.metrics_json.clone().map(Into::into),
        metrics_every: record.metrics_interval,
        explain: args.output.explain,
        decisions: record.decision_log.clone(),
        shuffle: None,
        // --dry-run checks the options, too, but no job runs.
        export: if args.output.prints_only() { ExportConfig::default() } else { export },
    };
    outputs::refuse_shared(record, &config)?;
    Ok(config)
}

fn shuffle(args: &Args, seed: u64) -> Option<Shuffle> {
    let asked = args.input.seed.is_some();
    args.input.shuf.then_some(if asked { Shuffle::Seed(seed) } else { Shuffle::Default(seed) })
}

#[cfg(test)]
mod tests;
