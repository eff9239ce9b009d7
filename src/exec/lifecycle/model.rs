//! Tests the state machine against simulated processes: which are alive, which signals end them, and which keep the
//! output open. With any events in any order, a job ends in bounded time and is reaped once. Its slot is not free while
//! a process of it is alive that must be ended (G4, G7).

use super::*;
use proptest::prelude::*;

const LEAK: Duration = Duration::from_millis(200);
const TERM: i32 = 15;

#[derive(Clone, Debug)]
struct Process {
    alive: bool,
    /// The signals other than KILL that end it.
    fatal_signals: Vec<i32>,
    holds_output: bool,
}

/// An event from outside.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// A process ends by itself. The first one is the child.
    Ends(usize),
    /// A process closes the output, or opens it again.
    Closes(usize),
    Stop,
    Kill,
    Wait,
}

fn process() -> impl Strategy<Value = Process> {
    let fatal_signals = prop_oneof![Just(vec![TERM, 2]), Just(vec![TERM]), Just(vec![])];
    (fatal_signals, any::<bool>()).prop_map(|(fatal_signals, holds_output)| Process {
        alive: true,
        fatal_signals,
        holds_output,
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0usize..4).prop_map(Act::Ends),
        2 => (0usize..4).prop_map(Act::Closes),
        1 => Just(Act::Stop),
        1 => Just(Act::Kill),
        4 => Just(Act::Wait),
    ]
}

struct Simulation<'a> {
    lifecycle: Lifecycle<'a>,
    sequence: &'a TermSeq,
    now: Time,
    processes: Vec<Process>,
    /// The time of the first request while the child was alive.
    requested: Option<Time>,
    /// A KILL at once was requested.
    killed_at_once: bool,
    /// The state machine has received this event.
    closed_sent: bool,
    exited_sent: bool,
    /// Signals that were sent to the job, with their times.
    sent: Vec<(Time, i32)>,
    reaped: Option<Time>,
}

impl Simulation<'_> {
    fn deliver(&mut self, signal: i32) {
        self.sent.push((self.now, signal));
        for process in self.processes.iter_mut().filter(|process| process.alive) {
            process.alive = signal != 9 && !process.fatal_signals.contains(&signal);
        }
    }

    fn apply(&mut self, event: Event) {
        assert_eq!(self.reaped, None, "{event:?} after the reap");
        for action in self.lifecycle.handle(self.now, event).into_iter().flatten() {
            assert_eq!(self.reaped, None, "{action:?} after the reap");
            match action {
                Action::Signal(signal) => self.deliver(signal),
                Action::Sweep => self.deliver(9),
                Action::CloseOutput => {
                    let open_elsewhere =
                        self.processes.iter().any(|process| process.alive && process.holds_output);
                    assert!(
                        open_elsewhere || self.exited_sent,
                        "closed an output that no other process has open"
                    );
                    self.processes.iter_mut().for_each(|process| process.holds_output = false);
                }
                Action::Reap => {
                    assert!(!self.processes[0].alive, "reaped alive");
                    if self.requested.is_some() {
                        let left = self.processes.iter().filter(|process| process.alive).count();
                        assert_eq!(left, 0, "the slot is free, and processes of the job live");
                    }
                    self.reaped = Some(self.now);
                }
            }
        }
    }

    /// The events that the worker would see now, in its order.
    fn observe(&mut self) {
        let open = |process: &Process| process.alive && process.holds_output;
        if self.reaped.is_none() && !self.closed_sent && !self.processes.iter().any(open) {
            self.closed_sent = true;
            self.apply(Event::OutputClosed);
        }
        if self.reaped.is_none() && !self.exited_sent && !self.processes[0].alive {
            self.exited_sent = true;
            self.apply(Event::Exited);
        }
        if self.reaped.is_none()
            && self.exited_sent
            && matches!(self.lifecycle.phase(), Phase::Terminating { .. })
        {
            let left = self.processes[1..].iter().any(|process| process.alive);
            self.apply(Event::Survivors(left));
        }
    }

    fn request(&mut self, kill: bool) {
        if self.reaped.is_some() {
            return;
        }
        let alive = self.processes[0].alive;
        if alive && self.requested.is_none() {
            self.requested = Some(self.now);
            self.killed_at_once = kill;
            // The requester sends the first signal. A KILL comes from the state machine.
            if let Some(first) = self.sequence.steps().first().filter(|first| !kill && first.signal != 9) {
                self.deliver(first.signal);
            }
            self.apply(if kill { Event::KillRequested } else { Event::StopRequested });
        } else if self.requested.is_some() || self.exited_sent {
            self.killed_at_once |= kill && self.requested.is_some();
            self.apply(if kill { Event::KillRequested } else { Event::StopRequested });
        }
    }

    /// Lets time pass, in the steps in which the worker wakes.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.reaped.is_none() {
            self.observe();
            if self.reaped.is_some() {
                break;
            }
            match self.lifecycle.wake().filter(|&wake| wake <= until) {
                Some(wake) => {
                    self.now = self.now.max(wake);
                    self.apply(Event::Clock);
                }
                None => break,
            }
        }
        self.now = self.now.max(until);
    }
}

