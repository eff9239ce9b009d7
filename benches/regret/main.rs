//! The real-machine benchmark: how far each policy is from the best fixed number of workers.
//!
//! `cargo bench --bench regret -- [WORKLOAD…] [--seconds N] [--policies a,b] [--rounds R] [--again R]
//! [--levels 2,4] [--wait SECONDS]`
//!
//! Each workload has as many jobs as the best number of workers does in N seconds (3, for a quick look; 20 for figures).
//! xargs runs it at 1, 2, 4, … 256 (and where the best is known, there) in a first, shorter pass; those near the best, and
//! every policy, then run at full length, in turn, for R rounds. A run that takes three times the best is ended.
//!
//! `… -- cost` measures what the sampler costs, `… -- steady [WORKLOAD…] [--logs DIR]` how still the limit stands (its
//! decision logs are kept in DIR), `… -- decide` what a decision costs. `REGRET_APOOL=FILE` measures another build.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::needless_pass_by_value,
    missing_docs,
    reason = "a benchmark"
)]
#![allow(unsafe_code, reason = "rusage, the CPU clock and kill, which std does not have")]

mod decide;
mod measure;
mod sampler;
mod service;
mod steady;
mod table;
mod work;
mod workloads;

use std::process::ExitCode;

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    pub names: Vec<String>,
    pub seconds: f64,
    pub policies: Vec<String>,
    pub rounds: usize,
    /// How often a disturbed run is repeated.
    pub again: usize,
    /// The fixed levels of the full pass, when they are known; else the short pass finds them.
    pub levels: Vec<u32>,
    /// How long a quiet machine is waited for before each run of the full pass, in seconds.
    pub wait: f64,
    /// Where `steady` keeps the decision logs.
    pub logs: Option<std::path::PathBuf>,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
        let all = "auto,conservative,balanced,aggressive,threshold,aimd,predictive";
        let list = |text: &str| text.split(',').map(str::to_owned).collect();
        let mut options = Options {
            names: Vec::new(),
            seconds: 3.0,
            policies: list(all),
            rounds: 1,
            again: 2,
            levels: Vec::new(),
            wait: 60.0,
            logs: None,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            let bad = |e: &dyn std::fmt::Display| e.to_string();
            match word.as_str() {
                "--bench" => {}
                "--seconds" => options.seconds = value()?.parse().map_err(|e| bad(&e))?,
                "--rounds" => options.rounds = value()?.parse().map_err(|e| bad(&e))?,
                "--again" => options.again = value()?.parse().map_err(|e| bad(&e))?,
                "--wait" => options.wait = value()?.parse().map_err(|e| bad(&e))?,
                "--logs" => options.logs = Some(value()?.into()),
                "--levels" => {
                    let levels: Result<_, _> = value()?.split(',').map(str::parse).collect();
                    options.levels = levels.map_err(|e: std::num::ParseIntError| bad(&e))?;
                }
                "--policies" => options.policies = list(&value()?),
                name if name.starts_with('-') => return Err(format!("no option {name}")),
                name => options.names.push(name.to_owned()),
            }
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "job") {
        return ExitCode::from(work::run(&words[1..]) as u8);
    }
    let options = match Options::parse(words.into_iter()) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("regret: {message}");
            return ExitCode::FAILURE;
        }
    };
    match options.names.first().map(String::as_str) {
        Some("cost") => sampler::cost(),
        Some("steady") => steady::steady(&options),
        Some("decide") => decide::decide(),
        _ => run(&options),
    }
    ExitCode::SUCCESS
}

fn run(options: &Options) {
    let names: Vec<&str> = if options.names.is_empty() {
        workloads::NAMES.to_vec()
    } else {
        options.names.iter().map(String::as_str).collect()
    };
    println!("{} cores", measure::cpus());
    for name in names {
        let dir = tempfile::tempdir().expect("a directory");
        match workloads::make(name, dir.path()) {
            Ok(workload) => table::compare(&workload, options, dir.path()),
            Err(reason) => println!("\n{name}: left out: {reason}"),
        }
    }
}
