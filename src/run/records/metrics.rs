//! The metrics document (`--metrics-json`): stable names, documented with their units; always valid JSON.
//!
//! Plain data that somebody else fills in. What is unknown is null, and so is a figure that is not finite: there is no NaN in
//! JSON. Bytes that are not UTF-8 come back from base64, see [`text`].

use crate::job::{Seq, Usage};
use crate::run::job_exit::JobExit;
use adaptive_pool::pool::Metrics;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The version of the names below.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole document.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Document {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// `complete`, `interrupted`, `halted`, `running`, `failed`.
    pub state: &'static str,
    /// The exit status, once known.
    pub exit_status: Option<i32>,
    /// When the run began, RFC 3339 UTC.
    pub started_at: String,
    /// How long it has lived, ms.
    pub elapsed_ms: f64,
    /// Every setting in force.
    pub config: BTreeMap<String, serde_json::Value>,
    /// Where every input went.
    pub totals: TotalsSection,
    /// The pool's snapshot: workers, queue, latencies, decisions.
    #[serde(flatten)]
    pub pool: Metrics,
    /// What the jobs used.
    pub usage: UsageTotals,
    /// The first 100 jobs that failed.
    pub failures: Vec<FailedJob>,
}

/// G1: `read` is the sum of the next five.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TotalsSection {
    /// Where each job went.
    #[serde(flatten)]
    pub jobs: crate::run::ledger::Totals,
    /// Jobs that left a process behind which held their output open.
    pub leaked: u64,
}

/// What all jobs used.
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
    /// In the units of the document.
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
    /// Its place in the input.
    pub seq: u64,
    /// Its command; what is not UTF-8 shown as U+FFFD.
    pub command: String,
    /// Its command as a message shows it.
    #[serde(skip)]
    pub shown: String,
    /// The command's bytes in base64, when they are not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_base64: Option<String>,
    /// Its exit status; none when a signal or a timeout ended it.
    pub status: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// True when `--timeout` ended it.
    pub timed_out: bool,
    /// Attempts made.
    pub attempts: u32,
    /// The end of its stderr.
    pub stderr_tail: String,
    /// Its bytes in base64, when they are not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr_tail_base64: Option<String>,
}

impl FailedJob {
    /// From bytes.
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
            stderr_tail,
            stderr_tail_base64,
        }
    }
}

impl Document {
    /// The document as JSON, with a newline at its end.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_else(|_| b"null".to_vec());
        json.push(b'\n');
        json
    }
}

/// A value as one line of JSON, with a newline at its end.
pub fn to_line(value: &impl Serialize) -> Vec<u8> {
    let mut json = serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec());
    json.push(b'\n');
    json
}

/// Bytes as JSON can hold them: the text, and in base64 what it was made of when that is not UTF-8 (the text then has
/// U+FFFD in those places). So every string is a string, and nothing is lost.
pub fn text(bytes: &[u8]) -> (String, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (String::from_utf8_lossy(bytes).into_owned(), Some(base64(bytes))),
    }
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
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

/// Year, month and day of a day since 1970, in the Gregorian calendar: counted in eras of 400 years that begin in March, so
/// that the leap day is the last of a year (the method is Howard Hinnant's `civil_from_days`).
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
