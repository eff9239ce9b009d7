//! Which files a run writes for other programs: plain data.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Which files are written.
#[derive(Debug, Default)]
pub struct ExportConfig {
    /// The trace (`--trace`).
    pub trace: Option<TraceConfig>,
    /// The counters for Prometheus (`--prometheus`).
    pub prometheus: Option<PrometheusConfig>,
    /// The test report (`--junit`).
    pub junit: Option<JunitConfig>,
}

/// The JUnit report.
#[derive(Debug)]
pub struct JunitConfig {
    /// The file.
    pub path: PathBuf,
    /// The name of the test suite.
    pub suite: String,
    /// The directory for the cases until the end of the run.
    pub tmpdir: PathBuf,
}

/// The counters for Prometheus.
#[derive(Debug)]
pub struct PrometheusConfig {
    /// Where they are shown.
    pub target: PrometheusTarget,
    /// The label of the run.
    pub run: String,
}

/// Where the counters are shown.
#[derive(Debug)]
pub enum PrometheusTarget {
    /// A file, which is replaced each second.
    File(PathBuf),
    /// A page `/metrics` at this address.
    Address(SocketAddr),
}

/// The trace of a run.
#[derive(Debug)]
pub struct TraceConfig {
    /// The file.
    pub path: PathBuf,
    /// The `TRACEPARENT` of the run, if it has a valid one.
    pub parent: Option<String>,
}
