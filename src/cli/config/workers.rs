//! The workers: the policy, its constants, the bounds and the guards.

use crate::cli::args::{Load, PolicyArgs, ScalingArgs};
use crate::cli::host::Host;
use crate::run::config::Workers;
use crate::run::parse::Count;
use adaptive_pool::policy::guard::{GuardConfig, MemoryGuardConfig};
use adaptive_pool::policy::{Bounds, FixedConfig, PolicyConfig, Value};

/// Descriptors of a running job: its two outputs and its process.
const DESCRIPTORS_A_JOB: u64 = 3;
/// Descriptors reserved for apool. If few may be open it is half of them, but at least `DESCRIPTORS_LEAST`.
const DESCRIPTORS_KEPT: u64 = 64;
const DESCRIPTORS_LEAST: u64 = 16;
/// The minimum to start one job, which takes both ends of two pipes and the process.
const DESCRIPTORS_NEEDED: u64 = 20;
/// The upper bound of `-j 0`, which protects the machine.
const WORKERS_MAX: u32 = 4096;

/// Resolves all settings of the number of workers. `notes` receives a line for each value that differs from the option.
pub fn workers(
    args: &ScalingArgs,
    constants: &PolicyArgs,
    memsuspend: Option<u64>,
    tty: bool,
    host: &Host,
    notes: &mut Vec<String>,
) -> Result<Workers, String> {
    let fixed = match args.jobs.as_ref().map(|jobs| jobs.count) {
        jobs if tty => one_at_a_time(args, jobs)?,
        None | Some(Count::Auto) => None,
        Some(Count::Unlimited) => Some(descriptors_allow(host).min(WORKERS_MAX)),
        Some(count) => count.resolve(host.cores),
    };
    let mut policy = policy(args, fixed)?;
    for (name, value) in constants.given() {
        policy.set(name, value).map_err(|e| e.to_string())?;
    }
    let has_memory = policy.settings().iter().any(|(name, _)| *name == "memory_threshold");
    if let Some(ratio) = args.memory_threshold.filter(|_| has_memory) {
        policy.set("memory_threshold", Value::Ratio(ratio)).map_err(|e| e.to_string())?;
    }
    policy.validate().map_err(|e| e.to_string())?;

    let bounds = bounds(args, &policy, fixed, host, notes)?;
    let initial = initial(args, bounds, host)?;
    Ok(Workers {
        min: bounds.min,
        max: bounds.max,
        initial,
        cores: host.cores,
        guards: guards(args, memsuspend, host)?,
        policy,
    })
}

/// The number of workers with `--tty`. `jobs`: the number that was given.
fn one_at_a_time(args: &ScalingArgs, jobs: Option<Count>) -> Result<Option<u32>, String> {
    let by_file = args.jobs.as_ref().is_some_and(|jobs| jobs.file.is_some());
    let more = args.min_workers.is_some_and(|min| min > 1) || args.policy.is_some();
    match jobs {
        None | Some(Count::Exact(1)) if !by_file && !more => Ok(Some(1)),
        _ => {
            Err("--tty gives the terminal to one job at a time: use -j 1, or leave out the number of workers"
                .to_owned())
        }
    }
}

fn policy(args: &ScalingArgs, fixed: Option<u32>) -> Result<PolicyConfig, String> {
    let Some(workers) = fixed else {
        return Ok(args.policy.clone().unwrap_or_default());
    };
    match &args.policy {
        None | Some(PolicyConfig::Fixed(_)) => Ok(PolicyConfig::Fixed(FixedConfig::of(workers))),
        Some(other) => Err(format!(
            "-j {workers} fixes the number of workers, and --policy {} changes it: leave out one, or use --max-workers {workers}",
            other.name()
        )),
    }
}

fn descriptors_allow(host: &Host) -> u32 {
    let kept = DESCRIPTORS_KEPT.min(host.descriptors / 2).max(DESCRIPTORS_LEAST);
    u32::try_from(host.descriptors.saturating_sub(kept) / DESCRIPTORS_A_JOB).unwrap_or(u32::MAX).max(1)
}

fn bounds(
    args: &ScalingArgs,
    policy: &PolicyConfig,
    fixed: Option<u32>,
    host: &Host,
    notes: &mut Vec<String>,
) -> Result<Bounds, String> {
    let default = policy.default_bounds(host.cores);
    let (mut min, mut max) = (default.min, default.max);
    if let Some(profile) = args.profile {
        if fixed.is_some() {
            return Err(
                "--profile sets bounds for a policy, and -j fixes the number: leave out one".to_owned()
            );
        }
        let bounds = profile.bounds(host.cores);
        (min, max) = (bounds.min, bounds.max);
    }
    // A given bound overrides the default of the other one. Two given bounds must not contradict each other.
    match (args.min_workers, args.max_workers) {
        (Some(low), Some(high)) => (min, max) = (low, high),
        (Some(low), None) => (min, max) = (low, max.max(low)),
        (None, Some(high)) => (min, max) = (min.min(high.max(1)), high),
        (None, None) => {}
    }
    if let Some(n) = fixed {
        if let Some(high) = args.max_workers.filter(|&high| high < n) {
            return Err(format!("-j {n} is above --max-workers {high}"));
        }
        min = args.min_workers.unwrap_or(1).min(n);
    }
    policy.check_bounds(Bounds { min, max }).map_err(|e| e.to_string())?;
    if host.descriptors < DESCRIPTORS_NEEDED {
        return Err(format!(
            "only {} descriptors may be open, and apool needs {DESCRIPTORS_NEEDED} to run one job: raise ulimit -n",
            host.descriptors
        ));
    }
    let room = descriptors_allow(host);
    if max > room {
        if fixed.is_some() || args.max_workers.is_some() {
            notes.push(format!(
                "{max} workers need more descriptors than the {} that may be open: running at most {room} (see ulimit -n)",
                host.descriptors
            ));
        }
        max = room;
        min = min.min(max);
    }
    Ok(Bounds { min, max })
}

