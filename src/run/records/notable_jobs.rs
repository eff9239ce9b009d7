//! The jobs that a reader of the metrics asks for first: the slowest ones, and the one that ended last.

use crate::job::Seq;
use crate::run::records::attempt_facts::AttemptFacts;
use crate::run::records::metrics::{NotableJob, text};
use adaptive_pool::time::Time;
use std::time::Duration;

/// The number of slowest jobs that are kept.
pub const SLOWEST: usize = 10;

/// The jobs so far.
#[derive(Debug, Default)]
pub struct NotableJobs {
    /// The slowest first.
    slowest: Vec<(Duration, NotableJob)>,
    last: Option<Last>,
}

/// The attempt that ended last.
#[derive(Debug)]
struct Last {
    seq: Seq,
    /// Its command, in memory that is used again.
    command: Vec<u8>,
    ended: Time,
    /// The time for which it ran after every other attempt had ended.
    alone: Duration,
}

impl NotableJobs {
    /// An attempt has ended.
    pub fn ended(&mut self, seq: Seq, facts: &AttemptFacts) {
        let at = self.slowest.partition_point(|(took, _)| *took >= facts.took);
        if at < SLOWEST {
            self.slowest.truncate(SLOWEST - 1);
            self.slowest.insert(at, (facts.took, notable(seq, facts)));
        }
        let ended = facts.began + facts.took;
        match &mut self.last {
            None => {
                let command = facts.command.clone();
                self.last = Some(Last { seq, command, ended, alone: facts.took });
            }
            // Ends are reported nearly in order.
            Some(last) if ended >= last.ended => {
                last.alone = ended.since(last.ended.max(facts.began));
                last.seq = seq;
                last.ended = ended;
                last.command.clone_from(&facts.command);
            }
            Some(last) => last.alone = last.alone.min(last.ended.since(ended)),
        }
    }

    /// The slowest attempts, the slowest first.
    pub fn slowest(&self) -> impl Iterator<Item = &NotableJob> {
        self.slowest.iter().map(|(_, job)| job)
    }

    /// The attempt that ended last: its job, its command, and the time for which it ran alone.
    pub fn last(&self) -> Option<(Seq, &[u8], Duration)> {
        self.last.as_ref().map(|last| (last.seq, last.command.as_slice(), last.alone))
    }
}

fn notable(seq: Seq, facts: &AttemptFacts) -> NotableJob {
    let (command, command_base64) = text(&facts.command);
    NotableJob {
        seq: seq.0,
        command,
        command_base64,
        at_s: facts.began.as_secs(),
        runtime_s: facts.took.as_secs_f64(),
        cpu_s: (facts.usage.user + facts.usage.system).as_secs_f64(),
        max_rss_mb: facts.usage.max_rss as f64 / (1024.0 * 1024.0),
        slot: facts.slot.0,
        attempt: facts.attempt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Slot, Usage};
    use crate::run::input::job_input::JobInput;
    use crate::run::job_exit::JobExit;

    fn facts(began: f64, took: f64) -> AttemptFacts {
        AttemptFacts {
            attempt: 1,
            slot: Slot(1),
            span: None,
            began: Time::from_secs(began),
            took: Duration::from_secs_f64(took),
            usage: Usage::default(),
            exit: JobExit::Exited(0),
            command: b"sleep\xff".to_vec(),
            tails: None,
            kept: None,
            stderr_tail: Vec::new(),
            sent: 0,
            input: JobInput::Arguments,
            received: 0,
            leaked: false,
            no_record: false,
            explained: false,
        }
    }

    #[test]
    fn the_slowest_are_kept_in_order() {
        let mut jobs = NotableJobs::default();
        for seq in 1..=100_u32 {
            jobs.ended(Seq(seq.into()), &facts(0.0, f64::from(seq * 37 % 101)));
        }
        let runtimes: Vec<u32> = jobs.slowest().map(|job| job.runtime_s as u32).collect();
        assert_eq!(runtimes, [100, 99, 98, 97, 96, 95, 94, 93, 92, 91]);
        let first = jobs.slowest().next().unwrap();
        assert_eq!(
            (first.command.as_str(), first.command_base64.as_deref()),
            ("sleep\u{fffd}", Some("c2xlZXD/"))
        );
    }

    #[test]
    fn the_last_job_is_alone_after_the_others() {
        let mut jobs = NotableJobs::default();
        assert!(jobs.last().is_none());
        let mut ended = |seq, began, took| {
            jobs.ended(Seq(seq), &facts(began, took));
            jobs.last().map(|(seq, _, alone)| (seq.0, alone.as_secs_f64()))
        };
        assert_eq!(ended(1, 0.0, 2.0), Some((1, 2.0)));
        assert_eq!(ended(2, 1.0, 6.0), Some((2, 5.0)));
        // This end is reported late.
        assert_eq!(ended(3, 1.0, 4.0), Some((2, 2.0)));
        // It began when nothing ran any more.
        assert_eq!(ended(4, 9.0, 1.0), Some((4, 1.0)));
    }
}
