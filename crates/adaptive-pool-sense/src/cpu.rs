//! CPU use on Linux: `/proc/stat` for the CPUs of the own affinity, and the use of the CPU quota of the control group.
//!
//! sysinfo costs about the same, but it averages over all CPUs and does not know the quota. The kernel counts in ticks of 10 ms,
//! so the use over less than 200 ms is not meaningful. A reading before that gives the last value again.

use crate::cgroup::Quota;
use crate::file::{CachedFile, keyed, number};
use adaptive_pool::time::Time;
use std::time::Duration;

/// The shortest time to measure over. sysinfo has the same.
pub(crate) const LEAST: Duration = Duration::from_millis(200);

/// The ticks of some CPUs since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ticks {
    pub(crate) busy: u64,
    pub(crate) total: u64,
}

/// The ticks of `cpus`, or of all CPUs for `None`. Waiting for a disk is idle time. Time stolen by other guests is busy, because
/// it cannot be used.
pub(crate) fn parse(text: &[u8], cpus: Option<&[u32]>) -> Option<Ticks> {
    let mut sum: Option<Ticks> = None;
    for line in text.split(|b| *b == b'\n') {
        let Some(rest) = line.strip_prefix(b"cpu") else { break };
        let mut words = rest.split(|b| *b == b' ');
        let name = words.next()?;
        let wanted = match cpus {
            None => name.is_empty(),
            Some(cpus) => number(name).is_some_and(|n| cpus.iter().any(|cpu| u64::from(*cpu) == n)),
        };
        if !wanted {
            continue;
        }
        let mut ticks = Ticks::default();
        // user nice system idle iowait irq softirq steal. Guest time is included in user.
        let mut fields = 0;
        for (i, word) in words.filter(|word| !word.is_empty()).take(8).enumerate() {
            let n = number(word)?;
            ticks.total = ticks.total.saturating_add(n);
            if i != 3 && i != 4 {
                ticks.busy = ticks.busy.saturating_add(n);
            }
            fields += 1;
        }
        if fields < 4 {
            return None;
        }
        let old = sum.unwrap_or_default();
        sum = Some(Ticks {
            busy: old.busy.saturating_add(ticks.busy),
            total: old.total.saturating_add(ticks.total),
        });
        if cpus.is_none() {
            break;
        }
    }
    sum
}

/// The used part of the CPU quota of a control group.
#[derive(Debug)]
struct QuotaMeter {
    file: CachedFile,
    version: u8,
    cores: f64,
    before: Option<(Time, Duration)>,
}

impl QuotaMeter {
    fn used(&mut self, buf: &mut [u8]) -> Option<Duration> {
        let text = self.file.read(buf)?;
        if self.version == 2 {
            keyed(text, b"usage_usec").map(Duration::from_micros)
        } else {
            number(text).map(Duration::from_nanos)
        }
    }

    fn read(&mut self, now: Time, buf: &mut [u8]) -> Option<f64> {
        let used = self.used(buf)?;
        let (at, before) = self.before.replace((now, used))?;
        let span = now.since(at).as_secs_f64();
        (span > 0.0).then(|| used.saturating_sub(before).as_secs_f64() / span / self.cores)
    }
}

/// Measures CPU use between two readings.
#[derive(Debug)]
pub(crate) struct CpuMeter {
    file: CachedFile,
    /// The CPUs of the own affinity; `None` for all.
    cpus: Option<Vec<u32>>,
    quota: Option<QuotaMeter>,
    sampled: Option<Time>,
    before: Option<Ticks>,
    value: Option<f64>,
}

impl CpuMeter {
    /// `cpus` is the own affinity, `None` for all CPUs. `usage` is the file with the CPU time of the group that sets the quota.
    pub(crate) fn new(
        cpus: Option<Vec<u32>>,
        quota: Option<&Quota>,
        usage: Option<std::path::PathBuf>,
    ) -> CpuMeter {
        let quota = quota.zip(usage).map(|(quota, path)| QuotaMeter {
            file: CachedFile::open(path),
            version: quota.version,
            cores: quota.cores,
            before: None,
        });
        CpuMeter {
            file: CachedFile::open("/proc/stat"),
            cpus,
            quota,
            sampled: None,
            before: None,
            value: None,
        }
    }

