//! The number of cores that this process may use: its CPU affinity and the CPU quota of its control groups.
//!
//! `available_parallelism` uses both but rounds the quota down, and fractions matter to ratios (1.5 cores are not 1). So the
//! affinity and the quota are read here, and the standard library is used where that fails.

use crate::cgroup::{self, ReadFile};
use std::cell::RefCell;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The lowest result: ratios must stay finite under a tiny quota.
const LEAST: f64 = 0.1;

/// The read size. For a smaller one, the kernel formats the file again for each read.
const READ_SIZE: usize = 4 << 10;

/// Reads a file of the kernel, without a query of its length, which the kernel does not know.
pub(crate) fn read_file(path: &Path) -> Option<Vec<u8>> {
    let mut file = std::fs::File::open(path).ok()?;
    let (mut text, mut room) = (Vec::new(), [0; READ_SIZE]);
    loop {
        match file.read(&mut room) {
            Ok(0) => return Some(text),
            Ok(n) => text.extend_from_slice(&room[..n]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// Reads small files of the kernel, each once.
#[derive(Default)]
pub(crate) struct Files {
    read: RefCell<Vec<(PathBuf, Option<Vec<u8>>)>>,
}

impl Files {
    pub(crate) fn get(&self, path: &Path) -> Option<Vec<u8>> {
        if let Some((_, text)) = self.read.borrow().iter().find(|(known, _)| known == path) {
            return text.clone();
        }
        let text = read_file(path);
        self.read.borrow_mut().push((path.to_owned(), text.clone()));
        text
    }
}

/// The number of cores that this process may use, at least 0.1. It includes the CPU affinity and the CPU quotas of control
/// groups (both versions, all levels), so it may be a fraction. It reads some files on each call.
pub fn cores() -> f64 {
    let files = Files::default();
    let read: ReadFile<'_> = &|path| files.get(path);
    cores_by(read, affinity_count(), || {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    })
}

/// The number of CPUs in the affinity of this process. Unknown on machines with more than 1024 CPUs.
fn affinity_count() -> Option<usize> {
    #[cfg(target_os = "linux")]
    return rustix::thread::sched_getaffinity(None).ok().and_then(|cpus| usize::try_from(cpus.count()).ok());
    #[cfg(not(target_os = "linux"))]
    None
}

pub(crate) fn cores_by(read: ReadFile<'_>, affinity: Option<usize>, fallback: impl FnOnce() -> usize) -> f64 {
    let allowed = affinity.or_else(|| Some(allowed_cpus(read)?.len())).unwrap_or_else(fallback) as f64;
    let quota = cgroup::quota(read).map_or(f64::INFINITY, |quota| quota.cores);
    allowed.min(quota).max(LEAST)
}

/// The numbers of the CPUs in the affinity of this process.
pub(crate) fn allowed_cpus(read: ReadFile<'_>) -> Option<Vec<u32>> {
    let text = read(Path::new("/proc/self/status"))?;
    let line = text.split(|b| *b == b'\n').find_map(|line| line.strip_prefix(b"Cpus_allowed_list:"))?;
    parse_cpu_list(line).filter(|cpus| !cpus.is_empty())
}

/// Parses a list of CPUs: `0-3,8,10-11`.
pub(crate) fn parse_cpu_list(text: &[u8]) -> Option<Vec<u32>> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let mut cpus = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        // The kernel supports 8192 CPUs. A much higher number is no list of CPUs.
        if last < first || last > 65_535 {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cpu_lists() {
        assert_eq!(parse_cpu_list(b"\t0-3,8,10-11\n"), Some(vec![0, 1, 2, 3, 8, 10, 11]));
        assert_eq!(parse_cpu_list(b"5"), Some(vec![5]));
        assert_eq!(parse_cpu_list(b""), Some(vec![]));
        for text in [&b"a"[..], b"3-1", b"0-", b"-", b"0-4294967295", b"\xff"] {
            assert_eq!(parse_cpu_list(text), None, "{text:?}");
        }
    }

    #[test]
    fn this_machine_has_cores() {
        assert!(cores() > 0.0);
    }

    proptest! {
        #[test]
        fn no_input_makes_the_parser_panic(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse_cpu_list(&text);
        }
    }
}
