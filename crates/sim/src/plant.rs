//! What is simulated: a machine, the resources its jobs use, the jobs and how they come in.

use crate::rng::Rng;
use crate::server::Curve;

/// Index of the CPU among a plant's servers.
pub const CPU: u8 = 0;
/// Index of plain waiting.
pub const WAIT: u8 = 1;
/// Index of the first own resource of a plant.
pub const OWN: u8 = 2;
/// A phase that takes a token or fails (its demand is how long being turned away takes).
pub const TOKEN: u8 = 254;
/// A phase that takes a connection or fails.
pub const CONNECT: u8 = 255;

/// One step of a job: so many seconds of work at a server.
#[derive(Clone, Copy, Debug)]
pub struct Phase {
    pub at: u8,
    pub demand: f64,
}

/// One job of the input.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    pub arrival: f64,
    /// Where its phases lie.
    pub first: u32,
    pub phases: u32,
    /// Peak memory in bytes beyond the program itself, and how long it takes to get there.
    pub memory: f64,
    pub ramp: f64,
    /// Probability of failing by itself.
    pub fails: f64,
}

/// The whole input.
#[derive(Clone, Debug, Default)]
pub struct Input {
    pub jobs: Vec<Job>,
    pub phases: Vec<Phase>,
}

impl Input {
    pub fn push(&mut self, phases: &[(u8, f64)]) {
        let first = self.phases.len() as u32;
        self.phases.extend(phases.iter().map(|&(at, demand)| Phase { at, demand }));
        let phases = phases.len() as u32;
        self.jobs.push(Job { arrival: 0.0, first, phases, memory: 0.0, ramp: 1.0, fails: 0.0 });
    }

    /// Gives every job memory: mean and spread of its peak, seconds until the peak.
    pub fn memory(&mut self, rng: &mut Rng, from: usize, mean: f64, ramp: f64, sigma: f64) {
        for job in &mut self.jobs[from..] {
            job.memory = (mean * (sigma * rng.normal() - sigma * sigma / 2.0).exp()).min(9e9);
            job.ramp = ramp;
        }
    }

    pub fn fails(&mut self, p: f64) {
        for job in &mut self.jobs {
            job.fails = p;
        }
    }

    /// Lets the jobs come in over time: `gap(k, t)` is the time after the one before.
    pub fn arrive(&mut self, mut gap: impl FnMut(usize, f64) -> f64) {
        let mut t = 0.0;
        for (k, job) in self.jobs.iter_mut().enumerate() {
            t += gap(k, t);
            job.arrival = t;
        }
    }
}

/// How long a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Long,
    Huge,
    /// 20 to 200 jobs.
    Short,
}

/// Makes the input of a plant from random numbers.
pub type Make = Box<dyn Fn(&mut Rng) -> Input + Send + Sync>;

/// A machine and a workload.
pub struct Plant {
    pub name: String,
    pub size: Size,
    pub cores: f64,
    /// Cost of context switches.
    pub ctx: f64,
    pub threads: f64,
    pub ram: f64,
    /// Memory in use before anything starts.
    pub base: f64,
    /// Seconds between two starts at least.
    pub spawn: f64,
    pub own: Vec<Curve>,
    /// The own resource that shows as I/O pressure.
    pub disk: bool,
    /// Tokens a second, and how many may be saved up.
    pub tokens: Option<(f64, f64)>,
    /// Jobs that may be at the first own resource.
    pub connections: Option<f64>,
    /// Jobs that the first own resource lets wait in line beyond its places; others try again after 1, 3, 7 s.
    pub backlog: Option<f64>,
    /// Turned-away jobs say so (`--backoff-on`).
    pub says_so: bool,
    /// Cores taken by others from a time on.
    pub neighbour: Vec<(f64, f64)>,
    /// Input comes in over time: latency counts from arrival.
    pub paced: bool,
    pub max: u32,
    /// What a drawn plant was drawn as, for `--trace`.
    pub about: String,
    pub make: Make,
}

