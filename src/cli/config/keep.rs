//! Files that a run leaves behind: which layout `--results` asks for, and what the `+` of `--joblog +FILE` means.

use crate::cli::args::RecordArgs;
use crate::cli::host::Host;
use crate::run::records::results::split_pattern;
use crate::run::records::resume::JoblogMode;
use crate::run::{Layout, OutputFilesConfig};
use crate::template::{Pattern, Syntax};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where outputs are kept; `None` when they are only printed.
pub fn keep(
    record: &RecordArgs,
    syntax: &Syntax,
    host: &Host,
    tmpdir: Option<&Path>,
) -> Result<Option<OutputFilesConfig>, String> {
    let Some(results) = &record.results else {
        let tmpdir = tmpdir.unwrap_or(&host.tmpdir).to_owned();
        return Ok(record
            .files
            .then_some(OutputFilesConfig { layout: Layout::Temporary(tmpdir), names_only: true }));
    };
    let text = results.as_bytes();
    let parse = |text: &[u8]| Pattern::parse(text, syntax).map_err(|e| format!("--results: {e}"));
    let fixed = parse(text)?.is_fixed();
    if fixed && [&b".csv"[..], b".tsv", b".json"].iter().any(|end| text.ends_with(end)) {
        let name = crate::escape::visible(text);
        return Err(format!(
            "--results {name}: apool makes a directory, not a table: --joblog FILE writes a table, --metrics-json FILE \
             JSON; a directory of that name is {name}/"
        ));
    }
    if text == b"-" {
        return Err("--results -: name a directory (one called - is ./-)".to_owned());
    }
    let layout = match (record.results_layout.as_str(), fixed) {
        ("flat", true) => Layout::Flat(PathBuf::from(results)),
        ("flat", false) => {
            return Err(
                "--results: placeholders name the files themselves: leave out --results-layout".into()
            );
        }
        (_, true) => Layout::Tree(PathBuf::from(results), syntax.names.clone()),
        (_, false) => {
            let starts: Vec<&[u8]> = syntax.base.iter().filter_map(|base| base.get(..1)).collect();
            let (directory, rest) = split_pattern(text, &starts);
            Layout::Pattern(PathBuf::from(OsStr::from_bytes(directory)), parse(rest)?)
        }
    };
    Ok(Some(OutputFilesConfig { layout, names_only: record.files }))
}

/// `+FILE` adds to the file, as with GNU parallel; a file of such a name is `./+FILE`. `-` is no file: elsewhere it means
/// standard output, which cannot be read again to resume.
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
            "--joblog -: name a file, which a later run can read to resume (/dev/stdout prints the records; a file \
             called - is ./-)"
                .to_owned(),
        );
    }
    Ok((path, mode))
}

/// Where large outputs go. A directory that was named must be of use before the first job; another is looked at when an
/// output needs it, which few do.
pub fn tmpdir(given: Option<&Path>, host: &Host) -> Result<PathBuf, String> {
    let Some(given) = given else { return Ok(host.tmpdir.clone()) };
    let place = crate::escape::visible(given.as_os_str().as_bytes()).into_owned();
    let file = tempfile::tempfile_in(given);
    file.map_err(|e| format!("--tmpdir {place}: {}", crate::sys::errno::words(&e)))?;
    Ok(given.to_owned())
}