/// The longest time of the whole sequence, with the last KILL and the leak time.
fn longest(sequence: &TermSeq) -> Duration {
    sequence.steps().iter().map(|step| step.wait).sum::<Duration>() + KILL_RETRY + LEAK
}

proptest! {
    #[test]
    fn every_job_ends_in_bounded_time(
        processes in proptest::collection::vec(process(), 1..4),
        acts in proptest::collection::vec((0u64..300, act()), 0..30),
        sequence in prop_oneof![
            Just("TERM,200,TERM,100,TERM,50,KILL,25"), Just("INT,5,TERM,7"), Just("KILL,25"), Just("TERM,50,KILL,25"),
        ],
    ) {
        let sequence: TermSeq = sequence.parse().unwrap();
        let mut simulation = Simulation {
            lifecycle: Lifecycle::new(&sequence, LEAK, false),
            sequence: &sequence,
            now: Time::ZERO,
            processes,
            requested: None,
            killed_at_once: false,
            closed_sent: false,
            exited_sent: false,
            sent: Vec::new(),
            reaped: None,
        };
        for (ms, act) in acts {
            match act {
                Act::Ends(at) => if let Some(process) = simulation.processes.get_mut(at) { process.alive = false },
                Act::Closes(at) => if let Some(process) = simulation.processes.get_mut(at) { process.holds_output = false },
                Act::Stop => simulation.request(false),
                Act::Kill => simulation.request(true),
                Act::Wait => {}
            }
            simulation.pass(Duration::from_millis(ms));
        }
        // The child ends, unless a request ended it.
        if simulation.requested.is_none() {
            simulation.processes[0].alive = false;
        }
        simulation.pass(longest(&sequence));
        prop_assert!(simulation.reaped.is_some(), "it never ends: {:?}", simulation.lifecycle);
        match simulation.requested {
            None => {
                prop_assert_eq!(&simulation.sent, &[], "a signal without a request");
            }
            Some(requested) => {
                prop_assert!(!simulation.lifecycle.leaked() || simulation.exited_sent);
                let reaped = simulation.reaped.unwrap_or_default();
                prop_assert!(reaped <= requested + longest(&sequence), "{reaped:?}, requested at {requested:?}");
                // The signals follow the sequence, and no step comes early, except after a KILL at once.
                let mut due = requested;
                for (step, &(at, signal)) in sequence.steps().iter().zip(&simulation.sent) {
                    if signal != step.signal {
                        prop_assert_eq!(signal, 9);
                        prop_assert!(simulation.killed_at_once, "killed before its turn: {:?}", simulation.sent);
                        break;
                    }
                    prop_assert!(at >= due || simulation.killed_at_once, "too early: {:?}", simulation.sent);
                    due = due + step.wait;
                }
            }
        }
        // Processes that are left after the exit of the child stay alive.
        if simulation.requested.is_none() {
            prop_assert_eq!(simulation.lifecycle.leaked(), !simulation.closed_sent);
        }
    }
}
