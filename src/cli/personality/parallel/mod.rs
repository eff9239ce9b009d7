//! apool as GNU parallel: the options, the configuration of the run, and the exit status.

mod options;
mod profile;
mod table;
mod text;

use crate::cli::args::{Args, Peer};
use crate::cli::config;
use crate::cli::exit::Exit;
use crate::cli::host::Host;
use crate::cli::message::{printed, say_as};
use crate::exec::GuardianMode;
use crate::input::split_sources_at;
use crate::run::config::Config;
use crate::sys::signals::SignalSet;
use crate::template::{Parallel, Rule, Shell, Syntax, Template, TemplateError};
use options::{Joined, Options};
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use table::Print;

/// The name in messages.
const NAME: &str = "parallel";

/// The environment of apool.
type Environment = Vec<(OsString, OsString)>;

/// Runs a command line of GNU parallel. `words`: the name of the program and what follows.
pub fn run(words: &[OsString], ignored: SignalSet, guard: GuardianMode, environment: Environment) -> Exit {
    let (options, rest) = match parse(words.get(1..).unwrap_or_default(), &environment) {
        Ok(parsed) => parsed,
        Err(message) => return fail(&message),
    };
    if let Some(least) = &options.least_version {
        return at_least(least);
    }
    let host = Host::read(ignored, adaptive_pool_sense::cores(), environment);
    if let Some(what) = options.print {
        return print(&shown(what, &host));
    }
    match configure(&options, rest, host, guard) {
        Ok(config) => match crate::run::execute(config, |outcome| Exit::of(outcome).status()) {
            Ok(outcome) => Exit::of(&outcome),
            Err(failed) => fail(&failed.to_string()),
        },
        Err(message) => fail(&message),
    }
}

/// The options of the configuration files, of the variable PARALLEL and of the command line, and the words of the command
/// with its sources. A later option comes before an earlier one.
fn parse(words: &[OsString], environment: &Environment) -> Result<(Options, Vec<OsString>), String> {
    let var = |name: &str| variable(environment, name);
    let mut first = Options::new();
    options::read(&mut first, words)?;
    let mut options = Options::new();
    let mut command = Vec::new();
    if !first.plain {
        let given = var("PARALLEL").unwrap_or_default();
        let given = profile::in_text(given.as_bytes()).map_err(|why| format!("PARALLEL: {why}"))?;
        for words in [profile::words(&first.profiles, &var)?, given] {
            let used = options::read(&mut options, &words)?;
            command.extend_from_slice(&words[used..]);
        }
    }
    let used = options::read(&mut options, words)?;
    command.extend_from_slice(&words[used..]);
    Ok((options, command))
}

fn variable(environment: &Environment, name: &str) -> Option<OsString> {
    let found = environment.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
}

/// Prints the version, as GNU parallel does. The status tells whether it is at least the given one.
fn at_least(least: &OsStr) -> Exit {
    let Some(least) = least.to_str().and_then(|text| text.parse::<u64>().ok()) else {
        return fail("--minversion takes the number of a version, such as 20221122");
    };
    let exit = print(&format!("{}\n", text::LIKE));
    if exit == Exit::Success && least > text::LIKE { Exit::Trouble } else { exit }
}

fn shown(what: Print, host: &Host) -> String {
    let cpus = || text::cpus(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default());
    match what {
        Print::Help => text::HELP.to_owned(),
        Print::Version => text::VERSION.to_owned(),
        Print::Citation => String::new(),
        Print::Cores => format!("{}\n", cpus().cores),
        Print::Sockets => format!("{}\n", cpus().sockets),
        Print::Threads => format!("{}\n", cpus().threads),
        Print::LineLength => format!("{}\n", config::longest_script(host)),
    }
}

