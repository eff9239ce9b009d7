//! The state of the run, as data and as lines of text. Pure: no terminal and no clock.
//!
//! Names come from inputs, so they are escaped here.

use crate::escape::shown;
use std::fmt::Write as _;
use std::time::Duration;

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
    /// Jobs in the queue of the pool.
    pub queued: u64,
    /// Jobs that have not started. Only those in the queue, while the total is unknown.
    pub waiting: u64,
    /// CPU use of the machine, 0 to 1.
    pub cpu: Option<f64>,
    /// Memory use of the machine, 0 to 1.
    pub memory: Option<f64>,
    /// The last decision of the policy: `+4: queue 812, CPU 31 %`.
    pub last_word: String,
    /// What the run does.
    pub activity: Activity,
    /// The age of the run.
    pub elapsed: Duration,
    /// The time of day, since 1970.
    pub unix: Duration,
    /// The running jobs that started first, the oldest first. At most as many as the display shows.
    pub oldest: Vec<RunningJob>,
}

/// A running job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunningJob {
    /// Its number.
    pub seq: u64,
    /// Its command.
    pub command: Vec<u8>,
    /// How long it has been running.
    pub age: Duration,
}

/// What the run does.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Activity {
    /// It runs jobs.
    #[default]
    Working,
    /// No job runs or waits, and the input has not ended.
    AwaitsInput,
    /// Jobs wait, none runs, and none may start, for this reason.
    Blocked(String),
    /// No further job starts.
    Stopping {
        /// The running jobs.
        jobs: u32,
        /// The signal that ends them. `None` when they end by themselves.
        signal: Option<String>,
    },
}

impl Activity {
    /// A sentence, where there is something to explain.
    pub(super) fn sentence(&self) -> Option<String> {
        Some(match self {
            Activity::Working => return None,
            Activity::AwaitsInput => "waiting for input".to_owned(),
            Activity::Blocked(why) => format!("waiting: {why}"),
            Activity::Stopping { jobs, signal } => {
                let (jobs, one) = (format!("{jobs} job{}", if *jobs == 1 { "" } else { "s" }), *jobs == 1);
                match signal {
                    Some(signal) => {
                        format!(
                            "stopping: {jobs} {} {signal}; Ctrl-C again kills",
                            if one { "gets" } else { "get" }
                        )
                    }
                    None => format!("stopping: {jobs} still {}", if one { "runs" } else { "run" }),
                }
            }
        })
    }
}

/// The view as one line of plain text.
pub(crate) fn plain_line(view: &ViewModel) -> String {
    let mut parts = Vec::new();
    parts.push(clock_time(view.unix));
    parts.push(format!("{} done", done(view, true)));
    parts.extend(progress(view).into_iter().map(|(text, _)| text));
    parts.push(workers(view));
    parts.extend(view.activity.sentence());
    parts.extend(machine(view));
    // Jobs below a second are not worth a message.
    if let Some(job) = view.oldest.first().filter(|job| job.age.as_secs() > 0) {
        let command = shown(&job.command, crate::escape::SHOWN);
        parts.push(format!("longest {}: job {}: {command}", format_duration(job.age), job.seq));
    }
    let (time, rest) = parts.split_first().map_or(("", &[][..]), |(time, rest)| (time.as_str(), rest));
    format!("{time} {}", rest.join(", "))
}

/// The view as a JSON object without a newline.
pub(crate) fn json(view: &ViewModel) -> String {
    let finite = |value: f64| if value.is_finite() { Some((value * 1000.0).round() / 1000.0) } else { None };
    let percent = |part: Option<f64>| part.and_then(|p| finite(p * 100.0));
    let waiting = match &view.activity {
        Activity::Blocked(why) => Some(why),
        _ => None,
    };
    let longest = view.oldest.first();
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
        "waiting": waiting,
        "longest_job": longest.map(|job| crate::escape::text(&job.command)),
        "longest_job_s": longest.and_then(|job| finite(job.age.as_secs_f64())),
    })
    .to_string()
}

/// The importance of a part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As the rest.
    Normal,
    /// A failure.
    Bad,
    /// Something that needs attention.
    Notice,
    /// Less important than the rest.
    Quiet,
}

/// The number of ended jobs, the total, and with `percent` their ratio.
pub(super) fn done(view: &ViewModel, percent: bool) -> String {
    let mut done = view.done.to_string();
    if let Some(total) = view.total {
        let about = if view.total_estimated { "~" } else { "" };
        let _ = write!(done, "/{about}{total}");
    }
    if let Some(part) = percent_done(view).filter(|_| percent) {
        let _ = write!(done, " ({part} %)");
    }
    done
}

/// Failures, rate and times.
pub(super) fn progress(view: &ViewModel) -> Vec<(String, Tone)> {
    let mut parts = Vec::new();
    if view.failed > 0 {
        parts.push((format!("{} failed", view.failed), Tone::Bad));
    }
    parts.push((format_rate(view.jobs_per_s), Tone::Normal));
    if let Some(eta) = view.eta.filter(|_| view.total.is_some_and(|total| view.done < total)) {
        // Rounded up: a run that has jobs left is not over in 0 s.
        let eta = Duration::from_secs(eta.as_secs() + u64::from(eta.subsec_nanos() > 0)).max(SECOND);
        parts.push((format!("ETA {}", format_duration(eta)), Tone::Normal));
    }
    parts.push((format!("elapsed {}", format_duration(view.elapsed)), Tone::Quiet));
    parts
}

const SECOND: Duration = Duration::from_secs(1);

/// The running jobs and their limit.
pub(super) fn workers(view: &ViewModel) -> String {
    let max = if view.max > view.limit { format!(", max {}", view.max) } else { String::new() };
    format!("{} running (limit {}{max})", view.running, view.limit)
}

/// The waiting jobs and the machine.
pub(super) fn machine(view: &ViewModel) -> Vec<String> {
    let mut parts = vec![format!("{} waiting", view.waiting)];
    for (name, part) in [("CPU", view.cpu), ("memory", view.memory)] {
        if let Some(part) = part.filter(|part| part.is_finite()) {
            parts.push(format!("{name} {:.0} %", part * 100.0));
        }
    }
    parts
}

/// The percentage of the jobs that is done. Rounded down, so that 100 means that all jobs are done.
pub(super) fn percent_done(view: &ViewModel) -> Option<u64> {
    let total = view.total.filter(|&total| total > 0)?;
    Some((u128::from(view.done.min(total)) * 100 / u128::from(total)) as u64)
}

/// The time of day in UTC: `13:05:59Z`.
fn clock_time(unix: Duration) -> String {
    let s = unix.as_secs() % 86_400;
    format!("{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60)
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
pub fn format_duration(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m{:02}s", s / 60, s % 60),
        3600..86400 => format!("{}h{:02}m", s / 3600, s / 60 % 60),
        _ => format!("{}d{:02}h", s / 86400, s / 3600 % 24),
    }
}

#[cfg(test)]
pub(super) mod tests;
