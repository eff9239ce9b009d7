//! Options of the pool: the number of workers, the policy and its constants, the guards.

use super::named::Named;
use crate::run::events::jobs_file;
use crate::run::parse::{self, Count};
use adaptive_pool::policy::guard::{DelayConfig, Rate};
use adaptive_pool::policy::{POLICY_NAMES, PolicyConfig, Profile, Value};
use clap::Args;
use std::path::{Path, PathBuf};

const PROFILES: [&str; 4] = ["cpu", "io", "mixed", "memory"];

/// The number of workers, and the guards that limit it.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Workers")]
pub struct ScalingArgs {
    /// Run N jobs at once: a number, N% of the cores, or 0 for as many as possible
    ///
    /// +N and -N add to and subtract from the number of cores. 0 is at most 4096. FILE contains one of these values and
    /// is read again when it changes. With auto (default), --policy chooses the number. Cores are those that apool may
    /// use: CPU affinity and the CPU quota of a container count.
    #[arg(short = 'j', long, value_name = "N", short_alias = 'P', alias = "max-procs", allow_hyphen_values = true, value_parser = jobs)]
    pub jobs: Option<Jobs>,

    /// Set how the number of jobs is found (default auto)
    ///
    /// auto measures the effect of more workers. conservative, balanced and aggressive use the share of busy workers
    /// and the CPU use. threshold uses CPU, queue and memory. aimd reacts to congestion, and predictive to trends.
    /// fixed does not change the number (-j N).
    #[arg(long, value_name = "NAME", value_parser = Named::<PolicyConfig>::of(&POLICY_NAMES), hide_possible_values = true)]
    pub policy: Option<PolicyConfig>,

    /// Set the bounds for a kind of job: cpu, io, mixed or memory
    ///
    /// With C cores, cpu is 1 to C workers, mixed 1 to 2 C, io 2 C to 4 C, and memory 8 to 16. --min-workers and
    /// --max-workers take precedence.
    #[arg(long, value_name = "KIND", value_parser = Named::<Profile>::of(&PROFILES), hide_possible_values = true, hide_short_help = true)]
    pub profile: Option<Profile>,

    /// Never lower the limit below N
    ///
    /// The default depends on the policy: 1 with auto.
    #[arg(long, value_name = "N")]
    pub min_workers: Option<u32>,

    /// Never run more than N jobs at once
    ///
    /// The default depends on the policy: with auto, 12 for each core, and at least 256.
    #[arg(long, value_name = "N", visible_alias = "hard-limit")]
    pub max_workers: Option<u32>,

    /// Start with a limit of N jobs at once
    ///
    /// N is from --min-workers to --max-workers. The default depends on the policy: with auto, the number of cores, but
    /// at most 4.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub initial_workers: Option<u32>,

    /// Start no job while this share of the memory is in use, such as 0.9 or 90%
    ///
    /// The memory limit of a container counts. So does the memory that running jobs are expected to take, as estimated
    /// from the jobs that ended. The default is 0.9; with it, one job starts in any case if none runs. If the option is
    /// given, not even the first job starts. threshold and aimd also use RATIO to lower the limit (default 0.85).
    #[arg(long, value_name = "RATIO", value_parser = parse::ratio, hide_short_help = true)]
    pub memory_threshold: Option<f64>,

    /// Start no job while N threads are running or runnable (N, N%, +N, -N)
    ///
    /// The threads of the whole machine count, including those of the jobs. N%, +N and -N refer to the number of cores.
    /// While no job may start, a line on standard error gives the reason.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = load)]
    pub load: Option<Load>,

    /// Start no job while less than SIZE of memory is free
    ///
    /// While no job may start, a line on standard error gives the free memory.
    #[arg(long, value_name = "SIZE", value_parser = parse::size)]
    pub memfree: Option<u64>,

    /// Start no job while the machine swaps both in and out
    #[arg(long, hide_short_help = true)]
    pub noswap: bool,

    /// Wait at least DURATION between two starts
    ///
    /// With the suffix auto, as in 0.1sauto, the time grows while most jobs fail or ask to back off, up to 10 s. It
    /// shrinks while jobs succeed.
    #[arg(long, value_name = "DURATION", value_parser = delay, hide_short_help = true)]
    pub delay: Option<DelayConfig>,

    /// Start at most N jobs per second; N/m is per minute, N/h per hour
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub rate: Option<Rate>,

    /// Run the jobs with niceness N, from -20 to 19 (default that of apool)
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = parse::niceness, hide_short_help = true)]
    pub nice: Option<i32>,
}

