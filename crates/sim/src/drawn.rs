//! Plants drawn at random, so that no law is fitted to the named ones.

use crate::named::{HDD, SSD};
use crate::plant::{CONNECT, CPU, Input, OWN, Plant, Size, WAIT, jobs};
use crate::rng::Rng;
use crate::server::Curve;

/// What one drawn plant is made of.
#[derive(Clone, Copy, Debug)]
struct Draw {
    n: usize,
    mean: f64,
    sigma: f64,
    duty: f64,
    kind: u8,
    fails: f64,
    memory: Option<(f64, f64, f64)>,
    rate: Option<f64>,
}

impl Draw {
    fn about(&self) -> String {
        let mut about = vec![format!("{} jobs of {:.3} s (spread {:.2})", self.n, self.mean, self.sigma)];
        match self.kind {
            1 => about.push(format!("duty {:.2}", self.duty)),
            6 => about.push("a connection each".to_owned()),
            _ => {}
        }
        if self.fails > 0.0 {
            about.push(format!("{:.1} % fail by themselves", 100.0 * self.fails));
        }
        if let Some((peak, ramp, spread)) = self.memory {
            about.push(format!("{:.2} GB within {ramp:.3} s (spread {spread:.2})", peak / 1e9));
        }
        if let Some(rate) = self.rate {
            about.push(format!("{rate:.2} of them a second"));
        }
        about.join(", ")
    }
}

const KINDS: [(&str, u8); 10] = [
    ("cpu", 0),
    ("mixed", 1),
    ("wait", 2),
    ("places", 3),
    ("usl", 4),
    ("knee", 5),
    ("conn", 6),
    ("disk", 7),
    ("phases", 8),
    ("startup", 9),
];

/// The plant number `index` of this seed.
pub fn plant(seed: u64, index: u64) -> Plant {
    let mut r = Rng::new(seed.wrapping_mul(1_000_003).wrapping_add(index));
    let cores = r.pick(&[2.0, 4.0, 4.0, 8.0, 16.0]);
    let (kind_name, kind) = r.pick(&KINDS);
    let short = r.chance(0.15);
    let mut draw = Draw {
        n: 0,
        mean: r.log_range(0.02, 2.0),
        sigma: r.range(0.1, 1.0),
        duty: r.log_range(0.03, 0.9),
        kind,
        fails: if r.chance(0.1) { r.log_range(0.01, 0.3) } else { 0.0 },
        memory: None,
        rate: None,
    };
    let (curve, best) = resource(&mut r, &draw, cores);
    if kind <= 2 && r.chance(0.25) {
        let peak = r.log_range(0.2e9, 3e9);
        draw.memory = Some((peak, draw.mean * r.range(0.2, 0.9), r.range(0.05, 0.5)));
    }
    let fits = draw.memory.map_or(best, |m| best.min(13e9 / m.0 / draw.mean));
    let span = r.log_range(15.0, 90.0);
    draw.n = if short { r.range(20.0, 200.0) } else { (span * fits).clamp(400.0, 30_000.0) } as usize;
    if !short && kind <= 2 && r.chance(0.1) {
        draw.rate = Some(fits * r.range(0.3, 0.8));
    }
    if kind == 6 {
        draw.n = draw.n.max(1500); // the first moments may cost some failures: 3 % of a short run is none at all
    }
    let name = format!(
        "{index}:{kind_name}{}{}",
        if short { "-short" } else { "" },
        if draw.memory.is_some() { "-mem" } else { "" }
    );
    let about = draw.about();
    let mut plant = Plant::new(&name, move |rng| make(rng, &draw)).cores(cores);
    plant.about = about;
    plant.paced = draw.rate.is_some();
    plant.disk = kind == 7;
    if kind == 6 {
        plant.connections = Some(r.log_range(6.0, 100.0).floor());
        plant.says_so = r.chance(0.3);
    }
    plant.own.extend(curve);
    if r.chance(0.1) {
        let from = r.range(0.0, 20.0);
        plant.neighbour = vec![(from, cores * r.range(0.2, 0.6)), (from + r.range(5.0, 30.0), 0.0)];
    }
    plant.size(if short { Size::Short } else { Size::Long })
}

/// The resource beyond the CPU, and about how many jobs a second the plant can do at best.
fn resource(r: &mut Rng, d: &Draw, cores: f64) -> (Option<Curve>, f64) {
    let free = 200.0 / d.mean;
    match d.kind {
        0 => (None, cores / d.mean),
        1 => (None, (cores / d.mean / d.duty).min(free)),
        3 => {
            let k = r.log_range(2.0, 100.0).round();
            (Some(Curve::Places(k)), k / d.mean)
        }
        4 => {
            let peak = r.log_range(6.0, 80.0);
            let sigma = r.range(0.0, 0.05);
            let kappa = (1.0 - sigma) / (peak * peak);
            let curve = Curve::Usl(sigma, kappa);
            let best = peak * curve.rate(peak) / d.mean;
            (Some(curve), best)
        }
        5 => {
            let k = r.log_range(4.0, 60.0).round();
            (Some(Curve::Knee(k, r.log_range(0.005, 0.05))), k / d.mean)
        }
        6 => (Some(Curve::Free), 20.0 / d.mean),
        7 if r.chance(0.4) => (Some(Curve::Points(HDD)), 1.2 / d.mean),
        7 => (Some(Curve::Points(SSD)), 9.0 / d.mean),
        8 => (None, (cores / d.mean).min(free) * 2.0),
        9 => (None, free.min(cores / 0.03)),
        _ => (None, free),
    }
}

fn make(r: &mut Rng, d: &Draw) -> Input {
    let mut input = match d.kind {
        0 => jobs::cpu(r, d.n, d.mean, d.sigma),
        1 => jobs::mixed(r, d.n, d.mean, d.duty, d.sigma),
        2 => jobs::wait(r, d.n, d.mean, d.sigma),
        3..=5 | 7 => jobs::at(r, d.n, OWN, d.mean, d.sigma, 0.002),
        6 => {
            let mut input = Input::default();
            for _ in 0..d.n {
                input.push(&[(CPU, 0.002), (CONNECT, 0.01), (OWN, r.logn(d.mean, d.sigma))]);
            }
            input
        }
        8 => {
            let a = jobs::cpu(r, d.n / 2, d.mean, d.sigma);
            jobs::then(a, &jobs::wait(r, d.n / 2, d.mean, d.sigma))
        }
        _ => {
            let mut input = Input::default();
            for _ in 0..d.n {
                input.push(&[(CPU, 0.03), (WAIT, r.logn(d.mean, d.sigma))]);
            }
            input
        }
    };
    input.fails(d.fails);
    if let Some((peak, ramp, sigma)) = d.memory {
        input.memory(r, 0, peak, ramp, sigma);
    }
    if let Some(rate) = d.rate {
        input.arrive(|_, _| r.exp(rate));
    }
    input
}
