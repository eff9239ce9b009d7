//! The end of a run: what was sent to the sink is still to be written, and who reads it may be slow, or stuck.
//!
//! Nothing runs any more, but somebody must go on listening to signals: without that a reader that does not read could
//! not be left. The first signal makes the run an interrupted one and still waits; the next gives the output up.

use crate::run::Cause;
use crate::run::Outcome;
use crate::run::events::EventSources;
use crate::sink::{Sink, SinkEvent, SinkSender};
use crate::sys::signals::{SIGCONT, SIGTSTP, SIGUSR1, SIGUSR2};
use crate::sys::{errno, fault};
use adaptive_pool::pool::{AdaptivePool, Metrics};
use crossbeam_channel::{Receiver, bounded, select_biased};
use std::io::ErrorKind;
use std::time::Duration;

/// How long the terminal may take to be cleared when the output was given up.
const AT_MOST: Duration = Duration::from_millis(200);

/// Ends the pool, and gives its last figures. No job runs any more, but a worker may wait until the sink takes its output.
pub fn close(
    pool: AdaptivePool,
    sink: &SinkSender,
    sources: &EventSources,
    outcome: &mut Outcome,
) -> Metrics {
    if sink.has_room_for(pool.running() as usize) {
        return pool.leave().metrics;
    }
    let ((give, given), (tx, rx)) = (bounded::<AdaptivePool>(1), bounded(1));
    let thread = fault::spawn(std::thread::Builder::new().name("closing".into()), move || {
        if let Ok(pool) = given.recv() {
            // Nobody may be waiting any more.
            let _ = tx.send(pool.shutdown(false).metrics);
        }
    });
    if thread.is_err() {
        return pool.shutdown(false).metrics;
    }
    let _ = give.send(pool);
    // Once the output is given up nobody waits for the sink, so the end is near.
    wait(&rx, sink, sources, outcome).or_else(|| rx.recv().ok()).unwrap_or_default()
}

/// Writes everything that the jobs have sent; that it cannot be written is said, and noted in the outcome. With nothing
/// else left to be said the sink ends there and then, which saves a run of one short job two changes of threads.
pub fn flush(sink: &SinkSender, sources: &EventSources, outcome: &mut Outcome, last: bool) {
    let rx = if last { sink.conclude() } else { sink.flush() };
    wait(&rx, sink, sources, outcome);
    note(sources, outcome, sink);
}

/// Writes what is left and ends the sink.
pub fn finish(sink: Sink, sources: &EventSources, outcome: &mut Outcome) {
    let sender = sink.sender();
    let report = sink.finish_with(|report| wait(report, &sender, sources, outcome));
    note(sources, outcome, &sender);
    if report.is_none_or(|report| report.broken) && outcome.broken.is_none() && !interrupted(outcome) {
        outcome.broken = Some(ErrorKind::Other);
    }
}

fn interrupted(outcome: &Outcome) -> bool {
    matches!(outcome.stopped, Some(Cause::Signal(_)))
}

fn wait<T>(
    done: &Receiver<T>,
    sink: &SinkSender,
    sources: &EventSources,
    outcome: &mut Outcome,
) -> Option<T> {
    while !sink.is_discarding() {
        select_biased! {
            recv(done) -> rx => return rx.ok(),
            recv(sources.signals.received) -> signal => match signal {
                Ok(SIGTSTP) => stop_here(sink),
                Ok(SIGCONT | SIGUSR1 | SIGUSR2) => {}
                Ok(_) if interrupted(outcome) => sink.discard(),
                Ok(signal) => outcome.stopped = Some(Cause::Signal(signal)),
                Err(_) => return done.recv().ok(),
            },
        }
    }
    done.recv_timeout(AT_MOST).ok()
}

/// Ctrl-Z.
fn stop_here(sink: &SinkSender) {
    sink.suspend();
    crate::sys::signals::kill_one(std::process::id().cast_signed(), crate::sys::signals::SIGSTOP);
    sink.resume();
}

fn note(sources: &EventSources, outcome: &mut Outcome, sink: &SinkSender) {
    for event in sources.sink.try_iter() {
        if let SinkEvent::Broken { error, .. } = event
            && outcome.broken.is_none()
        {
            outcome.broken = Some(error.kind());
            if error.kind() != ErrorKind::BrokenPipe {
                sink.line(format!("apool: cannot write the output: {}", errno::words(&error)));
            }
        }
    }
}
