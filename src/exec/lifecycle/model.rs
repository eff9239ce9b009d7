//! The life of a child against a world of processes that knows nothing of the machine: who lives, who obeys which signal,
//! who holds the output open. Whatever happens in it, in whatever order, a job ends in bounded time, is reaped once, and is
//! not over while one of its processes lives that is to be ended: its slot is free only then (G4, G7).

use super::*;
use proptest::prelude::*;

const LEAK: Duration = Duration::from_millis(200);
const TERM: i32 = 15;

#[derive(Clone, Debug)]
struct Process {
    alive: bool,
    /// The signals other than KILL that end it.
    obeys: Vec<i32>,
    holds_output: bool,
}

/// What may happen by itself or from outside.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// A process ends by itself; the first one is the child.
    Ends(usize),
    /// A process begins or ends to hold the output.
    Closes(usize),
    Stop,
    Kill,
    Wait,
}

fn process() -> impl Strategy<Value = Process> {
    let obeys = prop_oneof![Just(vec![TERM, 2]), Just(vec![TERM]), Just(vec![])];
    (obeys, any::<bool>()).prop_map(|(obeys, holds_output)| Process { alive: true, obeys, holds_output })
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

struct World<'a> {
    life: Lifecycle<'a>,
    sequence: &'a TermSeq,
    now: Time,
    processes: Vec<Process>,
    /// The first to ask, while the child lived: when, and whether for KILL at once.
    asked: Option<Time>,
    killed_at_once: bool,
    /// What was told to the machine already.
    told_closed: bool,
    told_exited: bool,
    /// Signals sent to the job, and when.
    sent: Vec<(Time, i32)>,
    reaped: Option<Time>,
}

impl World<'_> {
    fn deliver(&mut self, signal: i32) {
        self.sent.push((self.now, signal));
        for process in self.processes.iter_mut().filter(|process| process.alive) {
            process.alive = signal != 9 && !process.obeys.contains(&signal);
        }
    }

    fn feed(&mut self, event: Event) {
        assert_eq!(self.reaped, None, "{event:?} after the reap");
        for action in self.life.handle(self.now, event).into_iter().flatten() {
            assert_eq!(self.reaped, None, "{action:?} after the reap");
            match action {
                Action::Signal(signal) => self.deliver(signal),
                Action::Sweep => self.deliver(9),
                Action::CloseOutput => {
                    let held = self.processes.iter().any(|process| process.alive && process.holds_output);
                    assert!(held || self.told_exited, "closed what nobody else holds");
                    self.processes.iter_mut().for_each(|process| process.holds_output = false);
                }
                Action::Reap => {
                    assert!(!self.processes[0].alive, "reaped alive");
                    if self.asked.is_some() {
                        let left = self.processes.iter().filter(|process| process.alive).count();
                        assert_eq!(left, 0, "the slot is free, and processes of the job live");
                    }
                    self.reaped = Some(self.now);
                }
            }
        }
    }

    /// What the worker would see now, told in the order it looks.
    fn look(&mut self) {
        let open = |process: &Process| process.alive && process.holds_output;
        if self.reaped.is_none() && !self.told_closed && !self.processes.iter().any(open) {
            self.told_closed = true;
            self.feed(Event::OutputClosed);
        }
        if self.reaped.is_none() && !self.told_exited && !self.processes[0].alive {
            self.told_exited = true;
            self.feed(Event::Exited);
        }
        if self.reaped.is_none() && self.told_exited && matches!(self.life.phase(), Phase::Terminating { .. })
        {
            let left = self.processes[1..].iter().any(|process| process.alive);
            self.feed(Event::Survivors(left));
        }
    }

    fn ask(&mut self, kill: bool) {
        if self.reaped.is_some() {
            return;
        }
        let alive = self.processes[0].alive;
        if alive && self.asked.is_none() {
            self.asked = Some(self.now);
            self.killed_at_once = kill;
            // Who asks sends the first signal; a KILL comes from the machine.
            if let Some(first) = self.sequence.steps().first().filter(|first| !kill && first.signal != 9) {
                self.deliver(first.signal);
            }
            self.feed(if kill { Event::KillAsked } else { Event::StopAsked });
        } else if self.asked.is_some() || self.told_exited {
            self.killed_at_once |= kill && self.asked.is_some();
            self.feed(if kill { Event::KillAsked } else { Event::StopAsked });
        }
    }

    /// Lets time pass, in the steps in which the worker wakes.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.reaped.is_none() {
            self.look();
            if self.reaped.is_some() {
                break;
            }
            match self.life.wake().filter(|&wake| wake <= until) {
                Some(wake) => {
                    self.now = self.now.max(wake);
                    self.feed(Event::Clock);
                }
                None => break,
            }
        }
        self.now = self.now.max(until);
    }
}

/// How long the whole sequence may take, with the last KILL and the leak time behind it.
fn longest(sequence: &TermSeq) -> Duration {
    sequence.steps().iter().map(|step| step.wait).sum::<Duration>() + KILL_AGAIN + LEAK
}

proptest! {
    #[test]
    fn a_job_ends_as_the_world_allows(
        processes in proptest::collection::vec(process(), 1..4),
        acts in proptest::collection::vec((0u64..300, act()), 0..30),
        sequence in prop_oneof![
            Just("TERM,200,TERM,100,TERM,50,KILL,25"), Just("INT,5,TERM,7"), Just("KILL,25"), Just("TERM,50,KILL,25"),
        ],
    ) {
        let sequence: TermSeq = sequence.parse().unwrap();
        let mut world = World {
            life: Lifecycle::new(&sequence, LEAK, false),
            sequence: &sequence,
            now: Time::ZERO,
            processes,
            asked: None,
            killed_at_once: false,
            told_closed: false,
            told_exited: false,
            sent: Vec::new(),
            reaped: None,
        };
        for (ms, act) in acts {
            match act {
                Act::Ends(at) => if let Some(process) = world.processes.get_mut(at) { process.alive = false },
                Act::Closes(at) => if let Some(process) = world.processes.get_mut(at) { process.holds_output = false },
                Act::Stop => world.ask(false),
                Act::Kill => world.ask(true),
                Act::Wait => {}
            }
            world.pass(Duration::from_millis(ms));
        }
        // The child ends at last, or was asked to.
        if world.asked.is_none() {
            world.processes[0].alive = false;
        }
        world.pass(longest(&sequence));
        prop_assert!(world.reaped.is_some(), "it never ends: {:?}", world.life);
        match world.asked {
            None => {
                prop_assert_eq!(&world.sent, &[], "nobody asked for that");
            }
            Some(asked) => {
                prop_assert!(!world.life.leaked() || world.told_exited);
                let reaped = world.reaped.unwrap_or_default();
                prop_assert!(reaped <= asked + longest(&sequence), "{reaped:?}, asked at {asked:?}");
                // The sequence in its order, no step before its time, unless it was to be killed at once.
                let mut due = asked;
                for (step, &(at, signal)) in sequence.steps().iter().zip(&world.sent) {
                    if signal != step.signal {
                        prop_assert_eq!(signal, 9);
                        prop_assert!(world.killed_at_once, "killed before its turn: {:?}", world.sent);
                        break;
                    }
                    prop_assert!(at >= due || world.killed_at_once, "too early: {:?}", world.sent);
                    due = due + step.wait;
                }
            }
        }
        // What the child left behind when it ended by itself lives on.
        if world.asked.is_none() {
            prop_assert_eq!(world.life.leaked(), !world.told_closed);
        }
    }
}
