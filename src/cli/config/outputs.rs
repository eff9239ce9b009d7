//! The files about a run: `--trace` and others. Refuses two options that would write one file.

use crate::cli::args::RecordArgs;
use crate::run::records::config::RecordsConfig;
use crate::run::records::export::config::{ExportConfig, TraceConfig};
use crate::run::trace_context::TraceContext;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The files for other programs.
pub fn export(record: &RecordArgs, trace: Option<&TraceContext>) -> Result<ExportConfig, String> {
    let path = |option: &str, path: &Option<PathBuf>| match path {
        Some(path) if path == Path::new("-") => Err(format!(
            "{option} -: standard output has the output of the jobs; name a file (./- for one called -)"
        )),
        path => Ok(path.clone()),
    };
    let parent = trace.map(TraceContext::own);
    Ok(ExportConfig { trace: path("--trace", &record.trace)?.map(|path| TraceConfig { path, parent }) })
}

/// Refuses two options that name one file: each would overwrite the other.
pub fn refuse_shared(record: &RecordArgs, config: &RecordsConfig) -> Result<(), String> {
    let files: [(&str, Option<&Path>); 4] = [
        ("--joblog", config.joblog.as_ref().map(|(path, _)| path.as_path())),
        ("--metrics-json", record.metrics_json.as_deref()),
        ("--decision-log", record.decision_log.as_deref()),
        ("--trace", record.trace.as_deref()),
    ];
    let mut seen: Vec<(&str, Place)> = Vec::new();
    for (option, path) in files {
        let Some((path, place)) = path.and_then(|path| Some((path, Place::of(path)?))) else { continue };
        if let Some((other, _)) = seen.iter().find(|(_, known)| *known == place) {
            let name = crate::escape::visible(path.as_os_str().as_bytes());
            return Err(format!("{other} and {option} both name {name}: name two files"));
        }
        seen.push((option, place));
    }
    Ok(())
}

/// The identity of a file.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// An existing one: device and inode.
    Existing(u64, u64),
    /// One that will be created.
    New(PathBuf),
}

impl Place {
    /// `None` for standard output, and for devices and FIFOs, which several options may share.
    fn of(path: &Path) -> Option<Place> {
        if path == Path::new("-") {
            return None;
        }
        if let Ok(meta) = fs::metadata(path) {
            return meta.is_file().then(|| Place::Existing(meta.dev(), meta.ino()));
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = fs::canonicalize(parent.unwrap_or(Path::new("."))).ok()?;
        Some(Place::New(parent.join(path.file_name()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_of_one_file_are_recognised() {
        let dir = tempfile::tempdir().unwrap();
        let name = |name: &str| dir.path().join(name);
        fs::create_dir(name("sub")).unwrap();
        assert_eq!(Place::of(&name("new")), Place::of(&name("sub/../new")));
        assert_ne!(Place::of(&name("new")), Place::of(&name("other")));
        fs::write(name("old"), "").unwrap();
        fs::hard_link(name("old"), name("link")).unwrap();
        assert_eq!(Place::of(&name("old")), Place::of(&name("link")));
        assert_ne!(Place::of(&name("old")), Place::of(&name("new")));
        for shared in ["-", "/dev/null"] {
            assert_eq!(Place::of(Path::new(shared)), None);
        }
    }
}
