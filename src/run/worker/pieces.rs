//! A batch of records that the system refuses as too long, run in pieces.
//!
//! What a command line takes is counted before a batch is made, but not all of it can be: the interpreter of a script adds
//! words, and a substitution may lengthen values. A batch that is refused is halved, and the halves again, until the
//! system takes them. It stays one job, with one number, one record and one output: the pieces run one after another in
//! its place. As jobs of their own they would move the numbers of all jobs behind them, by which `-k` orders outputs and
//! a resumed run knows jobs; and how a batch is cut would depend on when a job before it started.

use crate::exec::{Attempt, Capture, Outcome, StartError, StartErrorKind, StopReason};
use crate::job::{Args, Words};
use crate::run::worker::WorkerContext;
use crate::template::Values;
use std::time::Duration;

/// How long the first wait is for a process that the system has no room for; doubled up to the last.
const NO_ROOM: Duration = Duration::from_millis(10);
const NO_ROOM_MAX: Duration = Duration::from_secs(1);
/// After so many waits, some half a minute, the job has failed.
const WAITS: u32 = 36;

/// Runs one command line, within a time.
pub type RunOne<'a> = &'a mut dyn FnMut(Words, Option<Duration>) -> Attempt;

impl WorkerContext {
    /// True when the records of this attempt must be run in pieces.
    pub(in crate::run) fn is_too_long(&self, attempt: &Attempt, args: &Args) -> bool {
        self.command.may_cut && args.records() > 1 && is_refused(attempt, StartErrorKind::TooLong)
    }

    /// Runs the records in pieces, and gives what came of all of them. A piece that fails leaves the others to run; a
    /// record that is too long alone is such a piece.
    pub(in crate::run) fn run_pieces(
        &self,
        refused: Attempt,
        values: &Values<'_>,
        timeout: Option<Duration>,
        run: RunOne<'_>,
    ) -> Attempt {
        let mut done: Option<Attempt> = None;
        let mut waiting = halves(values.args);
        let mut waits = 0;
        while let Some(args) = waiting.pop() {
            let took = done.as_ref().map_or(Duration::ZERO, |done| done.took);
            let left = timeout.map(|timeout| timeout.saturating_sub(took));
            let attempt = match self.command.template.render(&Values { args: &args, ..*values }) {
                Ok(argv) => run(argv, left),
                Err(error) => Attempt::not_started(
                    refused.began,
                    StartError { kind: StartErrorKind::Other, errno: 0, text: error.to_string() },
                ),
            };
            if is_refused(&attempt, StartErrorKind::TooLong) && args.records() > 1 {
                waiting.extend(halves(&args));
                continue;
            }
            // Not the whole job again: a part of it has run.
            if done.is_some() && is_refused(&attempt, StartErrorKind::Transient) && waits < WAITS {
                std::thread::sleep((NO_ROOM * 2_u32.saturating_pow(waits)).min(NO_ROOM_MAX));
                waits += 1;
                waiting.push(args);
                continue;
            }
            let is_last = matches!(attempt.outcome, Outcome::Stopped(_) | Outcome::TimedOut);
            done = Some(match done {
                None => attempt,
                Some(done) => self.join(done, attempt),
            });
            let cancelled = |done: &Attempt| matches!(done.outcome, Outcome::Stopped(_));
            if is_last || done.as_ref().is_some_and(cancelled) {
                break;
            }
        }
        done.unwrap_or(refused)
    }

    /// Two attempts as one.
    fn join(&self, first: Attempt, second: Attempt) -> Attempt {
        let mut lost = None;
        let mut join = |first: Capture, second: Capture| {
            self.executor.join_outputs(first, second).unwrap_or_else(|error| {
                lost = Some(StopReason::OutputLost(crate::sys::errno::words(&error)));
                Capture::default()
            })
        };
        let (out, err) = (join(first.out, second.out), join(first.err, second.err));
        let outcome = worse(first.outcome, after_another(second.outcome));
        Attempt {
            began: first.began,
            took: first.took + second.took,
            usage: crate::job::Usage {
                user: first.usage.user + second.usage.user,
                system: first.usage.system + second.usage.system,
                max_rss: first.usage.max_rss.max(second.usage.max_rss),
            },
            outcome: lost.map_or(outcome, Outcome::Stopped),
            leaked: first.leaked || second.leaked,
            out,
            err,
        }
    }
}

fn is_refused(attempt: &Attempt, kind: StartErrorKind) -> bool {
    matches!(&attempt.outcome, Outcome::NotStarted(error) if error.kind == kind)
}

/// The first half last, as it is taken from the end.
fn halves(args: &Args) -> Vec<Args> {
    let mut halves = args.pieces(args.records().div_ceil(2));
    halves.reverse();
    halves
}

/// What the end of a piece means when another has run before it: the job has begun, so it is not one that never ran.
fn after_another(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::NotStarted(error) if error.kind == StartErrorKind::Cancelled => {
            Outcome::Stopped(StopReason::Halted)
        }
        Outcome::NotStarted(error) if error.kind != StartErrorKind::TooLong => {
            Outcome::NotStarted(StartError { kind: StartErrorKind::Other, ..error })
        }
        other => other,
    }
}

/// The end that counts: a job that was stopped is not over, and what could not be started is told before a status. Of two
/// that are alike the first.
fn worse(first: Outcome, second: Outcome) -> Outcome {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Exited(0) => 0,
        Outcome::Exited(_) | Outcome::Signaled(_) => 1,
        Outcome::TimedOut => 2,
        Outcome::NotStarted(_) => 3,
        Outcome::Stopped(_) => 4,
    };
    if rank(&second) > rank(&first) { second } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Row;

    fn refused(kind: StartErrorKind) -> Outcome {
        Outcome::NotStarted(StartError { kind, errno: 0, text: String::new() })
    }

    #[test]
    fn the_first_half_comes_first() {
        let packed = |values: &[&str]| Args::Packed(Row::of(values.iter().map(|value| value.as_bytes())));
        assert_eq!(halves(&packed(&["a", "b", "c"])), [Args::One(Row::one("c")), packed(&["a", "b"])]);
    }

    #[test]
    fn a_job_is_no_better_than_its_worst_piece() {
        let exited = Outcome::Exited;
        let stopped = || Outcome::Stopped(StopReason::Halted);
        for (first, second, want) in [
            (exited(0), exited(0), exited(0)),
            (exited(0), exited(3), exited(3)),
            (exited(3), exited(4), exited(3)),
            (exited(3), exited(0), exited(3)),
            (exited(3), refused(StartErrorKind::TooLong), refused(StartErrorKind::TooLong)),
            (refused(StartErrorKind::TooLong), exited(1), refused(StartErrorKind::TooLong)),
            (exited(1), Outcome::TimedOut, Outcome::TimedOut),
            (exited(0), stopped(), stopped()),
            (refused(StartErrorKind::TooLong), stopped(), stopped()),
        ] {
            assert_eq!(worse(first.clone(), second.clone()), want, "{first:?} {second:?}");
        }
    }

    #[test]
    fn what_has_begun_is_neither_run_again_nor_called_not_started() {
        assert_eq!(after_another(refused(StartErrorKind::Cancelled)), Outcome::Stopped(StopReason::Halted));
        for kind in [StartErrorKind::Transient, StartErrorKind::NotFound, StartErrorKind::Other] {
            assert_eq!(after_another(refused(kind)), refused(StartErrorKind::Other));
        }
        assert_eq!(after_another(refused(StartErrorKind::TooLong)), refused(StartErrorKind::TooLong));
        assert_eq!(after_another(Outcome::Exited(1)), Outcome::Exited(1));
    }
}
