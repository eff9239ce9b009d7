//! Flags of the pool: how many workers, found by which law, held back by which guards.

use super::named::Named;
use crate::run::events::jobs_file;
use crate::run::parse::{self, Count};
use adaptive_pool::policy::guard::{DelayConfig, Rate};
use adaptive_pool::policy::{POLICY_NAMES, PolicyConfig, Profile, Value};
use clap::Args;
use std::path::{Path, PathBuf};

const PROFILES: [&str; 4] = ["cpu", "io", "mixed", "memory"];

/// How many workers, and what holds them back.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Workers")]
pub struct ScalingArgs {
    /// Run N jobs at once, no more, no fewer: N, N% of the cores, 0 for many
    ///
    /// +N and -N are that many more or fewer than cores; 0 is as many as possible; FILE holds one of these and is read again when it changes; auto, the default, leaves it to --policy.
    /// Cores are those this process may use: affinity and the CPU quota of containers count.
    #[arg(short = 'j', long, value_name = "N", short_alias = 'P', alias = "max-procs", allow_hyphen_values = true, value_parser = jobs)]
    pub jobs: Option<Jobs>,

    /// How the number of jobs is found; auto unless given
    ///
    /// auto measures what more workers bring. conservative, balanced and aggressive go by the share of workers in use and by the
    /// CPU, threshold by CPU, queue and memory, aimd by congestion, predictive by trends; fixed stays (-j N).
    #[arg(long, value_name = "NAME", value_parser = Named::<PolicyConfig>::of(&POLICY_NAMES), hide_possible_values = true)]
    pub policy: Option<PolicyConfig>,

    /// Bounds for a kind of jobs: cpu, io, mixed or memory
    ///
    /// cpu: 1 to the number of cores C; mixed: 1 to 2 C; io: 2 C to 4 C; memory: 8 to 16. --min-workers and --max-workers win.
    #[arg(long, value_name = "KIND", value_parser = Named::<Profile>::of(&PROFILES), hide_possible_values = true, hide_short_help = true)]
    pub profile: Option<Profile>,

    /// Never lower the limit below N
    #[arg(long, value_name = "N")]
    pub min_workers: Option<u32>,

    /// Never run more than N jobs at once
    #[arg(long, value_name = "N", visible_alias = "hard-limit")]
    pub max_workers: Option<u32>,

    /// The limit at the start
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub initial_workers: Option<u32>,

    /// Start no job while this part of the memory is in use, such as 0.9 or 90%
    ///
    /// The memory limit of a container counts. What the running jobs will still take, as learned from those that ended, counts as well.
    /// Without this option it is 0.9, and with nothing running one job starts all the same; with it not even the first one starts.
    #[arg(long, value_name = "RATIO", value_parser = parse::ratio, hide_short_help = true)]
    pub memory_threshold: Option<f64>,

    /// Start no job while N threads run or could run (N, N%, +N, -N)
    ///
    /// Threads of the whole machine count, those of apool's jobs too. While nothing may start, a line on standard error says why.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = load)]
    pub load: Option<Load>,

    /// Start no job while less memory than SIZE is free
    ///
    /// While nothing may start, a line on standard error says how much is free.
    #[arg(long, value_name = "SIZE", value_parser = parse::size)]
    pub memfree: Option<u64>,

    /// Start no job while the machine swaps both in and out
    #[arg(long, hide_short_help = true)]
    pub noswap: bool,

    /// At least DURATION between two starts
    ///
    /// With auto behind it, as in 0.1sauto, the time grows while most jobs fail or ask to back off, and shrinks while they succeed.
    #[arg(long, value_name = "DURATION", value_parser = delay, hide_short_help = true)]
    pub delay: Option<DelayConfig>,

    /// At most N starts a second, or N/m a minute, N/h an hour
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub rate: Option<Rate>,

    /// Run the jobs at niceness N (-20 to 19)
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = parse::niceness, hide_short_help = true)]
    pub nice: Option<i32>,
}

/// The constants of the laws. One that the chosen law does not have is refused.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Thresholds")]
pub struct LawArgs {
    /// Time between two decisions
    #[arg(long, value_name = "DURATION", value_parser = time, hide_short_help = true)]
    pub interval: Option<Value>,

