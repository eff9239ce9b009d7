//! The files of one process: `/proc/PID/stat`, `/proc/PID/schedstat`, `/proc/PID/task/TID/children`.
//!
//! Paths are built in a fixed buffer, and contents are parsed as bytes. So a reading of a process with one thread allocates
//! nothing. The threads of other processes are listed.

use crate::file::number;
use std::fs::File;
use std::io::{Read, Write};
use std::time::Duration;

/// The units of the kernel, from the auxiliary vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Units {
    /// One tick of CPU time.
    pub(crate) tick: Duration,
    /// The size of a page, in bytes.
    pub(crate) page: u64,
}

impl Units {
    pub(crate) fn read() -> Units {
        std::fs::read("/proc/self/auxv").map_or_else(|_| Units::of(&[]), |vector| Units::of(&vector))
    }

    /// Parses pairs of words (key, value): AT_PAGESZ is 6, AT_CLKTCK is 17. Defaults: 100 ticks per second, pages of 4 KiB.
    fn of(vector: &[u8]) -> Units {
        const WORD: usize = size_of::<usize>();
        let word = |bytes: &[u8]| bytes.try_into().map_or(0, usize::from_ne_bytes) as u64;
        let find = |key: u64| {
            vector
                .chunks_exact(2 * WORD)
                .find(|pair| word(&pair[..WORD]) == key)
                .map(|pair| word(&pair[WORD..]))
        };
        let hertz = find(17).filter(|hz| (1..=1_000_000).contains(hz)).unwrap_or(100);
        let page = find(6).filter(|page| page.is_power_of_two()).unwrap_or(4096);
        Units { tick: Duration::from_secs(1) / hertz as u32, page }
    }
}

/// The used fields of `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// `R` running or runnable, `S` sleeping, `D` waiting for a disk, `T` stopped, `Z` ended and not yet reaped.
    pub(crate) state: u8,
    /// The CPU time of all threads, in ticks.
    pub(crate) own: u64,
    /// The CPU time of descendants that have ended and were waited for, in ticks.
    pub(crate) reaped: u64,
    pub(crate) threads: u64,
    /// The start time, in ticks since boot. It distinguishes processes with the same pid.
    pub(crate) born: u64,
    /// Resident pages.
    pub(crate) pages: u64,
}

/// Parses `/proc/PID/stat`. The name in parentheses may contain any byte, so fields count from the last parenthesis.
pub(crate) fn parse_stat(text: &[u8]) -> Option<Stat> {
    let close = text.iter().rposition(|b| *b == b')')?;
    let mut fields = text.get(close + 2..)?.split(|b| *b == b' ');
    let state = *fields.next()?.first()?;
    // In the manual, the state is field 3 and utime is field 14.
    let mut at = |skip: usize| fields.nth(skip);
    let (user, system) = (number(at(10)?)?, number(at(0)?)?);
    // The manual has these two as signed, but they are never negative.
    let (reaped_user, reaped_system) = (number(at(0)?)?, number(at(0)?)?);
    let threads = number(at(2)?)?;
    let born = number(at(1)?)?;
    let pages = number(at(1)?).unwrap_or(0);
    Some(Stat {
        state,
        own: user.saturating_add(system),
        reaped: reaped_user.saturating_add(reaped_system),
        threads,
        born,
        pages,
    })
}

/// Parses `schedstat` of a thread: the time on a CPU, and the time of waiting for a CPU. Both are 0 at the start of a thread, and
/// where the kernel does not count.
pub(crate) fn parse_times(text: &[u8]) -> Option<(Duration, Duration)> {
    let mut words = text.split(|b| *b == b' ').map(number);
    let (ran, waited) = (words.next()??, words.next()??);
    Some((Duration::from_nanos(ran), Duration::from_nanos(waited)))
}

/// Reads files of processes, and counts the opened files.
#[derive(Debug)]
pub(crate) struct Reader {
    buf: Vec<u8>,
    pub(crate) opened: u32,
}

impl Reader {
    pub(crate) fn new() -> Reader {
        Reader { buf: vec![0; 4096], opened: 0 }
    }

    pub(crate) fn stat(&mut self, pid: u32) -> Option<Stat> {
        parse_stat(self.read_file(format_args!("/proc/{pid}/stat"))?)
    }

    /// The exact CPU time of the leading thread.
    pub(crate) fn exact_cpu(&mut self, pid: u32) -> Option<Duration> {
        let text = self.read_file(format_args!("/proc/{pid}/schedstat"))?;
        text.split(|b| *b == b' ').next().and_then(number).map(Duration::from_nanos)
    }

    /// The CPU time of one thread of this process, and its time of waiting for a CPU; `None` when it has ended.
    pub(crate) fn thread_times(&mut self, tid: u32) -> Option<(Duration, Duration)> {
        parse_times(self.read_file(format_args!("/proc/self/task/{tid}/schedstat"))?)
    }

    /// True when a thread of this process runs or waits for a CPU at this moment.
    pub(crate) fn thread_runs(&mut self, tid: u32) -> bool {
        let stat = self.read_file(format_args!("/proc/self/task/{tid}/stat")).and_then(parse_stat);
        stat.is_some_and(|stat| stat.state == b'R')
    }

