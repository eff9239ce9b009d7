//! The policy `auto` against plant models on a simulated clock, where every figure is exact and repeatable.
//!
//! The seeds here are not those the laws were developed on. `examples/simulate.rs` prints the same tables for any seed.

mod model;

use apool::policy::{AutoConfig, Policy, PolicyConfig};
use model::oracle::Case;
use model::plant::{Plant, Size};
use model::sensor::Sensing;
use model::table::{Cell, Maker, restless, run, summary};
use model::{drawn, named};

const SEED: u64 = 9001;

fn auto(cores: f64) -> Box<dyn Policy> {
    PolicyConfig::Auto(AutoConfig::default()).build(cores)
}

fn cells(plants: &[Plant], sensing: Sensing, seeds: &[u64]) -> Vec<Cell> {
    let maker: Maker = Box::new(auto);
    run(plants, seeds, &[maker], sensing, 2).into_iter().map(|mut row| row.remove(0)).collect()
}

fn named_of(size: Size) -> Vec<Plant> {
    named::all().into_iter().filter(|p| p.size == size).collect()
}

fn picked(names: &[&str]) -> Vec<Plant> {
    let picked: Vec<Plant> = named::all().into_iter().filter(|p| names.contains(&p.name.as_str())).collect();
    assert_eq!(picked.len(), names.len());
    picked
}

/// No run out of memory, and hardly a failure that would not have happened one at a time.
fn assert_harmless(plants: &[Plant], cells: &[Cell], caused: f64) {
    for (plant, cell) in plants.iter().zip(cells) {
        assert_eq!(cell.killed(), 0, "{}: killed for want of memory", plant.name);
        assert!(cell.caused() <= caused, "{}: caused {:.3} failures a job", plant.name, cell.caused());
    }
}

#[test]
fn long_runs_are_near_the_best_fixed_limit() {
    let plants = named_of(Size::Long);
    let cells = cells(&plants, Sensing::Full, &[SEED, SEED + 1]);
    assert_harmless(&plants, &cells, 0.03);
    let s = summary(cells.iter().map(Cell::mean));
    assert!(s.median <= 1.05, "{s:?}");
    assert!(s.p90 <= 1.10, "{s:?}");
    assert!(s.worst <= 1.25, "{s:?}");
}

#[test]
fn short_runs_are_never_twice_the_best() {
    let plants = named_of(Size::Short);
    let cells = cells(&plants, Sensing::Full, &[SEED, SEED + 1, SEED + 2]);
    assert_harmless(&plants, &cells, 0.03);
    let s = summary(cells.iter().map(Cell::mean));
    assert!(s.median <= 1.15, "{s:?}");
    assert!(s.worst <= 2.0, "{s:?}");
}

#[test]
fn a_hundred_thousand_jobs_are_near_the_best() {
    let plants = picked(&["1e5-svc-K16"]);
    let cells = cells(&plants, Sensing::Full, &[SEED]);
    assert_harmless(&plants, &cells, 0.03);
    assert!(cells[0].worst() <= 1.05, "{}", cells[0].worst());
}

#[test]
fn drawn_plants_are_near_the_best_nearly_always() {
    let plants: Vec<Plant> = (0..120).map(|i| drawn::plant(SEED, i)).collect();
    let cells = cells(&plants, Sensing::Full, &[SEED]);
    for (plant, cell) in plants.iter().zip(&cells) {
        assert!(cell.worst().is_finite(), "{} was given up", plant.name);
    }
    let killed: u32 = cells.iter().map(Cell::killed).sum();
    let s = summary(cells.iter().map(Cell::mean));
    // What is reached (docs/auto.md): the aim is 1.02 and 1.25.
    assert!(s.geometric <= 1.08 && s.median <= 1.04 && s.p90 <= 1.32, "{s:?}");
    assert_eq!(killed, 0);
}

#[test]
fn a_steady_load_has_a_steady_limit() {
    for plant in &picked(&["cpu", "mixed-f50", "mixed-f10", "sleep-1s"]) {
        let case = Case::new(plant, SEED);
        let outcome = case.run(auto(plant.cores), Sensing::Full);
        let from = 0.3 * outcome.makespan;
        assert!(restless(&outcome, from) <= 1, "{}: {:?}", plant.name, outcome.limits);
    }
}

#[test]
fn every_policy_finishes_every_kind_of_load() {
    let plants = picked(&["spiky", "steady-input", "gradual", "slow-input"]);
    for name in ["auto", "conservative", "balanced", "aggressive", "aimd", "predictive"] {
        let config: PolicyConfig = name.parse().expect("a policy");
        for plant in &plants {
            let case = Case::new(plant, SEED);
            let outcome = case.run(config.build(plant.cores), Sensing::Full);
            assert!(outcome.done, "{name} gave up on {}", plant.name);
            assert!(outcome.peak <= plant.max && outcome.p99 > 0.0 && outcome.cpu > 0.0);
        }
    }
}

/// Worst regret with each kind of blindness; it must neither stall nor run away.
#[test]
fn hostile_sensors_never_stall_it() {
    let plants = picked(&["cpu", "mixed-f10", "sleep-1s", "svc-usl-peak14", "conn-limit24", "mem-wait"]);
    for (sensing, name) in Sensing::ALL {
        if sensing == Sensing::Full {
            continue;
        }
        let cells = cells(&plants, sensing, &[SEED]);
        for (plant, cell) in plants.iter().zip(&cells) {
            let bound = if sensing == Sensing::Blind { 4.0 } else { 2.0 };
            // Nobody can keep memory from running out without a look at it.
            if sensing == Sensing::Blind && plant.name == "mem-wait" {
                continue;
            }
            assert!(cell.worst() <= bound, "{name}, {}: {:.2}", plant.name, cell.worst());
            // With every other look at memory missing, and at tasks too, a few are lost before the size of a task is known.
            let killed = if sensing == Sensing::Flaky { 5 } else { 0 };
            assert!(cell.killed() <= killed, "{name}, {}: {}", plant.name, cell.killed());
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let plant = &picked(&["svc-K16-noisy"])[0];
    let case = Case::new(plant, SEED);
    let (a, b) = (case.run(auto(4.0), Sensing::Full), case.run(auto(4.0), Sensing::Full));
    assert_eq!((a.makespan, a.decisions, a.limits), (b.makespan, b.decisions, b.limits));
}

#[test]
fn it_says_what_held_the_limit() {
    let explained = |name: &str| {
        let plant = &picked(&[name])[0];
        Case::new(plant, SEED).run(auto(plant.cores), Sensing::Full).explained.expect("a sentence")
    };
    assert_eq!(explained("cpu"), "settled at 4 of 256: the CPU is full");
    assert!(explained("mixed-f50").contains("the CPU is full (duty "), "{}", explained("mixed-f50"));
    assert!(explained("svc-usl-peak35").ends_with("more did not finish sooner"));
    assert!(explained("mem-wait").contains(": memory, "));
    assert!(explained("sleep-1s").contains("the hard limit"));
}
