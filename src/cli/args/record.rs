//! Options of the files that a run writes: joblog, results, metrics, decision log.

use crate::run::parse;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The records of a run.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Record")]
pub struct RecordArgs {
    /// Write a line for each job that ended, in the columns of GNU parallel
    ///
    /// An existing file is overwritten, unless one of the next three options continues it. +FILE appends to it.
    #[arg(long, value_name = "FILE")]
    pub joblog: Option<PathBuf>,

    /// Skip the jobs that are in the joblog, whether they failed or not
    #[arg(long, requires = "joblog")]
    pub resume: bool,

    /// Like --resume, but run the failed jobs again
    #[arg(long, requires = "joblog")]
    pub resume_failed: bool,

    /// Run the failed jobs of the joblog again, without reading the input
    #[arg(long, requires = "joblog", conflicts_with_all = ["resume", "resume_failed"], hide_short_help = true)]
    pub retry_failed: bool,

    /// Keep the output of each job in files below DIR, or in a table: FILE.csv, FILE.tsv, FILE.jsonl
    ///
    /// A table has a row for each job, with its outputs, which are not printed.
    ///
    /// The files are those of GNU parallel: DIR/1/VALUE/stdout, stderr and seq, with one more level for each column or
    /// source. A DIR with placeholders names the file itself: out/{#}.txt, with out/{#}.txt.err and out/{#}.txt.seq
    /// beside it. A DIR with placeholders and a slash at its end is a directory that contains stdout, stderr and seq.
    /// Files of an earlier run are replaced. If another job of this run already uses a name, .SEQ is appended.
    #[arg(long, visible_alias = "res", value_name = "DIR", conflicts_with = "ungroup")]
    pub results: Option<OsString>,

    /// Set the layout of --results: tree (default), or flat for SEQ.out, SEQ.err and SEQ.json
    #[arg(long, value_name = "LAYOUT", requires = "results", value_parser = ["tree", "flat"], default_value = "tree",
          hide_default_value = true, hide_possible_values = true, hide_short_help = true)]
    pub results_layout: String,

    /// Print the name of the file with the output of a job instead of the output
    #[arg(long, visible_alias = "output-as-files", conflicts_with = "ungroup", hide_short_help = true)]
    pub files: bool,

    /// Write the metrics of the run as one JSON object (- for stdout)
    ///
    /// With -, the object follows the output of the jobs. It is also written when the run is interrupted.
    #[arg(long, value_name = "FILE")]
    pub metrics_json: Option<PathBuf>,

    /// During the run, add a line of JSON to the metrics every DURATION
    ///
    /// It is also the interval of --progress=plain (otherwise 30 s) and --progress=json (otherwise 1 s).
    #[arg(long, value_name = "DURATION", requires = "metrics_json", value_parser = parse::duration, hide_short_help = true)]
    pub metrics_interval: Option<Duration>,

    /// Write the run as a trace for Perfetto (ui.perfetto.dev) or speedscope
    ///
    /// Each slot is a lane, and each job a bar with its command. The limit and the number of running jobs are counters.
    /// If TRACEPARENT is set, each job gets one of the same trace.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub trace: Option<PathBuf>,

    /// Write a test report for CI systems: a JUnit test case for each job
    ///
    /// The file is written at the end of the run, also when the run is interrupted.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub junit: Option<PathBuf>,

    /// Show counters of the run to Prometheus, in a file for node_exporter or on a page
    ///
    /// A value that ends in .prom is a file, which is replaced each second. Otherwise it is an address: 127.0.0.1:9101, or
    /// :9101 for the same. The page is http://127.0.0.1:9101/metrics.
    #[arg(long, value_name = "FILE.prom|ADDR:PORT", hide_short_help = true)]
    pub prometheus: Option<OsString>,

    /// Set the label of the run in --prometheus, instead of the name of the file
    #[arg(long, value_name = "NAME", requires = "prometheus", hide_short_help = true)]
    pub run_name: Option<OsString>,

    /// Write each decision on the number of workers as a line of JSON
    #[arg(long, value_name = "FILE")]
    pub decision_log: Option<PathBuf>,
}
