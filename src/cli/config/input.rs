//! The input: its sources, how they are split, and how many records form a job.

use crate::cli::args::{Args, InputArgs};
use crate::cli::host::Host;
use crate::input::{
    Budget, Columns, Excess, InputConfig, InputError, Packing, PerJob, Reader, Records, Source, SourceKind,
    Survey, Trim, compile_colsep, parse_delimiter,
};
use crate::sys::fault::{Call, Fallible};
use crate::sys::io::StandardInput;
use crate::template::Size;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Room left on a command line, in bytes, as POSIX requires of xargs: for arguments that a program adds before it starts
/// another, for the variables of a job, the name of its program and the interpreter of a script.
const HEADROOM_BYTES: usize = 2048;
/// The length of a filled command line without `-s`, in bytes, as in xargs. Longer ones cost memory in every worker, and
/// leave fewer jobs for the workers.
const FILLED_BYTES: usize = 128 * 1024;
/// The longest word of a command line that Linux accepts, in bytes, with some room.
const ONE_WORD_BYTES: usize = 128 * 1024 - 64;

/// Opens the input. `slots`: the maximum of running jobs; `-X` divides the last records among them. `counted`: the
/// progress is shown, so the jobs are counted ahead.
pub fn open(
    args: &Args,
    mut sources: Vec<Source>,
    stdin: Box<dyn Read + Send>,
    slots: u32,
    seed: u64,
    counted: bool,
) -> Result<(Reader, Option<Survey>), String> {
    let input = &args.input;
    // GNU parallel defines : as this regular expression for one line.
    if input.header.as_deref().is_some_and(|header| ![":", ".*\\n"].contains(&header)) {
        return Err(
            "--header takes : (or, with --pipe, a number of records or a regular expression)".to_owned()
        );
    }
    let files = input.arg_file.iter().map(|path| {
        let stdin = path.as_os_str().as_bytes() == b"-";
        Source::new(if stdin { SourceKind::Stdin } else { SourceKind::File(path.clone()) })
    });
    sources.splice(0..0, files);
    // With a header, columns are separated by tabs, and values are not trimmed.
    let tabs = input.header.is_some() && input.colsep.is_none() && !input.csv;
    let trim = input.trim.as_deref().and_then(|t| t.parse().ok()).or(tabs.then_some(Trim::Neither));
    let config = InputConfig {
        sources,
        link: input.link,
        records: records(args)?,
        columns: columns(input, tabs)?,
        header: input.header.is_some(),
        trim,
        end_marker: input.end_marker.as_ref().map(|m| m.as_bytes().to_vec()),
        skip_empty: input.no_run_if_empty,
        skip: input.skip,
        head: input.head,
        shuffle: input.shuf.then_some(seed),
        packing: packing(args, slots)?,
    };
    let opened = if counted {
        crate::input::open_with_survey(config, stdin, StandardInput::length())
    } else {
        crate::input::open(config, stdin).map(|reader| (reader, None))
    };
    opened.map_err(|e| e.to_string())
}

/// The note for a user who may have forgotten the input.
const TYPED: &str = "reading records from the terminal until Ctrl-D; see also -a FILE and :::";

/// True if the records come from a terminal. Without an option that asks for it, `notes` receives a line.
pub fn is_typed(args: &Args, sources: &[Source], host: &Host, notes: &mut Vec<String>) -> bool {
    let unasked = args.input.arg_file.is_empty() && sources.is_empty() && !args.record.retry_failed;
    let asked = args.input.arg_file.iter().any(|path| path.as_os_str().as_bytes() == b"-")
        || sources.iter().any(|source| source.kind == SourceKind::Stdin);
    if host.stdin_tty && unasked {
        notes.push(TYPED.to_owned());
    }
    host.stdin_tty && (asked || unasked)
}

