//! A soak test: `cargo run --release --example soak -- --minutes 10 --seed 1`.
//!
//! In the first part, one run gets an endless input of jobs that fail, hang, leak and print, while its limit changes.
//! Memory, descriptors and zombies are sampled and must not grow. In the second part, runs are interrupted and killed
//! at random moments and resumed. No job may be lost, and none may start again after a record of success.
//!
//! It needs `apool` built with the same profile (`cargo build --release`). It only uses a directory of its own, and
//! only signals processes that it started.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods
)]

mod chaos;
mod steady;
mod world;

use std::process::ExitCode;
use std::time::{Duration, Instant};
use world::World;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, default: f64| {
        let at = words.iter().position(|word| word == name);
        at.and_then(|at| words.get(at + 1)).and_then(|word| word.parse().ok()).unwrap_or(default)
    };
    let seed = option("--seed", 1.0) as u64;
    let time = Duration::from_secs_f64(60.0 * option("--minutes", 3.0));
    let began = Instant::now();
    let mut world = World::new(seed);
    let steady = steady::run(&mut world, began + time / 3);
    let chaos = chaos::run(&mut world, Instant::now() + time * 2 / 3);
    println!("seed {seed}, {:.1} minutes", began.elapsed().as_secs_f64() / 60.0);
    println!("jobs run: {}", steady.jobs + chaos.jobs);
    println!("interrupts survived: {} ({} of them kill -9)", chaos.interrupts, chaos.kills);
    println!("inputs lost: {}", steady.lost + chaos.lost);
    println!("inputs whose time was over before their shell began: {}", chaos.unbegun);
    println!("inputs run again after exit 0: {}", chaos.twice);
    println!("RSS: {} KiB in the first quarter, {} KiB in the last", steady.rss.0, steady.rss.1);
    println!(
        "descriptors beyond those of running jobs: {} in the first quarter, {} in the last",
        steady.fds.0, steady.fds.1
    );
    println!("zombies: at most {} at once, {} at the end", steady.zombies.0, steady.zombies.1);
    let mut wrong = steady.wrong;
    wrong.extend(chaos.wrong);
    if steady.lost + chaos.lost + chaos.twice > 0 {
        wrong.push("jobs were lost or run twice".to_owned());
    }
    for what in &wrong {
        println!("WRONG: {what}");
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