    /// True when `/proc/stat` can be read.
    pub(crate) fn works(&self, buf: &mut [u8]) -> bool {
        let mut probe = CachedFile::open("/proc/stat");
        probe.read(buf).is_some_and(|text| parse(text, self.cpus.as_deref()).is_some())
    }

    /// CPU use since the last reading, 0 to 1.
    pub(crate) fn read(&mut self, now: Time, buf: &mut [u8]) -> Option<f64> {
        if self.sampled.is_some_and(|at| now.since(at) < LEAST) {
            return self.value;
        }
        self.sampled = Some(now);
        let ticks = self.file.read(buf).and_then(|text| parse(text, self.cpus.as_deref()));
        let before = std::mem::replace(&mut self.before, ticks);
        let machine = ticks.zip(before).and_then(|(ticks, before)| use_of(before, ticks));
        let quota = self.quota.as_mut().and_then(|quota| quota.read(now, buf));
        self.value = match (machine, quota) {
            (Some(machine), Some(quota)) => Some(f64::max(machine, quota)),
            (machine, quota) => machine.or(quota),
        }
        .map(|used| used.clamp(0.0, 1.0));
        self.value
    }
}

/// The use between two counts, 0 to 1; `None` when no tick passed.
fn use_of(before: Ticks, now: Ticks) -> Option<f64> {
    let total = now.total.saturating_sub(before.total);
    (total > 0).then(|| now.busy.saturating_sub(before.busy) as f64 / total as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STAT: &[u8] =
        b"cpu  10 0 10 60 20 0 0 0 0 0\ncpu0 4 0 4 30 10 0 0 2 9 9\ncpu1 6 0 6 30 10 0 0 0 0 0\nintr 5\n";

    #[test]
    fn io_wait_is_idle_and_stolen_time_is_busy() {
        assert_eq!(parse(STAT, None), Some(Ticks { busy: 20, total: 100 }));
        assert_eq!(parse(STAT, Some(&[0])), Some(Ticks { busy: 10, total: 50 }));
        assert_eq!(parse(STAT, Some(&[0, 1])), Some(Ticks { busy: 22, total: 102 }));
        assert_eq!(parse(STAT, Some(&[7])), None);
    }

    #[test]
    fn garbage_is_unknown() {
        for text in [&b""[..], b"cpu", b"cpu  1 2 x 4", b"cpu  1 2 3", b"intr 1", b"\xff"] {
            assert_eq!(parse(text, None), None, "{text:?}");
        }
    }

    #[test]
    fn use_is_unknown_when_no_tick_passed_or_counts_went_back() {
        let at = |busy, total| Ticks { busy, total };
        assert_eq!(use_of(at(10, 100), at(35, 200)), Some(0.25));
        assert_eq!(use_of(at(10, 100), at(10, 100)), None);
        assert_eq!(use_of(at(10, 100), at(0, 50)), None);
        assert_eq!(use_of(at(10, 100), at(5, 150)), Some(0.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn before_200_ms_the_last_value_stays() {
        let mut meter = CpuMeter::new(None, None, None);
        let mut buf = [0; 4096];
        let at = Time::from_secs;
        assert_eq!(meter.read(at(0.0), &mut buf), None);
        meter.value = Some(0.5);
        assert_eq!(meter.read(at(0.199), &mut buf), Some(0.5));
        meter.before = Some(Ticks { busy: 0, total: 0 });
        let since_boot = meter.read(at(0.2), &mut buf).unwrap();
        assert!((0.0..=1.0).contains(&since_boot));
    }

    #[test]
    fn a_quota_is_measured_against_itself() {
        let dir = std::env::temp_dir().join(format!("apool-quota-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("cpuacct.usage");
        std::fs::write(&path, "0\n").unwrap();
        let quota = Quota { cores: 0.5, level: dir.clone(), version: 1 };
        let mut meter = CpuMeter::new(None, Some(&quota), Some(path.clone())).quota.unwrap();
        let mut buf = [0; 64];
        assert_eq!(meter.read(Time::ZERO, &mut buf), None);
        std::fs::write(&path, "200000000\n").unwrap();
        assert_eq!(meter.read(Time::from_secs(1.0), &mut buf), Some(0.4));
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(keyed(b"usage_usec 17\nuser_usec 3\n", b"usage_usec"), Some(17));
    }

    proptest! {
        #[test]
        fn no_input_makes_the_parser_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (parse(&text, None), parse(&text, Some(&[0, 1])));
        }
    }
}