/// The configuration of the run.
fn configure(
    options: &Options,
    rest: Vec<OsString>,
    host: Host,
    guard: GuardianMode,
) -> Result<Config, String> {
    let (values, files) = &options.separators;
    let (command, sources) = split_sources_at(rest, values.as_bytes(), files.as_bytes());
    let args = arguments(options, &command, &host)?;
    let stdin = Box::new(crate::sys::io::StandardInput);
    let mut settings = host;
    // GNU parallel warns about a terminal as its input in its own words.
    let typed = std::mem::take(&mut settings.stdin_tty);
    if typed && sources.is_empty() && args.input.arg_file.is_empty() && !args.record.retry_failed {
        say_as(NAME, "reading from the terminal until Ctrl-D; -a FILE and ::: give other input");
    }
    let make = |syntax: &Syntax, shell: &Shell, _: &mut Vec<String>| {
        template(options, &command, syntax, shell).map_err(|error| error.to_string())
    };
    let (mut config, mut notes) = config::with_template(&args, sources, stdin, &settings, guard, make)?;
    // With a number in -j, GNU parallel takes no part in the job pool of make.
    if args.scaling.jobs.is_none() && !args.output.prints_only() {
        config::join_job_pool(&mut config, &settings, &mut notes);
    }
    for note in &notes {
        say_as(NAME, note);
    }
    (config.output.name, config.output.summary) = (NAME, false);
    Ok(config)
}

/// The template of the command. Without words each record is a command line.
fn template(
    options: &Options,
    words: &[OsString],
    syntax: &Syntax,
    shell: &Shell,
) -> Result<Template, TemplateError> {
    let joined = joined(words);
    if joined.trim_ascii().is_empty() || syntax.is_record(joined.trim_ascii()) {
        return Ok(Template::record_for_shell(shell));
    }
    match options.joined {
        Joined::Words => {
            let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
            Template::direct(&words, syntax)
        }
        Joined::Shell | Joined::Quoted => Template::joined(&joined, syntax, shell),
    }
}

/// The words of the command with blanks between them, as GNU parallel passes them to the shell.
fn joined(words: &[OsString]) -> Vec<u8> {
    words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&b' ')
}

/// The same settings as options of apool.
fn arguments(options: &Options, command: &[OsString], host: &Host) -> Result<Args, String> {
    let words = std::iter::once(OsString::from(NAME)).chain(options.words());
    let mut args = Args::parse_words(words, false).map_err(|error| crate::cli::usage::sentence(&error))?;
    // One word, because the shell runs the command.
    args.template.extend((!command.is_empty()).then(|| OsString::from_vec(joined(command))));
    "never".clone_into(&mut args.output.color);
    args.output.shell_quote = options.joined == Joined::Quoted;
    args.shell = shell(host);
    let base = options.renamed.iter().rev().find(|(usual, _)| *usual == "{}");
    let others = options.renamed.iter().filter(|(usual, _)| *usual != "{}");
    // GNU parallel takes such a tag for a regular expression.
    let has_groups = |rule: &&OsString| {
        rule.as_bytes().split(u8::is_ascii_whitespace).next().is_some_and(|tag| tag.contains(&b'('))
    };
    if let Some(rule) = options.rules.iter().find(has_groups) {
        let rule = crate::escape::visible(rule.as_bytes());
        return Err(format!(
            "--rpl '{rule}': a tag with groups is not supported: write one rule for each text"
        ));
    }
    let rules = options.rules.iter().map(|rule| Rule::parse(rule.as_bytes())).collect::<Result<_, _>>();
    args.peer = Some(Peer {
        spelling: Parallel {
            names: others
                .map(|(usual, name)| (usual.as_bytes().to_vec(), name.as_bytes().to_vec()))
                .collect(),
        },
        base: base.map_or_else(|| b"{}".to_vec(), |(_, name)| name.as_bytes().to_vec()),
        rules: rules.map_err(|error| format!("--rpl: {error}"))?,
        repeat: options.repeats(),
        quiet: options.results,
    });
    Ok(args)
}

/// The shell by the rules of GNU parallel, if it is not the one that apool would choose.
fn shell(host: &Host) -> Option<OsString> {
    let named = variable(&host.environment, "PARALLEL_SHELL");
    let chosen = !host.bash_functions.is_empty() || crate::exec::parent::shell().is_some();
    let usual = || variable(&host.environment, "SHELL").filter(|_| !chosen);
    named.or_else(usual)
}

fn fail(message: &str) -> Exit {
    say_as(NAME, message);
    Exit::Trouble
}

fn print(text: &str) -> Exit {
    let mut out = std::io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}
