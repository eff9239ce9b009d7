//! The live view: its figures, and when it is due. The sink draws it.

use super::eta::Eta;
use super::waiting::WaitingNotice;
use crate::input::JobCount;
use crate::run::input::survey::Surveyed;
use crate::run::ledger::{AttemptEnd, Totals};
use crate::sink::{Progress, SinkSender, ViewModel};
use adaptive_pool::pool::{DecisionEvent, DecisionRecord, Metrics};
use adaptive_pool::time::Time;
use std::time::Duration;

/// The state of the view.
#[derive(Debug)]
pub struct Reporter {
    period: Option<Duration>,
    due: Time,
    eta: Eta,
    total: Option<u64>,
    /// The number of jobs, counted ahead.
    surveyed: Surveyed,
    /// Failed attempts.
    failed: u64,
    max: u32,
    last_decision: String,
    explanation: String,
    /// `None` with `--progress=json`: its lines have this information and must all be JSON.
    waiting: Option<WaitingNotice>,
}

impl Reporter {
    /// `view`: the period of the view; `tick`: the period of the records, which are updated together with the view.
    /// `max`: the maximum of running jobs. `surveyed`: their number, counted ahead.
    pub fn new(
        max: u32,
        view: Option<Duration>,
        tick: Duration,
        progress: Progress,
        surveyed: Surveyed,
    ) -> Reporter {
        Reporter {
            period: Some(view.map_or(tick, |view| view.min(tick))),
            due: Time::ZERO,
            eta: Eta::default(),
            total: None,
            surveyed,
            failed: 0,
            max,
            last_decision: String::new(),
            explanation: String::new(),
            waiting: (!matches!(progress, Progress::Json { .. }))
                .then(|| WaitingNotice::new(progress == Progress::None)),
        }
    }

    /// The number of jobs has become known.
    pub fn total_is(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// The number of jobs, and whether it is an estimate.
    fn total(&self) -> Option<(u64, bool)> {
        match (self.total, self.surveyed.get()) {
            (Some(total), _) | (None, Some(&JobCount::Exact(total))) => Some((total, false)),
            (None, Some(&JobCount::Estimate(total))) => Some((total, true)),
            (None, None) => None,
        }
    }

    /// An attempt has ended after this time.
    pub fn attempt_ended(&mut self, end: AttemptEnd, took: Duration) {
        self.eta.ended(took);
        self.failed += u64::from(matches!(end, AttemptEnd::Failed(_)));
    }

    /// The policy has decided.
    pub fn decided(&mut self, record: &DecisionRecord) {
        let change = i64::from(record.new) - i64::from(record.old);
        self.last_decision = match record.event {
            DecisionEvent::Hold => format!("hold: {}", record.why),
            _ => format!("{change:+}: {}", record.why),
        };
        self.explanation = format!("at {}: {}", record.new, record.why);
    }

    /// The reason for the number of workers: the one that held for most of the run, or the last decision.
    pub fn explain(&self, metrics: &Metrics) -> String {
        let last = || (!self.explanation.is_empty()).then(|| self.explanation.clone());
        metrics.explanation.clone().or_else(last).unwrap_or_else(|| format!("at {}: start", metrics.limit))
    }

    /// The time until [`Reporter::show`] is due.
    pub fn due_in(&self, now: Time) -> Duration {
        let view = self.period.map_or(Duration::MAX, |_| self.due.since(now));
        let notice = self.waiting.as_ref().and_then(|waiting| waiting.due_in(now));
        notice.map_or(view, |notice| notice.min(view))
    }

    /// Sends the figures to the sink. `longest`: the command that has been running for the longest time, and its run
    /// time.
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
        if let Some(line) = waiting.and_then(|waiting| waiting.observe(now, metrics.blocked.as_ref())) {
            sink.say(&line);
        }
        let done = totals.ended();
        self.eta.rate.observe(now, done);
        // More jobs than estimated may have been read.
        let total = self.total().map(|(total, estimated)| (total.max(totals.read), estimated));
        let left = total.map(|(total, _)| total.saturating_sub(totals.over()));
        let oldest = longest.as_ref().map(|(_, age)| *age);
        sink.view(ViewModel {
            done,
            failed: totals.failed,
            total: total.map(|(total, _)| total.saturating_sub(totals.skipped)),
            total_estimated: total.is_some_and(|(_, estimated)| estimated),
            jobs_per_s: self.eta.rate.per_second(),
            eta: left.and_then(|left| self.eta.left(left, oldest)),
            running: metrics.active_threads,
            limit: metrics.limit,
            max: self.max.max(metrics.limit),
            queued: metrics.queue_depth,
            cpu: metrics.cpu_utilization_percent.map(|p| p / 100.0),
            memory: metrics.memory_utilization_percent.map(|p| p / 100.0),
            last_word: self.last_decision.clone(),
            waiting: metrics.blocked.as_ref().map(|blocked| blocked.reason.clone()),
            elapsed: now.elapsed(),
            longest,
        });
    }
}
