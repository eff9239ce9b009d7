//! `--trace`: the run as Chrome trace events, which Perfetto and speedscope show.
//!
//! The file is an array with one event on each line. Every write ends with a whole event, and a comma comes before an
//! event, not after it. Viewers therefore open a file that a crash has cut off. Each slot is a lane (a thread of the
//! trace). speedscope is confused by events of a lane that overlap, so starts and ends are rounded, not durations, and
//! no event begins before the end of the last one of its lane. It also adds `args` to the names. Events of jobs
//! therefore have none.

use super::config::TraceConfig;
use super::exporter::{EndedAttempt, Exporter, RunReading};
use crate::run::ledger::AttemptEnd;
use crate::run::records::metrics::rfc3339;
use crate::run::records::os;
use crate::sys::fault::{Call, Fallible};
use adaptive_pool::pool::DecisionRecord;
use adaptive_pool::time::{RunClock, Time};
use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

/// The length at which a command is cut, in characters.
const NAME_MAX: usize = 200;
/// The lane of the decisions. Slots count from 1.
const DECISIONS: u32 = 0;

/// An open trace.
#[derive(Debug)]
pub struct Trace {
    file: File,
    regular: bool,
    pid: u32,
    /// Whole events that are not written yet.
    buffer: Vec<u8>,
    /// The length of the file.
    length: u64,
    lanes: Lanes,
    limit: Option<u32>,
    running: Option<u32>,
}

impl Trace {
    /// Opens the file and writes the first events.
    pub fn create(config: &TraceConfig, clock: &RunClock) -> io::Result<Trace> {
        let (file, regular) = os::create_log(&config.path)?;
        let mut trace = Trace {
            file,
            regular,
            pid: std::process::id(),
            buffer: b"[\n".to_vec(),
            length: 0,
            lanes: Lanes::default(),
            limit: None,
            running: None,
        };
        trace.metadata(DECISIONS, "process_name", "name", "apool", "");
        let started = format!("started {}", rfc3339(clock.began_unix()));
        let parent = config.parent.as_ref().map(|parent| format!(", traceparent {parent}"));
        trace.metadata(
            DECISIONS,
            "process_labels",
            "labels",
            &(started + &parent.unwrap_or_default()),
            ",\n",
        );
        trace.metadata(DECISIONS, "thread_name", "name", "decisions", ",\n");
        trace.flush()?;
        Ok(trace)
    }

    /// An event about the run or about a lane.
    fn metadata(&mut self, lane: u32, kind: &str, key: &str, text: &str, separator: &str) {
        let pid = self.pid;
        self.push(format_args!(
            r#"{separator}{{"ph":"M","pid":{pid},"tid":{lane},"name":"{kind}","args":{{"{key}":"#
        ));
        self.string(text);
        self.push(format_args!("}}}}"));
    }

    /// An event of a counter, if its value has changed.
    fn counters(&mut self, at: Time, limit: u32, running: u32) {
        let (pid, ts) = (self.pid, micros(at.elapsed()));
        let values = [("limit", limit, self.limit), ("running", running, self.running)];
        for (name, value, _) in values.into_iter().filter(|(_, value, last)| Some(*value) != *last) {
            self.push(format_args!(
                ",\n{{\"ph\":\"C\",\"pid\":{pid},\"ts\":{ts},\"name\":\"{name}\",\"args\":{{\"{name}\":{value}}}}}"
            ));
        }
        (self.limit, self.running) = (Some(limit), Some(running));
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // A write to memory cannot fail.
        let _ = self.buffer.write_fmt(text);
    }

    /// A string of JSON.
    fn string(&mut self, text: &str) {
        let _ = serde_json::to_writer(&mut self.buffer, text);
    }
}

impl Exporter for Trace {
    fn attempt(&mut self, attempt: &EndedAttempt<'_>) -> io::Result<()> {
        let (facts, pid) = (attempt.facts, self.pid);
        let slot = facts.slot.0;
        if self.lanes.is_new(slot) {
            self.metadata(slot, "thread_name", "name", &format!("slot {slot}"), ",\n");
        }
        let began = facts.began.elapsed();
        let (ts, end) = self.lanes.place(slot, micros(began), micros(began + facts.took));
        let duration = end - ts;
        self.push(format_args!(
            ",\n{{\"ph\":\"X\",\"pid\":{pid},\"tid\":{slot},\"ts\":{ts},\"dur\":{duration},\"seq\":{},\"name\":",
            attempt.seq
        ));
        self.string(&crate::escape::shown(&facts.command, NAME_MAX));
        if let Some(span) = facts.span {
            self.push(format_args!(",\"span\":\"{span}\""));
        }
        match attempt.end {
            AttemptEnd::Succeeded => {}
            AttemptEnd::Killed => self.push(format_args!(",\"cat\":\"killed\"")),
            _ => self.push(format_args!(",\"cat\":\"failed\"")),
        }
        self.push(format_args!("}}"));
        Ok(())
    }

    fn decision(&mut self, record: &DecisionRecord) -> io::Result<()> {
        let (pid, ts) = (self.pid, micros(record.at.elapsed()));
        self.push(format_args!(
            ",\n{{\"ph\":\"i\",\"s\":\"p\",\"pid\":{pid},\"tid\":{DECISIONS},\"ts\":{ts},\"name\":"
        ));
        let text = if record.old == record.new {
            format!("{}: {}", record.new, record.why)
        } else {
            format!("{} to {}: {}", record.old, record.new, record.why)
        };
        self.string(&text);
        self.push(format_args!("}}"));
        self.counters(record.at, record.new, record.running);
        Ok(())
    }

    fn reading(&mut self, reading: &RunReading<'_>) -> io::Result<()> {
        self.counters(reading.now, reading.metrics.limit, reading.metrics.active_threads);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let result = Fallible(&mut self.file, Call::Write).write_all(&self.buffer);
        match result {
            Ok(()) => self.length += self.buffer.len() as u64,
            // speedscope opens a file that ends with a whole event only.
            Err(_) if self.regular => drop(os::truncate(&self.file, self.length)),
            Err(_) => {}
        }
        self.buffer.clear();
        result
    }

    fn finish(&mut self) -> io::Result<()> {
        self.buffer.extend_from_slice(b"\n]\n");
        self.flush()?;
        if self.regular { os::sync(&self.file) } else { Ok(()) }
    }
}

/// Whole microseconds. Rounded down, so that a later time never gets a smaller number.
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The end of the last event of each lane, by slot; `None` for a slot that was not used.
#[derive(Debug, Default)]
struct Lanes(Vec<Option<u64>>);

impl Lanes {
    /// True for a slot without an event.
    fn is_new(&self, slot: u32) -> bool {
        self.0.get(slot as usize).copied().flatten().is_none()
    }

    /// The start and the end of the next event of a lane: not before the last one ended.
    fn place(&mut self, slot: u32, start: u64, end: u64) -> (u64, u64) {
        let at = slot as usize;
        if self.0.len() <= at {
            self.0.resize(at + 1, None);
        }
        let start = start.max(self.0[at].unwrap_or_default());
        let end = end.max(start);
        self.0[at] = Some(end);
        (start, end)
    }
}

#[cfg(test)]
mod tests;
