//! The files that a run writes: the layout of `--results`, the mode of `--joblog` and the directory of `--tmpdir`.

use crate::cli::args::RecordArgs;
use crate::cli::host::Host;
use crate::run::records::results::split_pattern;
use crate::run::records::resume::JoblogMode;
use crate::run::records::table::{TableConfig, TableFormat};
use crate::run::{Layout, OutputFilesConfig, Shown};
use crate::template::{Pattern, Syntax};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The layout of the output files. `None` if outputs are only printed. `quiet`: outputs that are kept are not printed.
pub fn keep(
    record: &RecordArgs,
    syntax: &Syntax,
    host: &Host,
    tmpdir: Option<&Path>,
    quiet: bool,
) -> Result<Option<OutputFilesConfig>, String> {
    let Some(results) = &record.results else {
        let tmpdir = tmpdir.unwrap_or(&host.tmpdir).to_owned();
        return Ok(record
            .files
            .then_some(OutputFilesConfig { layout: Layout::Temporary(tmpdir), shown: Shown::Name }));
    };
    let text = results.as_bytes();
    let parse = |text: &[u8]| Pattern::parse(text, syntax).map_err(|e| format!("--results: {e}"));
    let fixed = parse(text)?.is_fixed();
    if fixed && TableFormat::of(text).is_some() {
        return Ok(None);
    }
    if fixed && text.ends_with(b".json") {
        let name = crate::escape::visible(text);
        return Err(format!(
            "--results {name}: a table ends in .csv, .tsv or .jsonl; for a directory of that name write {name}/"
        ));
    }
    if text == b"-" {
        return Err(
            "--results -: standard output is not a directory; for a directory called - write ./-".to_owned()
        );
    }
    let layout = match (record.results_layout.as_str(), fixed) {
        ("flat", true) => Layout::Flat(PathBuf::from(results)),
        ("flat", false) => {
            return Err(
                "--results: a name with placeholders has no layout; leave out --results-layout".into()
            );
        }
        (_, true) => Layout::Tree(PathBuf::from(results), syntax.names.clone()),
        (_, false) => {
            let starts: Vec<&[u8]> = syntax.base.iter().filter_map(|base| base.get(..1)).collect();
            let (directory, rest) = split_pattern(text, &starts);
            Layout::Pattern(PathBuf::from(OsStr::from_bytes(directory)), parse(rest)?)
        }
    };
    let shown = match (record.files, quiet) {
        (true, _) => Shown::Name,
        (false, true) => Shown::Nothing,
        (false, false) => Shown::Output,
    };
    Ok(Some(OutputFilesConfig { layout, shown }))
}

/// The table with the outputs, if `--results` names one: a name without placeholders that ends like a table.
pub fn table(
    record: &RecordArgs,
    syntax: &Syntax,
    mode: Option<JoblogMode>,
) -> Result<Option<TableConfig>, String> {
    let Some(results) = &record.results else { return Ok(None) };
    let Some(format) = TableFormat::of(results.as_bytes()) else { return Ok(None) };
    if !Pattern::parse(results.as_bytes(), syntax).is_ok_and(|pattern| pattern.is_fixed()) {
        return Ok(None);
    }
    let name = crate::escape::visible(results.as_bytes());
    if record.files || record.results_layout != "tree" {
        let option = if record.files { "--files" } else { "--results-layout" };
        return Err(format!("{option} is for files, and --results {name} is a table: leave out {option}"));
    }
    let append = mode.is_some_and(|mode| mode != JoblogMode::Fresh);
    Ok(Some(TableConfig { path: PathBuf::from(results), format, append, names: syntax.names.clone() }))
}

/// The path and the mode of the joblog. `+FILE` appends, as in GNU parallel; a file of such a name is `./+FILE`. `-` is an
/// error: for other options it means standard output, which cannot be read again to resume.
pub fn joblog(path: &Path, mode: JoblogMode) -> Result<(PathBuf, JoblogMode), String> {
    let (path, mode) = match path.as_os_str().as_bytes().strip_prefix(b"+") {
        Some(rest) if !rest.is_empty() => {
            let mode = if mode == JoblogMode::Fresh { JoblogMode::Append } else { mode };
            (PathBuf::from(OsStr::from_bytes(rest)), mode)
        }
        _ => (path.to_owned(), mode),
    };
    if path == Path::new("-") {
        return Err(
            "--joblog -: standard output cannot be read again to resume; name a file (./- for one called -), or /dev/stdout to \
             print the records"
                .to_owned(),
        );
    }
    Ok((path, mode))
}

/// The directory for large outputs. A directory that was given is tested before the first job. The default one is first used
/// when an output needs it, which is rare.
pub fn tmpdir(given: Option<&Path>, host: &Host) -> Result<PathBuf, String> {
    let Some(given) = given else { return Ok(host.tmpdir.clone()) };
    let place = crate::escape::visible(given.as_os_str().as_bytes()).into_owned();
    let file = tempfile::tempfile_in(given);
    file.map_err(|e| format!("--tmpdir {place}: {}", crate::sys::errno::words(&e)))?;
    Ok(given.to_owned())
}
