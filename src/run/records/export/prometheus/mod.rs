//! `--prometheus`: counters of the run for Prometheus, in a file for node_exporter or on a page.
//!
//! The text is made anew each second and at the end. A scrape of the page gets the last one.

mod server;
mod text;

use super::config::{PrometheusConfig, PrometheusTarget};
use super::exporter::{EndedAttempt, Exporter, RunReading};
use crate::run::ledger::Totals;
use crate::run::records::atomic::Target;
use adaptive_pool::pool::{DecisionRecord, Metrics};
use adaptive_pool::time::RunClock;
use server::Server;
use std::io;
use std::time::Duration;
use text::Text;

/// The upper bounds of the buckets of run times, in seconds. They are part of the format and never change.
const BUCKETS: [f64; 13] =
    [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0];

/// The counters of a run, and where they are shown.
#[derive(Debug)]
pub struct Prometheus {
    shown: Shown,
    run: String,
    started: Duration,
    ended: bool,
    attempts: Attempts,
    totals: Totals,
    pool: Metrics,
}

#[derive(Debug)]
enum Shown {
    File(Target),
    Page(Server),
}

impl Prometheus {
    /// Opens the file or the port, and shows the counters of a run without jobs.
    pub fn open(config: &PrometheusConfig, clock: &RunClock) -> io::Result<Prometheus> {
        let shown = match &config.target {
            PrometheusTarget::File(path) => Shown::File(Target::open(path.as_os_str())?),
            PrometheusTarget::Address(address) => Shown::Page(Server::start(*address)?),
        };
        let mut prometheus = Prometheus {
            shown,
            run: config.run.clone(),
            started: clock.began_unix(),
            ended: false,
            attempts: Attempts::default(),
            totals: Totals::default(),
            pool: Metrics::default(),
        };
        prometheus.show()?;
        Ok(prometheus)
    }

    /// The address of the page.
    pub fn address(&self) -> Option<std::net::SocketAddr> {
        if let Shown::Page(server) = &self.shown { Some(server.address()) } else { None }
    }

    fn show(&mut self) -> io::Result<()> {
        let text = self.text();
        match &mut self.shown {
            Shown::File(target) if self.ended => target.write(&text),
            Shown::File(target) => target.refresh(&text),
            Shown::Page(server) => {
                server.publish(text);
                Ok(())
            }
        }
    }

    fn text(&self) -> Vec<u8> {
        let Prometheus { attempts, totals, pool, .. } = self;
        let mut text = Text::new(&self.run);
        text.counter("apool_jobs_total", "Jobs that are over, by outcome.");
        let outcomes = [
            ("succeeded", totals.succeeded),
            ("failed", totals.failed),
            ("killed", totals.killed),
            ("not_started", totals.not_started),
            ("skipped", totals.skipped),
        ];
        for (outcome, jobs) in outcomes {
            text.sample(Some(("outcome", outcome)), jobs);
        }
        text.counter("apool_jobs_read_total", "Jobs that were read from the input.")
            .sample(None, totals.read);
        text.gauge("apool_jobs_running", "Jobs that run now.").sample(None, pool.active_threads);
        text.gauge("apool_jobs_waiting", "Jobs that wait for a worker.").sample(None, pool.queue_depth);
        text.gauge("apool_jobs_limit", "The number of jobs that may run now.").sample(None, pool.limit);
        let starts = pool.total_completed + u64::from(pool.active_threads);
        text.counter("apool_starts_total", "Attempts that started.").sample(None, starts);
        text.counter("apool_retries_total", "Attempts after the first of a job.")
            .sample(None, totals.retried);
        text.counter("apool_output_bytes_total", "Standard output of ended attempts, in bytes.")
            .sample(None, attempts.output);
        text.histogram("apool_job_duration_seconds", "Run times of ended attempts, in seconds.");
        text.buckets(&BUCKETS, &attempts.buckets, attempts.seconds.as_secs_f64());
        text.counter("apool_cpu_seconds_total", "CPU time of ended attempts, in seconds.");
        text.sample(Some(("mode", "user")), attempts.user.as_secs_f64());
        text.sample(Some(("mode", "system")), attempts.system.as_secs_f64());
        text.gauge("apool_memory_held_bytes", "Resident memory of the running jobs, in bytes.");
        let held = if pool.active_threads == 0 { Some(0.0) } else { pool.memory_held_mb };
        if let Some(held) = held {
            text.sample(None, held * f64::from(1 << 20));
        }
        text.counter(
            "apool_held_seconds_total",
            "Time in which jobs waited, in seconds, by what held the running jobs.",
        );
        for (reason, seconds) in &pool.held_s {
            text.sample(Some(("reason", reason)), seconds);
        }
        text.gauge("apool_run_start_time_seconds", "Start of the run, in seconds since 1970.")
            .sample(None, self.started.as_secs_f64());
        text.gauge("apool_run_ended", "1 when the run has ended, otherwise 0.")
            .sample(None, u8::from(self.ended));
        text.finish()
    }
}

impl Exporter for Prometheus {
    fn attempt(&mut self, attempt: &EndedAttempt<'_>) -> io::Result<()> {
        let facts = attempt.facts;
        self.attempts.user += facts.usage.user;
        self.attempts.system += facts.usage.system;
        self.attempts.output += facts.received;
        self.attempts.seconds += facts.took;
        let bucket = BUCKETS.iter().position(|bound| facts.took.as_secs_f64() <= *bound);
        self.attempts.buckets[bucket.unwrap_or(BUCKETS.len())] += 1;
        Ok(())
    }

    fn decision(&mut self, _record: &DecisionRecord) -> io::Result<()> {
        Ok(())
    }

    fn reading(&mut self, reading: &RunReading<'_>) -> io::Result<()> {
        (self.totals, self.pool) = (*reading.totals, reading.metrics.clone());
        self.show()
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.ended = true;
        self.show()
    }
}

/// Sums over the ended attempts.
#[derive(Debug, Default)]
struct Attempts {
    user: Duration,
    system: Duration,
    output: u64,
    seconds: Duration,
    /// The number of run times in each bucket. The last one is without a bound.
    buckets: [u64; BUCKETS.len() + 1],
}

#[cfg(test)]
mod tests;
