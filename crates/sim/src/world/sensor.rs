//! What a policy can see of a plant, honest or hostile.

use crate::plant::CPU;
use crate::world::machine::Machine;
use adaptive_pool::policy::{Memory, Pressure, Reading, TaskId, TaskReading, TasksReading};
use adaptive_pool::time::Time;
use std::time::Duration;

/// How well the machine can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensing {
    /// Linux with everything.
    #[default]
    Full,
    /// No reading of running tasks: only what `wait4` reports of ended ones.
    NoTasks,
    /// No run queue at all, and no pressure; running tasks are read.
    NoQueue,
    /// macOS: `wait4`, CPU use of the machine, memory.
    Mac,
    /// A container that shows 0 % CPU use, no run queue, no pressure.
    ZeroCpu,
    /// Everything, until pressure and run queue vanish after 3 s.
    Vanishing,
    /// The clock jumps ahead by an hour after 5 s.
    ClockStep,
    /// Each field is missing at random half of the time.
    Flaky,
    /// Nothing but starts and ends of tasks.
    Blind,
    /// Everything, but late: the machine is crowded, and a reading takes up to a third of a second.
    Late,
    /// Everything, on a machine that stands still for up to a second now and then: its host gave it no time.
    Stalls,
}

impl Sensing {
    /// Every mode, with its name.
    pub const ALL: [(Sensing, &'static str); 11] = [
        (Sensing::Full, "full"),
        (Sensing::NoTasks, "no-tasks"),
        (Sensing::NoQueue, "no-queue"),
        (Sensing::Mac, "mac"),
        (Sensing::ZeroCpu, "zero-cpu"),
        (Sensing::Vanishing, "vanishing"),
        (Sensing::ClockStep, "clock-step"),
        (Sensing::Flaky, "flaky"),
        (Sensing::Blind, "blind"),
        (Sensing::Late, "late"),
        (Sensing::Stalls, "stalls"),
    ];
}

const STEP_AT: f64 = 5.0;
const STEP: f64 = 3600.0;
/// sysinfo's CPU use means nothing over a shorter time.
const CPU_EVERY: f64 = 0.2;
/// Running tasks read in one reading.
const SAMPLE: usize = 64;
/// The longest that a reading takes on a crowded machine, in seconds.
const LATE: f64 = 0.3;
/// A machine that stands still does so in half of all seconds, at most this long each, for so many seconds.
const STALL: f64 = 0.8;
const STALLS: u64 = 60;

#[derive(Debug, Default)]
pub struct Sensor {
    mode: Sensing,
    cpu: Option<f64>,
    cpu_at: f64,
    busy: f64,
    rotation: usize,
    reads: u64,
    /// A reading that was taken and has not reached the pool yet.
    pub pending: Option<Reading>,
    /// When the clock goes ahead of what happens, and by how much.
    jumps: Vec<(f64, f64)>,
}

impl Sensor {
    /// `seed`: of the moments in which the machine stands still.
    pub fn new(mode: Sensing, seed: u64) -> Sensor {
        let stall = |second: u64| {
            let draw = |salt: u64| crate::rng::draw(seed ^ 0x57A1, 8 * second + salt);
            let long = draw(0) < 0.5;
            (second as f64 + draw(1), if long { STALL * draw(2) } else { 0.0 })
        };
        let jumps = match mode {
            Sensing::ClockStep => vec![(STEP_AT, STEP)],
            Sensing::Stalls => (0..STALLS).map(stall).collect(),
            _ => Vec::new(),
        };
        Sensor { mode, jumps, ..Sensor::default() }
    }

    /// The time on the pool's clock.
    pub fn time(&self, t: f64) -> Time {
        Time::from_secs(t + self.jumps.iter().take_while(|(at, _)| *at <= t).map(|jump| jump.1).sum::<f64>())
    }

    /// The moment at which the pool's clock shows this.
    pub fn real(&self, shown: f64) -> f64 {
        let mut t = shown;
        for &(at, ahead) in self.jumps.iter().take_while(|(at, _)| *at <= shown) {
            if t < at {
                break;
            }
            t = (t - ahead).max(at);
        }
        t
    }

    /// How long the reading takes that was taken last, in seconds.
    pub fn delay(&self) -> f64 {
        if self.mode == Sensing::Late { LATE * crate::rng::draw(self.reads, 6) } else { 0.0 }
    }

    /// Whether the CPU time and memory of ended tasks are known.
    pub fn rusage(&self) -> bool {
        self.mode != Sensing::Blind
    }

