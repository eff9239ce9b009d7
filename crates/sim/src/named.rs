//! The named plants: one for each thing that can bind, long ones, huge ones and short ones.

use crate::plant::{CONNECT, CPU, Input, OWN, Plant, Size, TOKEN, WAIT, jobs};
use crate::rng::Rng;
use crate::server::Curve;

/// A hard disk: one head, so more readers lose.
pub const HDD: &[(f64, f64)] =
    &[(1.0, 1.0), (2.0, 1.15), (4.0, 1.2), (8.0, 1.0), (16.0, 0.7), (32.0, 0.5), (64.0, 0.4), (256.0, 0.3)];
/// A solid-state disk: a knee at about twenty requests.
pub const SSD: &[(f64, f64)] =
    &[(1.0, 1.0), (2.0, 1.95), (4.0, 3.7), (8.0, 6.5), (16.0, 9.0), (32.0, 9.8), (64.0, 9.9), (256.0, 9.5)];

fn served(name: &str, n: usize, mean: f64, sigma: f64, curve: Curve) -> Plant {
    Plant::new(name, move |r| jobs::at(r, n, OWN, mean, sigma, 0.003)).own(curve)
}

fn cpu(name: &str, n: usize, mean: f64, sigma: f64) -> Plant {
    Plant::new(name, move |r| jobs::cpu(r, n, mean, sigma))
}

fn wait(name: &str, n: usize, mean: f64, sigma: f64) -> Plant {
    Plant::new(name, move |r| jobs::wait(r, n, mean, sigma))
}

fn mixed(name: &str, n: usize, mean: f64, duty: f64) -> Plant {
    Plant::new(name, move |r| jobs::mixed(r, n, mean, duty, 0.3))
}

/// Mean, seconds to the peak and spread of memory, given to jobs.
fn hungry(name: &str, jobs: impl Fn(&mut Rng) -> Input + Send + Sync + 'static, m: (f64, f64, f64)) -> Plant {
    Plant::new(name, move |r| {
        let mut input = jobs(r);
        input.memory(r, 0, m.0, m.1, m.2);
        input
    })
}

/// Every named plant.
pub fn all() -> Vec<Plant> {
    let mut plants = cpu_and_waiting();
    plants.extend(services());
    plants.extend(memory());
    plants.extend(changing());
    plants.extend(huge());
    plants.extend(short());
    plants
}

fn cpu_and_waiting() -> Vec<Plant> {
    let mut threads = cpu("cpu-threads4", 400, 0.8, 0.3).cores(8.0);
    threads.threads = 4.0;
    let pareto = Plant::new("wait-pareto", |r| {
        let mut input = Input::default();
        for _ in 0..8000 {
            input.push(&[(CPU, 0.002), (WAIT, (0.3 * r.pareto(1.5)).min(60.0))]);
        }
        input
    });
    let bimodal = Plant::new("bimodal", |r| {
        let mut input = Input::default();
        for _ in 0..3000 {
            if r.chance(0.5) {
                input.push(&[(CPU, r.logn(0.2, 0.3))]);
            } else {
                input.push(&[(CPU, 0.003), (WAIT, r.logn(1.0, 0.3))]);
            }
        }
        input
    });
    let startup = Plant::new("startup+wait", |r| {
        let mut input = Input::default();
        for _ in 0..4000 {
            input.push(&[(CPU, 0.05), (WAIT, r.logn(2.0, 0.2)), (CPU, 0.01)]);
        }
        input
    });
    vec![
        cpu("cpu", 1500, 0.2, 0.5),
        cpu("cpu-short-jobs", 20000, 0.01, 0.3),
        cpu("cpu-16core", 6000, 0.2, 0.5).cores(16.0),
        cpu("cpu-2core", 800, 0.2, 0.5).cores(2.0),
        cpu("cpu-longtail", 1500, 0.2, 1.5),
        threads,
        wait("sleep-0.2s", 40000, 0.2, 0.1),
        wait("sleep-1s", 20000, 1.0, 0.1),
        wait("sleep-5s", 4000, 5.0, 0.1),
        pareto,
        mixed("mixed-f50", 2000, 0.4, 0.5),
        mixed("mixed-f10", 6000, 0.4, 0.1),
        mixed("mixed-f02", 20000, 0.5, 0.02),
        bimodal,
        startup,
    ]
}

