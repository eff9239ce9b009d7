//! A batch of records that the system refuses as too long, run in pieces.
//!
//! The length of a command line is counted before a batch is made, but the count can be too low: the interpreter of a
//! script adds words, and a substitution may lengthen values. A refused batch is halved until the system accepts the
//! halves. It stays one job with one number, one record and one output, and its pieces run one after another. As jobs
//! of their own they would change the numbers of all later jobs, by which `-k` orders outputs and a resumed run
//! identifies jobs. The numbers would also depend on the time at which a job starts.

use crate::exec::{Attempt, Capture, Executor, Outcome, StartError, StartErrorKind, StopReason};
use crate::job::{Args, Words};
use crate::template::{Template, Values};
use std::time::Duration;

/// The first wait when the system has no room for a process. It doubles up to the longest one.
const REFUSED_WAIT: Duration = Duration::from_millis(10);
const REFUSED_WAIT_MAX: Duration = Duration::from_secs(1);
/// After this many waits, some half a minute, the job has failed.
const REFUSED_WAITS: u32 = 36;

/// Runs one command line within a time limit.
pub type RunOne<'a> = &'a mut dyn FnMut(Words, Option<Duration>) -> Attempt;

/// True when the records of this attempt must be run in pieces.
pub fn is_too_long(attempt: &Attempt, args: &Args) -> bool {
    args.records() > 1 && is_refused(attempt, StartErrorKind::TooLong)
}

/// Runs the records in pieces and returns one attempt for all of them. A failed piece does not keep the others from
/// running. A record that alone is too long is a failed piece.
pub fn run_pieces(
    template: &Template,
    executor: &Executor,
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
        let attempt = match template.render(&Values { args: &args, ..*values }) {
            Ok(argv) => run(argv, left),
            Err(error) => Attempt::not_started(
                refused.began,
                StartError { kind: StartErrorKind::Other, errno: 0, text: error.to_string() },
            ),
        };
        if is_too_long(&attempt, &args) {
            waiting.extend(halves(&args));
            continue;
        }
        // The job cannot be put back into the queue, because a part of it has run.
        if done.is_some() && is_refused(&attempt, StartErrorKind::Transient) && waits < REFUSED_WAITS {
            std::thread::sleep((REFUSED_WAIT * 2_u32.saturating_pow(waits)).min(REFUSED_WAIT_MAX));
            waits += 1;
            waiting.push(args);
            continue;
        }
        let is_last = matches!(attempt.outcome, Outcome::Stopped(_) | Outcome::TimedOut);
        let joined = match done {
            None => attempt,
            Some(done) => join(executor, done, attempt),
        };
        let is_stopped = matches!(joined.outcome, Outcome::Stopped(_));
        done = Some(joined);
        if is_last || is_stopped {
            break;
        }
    }
    done.unwrap_or(refused)
}

/// Two attempts as one.
fn join(executor: &Executor, first: Attempt, second: Attempt) -> Attempt {
    let mut lost = None;
    let mut join = |first: Capture, second: Capture| {
        executor.join_outputs(first, second).unwrap_or_else(|error| {
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

fn is_refused(attempt: &Attempt, kind: StartErrorKind) -> bool {
    matches!(&attempt.outcome, Outcome::NotStarted(error) if error.kind == kind)
}

/// The two halves in reverse order, because they are taken from the end.
fn halves(args: &Args) -> Vec<Args> {
    let mut halves = args.pieces(args.records().div_ceil(2));
    halves.reverse();
    halves
}

/// The outcome of a piece that follows another: the job has begun, so it cannot be reported as not started.
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

/// The worse of two outcomes; of two equal ones the first. A stopped job is worse than a failed start, which is worse
/// than an exit status.
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
    fn a_job_that_has_begun_is_neither_run_again_nor_reported_as_not_started() {
        assert_eq!(after_another(refused(StartErrorKind::Cancelled)), Outcome::Stopped(StopReason::Halted));
        for kind in [StartErrorKind::Transient, StartErrorKind::NotFound, StartErrorKind::Other] {
            assert_eq!(after_another(refused(kind)), refused(StartErrorKind::Other));
        }
        assert_eq!(after_another(refused(StartErrorKind::TooLong)), refused(StartErrorKind::TooLong));
        assert_eq!(after_another(Outcome::Exited(1)), Outcome::Exited(1));
    }
}
