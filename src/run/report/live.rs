//! The live view: its figures, and when it is due. The sink draws it.

use super::eta::Eta;
use super::failures::FailureLines;
use super::waiting::WaitingNotice;
use crate::input::JobCount;
use crate::run::input::survey::Surveyed;
use crate::run::ledger::{AttemptEnd, Ledger, Totals};
use crate::run::records::metrics::FailedJob;
use crate::sink::{Activity, Progress, RunningJob, SinkSender, ViewModel};
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
    /// `None` where the progress has this information: in the live view, and in lines of JSON.
    waiting: Option<WaitingNotice>,
    /// The lines about failures while the run goes on.
    failures: Option<FailureLines>,
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
        failures: Option<FailureLines>,
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
            waiting: matches!(progress, Progress::None | Progress::Plain { .. })
                .then(|| WaitingNotice::new(progress == Progress::None)),
            failures,
        }
    }

    /// The number of jobs has become known.
    pub fn total_is(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// The number of jobs, and whether it is an estimate.
    fn total(&self) -> Option<(u64, bool)> {
        match (self.total, self.surveyed.get()) {
            (Some(total), _) | (None, Some(JobCount::Exact(total))) => Some((total, false)),
            (None, Some(JobCount::Estimate(total))) => Some((total, true)),
            (None, None) => None,
        }
    }

    /// An attempt has ended after this time.
    pub fn attempt_ended(&mut self, end: AttemptEnd, took: Duration) {
        self.eta.ended(took);
        self.failed += u64::from(matches!(end, AttemptEnd::Failed(_)));
    }

    /// True when each failure is named when it happens.
    pub fn names_failures(&self) -> bool {
        self.failures.is_some()
    }

    /// A job has failed.
    pub fn job_failed(&mut self, now: Time, job: &FailedJob, sink: &SinkSender) {
        if let Some(line) = self.failures.as_mut().and_then(|lines| lines.failed(now, job)) {
            sink.line(line);
        }
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

    /// Sends the figures to the sink.
    pub fn show(&mut self, now: Time, moment: Moment<'_>, sink: &SinkSender) {
        let Moment { totals, metrics, activity, oldest, unix, is_last } = moment;
        let Some(period) = self.period else { return };
        self.due = now + period;
        let waiting = self.waiting.as_mut();
        if let Some(line) = waiting.and_then(|waiting| waiting.observe(now, metrics.blocked.as_ref())) {
            sink.say(&line);
        }
        if let Some(line) = self.failures.as_mut().and_then(|lines| lines.count(now, is_last)) {
            sink.line(line);
        }
        let done = totals.ended();
        self.eta.rate.observe(now, done);
        // More jobs than estimated may have been read.
        let total = self.total().map(|(total, estimated)| (total.max(totals.read), estimated));
        let left = total.map(|(total, _)| total.saturating_sub(totals.over()));
        let running = metrics.active_threads;
        sink.view(ViewModel {
            done,
            failed: totals.failed,
            total: total.map(|(total, _)| total.saturating_sub(totals.skipped)),
            total_estimated: total.is_some_and(|(_, estimated)| estimated),
            jobs_per_s: self.eta.rate.per_second(),
            eta: left.and_then(|left| self.eta.left(left, oldest.first().map(|job| job.age))),
            running,
            limit: metrics.limit,
            max: self.max.max(metrics.limit),
            queued: metrics.queue_depth,
            waiting: left.map_or(metrics.queue_depth, |left| left.saturating_sub(running.into())),
            cpu: metrics.cpu_utilization_percent.map(|p| p / 100.0),
            memory: metrics.memory_utilization_percent.map(|p| p / 100.0),
            last_word: self.last_decision.clone(),
            activity,
            elapsed: now.elapsed(),
            unix,
            oldest,
        });
    }
}

/// The state of the run at one moment.
pub struct Moment<'a> {
    /// The counts of the jobs.
    pub totals: &'a Totals,
    /// The figures of the pool.
    pub metrics: &'a Metrics,
    /// What the run does.
    pub activity: Activity,
    /// The running jobs that started first.
    pub oldest: Vec<RunningJob>,
    /// The time since 1970.
    pub unix: Duration,
    /// The run is over.
    pub is_last: bool,
}

/// What the run does. `signal`: the name of the first signal that ends a job.
pub fn activity(ledger: &Ledger, metrics: &Metrics, signal: impl FnOnce() -> String) -> Activity {
    if ledger.stopped().is_some() {
        let signal = ledger.ends_running_jobs().then(signal);
        return Activity::Stopping { jobs: metrics.active_threads, signal };
    }
    match &metrics.blocked {
        Some(blocked) => Activity::Blocked(blocked.reason.clone()),
        None if ledger.awaits_input() => Activity::AwaitsInput,
        None => Activity::Working,
    }
}