fn initial(args: &ScalingArgs, bounds: Bounds, host: &Host) -> Result<Option<u32>, String> {
    let Some(n) = args.initial_workers else {
        return Ok(args.profile.map(|p| p.initial(host.cores).clamp(bounds.min, bounds.max)));
    };
    if n < bounds.min || n > bounds.max {
        return Err(format!(
            "--initial-workers {n} must be from --min-workers {} to --max-workers {}",
            bounds.min, bounds.max
        ));
    }
    Ok(Some(n))
}

fn guards(
    args: &ScalingArgs,
    memsuspend: Option<u64>,
    host: &Host,
) -> Result<Vec<Box<dyn adaptive_pool::policy::Guard>>, String> {
    let mut config = GuardConfig::default();
    if let Some(ratio) = args.memory_threshold {
        let memory = MemoryGuardConfig { memory_threshold: ratio, ..MemoryGuardConfig::default() };
        config.memory = Some(MemoryGuardConfig { hold_first: true, ..memory });
    }
    // A guard that the user asked for also holds back the first job.
    config.hold_first = true;
    config.load = match args.load {
        None => None,
        Some(Load::Threads(threads)) => Some(threads),
        Some(Load::Count(count)) => match count.resolve(host.cores) {
            Some(n) => Some(f64::from(n)),
            None => return Err("--load takes a number of threads such as 8, 150%, +2 or -1".to_owned()),
        },
    };
    config.memfree = args.memfree;
    config.memsuspend = memsuspend;
    config.noswap = args.noswap;
    config.delay = args.delay;
    config.rate = args.rate;
    config.validate().map_err(|e| e.to_string())?;
    Ok(config.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Args;
    use std::ffi::OsString;

    fn resolve(line: &str, host: &Host) -> Result<Workers, String> {
        let args = Args::parse_words(
            std::iter::once("apool").chain(line.split_whitespace()).map(OsString::from),
            false,
        );
        let args = args.expect("parses");
        workers(&args.scaling, &args.constants, None, false, host, &mut Vec::new())
    }

    fn host() -> Host {
        Host { cores: 4.0, descriptors: 1024, ..Host::default() }
    }

    fn refused(line: &str) -> String {
        resolve(line, &host()).map(|w| (w.min, w.max)).expect_err(line)
    }

    #[test]
    fn a_number_fixes_the_workers() {
        for (line, n) in [("-j7", 7), ("-j 50%", 2), ("-j +2", 6), ("-j -1", 3), ("-j -9", 1)] {
            let workers = resolve(line, &host()).expect(line);
            assert_eq!((workers.policy.name(), workers.max), ("fixed", n), "{line}");
        }
        assert_eq!(resolve("-j0", &host()).expect("-j0").max, 320);
    }

    #[test]
    fn bounds_that_contradict_each_other_are_refused() {
        assert_eq!(refused("--max-workers 0"), "--max-workers 0 must be at least 1");
        assert!(refused("--policy balanced --min-workers 9 --max-workers 3").contains("--min-workers 9"));
        assert!(refused("--policy balanced --soft-limit 99 --max-workers 9").contains("--soft-limit 99"));
        assert!(refused("--initial-workers 99 --max-workers 9").contains("--initial-workers 99"));
        assert!(refused("-j8 --policy aimd").starts_with("-j 8 fixes"));
        assert!(refused("-j8 --max-workers 4").contains("above --max-workers 4"));
    }

    #[test]
    fn a_threshold_of_another_policy_is_refused() {
        let message = refused("--policy aimd --soft-limit 8");
        assert!(message.starts_with("--soft-limit means nothing to --policy aimd; it is for "), "{message}");
    }

    #[test]
    fn thresholds_out_of_order_are_refused() {
        let message = refused("--policy balanced --scale-up-threshold 0.2 --scale-down-threshold 0.5");
        assert!(message.contains("--scale-down-threshold 0.5"), "{message}");
        assert!(refused("--policy balanced --cpu-threshold 150%").contains("--cpu-threshold 1.5"));
    }

    #[test]
    fn few_descriptors_bound_the_workers() {
        let few = Host { descriptors: 64, ..host() };
        let mut notes = Vec::new();
        let args = Args::parse_words(["apool", "-j200"].map(OsString::from), false).expect("parses");
        let workers =
            workers(&args.scaling, &args.constants, None, false, &few, &mut notes).expect("bounded");
        assert_eq!((workers.max, notes.len()), (10, 1));
    }

    #[test]
    fn too_few_descriptors_for_a_job_are_refused() {
        let args = Args::parse_words(["apool"].map(OsString::from), false).expect("parses");
        let too_few = Host { descriptors: 19, ..host() };
        let message = workers(&args.scaling, &args.constants, None, false, &too_few, &mut Vec::new()).err();
        assert!(message.is_some_and(|text| text.contains("only 19 descriptors")));
    }

    #[test]
    fn a_requested_guard_holds_the_first_job() {
        let holds = |line: &str| {
            let workers = resolve(line, &host()).expect(line);
            workers.guards.iter().filter(|guard| guard.holds_first()).count()
        };
        let both = "--load 4 --memfree 1G --memory-threshold 0.5 --noswap";
        for (line, n) in [("", 0), ("--delay 1 --rate 5", 0), ("--policy threshold", 0), (both, 4)] {
            assert_eq!(holds(line), n, "{line}");
        }
        assert_eq!(holds("--policy aimd --memory-threshold 60%"), 1);
    }
}
