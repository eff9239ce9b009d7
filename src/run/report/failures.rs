//! The lines about failed jobs while a run goes on: at most ten a second, and the others are counted. Pure.

use super::github;
use crate::run::records::metrics::FailedJob;
use adaptive_pool::time::Time;
use std::time::Duration;

/// The most failures that are named in a second.
const NAMED_MAX: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// Where the lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Above the live view, after the name of the program.
    Message(&'static str),
    /// The log of GitHub Actions, as annotations.
    GitHub,
}

/// The lines of one run.
#[derive(Debug)]
pub struct FailureLines {
    form: Form,
    /// The start of the current second, and the failures that were named in it.
    second: Time,
    named: u32,
    /// Failures that were neither named nor counted in a line.
    unnamed: u64,
}

impl FailureLines {
    /// Nothing has failed.
    pub fn new(form: Form) -> FailureLines {
        FailureLines { form, second: Time::ZERO, named: 0, unnamed: 0 }
    }

    /// A job has failed. Returns its line, unless too many have failed in this second.
    pub fn failed(&mut self, now: Time, job: &FailedJob) -> Option<String> {
        if now.since(self.second) >= SECOND && self.unnamed == 0 {
            (self.second, self.named) = (now, 0);
        }
        if self.named == NAMED_MAX {
            self.unnamed += 1;
            return None;
        }
        self.named += 1;
        Some(self.line(&format!("job {} failed ({}): {}", job.seq, job.how(), job.shown)))
    }

    /// The number of failures without a line, when the second is over or the run ends.
    pub fn count(&mut self, now: Time, at_end: bool) -> Option<String> {
        if self.unnamed == 0 || !(at_end || now.since(self.second) >= SECOND) {
            return None;
        }
        (self.second, self.named) = (now, 0);
        let text = match std::mem::take(&mut self.unnamed) {
            1 => "1 more job failed".to_owned(),
            more => format!("{more} more jobs failed"),
        };
        Some(self.line(&text))
    }

    fn line(&self, text: &str) -> String {
        match self.form {
            Form::Message(name) => format!("{name}: {text}"),
            Form::GitHub => github::error(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_are_named_in_a_second_and_the_others_are_counted() {
        let mut lines = FailureLines::new(Form::Message("apool"));
        let job = |seq| FailedJob {
            seq,
            status: Some(1),
            shown: format!("./job.sh {seq}"),
            ..FailedJob::default()
        };
        let at = |ms| Time::ZERO + Duration::from_millis(ms);
        for seq in 1..=10 {
            let line = lines.failed(at(100), &job(seq));
            assert_eq!(line, Some(format!("apool: job {seq} failed (status 1): ./job.sh {seq}")));
        }
        assert_eq!(lines.count(at(150), true), None);
        assert_eq!((lines.failed(at(200), &job(11)), lines.failed(at(999), &job(12))), (None, None));
        assert_eq!(lines.count(at(999), false), None);
        assert_eq!(lines.failed(at(1100), &job(13)), None, "those before come first");
        assert_eq!(lines.count(at(1100), false).as_deref(), Some("apool: 3 more jobs failed"));
        assert!(lines.failed(at(1200), &job(14)).is_some());
        for seq in 15..=24 {
            lines.failed(at(1300), &job(seq));
        }
        assert_eq!(lines.count(at(1300), true).as_deref(), Some("apool: 1 more job failed"));
        assert_eq!(lines.count(at(9000), true), None);
    }
}