fn services() -> Vec<Plant> {
    let mut rate = Plant::new("rate-limit", |r| {
        let mut input = Input::default();
        for _ in 0..6000 {
            input.push(&[(CPU, 0.003), (TOKEN, 0.02), (WAIT, r.logn(0.2, 0.2))]);
        }
        input
    });
    rate.tokens = Some((50.0, 10.0));
    let connect = |name: &str| {
        let mut plant = Plant::new(name, |r| {
            let mut input = Input::default();
            for _ in 0..8000 {
                input.push(&[(CPU, 0.003), (CONNECT, 0.01), (OWN, r.logn(0.2, 0.3))]);
            }
            input
        })
        .own(Curve::Free);
        plant.connections = Some(24.0);
        plant
    };
    let mut told = connect("conn-limit24-told");
    told.says_so = true;
    vec![
        served("svc-K2", 1500, 0.1, 0.5, Curve::Places(2.0)),
        served("svc-K16", 10000, 0.1, 0.5, Curve::Places(16.0)),
        served("svc-K16-noisy", 10000, 0.1, 1.2, Curve::Places(16.0)),
        served("svc-K64", 20000, 0.2, 0.5, Curve::Places(64.0)),
        served("svc-usl-peak35", 6000, 0.1, 0.5, Curve::Usl(0.02, 0.0008)),
        served("svc-usl-peak14", 3000, 0.2, 0.5, Curve::Usl(0.02, 0.005)),
        served("svc-usl-slow", 1500, 1.0, 0.3, Curve::Usl(0.02, 0.005)),
        served("svc-knee12", 8000, 0.05, 0.2, Curve::Knee(12.0, 0.02)),
        rate,
        connect("conn-limit24"),
        told,
        Plant::new("hdd", |r| jobs::at(r, 800, OWN, 0.1, 0.6, 0.01)).disk(Curve::Points(HDD)),
        Plant::new("ssd", |r| jobs::at(r, 8000, OWN, 0.05, 0.6, 0.002)).disk(Curve::Points(SSD)),
        Plant::new("lock", |r| jobs::at(r, 3000, OWN, 0.05, 0.3, 0.05)).own(Curve::Places(1.0)),
    ]
}

fn memory() -> Vec<Plant> {
    let phase = Plant::new("mem-phase", |r| {
        let mut a = jobs::mixed(r, 600, 2.0, 0.05, 0.3);
        a.memory(r, 0, 0.05e9, 0.5, 0.1);
        let mut b = jobs::mixed(r, 300, 4.0, 0.05, 0.3);
        b.memory(r, 0, 1.8e9, 2.0, 0.1);
        jobs::then(a, &b)
    });
    vec![
        hungry("mem-wait", |r| jobs::mixed(r, 1500, 2.0, 0.05, 0.3), (0.8e9, 1.0, 0.2)),
        hungry("mem-cpu-8core", |r| jobs::cpu(r, 600, 1.0, 0.3), (3.0e9, 0.6, 0.1)).cores(8.0),
        hungry("mem-hetero", |r| jobs::mixed(r, 1500, 2.0, 0.05, 0.3), (0.8e9, 1.0, 0.8)),
        hungry("mem-slow-ramp", |r| jobs::cpu(r, 300, 8.0, 0.2), (3.0e9, 7.0, 0.1)).cores(8.0),
        phase,
    ]
}

