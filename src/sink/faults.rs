//! Makes the n-th write fail, for every n. The output of every reported job must be complete and present once.

use super::double::{Double, Step};
use super::tests::{config, memory, spilled};
use super::*;
use crate::job::Seq;
use crossbeam_channel::unbounded;
use std::io::ErrorKind;

const JOBS: u64 = 20;

fn text(seq: u64) -> String {
    format!("<job {seq} says {}>\n", "x".repeat(seq as usize * 7))
}

/// Runs all jobs on an output whose n-th call has this result. Returns the reported jobs, whether output was lost, and
/// the output.
fn run(order: Order, n: usize, step: Step) -> (Vec<u64>, bool, String) {
    let out = Double::with(std::iter::repeat_n(Step::Take(usize::MAX), n).chain([step]));
    let mut config = config(out.output(), Double::pipe().output());
    config.order = order;
    let (tx, rx) = unbounded();
    let sink = Sink::start(config, tx).unwrap();
    let to = sink.sender();
    // In reverse order, so that the input order needs buffering.
    for seq in (1..=JOBS).rev() {
        let captured = if seq % 3 == 0 { spilled(&text(seq)) } else { memory(&text(seq)) };
        to.done(Seq(seq), None, captured, memory(""));
    }
    let broken = sink.finish().broken;
    let mut emitted = Vec::new();
    for event in rx {
        if let SinkEvent::Emitted(seqs) = event {
            emitted.extend(seqs.into_iter().map(|seq| seq.0));
        }
    }
    (emitted, broken, out.text())
}

#[test]
fn the_nth_write_fails() {
    for order in [Order::Finished, Order::Input] {
        for n in 0..=JOBS as usize {
            for kind in [ErrorKind::StorageFull, ErrorKind::BrokenPipe, ErrorKind::Other] {
                let (mut emitted, _, output) = run(order, n, Step::Fail(kind));
                assert!(emitted.iter().all(|&seq| output.contains(&text(seq))), "{order:?} {n} {kind:?}");
                let count = emitted.len();
                emitted.sort_unstable();
                emitted.dedup();
                assert_eq!(emitted.len(), count, "emitted twice: {order:?} {n} {kind:?}");
            }
        }
        // There is always a first write.
        assert!(run(order, 0, Step::Fail(ErrorKind::StorageFull)).1);
    }
}

#[test]
fn the_nth_write_is_short_or_interrupted() {
    for order in [Order::Finished, Order::Input] {
        for n in 0..=JOBS as usize {
            for step in [
                Step::Take(1),
                Step::Take(5),
                Step::Fail(ErrorKind::Interrupted),
                Step::Fail(ErrorKind::WouldBlock),
            ] {
                let (emitted, broken, output) = run(order, n, step);
                assert!(!broken && emitted.len() as u64 == JOBS, "{order:?} {n} {step:?}");
                assert_eq!(output.len() as u64, (1..=JOBS).map(|seq| text(seq).len() as u64).sum::<u64>());
            }
        }
    }
}
