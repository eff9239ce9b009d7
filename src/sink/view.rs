//! The state of the run, as data and as lines of text. Pure: no terminal and no clock.
//!
//! The most important parts come first, because a narrow terminal shows only the start of a line. Names come from
//! inputs, so they are escaped here. Widths are those of the display, because names may contain wide characters.

use crate::escape::shown;
use std::fmt::Write as _;
use std::time::Duration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The state of the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewModel {
    /// Jobs that have ended, including failed ones.
    pub done: u64,
    /// Jobs that failed.
    pub failed: u64,
    /// All jobs, once the number is known.
    pub total: Option<u64>,
    /// The number of all jobs is an estimate.
    pub total_estimated: bool,
    /// Jobs per second, smoothed.
    pub jobs_per_s: f64,
    /// The estimated time for the remaining jobs.
    pub eta: Option<Duration>,
    /// Running jobs.
    pub running: u32,
    /// The current limit of running jobs.
    pub limit: u32,
    /// The maximum of the limit.
    pub max: u32,
    /// Jobs that wait to start.
    pub queued: u64,
    /// CPU use of the machine, 0 to 1.
    pub cpu: Option<f64>,
    /// Memory use of the machine, 0 to 1.
    pub memory: Option<f64>,
    /// The last decision of the policy: `+4: queue 812, CPU 31 %`.
    pub last_word: String,
    /// Why no job may start, while jobs wait and none runs.
    pub waiting: Option<String>,
    /// The age of the run.
    pub elapsed: Duration,
    /// The job that has run for the longest time: its name and the time.
    pub longest: Option<(Vec<u8>, Duration)>,
}

/// The width of the bar in columns, and the terminal width from which it is shown.
const BAR_COLUMNS: usize = 14;
const BAR_MIN_COLUMNS: usize = 72;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// The view in lines of at most `width` columns. An empty line is left out.
pub fn render(view: &ViewModel, width: usize, colour: bool) -> Vec<String> {
    let mut lines = vec![outcome(view, width, colour), workers(view, width, colour)];
    lines.retain(|line| !line.is_empty());
    lines
}

/// The view as one line of plain text.
pub(crate) fn plain_line(view: &ViewModel) -> String {
    let mut parts = Vec::new();
    counts(view, &mut parts);
    if let Some((word, _)) = parts.first_mut() {
        *word = format!("{word} done");
    }
    parts.push((format!("{} running (limit {}, max {})", view.running, view.limit, view.max), ""));
    if let Some(why) = &view.waiting {
        parts.push((format!("waiting: {why}"), ""));
    }
    machine(view, &mut parts);
    parts.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(", ")
}

/// The view as a JSON object without a newline.
pub(crate) fn json(view: &ViewModel) -> String {
    let finite = |value: f64| if value.is_finite() { Some((value * 1000.0).round() / 1000.0) } else { None };
    let percent = |part: Option<f64>| part.and_then(|p| finite(p * 100.0));
    serde_json::json!({
        "elapsed_s": finite(view.elapsed.as_secs_f64()),
        "done": view.done,
        "failed": view.failed,
        "total": view.total,
        "total_estimated": view.total_estimated,
        "throughput_per_s": finite(view.jobs_per_s),
        "eta_s": view.eta.and_then(|eta| finite(eta.as_secs_f64())),
        "active_tasks": view.running,
        "current_limit": view.limit,
        "max_workers": view.max,
        "queue_depth": view.queued,
        "cpu_percent": percent(view.cpu),
        "memory_percent": percent(view.memory),
        "last_decision": view.last_word,
        "waiting": view.waiting,
        "longest_job": view.longest.as_ref().map(|(name, _)| crate::escape::text(name)),
        "longest_job_s": view.longest.as_ref().and_then(|(_, took)| finite(took.as_secs_f64())),
    })
    .to_string()
}

/// The first line: progress, rate and estimated time.
fn outcome(view: &ViewModel, width: usize, colour: bool) -> String {
    let mut parts = Vec::new();
    counts(view, &mut parts);
    if let Some(part) = fraction(view)
        && width >= BAR_MIN_COLUMNS
    {
        let full = (part * BAR_COLUMNS as f64) as usize;
        let bar = format!("[{}{}]", "=".repeat(full), " ".repeat(BAR_COLUMNS - full));
        parts.insert(0, (bar, GREEN));
    }
    fit(&parts, width, colour)
}