fn changing() -> Vec<Plant> {
    let cpu_io = Plant::new("phase-cpu-io", |r| {
        let a = jobs::cpu(r, 600, 0.2, 0.4);
        jobs::then(a, &jobs::wait(r, 6000, 0.5, 0.2))
    });
    let io_cpu = Plant::new("phase-io-cpu", |r| {
        let a = jobs::wait(r, 6000, 0.5, 0.2);
        jobs::then(a, &jobs::cpu(r, 600, 0.2, 0.4))
    });
    let spiky = Plant::new("spiky", |r| {
        let mut input = jobs::mixed(r, 4000, 0.5, 0.1, 0.3);
        input.arrive(|k, _| if k % 400 == 0 { 6.0 } else { 0.0 });
        input
    });
    let slow = Plant::new("slow-input", |r| {
        let mut input = jobs::wait(r, 2000, 0.3, 0.3);
        input.arrive(|_, _| r.exp(40.0));
        input
    });
    let steady = Plant::new("steady-input", |r| {
        let mut input = jobs::mixed(r, 4000, 0.5, 0.1, 0.3);
        input.arrive(|_, _| r.exp(30.0));
        input
    });
    // From 4 to 60 a second and back, over two minutes.
    let gradual = Plant::new("gradual", |r| {
        let mut input = jobs::mixed(r, 3500, 0.5, 0.1, 0.3);
        input.arrive(|_, t| r.exp((60.0 - (t % 120.0 - 60.0).abs() * 56.0 / 60.0).max(4.0)));
        input
    });
    let mut neighbour = cpu("neighbour", 1500, 0.2, 0.5);
    neighbour.neighbour = vec![(15.0, 1.0), (45.0, 0.0)];
    let fails = |name: &str, make: fn(&mut Rng) -> Input| {
        Plant::new(name, move |r| {
            let mut input = make(r);
            input.fails(0.3);
            input
        })
    };
    vec![
        cpu_io,
        io_cpu,
        spiky.paced(),
        slow.paced(),
        steady.paced(),
        gradual.paced(),
        neighbour,
        fails("fails-30pct", |r| jobs::wait(r, 20000, 0.5, 0.3)),
        fails("fails-cpu-30", |r| jobs::cpu(r, 1500, 0.2, 0.5)),
    ]
}

fn huge() -> Vec<Plant> {
    vec![
        cpu("1e5-cpu-5ms", 100_000, 0.005, 0.3).size(Size::Huge),
        Plant::new("1e5-wait-50ms", |r| jobs::at(r, 100_000, WAIT, 0.05, 0.3, 0.001)).size(Size::Huge),
        Plant::new("1e5-svc-K16", |r| jobs::at(r, 100_000, OWN, 0.02, 0.5, 0.001))
            .own(Curve::Places(16.0))
            .size(Size::Huge),
    ]
}

fn short() -> Vec<Plant> {
    let plants = vec![
        cpu("s20-cpu", 20, 0.3, 0.3),
        cpu("s100-cpu-tail", 100, 0.3, 1.0),
        cpu("s200-cpu20ms", 200, 0.02, 0.3),
        wait("s20-sleep1", 20, 1.0, 0.05),
        wait("s20-sleep.2", 20, 0.2, 0.05),
        wait("s40-sleep1", 40, 1.0, 0.05),
        wait("s100-sleep1", 100, 1.0, 0.1),
        wait("s200-sleep.3", 200, 0.3, 0.3),
        mixed("s40-mixed", 40, 1.0, 0.3),
        mixed("s150-mixed", 150, 0.5, 0.1),
        served("s60-svcK8", 60, 0.3, 0.4, Curve::Places(8.0)),
        served("s100-svcK2", 100, 0.1, 0.5, Curve::Places(2.0)),
        served("s60-usl14", 60, 0.3, 0.4, Curve::Usl(0.02, 0.005)),
        served("s100-usl14", 100, 0.3, 0.4, Curve::Usl(0.02, 0.005)),
        served("s200-usl35", 200, 0.2, 0.4, Curve::Usl(0.02, 0.0008)),
        Plant::new("s100-hdd", |r| jobs::at(r, 100, OWN, 0.1, 0.6, 0.01)).disk(Curve::Points(HDD)),
        hungry("s24-mem", |r| jobs::mixed(r, 24, 3.0, 0.1, 0.3), (2.0e9, 1.0, 0.1)),
        hungry("s60-mem-short", |r| jobs::mixed(r, 60, 0.6, 0.1, 0.3), (1.5e9, 0.3, 0.2)),
    ];
    plants.into_iter().map(|p| p.size(Size::Short)).collect()
}
