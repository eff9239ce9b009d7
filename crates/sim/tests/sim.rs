//! The policy `auto` against plant models on a simulated clock, where every figure is exact and repeatable.
//!
//! The seeds here are not those the laws were developed on. `examples/simulate` prints the same tables for any seed.

#![allow(clippy::disallowed_methods, reason = "the arithmetic of the models may load what it likes")]

use adaptive_pool::policy::{AutoConfig, POLICY_NAMES, Policy, PolicyConfig};
use apool_sim::oracle::Case;
use apool_sim::plant::{Plant, Size};
use apool_sim::table::{Cell, Maker, restless, run, steady, summary};
use apool_sim::world::sensor::Sensing;
use apool_sim::{drawn, named, still};

#[path = "sim/outside.rs"]
mod outside;

const SEED: u64 = 9001;

fn auto(cores: f64) -> Box<dyn Policy> {
    PolicyConfig::Auto(AutoConfig::default()).build(cores)
}

fn cells(plants: &[Plant], sensing: Sensing, seeds: &[u64]) -> Vec<Cell> {
    let maker: Maker = Box::new(|case: &Case<'_>| auto(case.plant.cores));
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
    let cells = cells(&plants, Sensing::Full, &[SEED]);
    assert_harmless(&plants, &cells, 0.03);
    let s = summary(cells.iter().map(Cell::mean));
    assert!(s.median <= 1.05, "{s:?}");
    assert!(s.p90 <= 1.075, "{s:?}");
    // Memory that grows slowly (mem-slow-ramp) reaches 1.166 here.
    assert!(s.worst <= 1.25, "{s:?}");
}

#[test]
fn short_runs_are_never_twice_the_best() {
    let plants = named_of(Size::Short);
    let cells = cells(&plants, Sensing::Full, &[SEED, SEED + 1, SEED + 2]);
    assert_harmless(&plants, &cells, 0.03);
    let s = summary(cells.iter().map(Cell::mean));
    // More than 8 and 16 are started with care: 0.1 to 0.2 s of runs of 0.2 to 1 s.
    assert!(s.median <= 1.2, "{s:?}");
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
    let plants: Vec<Plant> = (0..100).map(|i| drawn::plant(SEED, i)).collect();
    let cells = cells(&plants, Sensing::Full, &[SEED]);
    for (plant, cell) in plants.iter().zip(&cells) {
        assert!(cell.worst().is_finite(), "{} was given up", plant.name);
    }
    let killed: u32 = cells.iter().map(Cell::killed).sum();
    let s = summary(cells.iter().map(Cell::mean));
    // Reached 1.003, 1.014, 1.116 and 1.188 here, of 100 plants (docs/auto.md has whole tables); the aim is a geometric mean
    // of 1.02 and a p95 of 1.25, and other seeds reach up to 1.042 and 1.30.
    assert!(s.median <= 1.02 && s.geometric <= 1.02 && s.p90 <= 1.15 && s.p95 <= 1.22, "{s:?}");
    // None here; a limit of connections with very short jobs, tried again at once, still costs more on other seeds.
    let over = cells.iter().filter(|c| c.caused() > 0.03).count();
    let most = cells.iter().map(Cell::caused).fold(0.0, f64::max);
    assert!(over == 0 && most <= 0.03, "{over} plants over 3 %, at most {most:.3}");
    assert_eq!(killed, 0);
}

/// Limits of connections that once were found wrong. Where fewer run than the limit allows, what fails was taken for the rate of
/// fewer, and so for the jobs' own (103 % and 12 % caused); jobs that fail by themselves hid refusals (12 %), and probes of
/// a level that was known went on for a whole short run (4.9 %).
#[test]
fn what_fails_for_being_too_many_is_not_the_jobs_own() {
    for (seed, index, most) in [(14142, 7, 0.03), (4242, 161, 0.08), (2008, 125, 0.03), (2004, 162, 0.03)] {
        let plant = drawn::plant(seed, index);
        let cell = cells(&[plant], Sensing::Full, &[seed]).remove(0);
        assert!(cell.caused() <= most && cell.worst() <= 1.15, "{seed}: {} {}", cell.caused(), cell.worst());
    }
}

/// Jobs that fail by themselves once held these at a few workers for most of the run (1.6 to 3.6 times the best): a bound that
/// came by chance is climbed out of without waiting, and one that is lifted ends the cruise at the level below it.
#[test]
fn jobs_that_fail_by_themselves_do_not_hold_the_level() {
    for (seed, index) in [(2002, 74), (2002, 8), (2003, 20), (10007, 109)] {
        let plant = drawn::plant(seed, index);
        let cell = cells(&[plant], Sensing::Full, &[seed]).remove(0);
        assert!(cell.worst() <= 1.3 && cell.caused() <= 0.03, "{seed}: {} {}", cell.worst(), cell.caused());
    }
}

#[test]
fn a_steady_load_has_a_steady_limit() {
    for plant in &picked(&["cpu", "mixed-f50", "mixed-f10", "sleep-1s"]) {
        let case = Case::new(plant, SEED);
        let outcome = case.run(auto(plant.cores), Sensing::Full);
        let from = 0.3 * outcome.makespan;
        assert!(restless(&outcome, from) <= 1, "{}: {:?}", plant.name, outcome.limits);
    }
    // Where more is neither better nor worse it looks around, there and back, but not all the time.
    for plant in &picked(&["svc-K16", "svc-K64", "1e5-svc-K16"]) {
        let case = Case::new(plant, SEED);
        let outcome = case.run(auto(plant.cores), Sensing::Full);
        assert!(restless(&outcome, 0.3 * outcome.makespan) <= 3, "{}: {:?}", plant.name, outcome.limits);
    }
}

/// As the benchmark on a real machine has it: noise of the run queue and of a few jobs does not move the limit.
#[test]
fn brief_jobs_on_two_cores_have_a_steady_limit() {
    // Where too many lose, a first search that ended on poor evidence is corrected, and by more than a tenth.
    for plant in still::all().iter().filter(|plant| plant.name != "still-usl14") {
        for seed in [5501, 5502, 5503] {
            let case = Case::new(plant, seed);
            let outcome = case.run(auto(plant.cores), Sensing::Full);
            let s = steady(&outcome);
            // In front of a line the search goes down and up once more.
            let most = if plant.name == "still-line12" { 2 } else { 1 };
            assert!(s.near >= 0.9 && s.most <= most, "{} {seed}: {s:?} {:?}", plant.name, outcome.limits);
            // 12 places in front of which a line stands: more of it is no gain.
            let most = if plant.name == "still-line12" { 48.0 } else { f64::MAX };
            assert!(s.mean <= most, "{} {seed}: {s:?}", plant.name);
        }
    }
}

#[test]
fn every_policy_finishes_every_kind_of_load() {
    let plants = picked(&["spiky", "steady-input", "gradual", "slow-input"]);
    for name in POLICY_NAMES {
        let config: PolicyConfig = name.parse().expect("a policy");
        for plant in &plants {
            let case = Case::new(plant, SEED);
            let outcome = case.run(config.build(plant.cores), Sensing::Full);
            assert!(outcome.done, "{name} gave up on {}", plant.name);
            assert!(outcome.peak <= plant.max && outcome.p99 > 0.0 && outcome.cpu > 0.0);
        }
    }
}

/// The named plants that memory binds.
const HUNGRY: [&str; 5] = ["mem-wait", "mem-cpu-8core", "mem-hetero", "mem-slow-ramp", "mem-phase"];

/// One run of each plant with each kind of sight, against one sweep: regret and kills.
fn seen_through(names: &[&str], modes: &[Sensing], check: impl Fn(Sensing, &str, f64, u32)) {
    for plant in &picked(names) {
        let case = Case::new(plant, SEED);
        for &sensing in modes {
            let outcome = case.run(auto(plant.cores), sensing);
            check(sensing, &plant.name, case.regret(&outcome), outcome.killed);
        }
    }
}

/// With each kind of blindness it must neither stall nor run away.
#[test]
fn hostile_sensors_never_stall_it() {
    let names = ["cpu", "mixed-f10", "sleep-1s", "svc-usl-peak14", "conn-limit24", "fails-30pct", "mem-wait"];
    let hostile: Vec<Sensing> =
        Sensing::ALL.map(|m| m.0).into_iter().filter(|&m| m != Sensing::Full).collect();
    seen_through(&names, &hostile, |sensing, name, regret, killed| {
        // Up to 1.45 on other seeds. Tasks that fail by themselves may be cut to few before their rate is known: up to 3.0
        // with late looks and 5.0 with none.
        let fails = name == "fails-30pct" && matches!(sensing, Sensing::Late | Sensing::Blind);
        let bound = if fails { 6.0 } else { 1.6 };
        assert!(regret <= bound, "{sensing:?}, {name}: {regret:.2}");
        // Nobody can keep memory from running out without a look at it, but kills are learned from (13 to 21 on other seeds).
        let most = if sensing == Sensing::Blind { 30 } else { 0 };
        assert!(killed <= most, "{sensing:?}, {name}: {killed} killed");
    });
}

/// Memory that is seen now and then, or late, is reckoned with; where it is not seen at all, kills are learned from.
#[test]
fn memory_that_is_hardly_seen_runs_out_hardly_ever() {
    seen_through(
        &HUNGRY,
        &[Sensing::Flaky, Sensing::Late, Sensing::Blind],
        |sensing, name, regret, killed| {
            // On other seeds at most 1, 6 (when the tasks to come are thirty times as large), 149 (the same, 256 of them) and 37.
            let most = match sensing {
                Sensing::Flaky => 3,
                Sensing::Late => 10,
                _ if name == "mem-phase" => 180,
                _ => 45,
            };
            assert!(killed <= most, "{sensing:?}, {name}: {killed} killed");
            // On other seeds at most 1.37.
            assert!(regret <= 1.5, "{sensing:?}, {name}: {regret:.2}");
        },
    );
}

/// A crowded machine shows what was started last too late: nothing is added to jobs that only compute, and waiting ones
/// still get their workers.
#[test]
fn late_readings_do_not_let_it_climb() {
    for plant in &picked(&["cpu", "cpu-2core", "cpu-16core", "cpu-threads4", "sleep-1s"]) {
        let case = Case::new(plant, SEED);
        let outcome = case.run(auto(plant.cores), Sensing::Late);
        let most = if plant.name == "sleep-1s" { plant.max } else { plant.cores as u32 };
        assert!(outcome.peak <= most, "{}: {} ran", plant.name, outcome.peak);
        let regret = case.regret(&outcome);
        assert!(regret <= 1.25, "{}: {regret:.2}", plant.name);
    }
}

/// A machine that stands still for a moment is no reason to take a level for a bad one: without that law some of these take
/// four times as long.
#[test]
fn a_machine_that_stands_still_now_and_then_is_no_verdict() {
    let mut plants = picked(&["sleep-1s", "wait-pareto", "mixed-f10", "svc-K16"]);
    plants.extend(still::all().into_iter().filter(|p| p.name == "still-sleep"));
    for (plant, cell) in plants.iter().zip(cells(&plants, Sensing::Stalls, &[SEED, SEED + 1, SEED + 2])) {
        let bound = if plant.name == "still-sleep" { 1.25 } else { 1.15 };
        assert!(cell.worst() <= bound, "{}: {:.3}", plant.name, cell.worst());
    }
}

/// Memory of the machine is enough to keep it from running out, hardly ever late, where tasks cannot be looked at.
#[test]
fn memory_of_the_machine_alone_is_enough() {
    seen_through(
        &HUNGRY,
        &[Sensing::NoTasks, Sensing::Mac, Sensing::ZeroCpu],
        |sensing, name, regret, killed| {
            assert!(killed <= 1, "{sensing:?}, {name}: {killed} killed");
            assert!(regret <= 1.6, "{sensing:?}, {name}: {regret:.2}");
        },
    );
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
    // Half of each job is CPU; the clock and the plant are simulated, so the figure is the same at every run.
    let half = explained("mixed-f50");
    let duty: f64 = half
        .split_once("the CPU is full (duty ")
        .and_then(|(_, rest)| rest.strip_suffix(" %)"))
        .unwrap_or_else(|| panic!("{half}"))
        .parse()
        .expect("a number");
    assert!((duty - 50.0).abs() <= 5.0, "{half}");
    assert!(explained("svc-usl-peak35").ends_with("more did not finish sooner"));
    assert!(explained("mem-wait").contains(": memory, "));
    assert!(explained("sleep-1s").contains("the hard limit"));
}