    /// Time without a change after a decrease
    #[arg(long, value_name = "DURATION", value_parser = time, hide_short_help = true)]
    pub cooldown: Option<Value>,

    /// Beyond N workers grow by one at a time, and only when the queue is long
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub soft_limit: Option<Value>,

    /// Grow when this part of the limit is running
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub scale_up_threshold: Option<Value>,

    /// Shrink when no more than this part of the limit is running
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub scale_down_threshold: Option<Value>,

    /// Grow when more than this part of the limit is running (aimd)
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub load_threshold: Option<Value>,

    /// A CPU busier than this is full: no growth
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub cpu_threshold: Option<Value>,

    /// A CPU less busy than this is under-used
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub cpu_low_threshold: Option<Value>,

    /// With less memory in use than this the step may double (aimd)
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub memory_low_threshold: Option<Value>,

    /// A queue shorter than N is short
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub queue_low_threshold: Option<Value>,

    /// A queue longer than N calls for some more workers
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub queue_moderate_threshold: Option<Value>,

    /// A queue longer than N calls for many more workers
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub queue_high_threshold: Option<Value>,

    /// A queue longer than N counts as congestion
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub queue_threshold: Option<Value>,

    /// Waking up later than this counts as congestion
    #[arg(long, value_name = "DURATION", value_parser = time, hide_short_help = true)]
    pub lag_threshold: Option<Value>,

    /// Workers added at a time
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub step_up: Option<Value>,

    /// Workers added at a time for a moderate queue
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub step_up_moderate: Option<Value>,

    /// Workers taken away at a time
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub step_down: Option<Value>,

    /// Workers added at a time (aimd)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub increase_step: Option<Value>,

    /// What is left of the limit after congestion (aimd)
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub decrease_factor: Option<Value>,

    /// A step as a part of the limit (predictive)
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub step_ratio: Option<Value>,

    /// A change of throughput smaller than this is no change
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub dead_band: Option<Value>,

    /// The weight of a new value in moving averages, 0 to 1
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub smoothing: Option<Value>,

    /// Looks over which a trend is taken
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub trend_window: Option<Value>,

    /// The limit up to which to double while nothing has finished
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub blind_limit: Option<Value>,

    /// Jobs started before the first look (auto)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub start_workers: Option<Value>,

    /// The limit up to which to grow before there is evidence (auto)
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub blind_workers: Option<Value>,

    /// The part of the memory that is kept free (auto)
    #[arg(long, value_name = "RATIO", value_parser = ratio, hide_short_help = true)]
    pub memory_reserve: Option<Value>,

    /// Stop (SIGSTOP) the youngest jobs when memory runs out, and continue them later: yes or no (auto)
    #[arg(long, value_name = "YES|NO", value_parser = switch, hide_short_help = true)]
    pub memory_brake: Option<Value>,

    /// Lower the limit when jobs fail for being too many: yes or no (auto)
    #[arg(long, value_name = "YES|NO", value_parser = switch, hide_short_help = true)]
    pub backoff: Option<Value>,

    /// Completions to judge a level by
    #[arg(long, value_name = "N", value_parser = number, hide_short_help = true)]
    pub min_completions: Option<Value>,
}

impl LawArgs {
    /// What was given, by the name of the law's field.
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

/// How many threads are too many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// As with -j.
    Count(Count),
    /// Load averages have fractions.
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

/// A duration, with `auto` behind it or not. The limits of its value are checked where the guards are.
fn delay(text: &str) -> Result<DelayConfig, parse::ParseError> {
    let (time, auto) = text.strip_suffix("auto").map_or((text, false), |time| (time, true));
    if auto && time.is_empty() {
        return Err(parse::ParseError(
            "auto needs the time that it begins with, such as 0.1sauto".to_owned(),
        ));
    }
    parse::duration(time).map(|delay| DelayConfig { delay, auto })
}

/// What `-j` was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Jobs {
    /// The number.
    pub count: Count,
    /// The file it was read from.
    pub file: Option<PathBuf>,
}

/// A number of workers, or the name of a file that holds one.
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