/// The constants of the policies. A constant that the chosen policy does not have is refused.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Thresholds")]
pub struct PolicyArgs {
    /// Set the time between two decisions (default 250ms for conservative, balanced and aggressive, else 1s)
    ///
    /// DURATION is at least 1ms. auto has no fixed interval.
    #[arg(long, value_name = "DURATION", value_parser = time, hide_short_help = true)]
    pub interval: Option<Value>,

    /// Keep the limit for this time after a decrease (default 0, aimd 5s)
    #[arg(long, value_name = "DURATION", value_parser = time, hide_short_help = true)]
    pub cooldown: Option<Value>,

    /// Above N workers, add only 1 at a time, and only if more jobs wait than the limit
    ///
    /// The default is 4 for each core, and at least 8. For conservative, balanced and aggressive.
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub soft_limit: Option<Value>,

    /// Add workers if at least this share of the limit is running (default 0.75)
    ///
    /// RATIO is from 0 to 1. For conservative, balanced and aggressive.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub scale_up_threshold: Option<Value>,

    /// Remove workers if at most this share of the limit is running (default 0.25)
    ///
    /// RATIO is from 0 to 1 and below --scale-up-threshold. For conservative, balanced and aggressive.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub scale_down_threshold: Option<Value>,

    /// Add workers if more than this share of the limit is running (aimd; default 0.8)
    ///
    /// RATIO is from 0 to 1.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub load_threshold: Option<Value>,

    /// Add no workers while CPU use is at or above RATIO (default 0.8)
    ///
    /// RATIO is from 0 to 1; with 1, CPU use never stops growth. For all policies but auto and fixed.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub cpu_threshold: Option<Value>,

    /// Treat the CPU as underused below RATIO (default 0.4, predictive 0.5)
    ///
    /// RATIO is from 0 to 1 and below --cpu-threshold. For threshold, aimd and predictive.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub cpu_low_threshold: Option<Value>,

    /// Double the step only if memory use is below RATIO (aimd; default 0.5)
    ///
    /// RATIO is from 0 to 1 and below --memory-threshold.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub memory_low_threshold: Option<Value>,

    /// Remove workers if the CPU is full and fewer than N jobs wait (threshold; default 2)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub queue_low_threshold: Option<Value>,

    /// Add --step-up-moderate workers if more than N jobs wait (threshold; default 5)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub queue_moderate_threshold: Option<Value>,

    /// Add --step-up workers if more than N jobs wait and the CPU is underused (threshold; default 20)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub queue_high_threshold: Option<Value>,

    /// Treat more than N waiting jobs as congestion (aimd; default unset)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub queue_threshold: Option<Value>,

    /// Treat a lag above DURATION as congestion (aimd; default 50ms)
    ///
    /// The lag is the delay with which the sampler wakes.
    #[arg(long, value_name = "DURATION", value_parser = time, hide_short_help = true)]
    pub lag_threshold: Option<Value>,

    /// Add N workers at a time
    ///
    /// N is at least 1. The default is 1 for conservative, 2 for balanced, and 4 for aggressive and threshold. For
    /// predictive it is the smallest step, 2 by default.
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub step_up: Option<Value>,

    /// Add N workers at a time if the queue is moderate (threshold; default 2)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub step_up_moderate: Option<Value>,

    /// Remove N workers at a time (default 2, aggressive 1)
    ///
    /// N is at least 1. For conservative, balanced, aggressive, and for threshold.
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub step_down: Option<Value>,

    /// Add N workers at a time (aimd; default 2)
    ///
    /// The step doubles while CPU and memory are underused.
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub increase_step: Option<Value>,

    /// Multiply the limit by RATIO on congestion (aimd; default 0.5)
    ///
    /// RATIO is from 0 to below 1.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub decrease_factor: Option<Value>,

    /// Change the limit by this share of it at a time (predictive; default 0.2)
    ///
    /// RATIO is from 0 to 1. A step is at least --step-up.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub step_ratio: Option<Value>,

    /// Ignore a relative change of throughput up to RATIO (predictive; default 0.05)
    ///
    /// RATIO is from 0 to 1.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub dead_band: Option<Value>,

    /// Set the weight of a new reading in moving averages, 0 to 1 (predictive; default 0.3)
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub smoothing: Option<Value>,

    /// Compute trends over N readings, at least 3 (predictive; default 8)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub trend_window: Option<Value>,

    /// Double the limit up to N until the first job has ended (predictive; default 32)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub blind_limit: Option<Value>,

    /// Start up to N jobs before the first measurement (auto; default 4)
    ///
    /// The number of cores is an upper bound.
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub start_workers: Option<Value>,

    /// Raise the limit up to N, or 2 for each core, until the first job has ended (auto; default 32)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub blind_workers: Option<Value>,

