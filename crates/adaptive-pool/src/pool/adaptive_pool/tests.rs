//! The pool on real threads. No test waits for a time: channels hold and release tasks.

mod harm;
mod life;

use super::*;
use crate::policy::{Admit, Decision, Guard, Observation, Policy, Verdict, Why};
use crate::pool::{Advice, DecisionEvent, DecisionRecord, TaskError};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Decides these limits in turn, again and again.
struct Saw(Vec<u32>, usize, Duration);

impl Policy for Saw {
    fn name(&self) -> &'static str {
        "saw"
    }

    fn initial(&self, _bounds: Bounds) -> u32 {
        self.0[0]
    }

    fn decide(&mut self, _seen: &Observation<'_>) -> Decision {
        self.1 += 1;
        Decision::new(self.0[self.1 % self.0.len()], Why::Initial, self.2)
    }
}

fn config(limit: u32) -> PoolConfig {
    PoolConfig { min: 1, max: limit.max(4), thread_name: "test".to_owned(), ..PoolConfig::default() }
}

fn fixed(limit: u32) -> Hooks {
    Hooks { policy: Some(Box::new(Saw(vec![limit], 0, Duration::from_millis(50)))), ..Hooks::default() }
}

fn pool(limit: u32) -> AdaptivePool {
    AdaptivePool::with(config(limit), fixed(limit)).expect("a pool")
}

/// A task that reports its start and then waits for `go`.
struct Gated {
    begun: Receiver<()>,
    go: Sender<()>,
}

fn gate() -> (Gated, impl FnOnce() + Send + Clone + 'static) {
    let (tx, begun) = unbounded();
    let (go, wait) = unbounded::<()>();
    (Gated { begun, go }, move || {
        tx.send(()).expect("a receiver");
        let _ = wait.recv();
    })
}

const FIRST: Priority = Priority(0);
