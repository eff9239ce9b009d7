//! How many cores this run may use: the CPUs it is bound to, and the CPU quota of its control groups.
//!
//! `available_parallelism` knows both, but rounds the quota down; fractions matter to ratios (1.5 cores are not 1). So
//! the affinity is asked for (the library, which makes no system calls of its own, reads `/proc/self/status`), the quota read
//! from the cgroup files, and the standard library stands in where the former cannot be had.

use crate::cgroup::{self, ReadFile};
use std::cell::RefCell;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// No run has less than this: a quota of nearly nothing must not make ratios explode.
const LEAST: f64 = 0.1;

/// Room for what the kernel gives of such a file at a time, which it writes anew for a reader that asks for less.
const ROOM: usize = 4 << 10;

/// Without asking for the length, which the kernel does not know before it writes.
pub(crate) fn read_file(path: &Path) -> Option<Vec<u8>> {
    let mut file = std::fs::File::open(path).ok()?;
    let (mut text, mut room) = (Vec::new(), [0; ROOM]);
    loop {
        match file.read(&mut room) {
            Ok(0) => return Some(text),
            Ok(n) => text.extend_from_slice(&room[..n]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// Reads small files of the kernel, each once: what is asked for again is what was read the first time.
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

/// Cores this process may use: affinity and cgroup CPU quota (v1 and v2, every level) counted, so it may be a fraction.
/// Above 0. Reads some files: ask once.
pub fn cores() -> f64 {
    // The fallback reads the cgroup files once more: only when it is needed.
    let files = Files::default();
    let read: ReadFile<'_> = &|path| files.get(path);
    cores_by(read, bound_cpus(), || std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

/// How many CPUs this process is bound to. Unknown on machines of more than a thousand.
fn bound_cpus() -> Option<usize> {
    #[cfg(target_os = "linux")]
    return rustix::thread::sched_getaffinity(None).ok().and_then(|cpus| usize::try_from(cpus.count()).ok());
    #[cfg(not(target_os = "linux"))]
    None
}

pub(crate) fn cores_by(read: ReadFile<'_>, asked: Option<usize>, fallback: impl FnOnce() -> usize) -> f64 {
    let allowed = asked.or_else(|| Some(allowed_cpus(read)?.len())).unwrap_or_else(fallback) as f64;
    let quota = cgroup::quota(read).map_or(f64::INFINITY, |quota| quota.cores);
    allowed.min(quota).max(LEAST)
}

/// The numbers of the CPUs this process may run on.
pub(crate) fn allowed_cpus(read: ReadFile<'_>) -> Option<Vec<u32>> {
    let text = read(Path::new("/proc/self/status"))?;
    let line = text.split(|b| *b == b'\n').find_map(|line| line.strip_prefix(b"Cpus_allowed_list:"))?;
    parse_cpu_list(line).filter(|cpus| !cpus.is_empty())
}

/// `0-3,8,10-11`.
pub(crate) fn parse_cpu_list(text: &[u8]) -> Option<Vec<u32>> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let mut cpus = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        // The kernel knows 8192 CPUs; anything more is not a list of CPUs.
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
    fn this_machine_has_some() {
        assert!(cores() > 0.0);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse_cpu_list(&text);
        }
    }
}