    /// Keep this share of the memory free (auto; default 0.05)
    ///
    /// RATIO is from 0 to 0.9.
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub memory_reserve: Option<Value>,

    /// Suspend the youngest jobs (SIGSTOP) if memory runs out: yes (default) or no (auto)
    ///
    /// The jobs continue when memory is free again.
    #[arg(long, value_name = "YES|NO", value_parser = switch, hide_short_help = true)]
    pub memory_brake: Option<Value>,

    /// Lower the limit at once on a result of --backoff-on: yes (default) or no (auto)
    #[arg(long, value_name = "YES|NO", value_parser = switch, hide_short_help = true)]
    pub backoff: Option<Value>,

    /// Judge a limit after N successful jobs, at least 1 (predictive; default 8)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub min_completions: Option<Value>,
}

impl PolicyArgs {
    /// The constants that were given, by the name of the field of the policy.
    pub fn given(&self) -> Vec<(&'static str, Value)> {
        let all = [
            ("interval", self.interval),
            ("cooldown", self.cooldown),
            ("soft_limit", self.soft_limit),
            ("scale_up_threshold", self.scale_up_threshold),
            ("scale_down_threshold", self.scale_down_threshold),
            ("load_threshold", self.load_threshold),
            ("cpu_threshold", self.cpu_threshold),
            ("cpu_low_threshold", self.cpu_low_threshold),
            ("memory_low_threshold", self.memory_low_threshold),
            ("queue_low_threshold", self.queue_low_threshold),
            ("queue_moderate_threshold", self.queue_moderate_threshold),
            ("queue_high_threshold", self.queue_high_threshold),
            ("queue_threshold", self.queue_threshold),
            ("lag_threshold", self.lag_threshold),
            ("step_up", self.step_up),
            ("step_up_moderate", self.step_up_moderate),
            ("step_down", self.step_down),
            ("increase_step", self.increase_step),
            ("decrease_factor", self.decrease_factor),
            ("step_ratio", self.step_ratio),
            ("dead_band", self.dead_band),
            ("smoothing", self.smoothing),
            ("trend_window", self.trend_window),
            ("blind_limit", self.blind_limit),
            ("min_completions", self.min_completions),
            ("start_workers", self.start_workers),
            ("blind_workers", self.blind_workers),
            ("memory_reserve", self.memory_reserve),
            ("memory_brake", self.memory_brake),
            ("backoff", self.backoff),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

fn time(text: &str) -> Result<Value, parse::ParseError> {
    parse::duration(text).map(Value::Time)
}

fn ratio(text: &str) -> Result<Value, parse::ParseError> {
    parse::ratio(text).map(Value::Ratio)
}

fn switch(text: &str) -> Result<Value, parse::ParseError> {
    parse::switch(text).map(Value::Switch)
}

fn number(text: &str) -> Result<Value, std::num::ParseIntError> {
    text.parse().map(Value::Count)
}

/// The value of `--load`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// A count as for `-j`.
    Count(Count),
    /// A number of threads with a fraction, as load averages have.
    Threads(f64),
}

fn load(text: &str) -> Result<Load, parse::ParseError> {
    let fraction = text.contains('.').then(|| text.parse().ok()).flatten();
    match fraction.filter(|n: &f64| n.is_finite() && *n > 0.0) {
        Some(threads) => Ok(Load::Threads(threads)),
        None => parse::count(text).map(Load::Count).map_err(|_| {
            parse::ParseError::wanted(text, "a number of threads such as 8, 7.5, 150%, +2 or -1")
        }),
    }
}

/// A duration, with or without the suffix `auto`. The guard checks its range.
fn delay(text: &str) -> Result<DelayConfig, parse::ParseError> {
    let (time, auto) = text.strip_suffix("auto").map_or((text, false), |time| (time, true));
    if auto && time.is_empty() {
        return Err(parse::ParseError("auto needs a duration before it, such as 0.1sauto".to_owned()));
    }
    parse::duration(time).map(|delay| DelayConfig { delay, auto })
}

/// The value of `-j`.
#[derive(Clone, Debug, PartialEq)]
pub struct Jobs {
    /// The count.
    pub count: Count,
    /// The file that contains the count.
    pub file: Option<PathBuf>,
}

/// Parses a number of workers, or the name of a file that contains one.
fn jobs(text: &str) -> Result<Jobs, parse::ParseError> {
    let path = Path::new(text);
    match parse::count(text) {
        Ok(count) => Ok(Jobs { count, file: None }),
        Err(_) if path.is_file() => match jobs_file::read(path) {
            Ok(count) => Ok(Jobs { count, file: Some(path.to_owned()) }),
            Err(why) => Err(parse::ParseError(format!("in {}: {why}", text.escape_debug()))),
        },
        Err(error) => Err(error),
    }
}
