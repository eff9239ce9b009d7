//! How many threads want a CPU: the running count of `/proc/loadavg`, or the waiting time of `/proc/schedstat`.
//!
//! `/proc/loadavg` counts runnable threads at the moment of the read, our own reading thread among them. In containers
//! both are the host's, as the CPUs are. Where `/proc/loadavg` cannot be read, the time that threads waited for a CPU
//! since the last look, by the time between, is their mean number; with the cores in use that makes the same figure.

/// What `/proc/loadavg` says: `0.15 0.11 0.08 2/114 7524`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LoadAverage {
    /// Of one minute.
    pub(crate) one: f64,
    /// Runnable threads now, the reader counted.
    pub(crate) running: Option<u32>,
}

pub(crate) fn parse_loadavg(text: &[u8]) -> Option<LoadAverage> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split_ascii_whitespace();
    let one: f64 = words.next()?.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0)?;
    let running = words.nth(2).and_then(|word| word.split('/').next()).and_then(|n| n.parse().ok());
    Some(LoadAverage { one, running })
}

/// Nanoseconds that threads waited for a CPU, all CPUs together (the eighth number after `cpuN`).
pub(crate) fn parse_schedstat(text: &[u8]) -> Option<u64> {
    let mut waited = None;
    for line in text.split(|b| *b == b'\n') {
        let Some(rest) = line.strip_prefix(b"cpu") else { continue };
        let mut words = rest.split(|b| *b == b' ').filter(|word| !word.is_empty());
        let Some(ns) = words.nth(8).and_then(super::file::number) else { continue };
        waited = Some(waited.unwrap_or(0u64).saturating_add(ns));
    }
    waited
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