    /// How many threads of a process run or wait for a CPU at this moment: a few are looked at, and stand for all.
    pub(crate) fn runnable_threads(&mut self, pid: u32, threads: u64) -> f64 {
        self.opened += 1;
        let Ok(listing) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return 0.0 };
        let step = (threads as usize).div_ceil(SAMPLED_THREADS).max(1);
        let (mut seen, mut runnable) = (0u32, 0u32);
        for entry in listing.flatten().step_by(step).take(SAMPLED_THREADS) {
            let Some(tid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let stat = self.read_file(format_args!("/proc/{pid}/task/{tid}/stat")).and_then(parse_stat);
            seen += u32::from(stat.is_some());
            runnable += u32::from(stat.is_some_and(|stat| stat.state == b'R'));
        }
        if seen == 0 { 0.0 } else { f64::from(runnable) * threads as f64 / f64::from(seen) }
    }

    /// Appends the children of all threads to `out`.
    pub(crate) fn children(&mut self, pid: u32, threads: u64, out: &mut Vec<u32>) {
        if threads <= 1 {
            self.children_of(pid, pid, out);
            return;
        }
        self.opened += 1;
        let Ok(listing) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return };
        for entry in listing.flatten().take(MOST_THREADS) {
            if let Some(tid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                self.children_of(pid, tid, out);
            }
        }
    }

    /// Appends the children of one thread to `out`.
    pub(crate) fn children_of(&mut self, pid: u32, tid: u32, out: &mut Vec<u32>) {
        let Some(text) = self.read_file(format_args!("/proc/{pid}/task/{tid}/children")) else { return };
        let pids =
            text.split(|b| *b == b' ').filter_map(|word| number(word).and_then(|n| u32::try_from(n).ok()));
        out.extend(pids.filter(|pid| *pid > 0));
    }

    fn read_file(&mut self, path: std::fmt::Arguments<'_>) -> Option<&[u8]> {
        self.opened += 1;
        let mut name = [0u8; 64];
        let mut rest = &mut name[..];
        rest.write_fmt(path).ok()?;
        let unused = rest.len();
        let name = std::str::from_utf8(&name[..64 - unused]).ok()?;
        let n = File::open(name).ok()?.read(&mut self.buf).ok()?;
        Some(&self.buf[..n])
    }
}

/// The highest number of threads of one process whose children are read.
const MOST_THREADS: usize = 32;
/// Threads of one process whose state is looked at: a file each, 4 to 9 µs.
const SAMPLED_THREADS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINE: &[u8] =
        b"8223 (a) R (b) S 8219 8219 3909 0 -1 4194304 101 0 0 0 12 34 5 6 20 0 3 0 94875 3133440 414 1 2";

    #[test]
    fn stat_is_read_after_the_last_parenthesis() {
        let stat = Stat { state: b'S', own: 46, reaped: 11, threads: 3, born: 94875, pages: 414 };
        assert_eq!(parse_stat(LINE), Some(stat));
    }

    #[test]
    fn garbage_is_unknown() {
        for text in [&b""[..], b"1 (x)", b"1 (x) ", b"1 (x) R 1 2 3", b")", b"1 x R 1", b"\xff)\xff\xff"] {
            assert_eq!(parse_stat(text), None, "{text:?}");
        }
    }

    #[test]
    fn schedstat_has_two_times() {
        let ns = Duration::from_nanos;
        assert_eq!(parse_times(b"1500 42 7\n"), Some((ns(1500), ns(42))));
        assert_eq!(parse_times(b"0 0 0\n"), Some((ns(0), ns(0))));
        for text in [&b""[..], b"1500", b"x 1 2", b"1500 x 2"] {
            assert_eq!(parse_times(text), None, "{text:?}");
        }
    }

    #[test]
    fn units_come_from_the_auxiliary_vector() {
        let word = usize::to_ne_bytes;
        let vector: Vec<u8> = [6, 16384, 17, 250, 0, 0].into_iter().flat_map(word).collect();
        assert_eq!(Units::of(&vector), Units { tick: Duration::from_millis(4), page: 16384 });
        let usual = Units { tick: Duration::from_millis(10), page: 4096 };
        assert_eq!(Units::of(&[]), usual);
        assert_eq!(Units::of(&[17, 0, 3]), usual);
        let zeros: Vec<u8> = [6, 0, 17, 0].into_iter().flat_map(word).collect();
        assert_eq!(Units::of(&zeros), usual);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_can_be_read() {
        let mut reader = Reader::new();
        let stat = reader.stat(std::process::id()).unwrap();
        assert!(stat.threads >= 1 && stat.pages > 0 && stat.born > 0);
        assert_eq!(reader.stat(u32::MAX), None);
        assert_eq!(reader.opened, 2);
    }

    proptest! {
        #[test]
        fn no_input_makes_the_parsers_panic(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = (parse_stat(&text), Units::of(&text));
        }
    }
}
