//! The input: which sources, how they are cut, how many records make a job.

use crate::cli::args::{Args, InputArgs};
use crate::cli::host::Host;
use crate::input::{
    Columns, InputConfig, Packing, PerJob, Reader, Records, Source, SourceKind, compile_colsep,
    parse_delimiter,
};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;

/// Opens the input. `slots`: how many jobs may run at once, among which `-X` deals out what is left at the end.
pub fn open(
    args: &Args,
    mut sources: Vec<Source>,
    stdin: Box<dyn Read + Send>,
    host: &Host,
    slots: u32,
) -> Result<Reader, String> {
    let input = &args.input;
    let files = input.arg_file.iter().map(|path| {
        let stdin = path.as_os_str().as_bytes() == b"-";
        Source::new(if stdin { SourceKind::Stdin } else { SourceKind::File(path.clone()) })
    });
    sources.splice(0..0, files);
    let columns = match (&input.colsep, input.csv) {
        (_, true) => Columns::Csv { separator: b',' },
        (Some(expression), _) => {
            let text = expression.to_str().ok_or("--colsep: the expression is not UTF-8")?;
            Columns::Split(
                compile_colsep(text).map_err(|e| format!("--colsep: {}", one_line(&e.to_string())))?,
            )
        }
        (None, false) => Columns::Whole,
    };
    let config = InputConfig {
        sources,
        link: input.link,
        records: records(input)?,
        columns,
        header: input.header.is_some(),
        trim: input.trim.as_deref().and_then(|t| t.parse().ok()),
        end_marker: input.end_marker.as_ref().map(|m| m.as_bytes().to_vec()),
        skip_empty: input.no_run_if_empty,
        skip: input.skip,
        head: input.head,
        shuffle: input.shuf.then(|| input.seed.unwrap_or_else(fresh_seed)),
        packing: packing(args, host, slots)?,
    };
    crate::input::open(config, stdin).map_err(|e| e.to_string())
}

/// No input at all: the jobs come from a joblog.
pub fn nothing() -> Result<Reader, String> {
    let sources = vec![Source::new(SourceKind::Args(Vec::new()))];
    crate::input::open(InputConfig { sources, ..InputConfig::default() }, Box::new(std::io::empty()))
        .map_err(|e| e.to_string())
}

fn records(input: &InputArgs) -> Result<Records, String> {
    if input.xargs_quotes {
        return Ok(Records::QuotedWords);
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

fn packing(args: &Args, host: &Host, slots: u32) -> Result<Packing, String> {
    let input = &args.input;
    let fill = input.context || input.many || input.xargs;
    if input.max_args == Some(0) || input.max_lines == Some(0) {
        return Err(
            "-n and -L take a number of at least 1 (-N 0 runs a job a record without using it)".to_owned()
        );
    }
    let per_job = match (fill, input.max_args, input.max_replace_args, input.max_lines) {
        (true, _, Some(_), _) | (true, _, _, Some(_)) => {
            return Err("-X, -m and --xargs fill a command line; -N and -L count: leave out one".to_owned());
        }
        (true, max, _, _) => PerJob::Fill { max, spread: if input.xargs { 1 } else { slots as usize } },
        (_, Some(n), _, _) => PerJob::UpTo(n),
        (_, _, Some(0), _) => PerJob::Bare,
        (_, _, Some(n), _) => PerJob::Positional(n),
        (_, _, _, Some(n)) => PerJob::Lines(n),
        _ => PerJob::One,
    };
    let budget = super::budget::budget(args, host);
    Ok(Packing { per_job, budget, strict: input.exit })
}

/// A random order that nobody has asked to see again.
fn fresh_seed() -> u64 {
    crate::time::unix_now().as_nanos() as u64 ^ u64::from(std::process::id())
}

/// A message of a library that draws arrows, as one line.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).rfind(|l| !l.is_empty()).unwrap_or(text).to_owned()
}
