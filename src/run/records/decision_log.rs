//! `--decision-log`: one JSON object for each decision, on a line of its own. A crash can tear only the last line.
//!
//! The stable names `timestamp`, `event_type`, `policy`, `concurrency`, `signals`, `decision` and `reason` are
//! documented in `docs/metrics.md`. The reason is the sentence of the policy.

use crate::run::records::line_file::LineFile;
use crate::run::records::metrics::rfc3339;
use crate::sys::errno;
use adaptive_pool::policy::{Reading, Why};
use adaptive_pool::pool::DecisionEvent;
use serde::Serialize;
use std::io;
use std::path::Path;
use std::time::Duration;

/// One decision.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The time since 1970.
    pub unix: Duration,
    /// The time since the start of the run.
    pub elapsed: Duration,
    /// The kind of decision.
    pub event: DecisionEvent,
    /// The name of the policy.
    pub policy: &'a str,
    /// The limit before.
    pub old: u32,
    /// The limit after.
    pub new: u32,
    /// Running jobs.
    pub running: u32,
    /// Waiting jobs.
    pub queued: u64,
    /// The state of the machine.
    pub machine: &'a Reading,
    /// The reason.
    pub why: &'a Why,
}

/// The line of an [`Entry`].
#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    elapsed_s: f64,
    event_type: &'static str,
    policy: &'a str,
    concurrency: Concurrency,
    signals: Signals,
    decision: &'static str,
    reason: String,
    reason_kind: &'static str,
}

#[derive(Serialize)]
struct Concurrency {
    current_limit: u32,
    new_limit: u32,
    active_tasks: u32,
    queue_depth: u64,
}

/// Unknown values are null.
#[derive(Serialize)]
struct Signals {
    cpu_percent: Option<f64>,
    memory_percent: Option<f64>,
    memory_available_mb: Option<f64>,
    load: Option<f64>,
    run_queue: Option<f64>,
    /// Stall time since boot. The difference of two lines is the stall time between them.
    pressure: Option<PressureTotals>,
    lag_ms: Option<f64>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "these are the documented names")]
struct PressureTotals {
    cpu_some_ms: f64,
    io_some_ms: f64,
    memory_some_ms: f64,
    memory_full_ms: f64,
}

impl Signals {
    fn of(machine: &Reading) -> Signals {
        let ms = |d: Duration| rounded(d.as_secs_f64() * 1e3);
        Signals {
            cpu_percent: machine.cpu.map(|cpu| rounded(cpu * 100.0)),
            memory_percent: machine.memory.map(|memory| rounded(memory.used() * 100.0)),
            memory_available_mb: machine
                .memory
                .map(|memory| rounded(memory.available as f64 / f64::from(1 << 20))),
            load: machine.load.map(rounded),
            run_queue: machine.run_queue.map(rounded),
            pressure: machine.pressure.map(|p| PressureTotals {
                cpu_some_ms: ms(p.cpu_some),
                io_some_ms: ms(p.io_some),
                memory_some_ms: ms(p.memory_some),
                memory_full_ms: ms(p.memory_full),
            }),
            lag_ms: machine.lag.map(ms),
        }
    }
}

/// Rounds to three decimals; more would be noise.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// Opens the log before the first job.
pub fn open(path: &Path) -> Result<LineFile, String> {
    LineFile::create(path).map_err(|e| {
        let name = crate::escape::visible(path.as_os_str().as_encoded_bytes()).into_owned();
        format!("cannot write the decision log {name}: {}", errno::words(&e))
    })
}

/// Writes one decision as a line.
pub fn write(log: &mut LineFile, entry: &Entry<'_>) -> io::Result<()> {
    log.write(&Line {
        timestamp: rfc3339(entry.unix),
        elapsed_s: rounded(entry.elapsed.as_secs_f64()),
        event_type: entry.event.name(),
        policy: entry.policy,
        concurrency: Concurrency {
            current_limit: entry.old,
            new_limit: entry.new,
            active_tasks: entry.running,
            queue_depth: entry.queued,
        },
        signals: Signals::of(entry.machine),
        decision: match entry.new.cmp(&entry.old) {
            std::cmp::Ordering::Less => "decrease",
            std::cmp::Ordering::Equal => "hold",
            std::cmp::Ordering::Greater => "increase",
        },
        reason: entry.why.to_string(),
        reason_kind: entry.why.kind(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use adaptive_pool::policy::Memory;

    #[test]
    fn a_decision_is_one_line_with_the_documented_names() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("decisions");
        std::fs::write(&path, "old").unwrap();
        let mut log = LineFile::create(&path).unwrap();
        let memory = Some(Memory { total: 4 << 20, available: 1 << 20 });
        let machine = Reading { cpu: Some(0.5), memory, load: Some(f64::NAN), ..Reading::default() };
        let entry = Entry {
            unix: Duration::from_millis(1_795_209_535_020),
            elapsed: Duration::from_millis(1500),
            event: DecisionEvent::Adjustment,
            policy: "balanced",
            old: 4,
            new: 6,
            running: 4,
            queued: 812,
            machine: &machine,
            why: &Why::Initial,
        };
        write(&mut log, &entry).unwrap();
        write(&mut log, &Entry { new: 2, event: DecisionEvent::SpawnRefused, ..entry }).unwrap();
        log.close().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let want = serde_json::json!({
            "timestamp": "2026-11-20T21:18:55.020Z", "elapsed_s": 1.5, "event_type": "limit_adjustment",
            "policy": "balanced", "decision": "increase", "reason": "start", "reason_kind": "initial",
            "concurrency": {"current_limit": 4, "new_limit": 6, "active_tasks": 4, "queue_depth": 812},
            "signals": {"cpu_percent": 50.0, "memory_percent": 75.0, "memory_available_mb": 1.0, "load": null,
                "run_queue": null, "pressure": null, "lag_ms": null},
        });
        assert_eq!(lines[0], want);
        assert_eq!(
            (&lines[1]["decision"], &lines[1]["event_type"]),
            (&"decrease".into(), &"spawn_refused".into())
        );
        assert!(LineFile::create(dir.path()).is_err());
        assert!(LineFile::create(Path::new("/dev/full")).unwrap().write(&1).is_err());
    }
}
