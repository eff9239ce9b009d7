//! Memory on Linux: `/proc/meminfo`, and the limits of the own control group and of all groups above it.
//!
//! sysinfo costs about the same, but it returns 0 for unknown figures and uses only the limit of the own group. Page cache that
//! the kernel can drop (`inactive_file`) counts as available, in a control group as on the machine.

use crate::cgroup::{self, Controller, ReadFile};
use crate::file::{CachedFile, keyed, number};
use adaptive_pool::policy::Memory;

/// The figures of `/proc/meminfo`, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemInfo {
    pub(crate) memory: Memory,
    /// Swap space, 0 without any.
    pub(crate) swap: Option<u64>,
}

pub(crate) fn parse(text: &[u8]) -> Option<MemInfo> {
    let bytes = |key: &[u8]| keyed(text, key).map(|kib| kib.saturating_mul(1024));
    let total = bytes(b"MemTotal").filter(|total| *total > 0)?;
    // MemAvailable exists since Linux 3.14.
    let available = bytes(b"MemAvailable").or_else(|| {
        let cache = bytes(b"Buffers")?.saturating_add(bytes(b"Cached")?);
        Some(bytes(b"MemFree")?.saturating_add(cache))
    })?;
    Some(MemInfo { memory: Memory { total, available: available.min(total) }, swap: bytes(b"SwapTotal") })
}

/// The files of one level of control groups that sets a limit.
#[derive(Debug)]
struct Level {
    limit: u64,
    usage: CachedFile,
    stat: CachedFile,
    /// The key of droppable cache in `stat`.
    cache: &'static [u8],
}

impl Level {
    fn read(&mut self, buf: &mut [u8]) -> Option<Memory> {
        let usage = self.usage.read(buf).and_then(number)?;
        // The statistics take ten times as long to read as the usage, and do not matter while most of the limit is free.
        let cache = if usage > self.limit / 2 {
            self.stat.read(buf).and_then(|text| keyed(text, self.cache)).unwrap_or(0)
        } else {
            0
        };
        Some(within(self.limit, usage, cache))
    }
}

/// The memory within a limit, all in bytes.
pub(crate) fn within(limit: u64, usage: u64, cache: u64) -> Memory {
    Memory { total: limit, available: limit.saturating_sub(usage.saturating_sub(cache)) }
}

/// Reads the memory of the machine and of the control groups.
#[derive(Debug)]
pub(crate) struct MemoryMeter {
    file: CachedFile,
    levels: Vec<Level>,
    /// Swap space at the last reading, in bytes.
    pub(crate) swap: Option<u64>,
}

impl MemoryMeter {
    /// Finds the levels that set a limit below the memory of the machine. Limits are read once, because they rarely change.
    pub(crate) fn new(read: ReadFile<'_>, buf: &mut [u8]) -> MemoryMeter {
        let mut file = CachedFile::open("/proc/meminfo");
        let machine = file.read(buf).and_then(parse).map_or(u64::MAX, |info| info.memory.total);
        let mut levels = Vec::new();
        for dir in cgroup::find(read, Controller::Unified) {
            // The kernel throttles processes above memory.high, so it counts as a limit.
            let limit = |name: &str| read(&dir.join(name)).and_then(|text| cgroup::parse_limit(&text));
            let limit = [limit("memory.max"), limit("memory.high")].into_iter().flatten().min();
            levels.extend(limit.map(|limit| Level {
                limit,
                usage: CachedFile::open(dir.join("memory.current")),
                stat: CachedFile::open(dir.join("memory.stat")),
                cache: b"inactive_file",
            }));
        }
        for dir in cgroup::find(read, Controller::Memory) {
            let limit = read(&dir.join("memory.limit_in_bytes")).and_then(|text| cgroup::parse_limit(&text));
            levels.extend(limit.map(|limit| Level {
                limit,
                usage: CachedFile::open(dir.join("memory.usage_in_bytes")),
                stat: CachedFile::open(dir.join("memory.stat")),
                cache: b"total_inactive_file",
            }));
        }
        levels.retain(|level| level.limit > 0 && level.limit < machine);
        MemoryMeter { file, levels, swap: None }
    }

    /// The memory of the level with the least available: the machine or a control group.
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> Option<Memory> {
        let info = self.file.read(buf).and_then(parse);
        self.swap = info.and_then(|info| info.swap);
        let machine = info.map(|info| info.memory);
        let groups = self.levels.iter_mut().filter_map(|level| level.read(buf));
        groups.chain(machine).min_by_key(|memory| memory.available)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;

    const INFO: &[u8] = b"MemTotal:  1000 kB\nMemFree:  100 kB\nMemAvailable: 400 kB\nBuffers: 50 kB\nCached: 200 kB\nSwapCached: 0 kB\nSwapTotal: 8 kB\n";

    #[test]
    fn available_memory_is_mem_available() {
        let memory = Memory { total: 1_024_000, available: 409_600 };
        assert_eq!(parse(INFO), Some(MemInfo { memory, swap: Some(8192) }));
    }

    #[test]
    fn without_mem_available_free_and_cache_count() {
        let text = b"MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 200 kB\n";
        let memory = Memory { total: 1_024_000, available: 358_400 };
        assert_eq!(parse(text), Some(MemInfo { memory, swap: None }));
    }

    #[test]
    fn garbage_is_unknown() {
        for text in [
            &b""[..],
            b"MemTotal: 0 kB\nMemAvailable: 0 kB",
            b"MemTotal: 5 kB",
            b"MemAvailable: 5 kB",
            b"\xff",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn droppable_cache_is_available() {
        assert_eq!(within(100, 90, 30), Memory { total: 100, available: 40 });
        assert_eq!(within(100, 20, 30), Memory { total: 100, available: 100 });
        assert_eq!(within(100, 130, 0), Memory { total: 100, available: 0 });
    }

    #[test]
    fn the_level_with_the_least_available_counts() {
        let dir = std::env::temp_dir().join(format!("apool-memory-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("job")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
        write("job/memory.max", "max\n");
        write("memory.max", "1000000\n");
        write("memory.high", "800000\n");
        write("memory.current", "700000\n");
        write("memory.stat", "anon 1\ninactive_file 200000\n");
        let mounts = format!("30 23 0:26 / {} rw - cgroup2 cgroup2 rw\n", dir.display());
        let read = |path: &Path| match path.to_str()? {
            "/proc/self/cgroup" => Some(b"0::/job\n".to_vec()),
            "/proc/self/mountinfo" => Some(mounts.clone().into_bytes()),
            _ => std::fs::read(path).ok(),
        };
        let mut buf = [0; 4096];
        let mut meter = MemoryMeter::new(&read, &mut buf);
        assert_eq!(meter.read(&mut buf), Some(Memory { total: 800_000, available: 300_000 }));
        write("memory.current", "300000\n");
        assert_eq!(meter.read(&mut buf), Some(Memory { total: 800_000, available: 500_000 }));
        std::fs::remove_dir_all(&dir).unwrap();
    }

    proptest! {
        #[test]
        fn no_input_makes_the_parser_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&text);
        }
    }
}
