//! Waits for the pool and the sink at the end of a run. The reader of our output may be slow or blocked.
//!
//! Signals are handled meanwhile, so that the user can always end the process. The first signal marks the run as
//! interrupted, and the wait continues. The second one drops the output.

use crate::run::events::EventSources;
use crate::run::events::suspend::suspend_output;
use crate::run::ledger::Cause;
use crate::run::outcome::RunOutcome;
use crate::sink::{Sink, SinkEvent, SinkSender};
use crate::sys::signals::{SIGCONT, SIGTSTP, SIGUSR1, SIGUSR2};
use crate::sys::{errno, fault};
use adaptive_pool::pool::{AdaptivePool, Metrics};
use crossbeam_channel::{Receiver, bounded, select_biased};
use std::io::ErrorKind;
use std::time::Duration;

/// How long the sink may take to clear the terminal after the output was dropped.
const CLEAR_MAX: Duration = Duration::from_millis(200);

/// Ends the pool and returns its last figures. No job runs any more, but a worker may wait until the sink takes its
/// output.
pub fn close_pool(
    pool: AdaptivePool,
    sink: &SinkSender,
    sources: &EventSources,
    outcome: &mut RunOutcome,
) -> Metrics {
    if sink.has_room_for(pool.running() as usize) {
        return pool.leave().metrics;
    }
    let ((pool_tx, pool_rx), (tx, rx)) = (bounded::<AdaptivePool>(1), bounded(1));
    let thread = fault::spawn(std::thread::Builder::new().name("closing".into()), move || {
        if let Ok(pool) = pool_rx.recv() {
            // An error means that the wait below was given up.
            let _ = tx.send(pool.shutdown(false).metrics);
        }
    });
    if thread.is_err() {
        return pool.shutdown(false).metrics;
    }
    let _ = pool_tx.send(pool);
    // When the output is dropped no worker waits for the sink, and the pool ends soon.
    wait(&rx, sink, sources, outcome).or_else(|| rx.recv().ok()).unwrap_or_default()
}

/// Writes the output of the jobs. A write error is printed and noted in the outcome. With `is_last` nothing follows and
/// the sink ends at once, which saves a run of one short job two changes of threads.
pub fn flush(sink: &SinkSender, sources: &EventSources, outcome: &mut RunOutcome, is_last: bool) {
    let rx = if is_last { sink.conclude() } else { sink.flush() };
    wait(&rx, sink, sources, outcome);
    note_error(sources, outcome, sink);
}

/// Writes the remaining lines and ends the sink.
pub fn end_sink(sink: Sink, sources: &EventSources, outcome: &mut RunOutcome) {
    let sender = sink.sender();
    let report = sink.finish_with(|report| wait(report, &sender, sources, outcome));
    note_error(sources, outcome, &sender);
    if report.is_none_or(|report| report.broken) && outcome.broken.is_none() && !interrupted(outcome) {
        outcome.broken = Some(ErrorKind::Other);
    }
}

fn interrupted(outcome: &RunOutcome) -> bool {
    matches!(outcome.stopped, Some(Cause::Signal(_)))
}

/// Waits for a message, and handles signals meanwhile.
fn wait<T>(
    done: &Receiver<T>,
    sink: &SinkSender,
    sources: &EventSources,
    outcome: &mut RunOutcome,
) -> Option<T> {
    while !sink.is_discarding() {
        select_biased! {
            recv(done) -> rx => return rx.ok(),
            recv(sources.signals.received) -> signal => match signal {
                Ok(SIGTSTP) => suspend_output(sink),
                Ok(SIGCONT | SIGUSR1 | SIGUSR2) => {}
                Ok(_) if interrupted(outcome) => sink.discard(),
                Ok(signal) => outcome.stopped = Some(Cause::Signal(signal)),
                Err(_) => return done.recv().ok(),
            },
        }
    }
    done.recv_timeout(CLEAR_MAX).ok()
}

/// Notes a write error of the sink in the outcome.
fn note_error(sources: &EventSources, outcome: &mut RunOutcome, sink: &SinkSender) {
    for event in sources.sink.try_iter() {
        if let SinkEvent::Broken { error, .. } = event
            && outcome.broken.is_none()
        {
            outcome.broken = Some(error.kind());
            if error.kind() != ErrorKind::BrokenPipe {
                sink.say(&format!("cannot write the output: {}", errno::words(&error)));
            }
        }
    }
}