impl Plant {
    pub fn new(name: &str, make: impl Fn(&mut Rng) -> Input + Send + Sync + 'static) -> Plant {
        Plant {
            name: name.to_owned(),
            size: Size::Long,
            cores: 4.0,
            ctx: 0.02,
            threads: 1.0,
            ram: 16e9,
            base: 1e9,
            spawn: 0.0005,
            own: Vec::new(),
            disk: false,
            tokens: None,
            connections: None,
            backlog: None,
            says_so: false,
            neighbour: Vec::new(),
            paced: false,
            max: 256,
            about: String::new(),
            make: Box::new(make),
        }
    }

    /// What is simulated, in one line.
    pub fn tell(&self) -> String {
        let mut tell = vec![format!("{} cores, {:.0} GB", self.cores, self.ram / 1e9)];
        if !self.about.is_empty() {
            tell.push(self.about.clone());
        }
        tell.extend(self.own.iter().map(|curve| format!("{curve:?}")));
        if let Some(n) = self.connections {
            let says_so = if self.says_so { ", and jobs say so" } else { "" };
            tell.push(format!("{n} connections{says_so}"));
        }
        let taken = |(from, taken): &(f64, f64)| format!("{taken:.1} cores taken from {from:.1} s on");
        tell.extend(self.neighbour.iter().map(taken));
        tell.join("; ")
    }

    #[must_use]
    pub fn size(mut self, size: Size) -> Plant {
        self.size = size;
        self
    }

    #[must_use]
    pub fn cores(mut self, cores: f64) -> Plant {
        self.cores = cores;
        self
    }

    #[must_use]
    pub fn own(mut self, curve: Curve) -> Plant {
        self.own.push(curve);
        self
    }

    #[must_use]
    pub fn disk(mut self, curve: Curve) -> Plant {
        self.own.push(curve);
        self.disk = true;
        self
    }

    #[must_use]
    pub fn paced(mut self) -> Plant {
        self.paced = true;
        self
    }
}

/// Inputs of several kinds, by what each job does.
pub mod jobs {
    use super::{CPU, Input, WAIT};
    use crate::rng::Rng;

    pub fn cpu(rng: &mut Rng, n: usize, mean: f64, sigma: f64) -> Input {
        let mut input = Input::default();
        for _ in 0..n {
            input.push(&[(CPU, rng.logn(mean, sigma))]);
        }
        input
    }

    /// A little CPU, then a stay at a server.
    pub fn at(rng: &mut Rng, n: usize, server: u8, mean: f64, sigma: f64, start: f64) -> Input {
        let mut input = Input::default();
        for _ in 0..n {
            input.push(&[(CPU, start), (server, rng.logn(mean, sigma))]);
        }
        input
    }

    pub fn wait(rng: &mut Rng, n: usize, mean: f64, sigma: f64) -> Input {
        at(rng, n, WAIT, mean, sigma, 0.002)
    }

    /// CPU and waiting in turn; `duty` is the CPU's part.
    pub fn mixed(rng: &mut Rng, n: usize, mean: f64, duty: f64, sigma: f64) -> Input {
        let mut input = Input::default();
        for _ in 0..n {
            let slice = rng.logn(mean, sigma) / 4.0;
            let mut phases = [(CPU, 0.0); 8];
            for pair in phases.chunks_exact_mut(2) {
                pair[0] = (CPU, slice * duty * rng.range(0.5, 1.5));
                pair[1] = (WAIT, slice * (1.0 - duty) * rng.range(0.5, 1.5));
            }
            input.push(&phases);
        }
        input
    }

    /// One input after another.
    pub fn then(mut a: Input, b: &Input) -> Input {
        let shift = a.phases.len() as u32;
        a.phases.extend_from_slice(&b.phases);
        a.jobs.extend(b.jobs.iter().map(|j| super::Job { first: j.first + shift, ..*j }));
        a
    }
}
