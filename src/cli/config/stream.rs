//! `--pipe`: the source of the stream, and how it is split into blocks.

use super::input::{all_of, one_line};
use crate::cli::args::{Args, BlockSize};
use crate::input::{BlockReader, FileBlocks, PipeConfig, Source, compile_colsep, parse_delimiter};
use crate::run::config::Workers;
use crate::run::input::stream::{Blocks, Delivery, StreamConfig};
use adaptive_pool::policy::PolicyConfig;
use regex::bytes::Regex;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Opens the stream.
pub fn stream(
    args: &Args,
    sources: &[Source],
    stdin: Box<dyn Read + Send>,
    workers: &Workers,
) -> Result<StreamConfig, String> {
    refuse_options_for_records(args, sources)?;
    // `--block -N` divides a file by the number of workers. The upper bound of a policy is not a useful number for that.
    let cores = workers.cores.ceil() as u32;
    let workers = if matches!(workers.policy, PolicyConfig::Fixed(_)) {
        workers.max
    } else {
        cores.clamp(1, workers.max)
    };
    let pipe = &args.pipe;
    let delivery = match (pipe.cat, pipe.fifo) {
        (true, _) => Delivery::File,
        (_, true) => Delivery::Fifo,
        (false, false) => Delivery::Stdin,
    };
    let (lines, pattern) = header(args)?;
    let mut config = PipeConfig {
        records: args.input.max_replace_args.or(args.input.max_args).map(|n| n as u64),
        header: lines.unwrap_or(0),
        recstart: separator("--recstart", pipe.recstart.as_ref())?.unwrap_or_default(),
        ..PipeConfig::default()
    };
    match (separator("--recend", pipe.recend.as_ref())?, &pipe.recstart) {
        (Some(end), _) => config.recend = end,
        // With --recstart alone a record ends where the next one starts.
        (None, Some(_)) => config.recend = Vec::new(),
        (None, None) => {}
    }
    if let Some(BlockSize::Bytes(n)) = pipe.block {
        config.block = usize::try_from(n).unwrap_or(usize::MAX);
    }
    let files = &args.input.arg_file;
    let blocks = match (pipe.pipe_part, &files[..]) {
        (true, _) if pattern.is_some() => {
            return Err(
                "--pipe-part takes --header : or a number of records, not a regular expression".to_owned()
            );
        }
        (true, [file]) => Blocks::Part(part(file, config, pipe.block, workers)?),
        (true, _) => return Err("--pipe-part takes one file (-a FILE)".to_owned()),
        (false, _) if matches!(pipe.block, Some(BlockSize::Shares(_))) => {
            return Err("--block -N needs a file, whose size is known: use --pipe-part -a FILE".to_owned());
        }
        (false, files) => {
            let name = files.first().map(|file| file.as_os_str().as_bytes().to_vec());
            let from = if files.is_empty() { stdin } else { all_of(files, stdin)? };
            let reader = BlockReader::new(config, from, name);
            Blocks::Read(match pattern {
                Some(pattern) => reader.with_header(pattern),
                None => reader,
            })
        }
    };
    Ok(StreamConfig { blocks, delivery, shared_by: pipe.round_robin.then_some(workers as usize) })
}

fn refuse_options_for_records(args: &Args, sources: &[Source]) -> Result<(), String> {
    let input = &args.input;
    let used = [
        (!sources.is_empty(), "::: and ::::"),
        (input.max_lines.is_some(), "-L (-N counts records)"),
        (input.context || input.many || input.xargs, "-X, -m and --xargs"),
        (input.colsep.is_some() || input.csv, "--colsep and --csv"),
        (input.null || input.delimiter.is_some(), "-0 and -d (see --recend)"),
        (input.xargs_quotes, "--xargs-quotes"),
        (input.shuf, "--shuf"),
        (input.skip > 0 || input.head.is_some(), "--skip and --head"),
        (input.end_marker.is_some(), "-E"),
        (input.trim.is_some(), "--trim"),
        (input.max_chars.is_some(), "-s"),
    ];
    if let Some((_, name)) = used.iter().find(|(given, _)| *given) {
        return Err(format!("{name} cannot be used with --pipe, whose jobs read a stream: leave out one"));
    }
    if args.pipe.round_robin && (args.record.resume || args.record.resume_failed) {
        return Err(
            "--round-robin cannot be resumed, because its blocks depend on timing: leave out one".to_owned()
        );
    }
    if input.max_replace_args.or(input.max_args) == Some(0) {
        return Err("-N 0: a block has at least one record".to_owned());
    }
    if args.template.is_empty() && args.shell_command.is_none() {
        return Err("--pipe needs a command that reads its standard input".to_owned());
    }
    Ok(())
}

/// `--header :` is one record, `--header N` N records, and anything else a regular expression.
fn header(args: &Args) -> Result<(Option<u64>, Option<Regex>), String> {
    let Some(text) = args.input.header.as_deref() else { return Ok((None, None)) };
    if [":", ".*\\n"].contains(&text) {
        return Ok((Some(1), None));
    }
    if let Ok(number) = text.parse() {
        return Ok((Some(number), None));
    }
    let pattern = compile_colsep(&format!("^(?:{text})"));
    pattern
        .map(|pattern| (None, Some(pattern)))
        .map_err(|e| format!("--header: {}", one_line(&e.to_string())))
}

fn separator(flag: &str, text: Option<&OsString>) -> Result<Option<Vec<u8>>, String> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| parse_delimiter(text.as_bytes()).map_err(|e| format!("{flag}: {e}"))).transpose()
}

fn part(
    file: &Path,
    mut config: PipeConfig,
    block: Option<BlockSize>,
    workers: u32,
) -> Result<FileBlocks, String> {
    let open = |config: &PipeConfig| FileBlocks::open(file, config).map_err(|e| e.to_string());
    let blocks = open(&config)?;
    let Some(BlockSize::Shares(shares)) = block else { return Ok(blocks) };
    let parts = shares.saturating_mul(u64::from(workers)).max(1);
    config.block = usize::try_from(blocks.size().div_ceil(parts)).unwrap_or(usize::MAX).max(1);
    open(&config)
}
