//! Policies against simulated plants: `cargo run --release --example simulate -- --policy auto --seed 1 --plants named`.
//!
//! Prints a table of regret (makespan over that of the best fixed limit on the same random numbers) for any seed.
//! `--policy auto,balanced` or `all`; `--plants named`, a number (drawn at random) or names separated by commas;
//! `--seeds N` inputs a plant; `--sensing full|no-tasks|mac|…`; `--trace` prints each change of the limit,
//! `--cost` what a decision costs. `--hindsight` adds references that know the best limit once the first job (`first`)
//! or as many as were started blind (`cohort`) have ended: nothing could do better for sure that knew as little.
//! `--steady` shows how still the limit stands on the named plants with a steady load and on those of the benchmark (`--plants
//! still` are these alone); `--plants outside` are those outside of the family that the laws infer. `--save FILE` keeps the
//! runs of this build, and `--against FILE` compares each with the one kept there: what a rule is worth.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what it is for")]
#![allow(clippy::disallowed_methods, reason = "the arithmetic of the models may load what it likes")]

use adaptive_pool::policy::PolicyConfig;
use apool_sim::hindsight::{BLIND, Hindsight, Told};
use apool_sim::oracle::Case;
use apool_sim::paired::{Run, differ, runs};
use apool_sim::plant::{Plant, Size};
use apool_sim::table::{Cell, Maker, STEADY, run, steady, summary};
use apool_sim::world::{Driver, World};
use apool_sim::{drawn, named, outside, still};
use std::process::ExitCode;

mod options;

use options::{Options, options};

fn config(name: &str) -> Result<PolicyConfig, String> {
    name.parse().map_err(|e| format!("{e}"))
}

fn maker(name: &str) -> Result<Maker, String> {
    let config = config(name)?;
    Ok(Box::new(move |case| config.build(case.plant.cores)))
}

fn plants(o: &Options) -> Vec<Plant> {
    if let Ok(n) = o.plants.parse::<u64>() {
        return (0..n).map(|i| drawn::plant(o.seed, i)).collect();
    }
    let mut all = named::all();
    match o.plants.as_str() {
        "named" => {}
        "still" => all = still::all(),
        "outside" => all = outside::all(),
        "long" => all.retain(|p| p.size == Size::Long),
        "short" => all.retain(|p| p.size == Size::Short),
        names => {
            let one =
                |n: &str| n.strip_prefix('#').and_then(|i| i.parse().ok()).map(|i| drawn::plant(o.seed, i));
            let drawn: Vec<Plant> = names.split(',').filter_map(one).collect();
            all.extend(still::all());
            all.extend(outside::all());
            all.retain(|p| names.split(',').any(|n| n == p.name));
            all.extend(drawn);
        }
    }
    all
}

