//! The load average and the number of runnable threads.
//!
//! `/proc/loadavg` gives the runnable threads at the moment of the read, the reading thread included. In a container both
//! figures are those of the host, as the CPUs are. Where the file cannot be read, `/proc/schedstat` gives the time that threads
//! waited for a CPU: its growth divided by the time is the mean number of waiting threads, and the CPUs in use are added.

use crate::file::{CachedFile, number};
use crate::portable::Portable;
use adaptive_pool::time::Time;

/// The figures of `/proc/loadavg`: `0.15 0.11 0.08 2/114 7524`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LoadAverage {
    /// The load average of one minute.
    pub(crate) one: f64,
    /// Runnable threads now, with the reading thread.
    pub(crate) running: Option<u32>,
}

impl LoadAverage {
    /// Runnable threads without the reading thread, which runs.
    fn runnable(self) -> Option<f64> {
        self.running.map(|n| f64::from(n.saturating_sub(1)))
    }
}

pub(crate) fn parse_loadavg(text: &[u8]) -> Option<LoadAverage> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split_ascii_whitespace();
    let one: f64 = words.next()?.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0)?;
    let running = words.nth(2).and_then(|word| word.split('/').next()).and_then(|n| n.parse().ok());
    Some(LoadAverage { one, running })
}

/// The nanoseconds that threads waited for a CPU, on all CPUs together (the eighth number after `cpuN`).
pub(crate) fn parse_schedstat(text: &[u8]) -> Option<u64> {
    let mut waited = None;
    for line in text.split(|b| *b == b'\n') {
        let Some(rest) = line.strip_prefix(b"cpu") else { continue };
        let mut words = rest.split(|b| *b == b' ').filter(|word| !word.is_empty());
        let Some(ns) = words.nth(8).and_then(number) else { continue };
        waited = Some(waited.unwrap_or(0u64).saturating_add(ns));
    }
    waited
}

/// Reads the load average and the runnable threads.
#[derive(Debug)]
pub(crate) struct LoadMeter {
    file: CachedFile,
    /// Used only where `/proc/loadavg` has no number of runnable threads.
    waiting: Option<WaitMeter>,
}

/// The waiting threads by `/proc/schedstat`.
#[derive(Debug)]
struct WaitMeter {
    file: CachedFile,
    /// The time and the nanoseconds of the last reading.
    before: Option<(Time, u64)>,
}

impl LoadMeter {
    pub(crate) fn open(buf: &mut [u8]) -> LoadMeter {
        let mut file = CachedFile::open("/proc/loadavg");
        let readable = file.read(buf).and_then(parse_loadavg).is_some_and(|load| load.running.is_some());
        let waiting =
            (!readable).then(|| WaitMeter { file: CachedFile::open("/proc/schedstat"), before: None });
        LoadMeter { file, waiting }
    }

    /// A meter whose files do not exist.
    #[cfg(test)]
    pub(crate) fn none() -> LoadMeter {
        LoadMeter { file: CachedFile::open("/proc/self/no-such-file"), waiting: None }
    }

    /// True when the number of runnable threads is read directly.
    pub(crate) fn is_direct(&self) -> bool {
        self.waiting.is_none()
    }

    /// The load average of one minute and the runnable threads. `cpu` is the CPU use, 0 to 1.
    pub(crate) fn read(&mut self, now: Time, cpu: Option<f64>, buf: &mut [u8]) -> (Option<f64>, Option<f64>) {
        let load = self.file.read(buf).and_then(parse_loadavg);
        let runnable = load.and_then(LoadAverage::runnable);
        let one = load.map(|load| load.one);
        if runnable.is_some() {
            return (one, runnable);
        }
        let one = one.or_else(Portable::load);
        let Some(waiting) = self.waiting.as_mut().map(|meter| meter.read(now, buf)) else {
            return (one, None);
        };
        let busy = cpu.map(|cpu| cpu * std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64));
        (one, waiting.zip(busy).map(|(waiting, busy)| waiting + busy))
    }
}

impl WaitMeter {
    /// The mean number of waiting threads since the last reading.
    fn read(&mut self, now: Time, buf: &mut [u8]) -> Option<f64> {
        let ns = self.file.read_all(buf).and_then(parse_schedstat);
        let before = std::mem::replace(&mut self.before, ns.map(|ns| (now, ns)));
        let (ns, (at, before)) = ns.zip(before)?;
        let span = now.since(at).as_secs_f64();
        (span > 0.0).then(|| ns.saturating_sub(before) as f64 / 1e9 / span)
    }
}

/// A function that reads the runnable threads of the machine, without the caller. A call takes 2 µs.
pub(crate) fn run_queue_probe() -> impl FnMut() -> Option<f64> {
    let mut file = CachedFile::open("/proc/loadavg");
    let mut buf = [0; 128];
    move || file.read(&mut buf).and_then(parse_loadavg).and_then(LoadAverage::runnable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn loadavg_has_the_running_count() {
        let seen = parse_loadavg(b"0.15 0.11 0.08 2/114 7524\n");
        assert_eq!(seen, Some(LoadAverage { one: 0.15, running: Some(2) }));
        assert_eq!(parse_loadavg(b"3.00\n"), Some(LoadAverage { one: 3.0, running: None }));
        for text in [&b""[..], b"x", b"NaN 1 1 1/1", b"-1 0 0 1/1 1", b"\xff"] {
            assert_eq!(parse_loadavg(text), None, "{text:?}");
        }
    }

    #[test]
    fn schedstat_adds_up_the_waiting_of_all_cpus() {
        let text = b"version 15\ntimestamp 4295\ncpu0 0 0 0 0 0 0 900 30 5\ndomain0 3 1 2\ncpu1 0 0 0 0 0 0 100 12 5\n";
        assert_eq!(parse_schedstat(text), Some(42));
        assert_eq!(parse_schedstat(b"version 15\ncpu0 1 2\n"), None);
        assert_eq!(parse_schedstat(b""), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (parse_loadavg(&text), parse_schedstat(&text));
        }
    }
}