    pub fn read(&mut self, machine: &mut Machine<'_>) -> Reading {
        self.reads += 1;
        let t = machine.t;
        for s in &mut machine.servers {
            s.sync(t);
        }
        if self.mode == Sensing::Blind {
            return Reading::default();
        }
        let late = self.mode == Sensing::Vanishing && t > 3.0;
        let bare = matches!(self.mode, Sensing::NoQueue | Sensing::Mac | Sensing::ZeroCpu) || late;
        let mut reading = Reading {
            at: self.time(t),
            cpu: self.cpu(machine),
            memory: Some(Memory {
                total: machine.plant.ram as u64,
                available: (machine.plant.ram - machine.memory_used()).max(0.0) as u64,
            }),
            run_queue: (!bare).then(|| queue(machine, true)),
            pressure: (!bare).then(|| pressure(machine)),
            tasks: (!matches!(self.mode, Sensing::NoTasks | Sensing::Mac | Sensing::ZeroCpu))
                .then(|| self.tasks(machine)),
            ..Reading::default()
        };
        if self.mode == Sensing::Late {
            reading.lag = Some(Duration::from_secs_f64(self.delay()));
        }
        if self.mode == Sensing::NoQueue
            && let Some(tasks) = &mut reading.tasks
        {
            tasks.runnable = f64::NAN; // not known on this system
        }
        if self.mode == Sensing::ZeroCpu {
            reading.cpu = Some(0.0);
        }
        if self.mode == Sensing::Flaky {
            self.forget(&mut reading);
        }
        reading
    }

    /// The run queue between two readings, and what was granted a start and is no process yet.
    pub fn probe(&self, machine: &Machine<'_>, granted: usize) -> Option<f64> {
        let sees = match self.mode {
            Sensing::Full | Sensing::ClockStep | Sensing::Late | Sensing::Stalls => true,
            Sensing::Vanishing => machine.t <= 3.0,
            Sensing::Flaky => crate::rng::draw(self.reads, 7) >= 0.5,
            Sensing::NoQueue | Sensing::NoTasks | Sensing::Mac | Sensing::ZeroCpu | Sensing::Blind => false,
        };
        sees.then(|| queue(machine, true) + granted as f64 * machine.plant.threads)
    }

    fn forget(&self, reading: &mut Reading) {
        let lost = |k: u64| crate::rng::draw(self.reads, k) < 0.5;
        reading.cpu = reading.cpu.filter(|_| !lost(1));
        reading.memory = reading.memory.filter(|_| !lost(2));
        reading.run_queue = reading.run_queue.filter(|_| !lost(3));
        reading.pressure = reading.pressure.filter(|_| !lost(4));
        reading.tasks = reading.tasks.take().filter(|_| !lost(5));
    }

    fn cpu(&mut self, machine: &Machine<'_>) -> Option<f64> {
        if machine.t - self.cpu_at >= CPU_EVERY {
            let busy = machine.servers[0].busy + machine.stolen();
            self.cpu =
                Some(((busy - self.busy) / (machine.t - self.cpu_at) / machine.plant.cores).clamp(0.0, 1.0));
            self.cpu_at = machine.t;
            self.busy = busy;
        }
        self.cpu
    }

    fn tasks(&mut self, machine: &Machine<'_>) -> TasksReading {
        let n = machine.running.len();
        let from = if n > SAMPLE { self.rotation % n } else { 0 };
        self.rotation = self.rotation.wrapping_add(SAMPLE);
        let each = (0..n.min(SAMPLE)).map(|k| {
            let a = &machine.attempts[machine.running[(from + k) % n] as usize];
            let now =
                if a.server == CPU && a.frozen.is_none() { machine.servers[0].each - a.mark } else { 0.0 };
            TaskReading {
                id: TaskId(a.id),
                started: self.time(a.start),
                cpu: Duration::from_secs_f64((a.cpu + now).max(0.0)),
                rss: machine.rss(a) as u64,
                suspended: a.frozen.is_some(),
            }
        });
        TasksReading {
            cpu: Duration::from_secs_f64((machine.servers[0].busy - machine.ended_cpu).max(0.0)),
            ended: Duration::from_secs_f64(machine.ended_cpu),
            runnable: queue(machine, false),
            each: each.collect(),
            threads: false,
        }
    }
}

fn queue(machine: &Machine<'_>, all: bool) -> f64 {
    let own = machine.servers[0].running() as f64 * machine.plant.threads;
    let stolen = match &machine.servers[0].curve {
        crate::server::Curve::Cpu { stolen, .. } if all => *stolen,
        _ => 0.0,
    };
    (own + stolen).round()
}

fn pressure(machine: &Machine<'_>) -> Pressure {
    let io = if machine.plant.disk { machine.servers.last().map_or(0.0, |s| s.stall) } else { 0.0 };
    Pressure {
        cpu_some: Duration::from_secs_f64(machine.servers[0].stall),
        io_some: Duration::from_secs_f64(io),
        ..Pressure::default()
    }
}