fn main() -> ExitCode {
    let result = options().and_then(|o| {
        if o.save.is_some() || o.against.is_some() {
            paired(&o)
        } else if o.cost {
            cost(&o)
        } else if o.trace {
            trace(&o)
        } else if o.steady {
            stillness(&o)
        } else if o.hindsight {
            hindsight(&o)
        } else {
            table(&o)
        }
    });
    if let Err(message) = result {
        eprintln!("simulate: {message}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

fn table(o: &Options) -> Result<(), String> {
    let makers: Vec<Maker> = o.policies.iter().map(|p| maker(p)).collect::<Result<_, _>>()?;
    let plants = plants(o);
    let is_drawn = o.plants.parse::<u64>().is_ok();
    let count = if o.seeds > 0 {
        o.seeds
    } else if is_drawn {
        1
    } else {
        3
    };
    let seeds: Vec<u64> = (0..count).map(|k| o.seed + k).collect();
    let rows = run(&plants, &seeds, &makers, o.sensing, o.threads);
    if makers.len() == 1 {
        one(o, &plants, &rows, is_drawn);
    } else {
        side_by_side(o, &plants, &rows);
    }
    if is_drawn && makers.len() == 1 {
        by_kind(&plants, &rows);
    }
    for (k, policy) in o.policies.iter().enumerate() {
        for (title, size) in [
            ("long", Some(Size::Long)),
            ("huge", Some(Size::Huge)),
            ("short", Some(Size::Short)),
            ("all", None),
        ] {
            let cells = || {
                plants.iter().zip(&rows).filter(|(p, _)| size.is_none_or(|s| s == p.size)).map(|(_, r)| &r[k])
            };
            if cells().count() == 0 {
                continue;
            }
            let s = summary(cells().map(Cell::mean));
            let killed: u32 = cells().map(Cell::killed).sum();
            let caused = cells().map(Cell::caused).fold(0.0, f64::max);
            println!(
                "{policy:12} {title:5} geometric {:.3} median {:.3} p90 {:.3} p95 {:.3} worst {:.3}  killed {killed} caused {:.1} %",
                s.geometric,
                s.median,
                s.p90,
                s.p95,
                s.worst,
                caused * 100.0
            );
        }
    }
    Ok(())
}

fn one(o: &Options, plants: &[Plant], rows: &[Vec<Cell>], is_drawn: bool) {
    println!(
        "{:22} {:>6} {:>6} {:>5} {:>6} {:>5} {:>6} {:>6} {:>7} {:>5} {:>4} {:>5} {:>6}",
        o.policies[0],
        "mean",
        "max",
        "best",
        "navg",
        "peak",
        "cpu %",
        "p99 s",
        "bestp99",
        "caus%",
        "oom",
        "froze",
        "restl"
    );
    let mut order: Vec<usize> = (0..plants.len()).collect();
    if is_drawn {
        order.sort_by(|&a, &b| rows[b][0].mean().total_cmp(&rows[a][0].mean()));
        order.truncate(o.worst);
    }
    for i in order {
        let c = &rows[i][0];
        let mark = match c.worst() {
            x if x <= 1.05 => "",
            x if x <= 1.15 => ".",
            x if x <= 1.25 => "*",
            _ => "***",
        };
        let best = c.best_outcomes.iter().map(|b| b.p99).sum::<f64>() / c.best_outcomes.len() as f64;
        let restless =
            c.outcomes.iter().map(|x| apool_sim::table::restless(x, 0.3 * x.makespan)).max().unwrap_or(0);
        println!(
            "{:22} {:6.3} {:6.3} {:5} {:6.1} {:5.0} {:6.1} {:6.2} {:7.2} {:5.1} {:4} {:5.0} {:5} {mark} {}",
            plants[i].name,
            c.mean(),
            c.worst(),
            c.best[0],
            c.average(|x| x.mean),
            c.average(|x| f64::from(x.peak)),
            c.average(|x| x.cpu * 100.0),
            c.average(|x| x.p99),
            best,
            c.caused() * 100.0,
            c.killed(),
            c.average(|x| f64::from(x.frozen)),
            restless,
            c.outcomes[0].explained.as_deref().unwrap_or("")
        );
    }
}

/// The first policy beside references that know the best limit early: what it costs to know nothing at first.
fn hindsight(o: &Options) -> Result<(), String> {
    let plants = plants(o);
    let refs: Vec<(Told, u32)> =
        [Told::First, Told::Cohort].into_iter().flat_map(|told| BLIND.map(|blind| (told, blind))).collect();
    let mut makers = vec![maker(&o.policies[0])?];
    for &(told, blind) in &refs {
        makers.push(Box::new(move |case| Box::new(Hindsight::new(case, blind, told))));
    }
    let seeds: Vec<u64> = (0..o.seeds.max(1)).map(|k| o.seed + k).collect();
    let rows = run(&plants, &seeds, &makers, o.sensing, o.threads);
    println!("{:22} {:>15} {:>15} {:>15}   geometric p95", "", "all", "long", "short");
    for k in 0..makers.len() {
        let name = match k.checked_sub(1).map(|k| refs[k]) {
            None => o.policies[0].clone(),
            Some((told, blind)) => format!("blind {blind:2}, told {told:?}").to_lowercase(),
        };
        let figures = [None, Some(Size::Long), Some(Size::Short)].map(|size| {
            let of = plants.iter().zip(&rows).filter(|(p, _)| size.is_none_or(|s| s == p.size));
            let s = summary(of.map(|(_, row)| row[k].mean()));
            format!("{:>9.3} {:>5.2}", s.geometric, s.p95)
        });
        println!("{name:22} {} {} {}", figures[0], figures[1], figures[2]);
    }
    // Where it loses most beyond what its own blind start explains.
    let own = refs.iter().position(|r| *r == (Told::Cohort, 32)).map_or(1, |k| k + 1);
    let beyond = |i: &usize| rows[*i][0].mean() / rows[*i][own].mean();
    let mut order: Vec<usize> = (0..plants.len()).collect();
    order.sort_by(|a, b| beyond(b).total_cmp(&beyond(a)));
    println!(
        "{:22} {:>6} {:>6} {:>6}   (told after a cohort of 32)",
        "plant", o.policies[0], "told", "beyond"
    );
    for i in order.iter().take(o.worst) {
        println!(
            "{:22} {:6.3} {:6.3} {:6.3}",
            plants[*i].name,
            rows[*i][0].mean(),
            rows[*i][own].mean(),
            beyond(i)
        );
    }
    Ok(())
}

/// Saves the runs, or compares them with those another build saved.
fn paired(o: &Options) -> Result<(), String> {
    let seeds: Vec<u64> = (0..o.seeds.max(1)).map(|k| o.seed + k).collect();
    let now = runs(&plants(o), &seeds, &config(&o.policies[0])?, o.sensing, o.threads);
    if let Some(path) = &o.save {
        let lines: String = now.iter().map(|run| run.line() + "\n").collect();
        std::fs::write(path, lines).map_err(|e| format!("{path}: {e}"))?;
    }
    if let Some(path) = &o.against {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        let before: Vec<Run> = text.lines().filter_map(Run::parse).collect();
        let (short, long): (Vec<Run>, Vec<Run>) = now.iter().cloned().partition(|r| r.name.contains("short"));
        for (title, runs) in [("all", &now), ("long", &long), ("short", &short)] {
            println!("{title:5} {}", differ(&before, runs));
        }
    }
    Ok(())
}

/// How still the limit stands under steady load.
fn stillness(o: &Options) -> Result<(), String> {
    let mut plants = plants(o);
    if o.plants == "named" {
        plants.retain(|p| STEADY.contains(&p.name.as_str()));
        plants.extend(still::all());
    }
    let seeds: Vec<u64> = (0..o.seeds.max(1)).map(|k| o.seed + k).collect();
    let rows = run(&plants, &seeds, &[maker(&o.policies[0])?], o.sensing, o.threads);
    println!(
        "{:22} {:>6} {:>7} {:>13} {:>12} {:>11}",
        "after the first quarter", "mean", "regret", "time in 10 %", "changes>10 %", "most in 5 s"
    );
    for (plant, row) in plants.iter().zip(&rows) {
        for (regret, outcome) in row[0].regrets.iter().zip(&row[0].outcomes) {
            let s = steady(outcome);
            let near = s.near * 100.0;
            println!(
                "{:22} {:7.1} {regret:7.3} {near:12.0} % {:12} {:11}",
                plant.name, s.mean, s.large, s.most
            );
        }
    }
    Ok(())
}

/// What a decision costs.
fn cost(o: &Options) -> Result<(), String> {
    for name in &o.policies {
        let mut policy = config(name)?.build(64.0);
        println!("{name:14} {:.2} µs a decision", apool_sim::cost::microseconds(policy.as_mut(), 20_000));
    }
    Ok(())
}

/// Drawn plants by what binds.
fn by_kind(plants: &[Plant], rows: &[Vec<Cell>]) {
    let kind = |p: &Plant| p.name.split_once(':').map_or(String::new(), |n| n.1.to_owned());
    let mut kinds: Vec<String> = plants.iter().map(kind).collect();
    kinds.sort();
    kinds.dedup();
    for k in kinds {
        let cells = || plants.iter().zip(rows).filter(|(p, _)| kind(p) == k).map(|(_, r)| r[0].mean());
        let s = summary(cells());
        println!(
            "{k:22} {:4} plants: geometric {:.3} median {:.3} worst {:.3}",
            cells().count(),
            s.geometric,
            s.median,
            s.worst
        );
    }
}

fn side_by_side(o: &Options, plants: &[Plant], rows: &[Vec<Cell>]) {
    println!("{:22}{}", "plant", o.policies.iter().map(|p| format!("{p:>14}")).collect::<Vec<_>>().concat());
    for (plant, row) in plants.iter().zip(rows) {
        let cell = |c: &Cell| {
            let flag = if c.killed() > 0 {
                "O"
            } else if c.caused() > 0.03 {
                "F"
            } else {
                ""
            };
            let figure = if c.mean().is_finite() { format!("{:.2}", c.mean()) } else { ">12".into() };
            format!("{:>14}", figure + flag)
        };
        println!("{:22}{}", plant.name, row.iter().map(cell).collect::<Vec<_>>().concat());
    }
}

fn trace(o: &Options) -> Result<(), String> {
    for plant in &plants(o) {
        let case = Case::new(plant, o.seed);
        for name in &o.policies {
            println!(
                "{} under {name}, best fixed {} in {:.3} s",
                plant.name, case.best.limit, case.best.outcome.makespan
            );
            println!("{}", plant.tell());
            let mut show = |line: &str| println!("{line}");
            let driver = Driver::Policy(config(name)?.build(plant.cores));
            let mut world = World::new(plant, &case.input, o.seed, driver, o.sensing);
            world.trace(&mut show);
            let outcome = world.run(case.best.outcome.makespan * apool_sim::oracle::GIVE_UP);
            println!(
                "{:.3} s, ratio {:.3}, caused {}, killed {}, stopped {}; {}",
                outcome.makespan,
                case.regret(&outcome),
                outcome.caused,
                outcome.killed,
                outcome.frozen,
                outcome.explained.as_deref().unwrap_or("")
            );
        }
    }
    Ok(())
}
