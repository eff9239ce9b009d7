//! The metrics document (`--metrics-json`). Its names are stable, and it is always valid JSON.
//!
//! Unknown values and numbers that are not finite are null. Bytes that are not UTF-8 are added in base64, see [`text`].

mod json;

use crate::job::{Seq, Usage};
use crate::run::job_exit::JobExit;
use adaptive_pool::pool::Metrics;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The version of the names.
pub const SCHEMA_VERSION: u32 = 2;

/// The whole document.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Document {
    /// The figures that are read first.
    pub summary: Summary,
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// `complete`, `interrupted`, `halted`, `running`, `failed`.
    pub state: &'static str,
    /// The exit status; null during the run.
    pub exit_status: Option<i32>,
    /// The start of the run, RFC 3339 UTC.
    pub started_at: String,
    /// The end of the run, RFC 3339 UTC; null during the run.
    pub finished_at: Option<String>,
    /// The time since the start, ms.
    pub elapsed_ms: f64,
    /// The name of the machine.
    pub host: String,
    /// The working directory.
    pub cwd: String,
    /// The counts of the jobs.
    pub totals: TotalsSection,
    /// The metrics of the pool: workers, queue, latencies, decisions.
    #[serde(flatten)]
    pub pool: Metrics,
    /// The resources that the jobs used.
    pub usage: UsageTotals,
    /// The CPU time of the jobs divided by what the cores could have given: the elapsed time times the cores.
    pub job_cpu_efficiency: f64,
    /// The job that ended last; null before the first end.
    pub tail_job: Option<TailJob>,
    /// The slowest attempts, the slowest first.
    pub slowest: Vec<NotableJob>,
    /// The first 100 jobs that failed.
    pub failures: Vec<FailedJob>,
    /// Every setting.
    pub config: BTreeMap<String, serde_json::Value>,
}

/// The figures that are read first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// The time since the start, s.
    pub elapsed_s: f64,
    /// Jobs that ended.
    pub jobs: u64,
    /// Jobs of them that failed.
    pub failed: u64,
    /// What `--explain` prints.
    pub explanation: String,
}

/// One of the slowest attempts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NotableJob {
    /// The number of the job.
    pub seq: u64,
    /// The command, with U+FFFD for bytes that are not UTF-8.
    pub command: String,
    /// The command in base64, if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_base64: Option<String>,
    /// The start of the attempt, in seconds since the start of the run.
    pub at_s: f64,
    /// Its run time.
    pub runtime_s: f64,
    /// Its CPU time.
    pub cpu_s: f64,
    /// Peak resident memory of its largest process, MiB.
    pub max_rss_mb: f64,
    /// The slot in which it ran.
    pub slot: u32,
    /// The number of the attempt.
    pub attempt: u32,
}

/// The job that ended last.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TailJob {
    /// The number of the job.
    pub seq: u64,
    /// The command, with U+FFFD for bytes that are not UTF-8.
    pub command: String,
    /// The command in base64, if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_base64: Option<String>,
    /// The time for which it ran after every other job had ended, s.
    pub alone_s: f64,
}

impl TailJob {
    /// The attempt that ended last.
    pub fn new((seq, command, alone): (Seq, &[u8], Duration)) -> TailJob {
        let (command, command_base64) = text(command);
        TailJob { seq: seq.0, command, command_base64, alone_s: alone.as_secs_f64() }
    }
}

/// The counts of the jobs. `read` is the sum of the next five (guarantee G1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TotalsSection {
    /// The counts of the ledger.
    #[serde(flatten)]
    pub jobs: crate::run::ledger::Totals,
    /// Jobs that left a process behind that kept their output open.
    pub leaked: u64,
}

/// The resources that all jobs used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct UsageTotals {
    /// CPU time in user mode, s.
    pub user_s: f64,
    /// CPU time in the kernel, s.
    pub system_s: f64,
    /// Peak resident memory of the largest job, MiB.
    pub max_rss_mb: f64,
}

