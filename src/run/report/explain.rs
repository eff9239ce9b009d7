//! The explanation of a run (`--explain`): what held the number of workers, for how long, and what would help. Pure.

use crate::job::Seq;
use crate::sink::format_duration;
use adaptive_pool::pool::Metrics;
use std::fmt::Write as _;
use std::time::Duration;

/// A reason that held for a smaller share of the run is not worth a sentence.
const SHARE_LEAST: f64 = 0.05;
/// A job that ran alone for less than this, or than this share of the run, is not worth a sentence.
const ALONE_LEAST: Duration = Duration::from_secs(1);
const ALONE_SHARE: f64 = 0.05;
/// Below this mean use in percent, the CPU has room for more jobs.
const CPU_HAS_ROOM: f64 = 70.0;

/// The job that ended last, and the time for which it ran alone.
#[derive(Clone, Copy, Debug)]
pub struct LastJob<'a> {
    /// Its number.
    pub seq: Seq,
    /// Its command as a message shows it.
    pub shown: &'a str,
    /// The time for which it ran after all others had ended.
    pub alone: Duration,
}

/// The sentences after the first one, which names the limit and its reason. Empty when there is nothing to add.
pub fn sentences(metrics: &Metrics, elapsed: Duration, last: Option<LastJob<'_>>) -> String {
    let mut text = String::new();
    let seconds = elapsed.as_secs_f64();
    let share = |part: f64| if seconds > 0.0 { (part / seconds).min(1.0) } else { 0.0 };
    let percent = |part: f64| format!("{:.0} %", share(part) * 100.0);
    let starved = metrics.starved_ms / 1000.0;
    let held = metrics.held_s.iter().filter(|(reason, _)| **reason != "starting");
    let longest = held.max_by(|a, b| a.1.total_cmp(b.1)).filter(|(_, held)| share(**held) >= SHARE_LEAST);
    match longest {
        _ if share(starved) >= 0.5 => {
            let _ = write!(
                text,
                "{} of the time workers were free and no input had come: what writes the input is the limit.",
                percent(starved)
            );
        }
        Some((reason, held)) => {
            let _ = write!(text, "{} of the time jobs waited: {}.", percent(*held), words(reason, metrics));
        }
        None => {}
    }
    let threshold = ALONE_LEAST.max(elapsed.mul_f64(ALONE_SHARE));
    if let Some(last) = last.filter(|last| last.alone >= threshold && metrics.running.max > 1) {
        let alone = if last.alone < Duration::from_mins(1) {
            format!("{:.1} s", last.alone.as_secs_f64())
        } else {
            format_duration(last.alone)
        };
        let space = if text.is_empty() { "" } else { " " };
        let _ = write!(
            text,
            "{space}The last {alone} one job ran alone: job {}, {}. --order size or history starts long jobs first.",
            last.seq, last.shown
        );
    }
    text
}

/// What held the number of workers, and what would help.
fn words(reason: &str, metrics: &Metrics) -> String {
    let cpu_has_room = metrics.cpu_percent.mean.is_some_and(|cpu| cpu < CPU_HAS_ROOM);
    let text = match reason {
        "cpu_full" => "the CPU was full; only more cores help",
        "memory" => "memory was the limit",
        "memfree" => "--memfree held them; a smaller SIZE lets more run",
        "memsuspend" => "--memsuspend held them; a smaller SIZE lets more run",
        "swapping" => "the machine swapped (--noswap)",
        "load" => "--load held them",
        "failures" => "more workers made jobs fail",
        "fixed" if cpu_has_room => "-j fixed the number, and the CPU had room; without -j apool finds it",
        "fixed" => "-j fixed the number",
        "input" => "the end of the input was near",
        "limit" if cpu_has_room => {
            "the highest number allowed ran, and the CPU had room; --max-workers N raises it"
        }
        "limit" => "the highest number allowed ran",
        "soft_limit" => "--soft-limit held them",
        "rate" => "starts were spaced out, because sooner ones were refused",
        "paced" => "--rate or --delay spaced the starts out",
        "limit_command" => "the command of --limit held them",
        "no_token" => "the job pool of make had no token; a larger make -j N gives more",
        "system" => "the system allowed no more; see ulimit -a",
        "congestion" => "the machine was too busy for more",
        "unread" | "guard" => "a guard held them",
        // The policy was looking for a better number.
        _ => "no larger number had proved faster",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(held: &[(&'static str, f64)]) -> Metrics {
        let mut metrics = Metrics::default();
        metrics.held_s = held.iter().copied().collect();
        metrics.running.max = 8;
        metrics
    }

    const TEN: Duration = Duration::from_secs(10);

    #[test]
    fn the_reason_that_held_for_the_longest_is_named_with_its_share() {
        let seen = sentences(&metrics(&[("search", 1.0), ("memfree", 7.1), ("starting", 9.0)]), TEN, None);
        assert_eq!(seen, "71 % of the time jobs waited: --memfree held them; a smaller SIZE lets more run.");
        assert_eq!(sentences(&metrics(&[("search", 0.2)]), TEN, None), "");
        assert_eq!(sentences(&metrics(&[]), Duration::ZERO, None), "");
    }

    #[test]
    fn a_fixed_number_is_questioned_when_the_cpu_had_room() {
        let mut given = metrics(&[("fixed", 10.0)]);
        given.cpu_percent.mean = Some(20.0);
        assert!(sentences(&given, TEN, None).contains("without -j apool finds it"));
        given.cpu_percent.mean = Some(99.0);
        assert!(!sentences(&given, TEN, None).contains("without -j"));
    }

    #[test]
    fn slow_input_is_named() {
        let mut given = metrics(&[("search", 1.0)]);
        given.starved_ms = 6000.0;
        assert!(sentences(&given, TEN, None).starts_with("60 % of the time workers were free"));
    }

    #[test]
    fn a_job_that_ran_alone_for_long_is_named() {
        let last =
            |seconds| LastJob { seq: Seq(17), shown: "./build big", alone: Duration::from_secs_f64(seconds) };
        let seen = sentences(&metrics(&[]), TEN, Some(last(4.1)));
        assert!(seen.starts_with("The last 4.1 s one job ran alone: job 17, ./build big."), "{seen}");
        assert_eq!(sentences(&metrics(&[]), TEN, Some(last(0.9))), "");
        assert_eq!(sentences(&metrics(&[]), TEN * 100, Some(last(4.1))), "");
    }
}