fn columns(input: &InputArgs, tabs: bool) -> Result<Columns, String> {
    let split = |text: &str| {
        compile_colsep(text)
            .map(Columns::Split)
            .map_err(|e| format!("--colsep: {}", one_line(&e.to_string())))
    };
    match (&input.colsep, input.csv) {
        (Some(text), true) => match text.as_bytes() {
            [separator] | [b'\\', separator] if separator.is_ascii_punctuation() || *separator == b' ' => {
                Ok(Columns::Csv { separator: *separator })
            }
            b"\t" | b"\\t" => Ok(Columns::Csv { separator: b'\t' }),
            _ => Err("--csv with --colsep takes one character such as ; or \\t".to_owned()),
        },
        (None, true) => Ok(Columns::Csv { separator: b',' }),
        (Some(text), false) => split(text.to_str().ok_or("--colsep: the expression is not UTF-8")?),
        (None, false) if tabs => split("\\t"),
        (None, false) => Ok(Columns::Whole),
    }
}

/// The files as one stream. All are opened before the first is read; `-` is standard input.
pub fn all_of(files: &[PathBuf], stdin: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>, String> {
    let mut stdin = Some(stdin);
    let mut all: Box<dyn Read + Send> = Box::new(std::io::empty());
    for path in files {
        let one: Box<dyn Read + Send> = if path.as_os_str() == "-" {
            stdin.take().ok_or("standard input cannot be two sources")?
        } else {
            let opened = std::fs::File::open(path).and_then(|file| {
                let directory = file.metadata()?.is_dir();
                if directory { Err(std::io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
            });
            let name = Some(path.as_os_str().as_bytes().to_vec());
            let file = opened.map_err(|error| InputError::Read { name, error }.to_string())?;
            Box::new(Fallible(file, Call::Read))
        };
        all = Box::new(all.chain(one));
    }
    Ok(all)
}

/// Refuses the options that select, split or insert records: `--retry-failed` takes its commands from the joblog.
pub fn refuse_with_retry_failed(args: &Args, sources: &[Source]) -> Result<(), String> {
    let (input, command) = (&args.input, &args.command);
    let used = [
        (!args.template.is_empty() || args.shell_command.is_some(), "a command"),
        (!sources.is_empty(), "::: and ::::"),
        (!input.arg_file.is_empty(), "--arg-file"),
        (input.null, "--null"),
        (input.delimiter.is_some(), "--delimiter"),
        (input.colsep.is_some(), "--colsep"),
        (input.csv, "--csv"),
        (input.header.is_some(), "--header"),
        (input.trim.is_some(), "--trim"),
        (input.end_marker.is_some(), "--eof"),
        (input.max_args.is_some(), "--max-args"),
        (input.max_replace_args.is_some(), "--max-replace-args"),
        (input.max_lines.is_some(), "--max-lines"),
        (input.context, "-X"),
        (input.many, "--many"),
        (input.xargs, "--xargs"),
        (input.max_chars.is_some(), "--max-chars"),
        (input.exit, "--exit"),
        (input.xargs_quotes, "--xargs-quotes"),
        (input.link, "--link"),
        (input.skip > 0, "--skip"),
        (input.head.is_some(), "--head"),
        (input.shuf, "--shuf"),
        (command.quote, "--quote"),
    ];
    match used.iter().find(|(given, _)| *given) {
        None => Ok(()),
        Some((_, what)) => Err(format!(
            "{what} cannot be used with --retry-failed, which takes its commands from the joblog: leave it out, or use \
             --resume-failed to read the input again"
        )),
    }
}

/// An empty input, for jobs from a joblog or a stream.
pub fn nothing() -> Result<Reader, String> {
    let sources = vec![Source::new(SourceKind::Args(Vec::new()))];
    crate::input::open(InputConfig { sources, ..InputConfig::default() }, Box::new(std::io::empty()))
        .map_err(|e| e.to_string())
}

fn records(args: &Args) -> Result<Records, String> {
    let input = &args.input;
    if input.xargs_quotes {
        // With -I, xargs reads lines.
        let lines = args.command.base.is_some() || args.command.replace.is_some();
        return Ok(if lines { Records::QuotedLines } else { Records::QuotedWords });
    }
    if input.null {
        return Ok(Records::EndedBy(vec![0]));
    }
    match &input.delimiter {
        None => Ok(Records::default()),
        Some(text) => {
            parse_delimiter(text.as_bytes()).map(Records::EndedBy).map_err(|e| format!("--delimiter: {e}"))
        }
    }
}

fn packing(args: &Args, slots: u32) -> Result<Packing, String> {
    let input = &args.input;
    let fill = input.context || input.many || input.xargs;
    if input.max_lines == Some(0) || (fill && input.max_args == Some(0)) {
        return Err("-L, and -n with -X, must be at least 1".to_owned());
    }
    let per_job = match (fill, input.max_args, input.max_replace_args, input.max_lines) {
        (true, _, Some(_), _) | (true, _, _, Some(_)) => {
            return Err(
                "-X, -m and --xargs fill a command line, -N and -L count records: leave out one".to_owned()
            );
        }
        (true, max, _, _) => PerJob::Fill { max, spread: if input.xargs { 1 } else { slots as usize } },
        (_, Some(0), _, _) | (_, _, Some(0), _) => PerJob::Bare,
        (_, Some(n), _, _) => PerJob::UpTo(n),
        (_, _, Some(n), _) => PerJob::Positional(n),
        (_, _, _, Some(n)) => PerJob::Lines(n),
        _ => PerJob::One,
    };
    let per_job = match per_job {
        // A given length applies to single records, too.
        PerJob::One if input.max_chars.is_some() || input.exit => PerJob::UpTo(1),
        other => other,
    };
    let excess = match (input.exit, input.max_chars) {
        (true, _) => Excess::Never,
        (false, Some(_)) => Excess::OneRow,
        (false, None) => Excess::Allow,
    };
    Ok(Packing { per_job, budget: Budget::default(), excess, ..Packing::default() })
}

/// The room for the values of a job on a command line whose other parts have this `size`. `environment`: its size in bytes.
/// The limit of `-s` and the limit of the system are counted in two ways: xargs counts the bytes of the words, the system
/// also counts a pointer for each word.
pub fn budget(input: &InputArgs, host: &Host, environment: usize, size: &Size) -> Result<Budget, String> {
    let given = input.max_chars.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let fill = input.context || input.many || input.xargs;
    let asked = given.unwrap_or(if fill { FILLED_BYTES } else { usize::MAX });
    if given.is_some() && size.bytes > asked {
        return Err(format!("-s {asked}: the command alone takes {} bytes", size.bytes));
    }
    let bytes = if size.in_one_word { asked.min(ONE_WORD_BYTES) } else { asked };
    let pointer = size_of::<usize>();
    let taken = environment + HEADROOM_BYTES + size.bytes + size.words * pointer;
    Ok(Budget {
        bytes: bytes.saturating_sub(size.bytes),
        room: host.argument_bytes.saturating_sub(taken),
        // If records have numbers, a smaller job would change them.
        longest: if size.by_number { usize::MAX } else { ONE_WORD_BYTES },
        each: size.bytes_each,
        pointers: size.words_each * pointer,
        copies: size.copies,
        length: size.length(),
    })
}

/// The longest text that a shell of a job can get, in bytes.
pub fn longest_script(host: &Host) -> usize {
    let environment: usize = host.environment.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    host.argument_bytes.saturating_sub(environment + HEADROOM_BYTES).min(ONE_WORD_BYTES)
}

/// True if a job that the system refuses as too long may run in pieces: not with `-x`, and not if its records have numbers.
pub fn may_cut(input: &InputArgs, size: &Size) -> bool {
    !input.exit && (input.context || !size.by_number)
}

/// A seed for `--shuf` without `--seed`. It has 53 bits, because the metrics store it as a JSON number.
pub fn fresh_seed() -> u64 {
    (adaptive_pool::time::unix_now().as_nanos() as u64 ^ u64::from(std::process::id())) & ((1 << 53) - 1)
}

/// The last line of a message of several lines, as the regex crate writes them.
pub fn one_line(text: &str) -> String {
    text.lines().map(str::trim).rfind(|l| !l.is_empty()).unwrap_or(text).to_owned()
}