impl UsageTotals {
    /// Converts to the units of the document.
    pub fn of(usage: &Usage) -> UsageTotals {
        UsageTotals {
            user_s: usage.user.as_secs_f64(),
            system_s: usage.system.as_secs_f64(),
            max_rss_mb: usage.max_rss as f64 / (1024.0 * 1024.0),
        }
    }
}

/// A job that failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FailedJob {
    /// The number of the job.
    pub seq: u64,
    /// The command, with U+FFFD for bytes that are not UTF-8.
    pub command: String,
    /// The command as a message shows it.
    #[serde(skip)]
    pub shown: String,
    /// The command in base64, if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_base64: Option<String>,
    /// The exit status; null if a signal or a timeout ended the job.
    pub status: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// True when `--timeout` ended it.
    pub timed_out: bool,
    /// The number of attempts.
    pub attempts: u32,
    /// The start of the last attempt, in seconds since the start of the run.
    pub at_s: f64,
    /// The run time of the last attempt, s.
    pub runtime_s: f64,
    /// The slot of the last attempt.
    pub slot: u32,
    /// The end of its standard error.
    pub stderr_tail: String,
    /// The same in base64, if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr_tail_base64: Option<String>,
}

impl FailedJob {
    /// The exit and the texts of a failed job.
    pub fn new(seq: Seq, command: &[u8], exit: JobExit, attempts: u32, stderr_tail: &[u8]) -> FailedJob {
        let shown = crate::escape::shown(command, crate::escape::SHOWN);
        let (command, command_base64) = text(command);
        let (stderr_tail, stderr_tail_base64) = text(stderr_tail);
        let (status, signal, timed_out) = match exit {
            JobExit::Exited(code) => (Some(code), None, false),
            JobExit::Signaled(signal) => (None, Some(signal), false),
            JobExit::TimedOut(signal) => (None, Some(signal), true),
        };
        FailedJob {
            seq: seq.0,
            command,
            shown,
            command_base64,
            status,
            signal,
            timed_out,
            attempts,
            at_s: 0.0,
            runtime_s: 0.0,
            slot: 0,
            stderr_tail,
            stderr_tail_base64,
        }
    }

    /// Adds when and where it ran.
    #[must_use]
    pub fn at(self, began: Duration, took: Duration, slot: u32) -> FailedJob {
        FailedJob { at_s: began.as_secs_f64(), runtime_s: took.as_secs_f64(), slot, ..self }
    }
}

impl FailedJob {
    /// How it failed, in words.
    pub fn how(&self) -> String {
        match (self.status, self.signal) {
            _ if self.timed_out => "timed out".to_owned(),
            (_, Some(signal)) => format!("signal {signal}"),
            (Some(status), None) => format!("status {status}"),
            (None, None) => "failed".to_owned(),
        }
    }
}

impl Document {
    /// The document as JSON, with a newline at its end.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = json::pretty(self);
        json.push(b'\n');
        json
    }
}

/// A value as one line of JSON, with a newline at its end.
pub fn to_line(value: &impl Serialize) -> Vec<u8> {
    let mut json = json::compact(value);
    json.push(b'\n');
    json
}

/// Bytes as text. Bytes that are not UTF-8 become U+FFFD, and all bytes are given in base64 as well, so that no
/// information is lost.
pub fn text(bytes: &[u8]) -> (String, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (String::from_utf8_lossy(bytes).into_owned(), Some(base64(bytes))),
    }
}

/// Base64 of RFC 4648, with padding.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// RFC 3339 UTC with milliseconds: `2026-11-20T22:38:55.020Z`.
pub fn rfc3339(unix: Duration) -> String {
    let (days, second) = (unix.as_secs() / 86_400, unix.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", unix.subsec_millis())
}

/// Year, month and day of a day since 1970 in the Gregorian calendar, by Howard Hinnant's `civil_from_days`. It counts
/// in eras of 400 years that begin in March, so that the leap day is the last day of a year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests;
