//! What a run shows of itself: the live view while it goes on, and at the end a summary of what failed and why the number
//! of workers was what it was. It decides nothing.

pub mod summary;
mod waiting;

use self::waiting::Waiting;
use crate::run::ledger::{AttemptEnd, Totals};
use crate::run::records::metrics::Failure;
use crate::sink::{Order, Progress, Rate, SinkSender, ViewModel};
use adaptive_pool::pool::{DecisionEvent, DecisionRecord, Metrics};
use adaptive_pool::time::Time;
use std::time::Duration;

/// How the run stands, as far as it is shown.
#[derive(Debug)]
pub struct Reporter {
    order: Order,
    period: Option<Duration>,
    due: Time,
    rate: Rate,
    total: Option<u64>,
    failed: u64,
    max: u32,
    last_word: String,
    explanation: String,
    again: RerunHint,
    /// None where lines of JSON are written, which say it themselves and are to stay JSON.
    waiting: Option<Waiting>,
}

/// How what failed or was not done is run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RerunHint {
    /// There is no record of it.
    Unrecorded,
    /// By the same command, and the joblog.
    ByCommand,
    /// By the joblog alone, as this time (`--retry-failed`).
    ByJoblog,
}

impl RerunHint {
    /// By whether the jobs came from a joblog, and whether one is kept.
    pub fn of(retries: bool, recorded: bool) -> RerunHint {
        match (retries, recorded) {
            (true, _) => RerunHint::ByJoblog,
            (false, true) => RerunHint::ByCommand,
            (false, false) => RerunHint::Unrecorded,
        }
    }
}

impl Reporter {
    /// `period`: how often a view is wanted. Records may want ticks too.
    pub fn new(
        order: Order,
        max: u32,
        view: Option<Duration>,
        tick: Option<Duration>,
        again: RerunHint,
        progress: Progress,
    ) -> Reporter {
        let period = match (view, tick) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Reporter {
            order,
            period,
            due: Time::ZERO,
            rate: Rate::default(),
            total: None,
            failed: 0,
            max,
            last_word: String::new(),
            explanation: String::new(),
            again,
            waiting: (!matches!(progress, Progress::Json { .. }))
                .then(|| Waiting::new(progress == Progress::None)),
        }
    }

    /// True with `-k`.
    pub fn keep_order(&self) -> bool {
        self.order == Order::Input
    }

    /// The number of jobs has become known.
    pub fn total_is(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// An attempt has ended.
    pub fn ended(&mut self, end: AttemptEnd) {
        self.failed += u64::from(matches!(end, AttemptEnd::Failed(_)));
    }

    /// The policy has decided.
    pub fn decided(&mut self, record: &DecisionRecord) {
        let change = i64::from(record.new) - i64::from(record.old);
        self.last_word = match record.event {
            DecisionEvent::Hold => format!("hold: {}", record.why),
            _ => format!("{change:+}: {}", record.why),
        };
        self.explanation = format!("at {}: {}", record.new, record.why);
    }

    /// The sentence on the number of workers: what held it for most of the run, or else the last decision.
    pub fn explain(&self, metrics: &Metrics) -> String {
        let last = || (!self.explanation.is_empty()).then(|| self.explanation.clone());
        metrics.explanation.clone().or_else(last).unwrap_or_else(|| format!("at {}: start", metrics.limit))
    }

    /// Which jobs failed: how many, the first few, and how to see or run them again.
    pub fn failures(&self, totals: &Totals, failures: &[Failure], to: &SinkSender) {
        const SHOWN: usize = 5;
        // Those that were killed or not started are told of by themselves.
        let ended = totals.succeeded + totals.failed;
        to.line(match ended {
            1 => "apool: 1 job failed".to_owned(),
            ended => format!("apool: {} of {ended} jobs failed", totals.failed),
        });
        for failure in failures.iter().take(SHOWN) {
            let how = match (failure.status, failure.signal) {
                _ if failure.timed_out => "timed out".to_owned(),
                (_, Some(signal)) => format!("signal {signal}"),
                (Some(status), None) => format!("status {status}"),
                (None, None) => "failed".to_owned(),
            };
            let line = format!("  {:>6}  {how:<12} {}", failure.seq, failure.shown);
            to.line(line.trim_end());
        }
        if totals.failed > SHOWN as u64 {
            to.line(format!("  and {} more", totals.failed - SHOWN as u64));
        }
        let windows = |failure: &Failure| failure.command.contains('\r');
        if !failures.is_empty() && failures.iter().all(windows) {
            to.line("  the records end in a carriage return, as on Windows: -d '\\r\\n' takes it off");
        }
        to.line(match self.again {
            RerunHint::Unrecorded => {
                "  --joblog FILE records each job, and --resume-failed runs the failures again"
            }
            RerunHint::ByCommand => "  the same command with --resume-failed runs the failures again",
            RerunHint::ByJoblog => "  the same command runs the failures again",
        });
    }

    /// What was not done when the run was stopped, and how to go on.
    pub fn undone(&self, totals: &Totals, to: &SinkSender) {
        to.line(format!(
            "apool: stopped: {} killed, {} read and not started",
            totals.killed, totals.not_started
        ));
        match self.again {
            RerunHint::Unrecorded => {}
            RerunHint::ByCommand => to.line("  the same command with --resume goes on"),
            RerunHint::ByJoblog => to.line("  the same command goes on"),
        }
    }

    /// How long until [`Reporter::show`] is due; long when nothing is shown.
    pub fn due_in(&self, now: Time) -> Duration {
        let view = self.period.map_or(Duration::MAX, |_| self.due.since(now));
        let line = self.waiting.as_ref().and_then(|waiting| waiting.due_in(now));
        line.map_or(view, |line| line.min(view))
    }

    /// Shows how the run stands. `longest`: the job that has been running for longest.
    pub fn show(
        &mut self,
        now: Time,
        totals: &Totals,
        metrics: &Metrics,
        longest: Option<(Vec<u8>, Duration)>,
        sink: &SinkSender,
    ) {
        let Some(period) = self.period else { return };
        self.due = now + period;
        let waiting = self.waiting.as_mut();
        if let Some(line) = waiting.and_then(|waiting| waiting.look(now, metrics.blocked.as_ref())) {
            sink.line(line);
        }
        let done = totals.over() - totals.skipped;
        self.rate.observe(now, done);
        let left = self.total.map(|total| total.saturating_sub(totals.over()));
        sink.view(ViewModel {
            done,
            failed: totals.failed,
            total: self.total.map(|t| t.saturating_sub(totals.skipped)),
            jobs_per_s: self.rate.per_second(),
            eta: left.and_then(|left| self.rate.eta(left)),
            running: metrics.active_threads,
            limit: metrics.limit,
            max: self.max.max(metrics.limit),
            queued: metrics.queue_depth,
            cpu: metrics.cpu_utilization_percent.map(|p| p / 100.0),
            memory: metrics.memory_utilization_percent.map(|p| p / 100.0),
            last_word: self.last_word.clone(),
            waiting: metrics.blocked.as_ref().map(|blocked| blocked.reason.clone()),
            elapsed: now.elapsed(),
            longest,
        });
    }
}
