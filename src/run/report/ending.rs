//! The line that stays when a run has ended. Pure.

use crate::sink::format_duration;
use std::fmt::Write as _;
use std::time::Duration;

/// What the line says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ending {
    /// Jobs that ended, including failed ones.
    pub ended: u64,
    /// Jobs that failed.
    pub failed: u64,
    /// Jobs that were skipped.
    pub skipped: u64,
    /// The time of the run.
    pub elapsed: Duration,
    /// The most jobs that ran at once. 0 when unknown.
    pub most: u32,
    /// What held the number of workers, as the metrics say it: `settled at 4 of 256: the CPU is full (duty 99 %)`.
    pub explanation: String,
}

impl Ending {
    /// `3000 jobs in 5.2 s, 3 failed, at most 32 at once (the CPU was full)`.
    pub fn line(&self) -> String {
        let mut line = match self.ended {
            1 => "1 job in ".to_owned(),
            ended => format!("{ended} jobs in "),
        };
        if self.elapsed < Duration::from_mins(1) {
            let _ = write!(line, "{:.1} s", self.elapsed.as_secs_f64());
        } else {
            line.push_str(&format_duration(self.elapsed));
        }
        if self.failed > 0 {
            let _ = write!(line, ", {} failed", self.failed);
        }
        if self.skipped > 0 {
            let _ = write!(line, ", {} skipped", self.skipped);
        }
        if self.most > 0 && self.ended > 1 {
            let _ = write!(line, ", at most {} at once", self.most);
            if let Some(why) = held(&self.explanation) {
                let _ = write!(line, " ({why})");
            }
        }
        line
    }
}

/// The reason in an explanation, in the past. `None` for a number that nothing held.
fn held(explanation: &str) -> Option<String> {
    const NOT_HELD: [&str; 5] = ["start", "starting", "trying", "waiting", "nothing"];
    let (_, why) = explanation.split_once(": ")?;
    let why = why.split(['(', ';']).next()?.trim();
    let held = !NOT_HELD.contains(&why.split([' ', ',']).next()?);
    held.then(|| why.replacen(" is ", " was ", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_the_run_went() {
        let ending = Ending {
            ended: 3000,
            failed: 3,
            skipped: 0,
            elapsed: Duration::from_millis(5230),
            most: 32,
            explanation: "settled at 23 of 256: the CPU is full (duty 9 %)".to_owned(),
        };
        assert_eq!(ending.line(), "3000 jobs in 5.2 s, 3 failed, at most 32 at once (the CPU was full)");
        let one = Ending { ended: 1, most: 1, failed: 0, elapsed: Duration::from_secs(67), ..ending };
        assert_eq!(one.line(), "1 job in 1m07s");
        let some = Ending { ended: 2, skipped: 5, explanation: "at 2: start".to_owned(), ..one };
        assert_eq!(some.line(), "2 jobs in 1m07s, 5 skipped, at most 1 at once");
    }

    #[test]
    fn a_reason_is_given_where_something_held_the_number() {
        for (explanation, reason) in [
            ("at 16: more did not finish sooner", Some("more did not finish sooner")),
            ("at 6: memory, 1.4 GiB a job", Some("memory, 1.4 GiB a job")),
            ("at 8: fixed by -j", Some("fixed by -j")),
            ("at 4: the hard limit; --max-workers raises it", Some("the hard limit")),
            ("below the limit: starts were spaced out (--delay, --rate)", Some("starts were spaced out")),
            ("at 4: starting more, run queue 3", None),
            ("at 4: waiting for the first jobs to end", None),
            ("at 4: trying more than 3", None),
            ("", None),
        ] {
            assert_eq!(held(explanation).as_deref(), reason, "{explanation}");
        }
    }
}
