//! The files about a run: `--trace` and others. Refuses two options that would write one file.

use crate::cli::args::RecordArgs;
use crate::run::records::config::RecordsConfig;
use crate::run::records::export::config::{
    ExportConfig, JunitConfig, PrometheusConfig, PrometheusTarget, TraceConfig,
};
use crate::run::trace_context::TraceContext;
use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The files for other programs.
pub fn export(
    record: &RecordArgs,
    trace: Option<&TraceContext>,
    tmpdir: &Path,
) -> Result<ExportConfig, String> {
    let path = |option: &str, path: &Option<PathBuf>| match path {
        Some(path) if path == Path::new("-") => Err(format!(
            "{option} -: standard output has the output of the jobs; name a file (./- for one called -)"
        )),
        path => Ok(path.clone()),
    };
    let parent = trace.map(TraceContext::own);
    let junit = path("--junit", &record.junit)?.map(|path| JunitConfig {
        suite: crate::escape::visible(path.file_stem().unwrap_or_default().as_bytes()).into_owned(),
        path,
        tmpdir: tmpdir.to_owned(),
    });
    Ok(ExportConfig {
        junit,
        trace: path("--trace", &record.trace)?.map(|path| TraceConfig { path, parent }),
        prometheus: record.prometheus.as_deref().map(|to| prometheus(to, record)).transpose()?,
    })
}

/// The target of `--prometheus`, and the label of the run: by default the name of the file.
fn prometheus(to: &OsStr, record: &RecordArgs) -> Result<PrometheusConfig, String> {
    let target = match prometheus_file(to) {
        Some(path) => PrometheusTarget::File(path.to_owned()),
        None => PrometheusTarget::Address(to.to_str().and_then(address).ok_or_else(|| {
            let shown = crate::escape::visible(to.as_bytes());
            format!(
                "--prometheus {shown}: this is neither a file that ends in .prom nor ADDR:PORT, such as 127.0.0.1:9101"
            )
        })?),
    };
    let stem = prometheus_file(to).and_then(Path::file_stem);
    let run = record.run_name.as_deref().or(stem).unwrap_or(OsStr::new("apool"));
    Ok(PrometheusConfig { target, run: crate::escape::text(run.as_bytes()).into_owned() })
}

/// The file of `--prometheus`, if it is one.
fn prometheus_file(to: &OsStr) -> Option<&Path> {
    to.as_bytes().ends_with(b".prom").then_some(Path::new(to))
}

/// An address with a port. Without a host it is this machine, and nobody else can connect.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse().ok()).flatten()?;
    match host {
        "" | "localhost" => Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        _ => text.parse().ok(),
    }
}

/// Refuses two options that name one file: each would overwrite the other.
pub fn refuse_shared(record: &RecordArgs, config: &RecordsConfig) -> Result<(), String> {
    let files: [(&str, Option<&Path>); 7] = [
        ("--joblog", config.joblog.as_ref().map(|(path, _)| path.as_path())),
        ("--metrics-json", record.metrics_json.as_deref()),
        ("--decision-log", record.decision_log.as_deref()),
        ("--junit", record.junit.as_deref()),
        ("--prometheus", record.prometheus.as_deref().and_then(prometheus_file)),
        ("--results", config.table.as_ref().map(|table| table.path.as_path())),
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
    fn an_address_has_a_port_and_is_local_unless_told_otherwise() {
        let shown = |text| address(text).map(|address| address.to_string());
        for (text, wanted) in [
            ("127.0.0.1:9101", Some("127.0.0.1:9101")),
            (":9101", Some("127.0.0.1:9101")),
            ("localhost:0", Some("127.0.0.1:0")),
            ("0.0.0.0:9101", Some("0.0.0.0:9101")),
            ("[::1]:9101", Some("[::1]:9101")),
            ("9101", None),
            ("::1:9101", None),
            (":65536", None),
            (":+1", None),
            (":", None),
            ("metrics.txt", None),
            ("", None),
        ] {
            assert_eq!(shown(text).as_deref(), wanted, "{text}");
        }
    }

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