/// The second line: workers, machine, policy, longest job.
fn workers(view: &ViewModel, width: usize, colour: bool) -> String {
    let workers = if view.limit == 1 { "worker" } else { "workers" };
    let mut parts = vec![(format!("{} of {} {workers} (max {})", view.running, view.limit, view.max), "")];
    if let Some(why) = &view.waiting {
        parts.push((format!("waiting: {why}"), ""));
    }
    machine(view, &mut parts);
    if view.waiting.is_none() && !view.last_word.is_empty() {
        parts.push((shown(view.last_word.as_bytes(), crate::escape::SHOWN), DIM));
    }
    // Jobs below a second are not worth a message.
    if let Some((name, took)) = view.longest.as_ref().filter(|(_, took)| took.as_secs() > 0) {
        parts.push((
            format!("longest {}: {}", format_duration(*took), shown(name, crate::escape::SHOWN)),
            DIM,
        ));
    }
    fit(&parts, width, colour)
}

type Part = (String, &'static str);

fn counts(view: &ViewModel, parts: &mut Vec<Part>) {
    let mut done = view.done.to_string();
    if let Some(total) = view.total {
        let about = if view.total_estimated { "~" } else { "" };
        let _ = write!(done, "/{about}{total}");
    }
    if let Some(part) = fraction(view) {
        // Rounded down, so that 100 % means that all jobs are done.
        let _ = write!(done, " ({} %)", (part * 100.0) as u32);
    }
    parts.push((done, ""));
    if view.failed > 0 {
        parts.push((format!("{} failed", view.failed), RED));
    }
    parts.push((format_rate(view.jobs_per_s), ""));
    if let Some(eta) = view.eta.filter(|_| view.total.is_some_and(|total| view.done < total)) {
        parts.push((format!("ETA {}", format_duration(eta)), ""));
    }
    parts.push((format!("elapsed {}", format_duration(view.elapsed)), DIM));
}

fn machine(view: &ViewModel, parts: &mut Vec<Part>) {
    parts.push((format!("queue {}", view.queued), ""));
    for (name, part) in [("CPU", view.cpu), ("memory", view.memory)] {
        if let Some(part) = part.filter(|part| part.is_finite()) {
            parts.push((format!("{name} {:.0} %", part * 100.0), ""));
        }
    }
}

/// The fraction of the jobs that is done, 0 to 1.
fn fraction(view: &ViewModel) -> Option<f64> {
    view.total.filter(|&total| total > 0).map(|total| view.done.min(total) as f64 / total as f64)
}

/// Jobs per second, minute or hour, whichever gives a readable number.
fn format_rate(per_second: f64) -> String {
    match per_second {
        rate if !rate.is_finite() || rate <= 0.0 => "0/s".into(),
        rate if rate >= 99.95 => format!("{rate:.0}/s"),
        rate if rate >= 1.0 => format!("{rate:.1}/s"),
        rate if rate * 60.0 >= 1.0 => format!("{:.1}/min", rate * 60.0),
        rate => format!("{:.1}/h", rate * 3600.0),
    }
}

/// A short form of a time: `7s`, `1m07s`, `2h05m`, `3d04h`.
pub(crate) fn format_duration(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m{:02}s", s / 60, s % 60),
        3600..86400 => format!("{}h{:02}m", s / 3600, s / 60 % 60),
        _ => format!("{}d{:02}h", s / 86400, s / 3600 % 24),
    }
}

/// A part that would be cut below this width is left out.
const PART_MIN_COLUMNS: usize = 16;

/// Joins the parts with two spaces and cuts the line at `width` columns.
fn fit(parts: &[Part], width: usize, colour: bool) -> String {
    let mut line = String::new();
    let mut left = width;
    for (index, (text, style)) in parts.iter().enumerate() {
        let gap = if index == 0 { "" } else { "  " };
        if left <= gap.len() || (index > 0 && columns(text) > left - gap.len() && left < PART_MIN_COLUMNS) {
            break;
        }
        line.push_str(gap);
        left -= gap.len();
        let (kept, whole) = cut(text, left);
        if colour && !style.is_empty() {
            line.extend([style, kept.as_str(), PLAIN]);
        } else {
            line.push_str(&kept);
        }
        if !whole {
            return line;
        }
        left -= columns(&kept);
    }
    line
}

/// The largest width of the text on any terminal. Some terminals show a sequence (a family, a flag) as one character,
/// others show each of its parts. A line that is wider than expected wraps and is not cleared whole.
fn columns(text: &str) -> usize {
    let parts = text.chars().map(|c| c.width().unwrap_or(0)).sum();
    text.width().max(parts)
}

/// The start of `text` that fits into `width` columns, and whether it is all of it. A cut text ends with an ellipsis.
fn cut(text: &str, width: usize) -> (String, bool) {
    if columns(text) <= width {
        return (text.to_owned(), true);
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if columns(&kept) > width.saturating_sub(1) {
            kept.pop();
            break;
        }
    }
    if width > 0 {
        kept.push('…');
    }
    (kept, false)
}

#[cfg(test)]
mod tests;
