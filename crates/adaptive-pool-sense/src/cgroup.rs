//! Control groups, both versions: the own group, and the CPU quota and memory limit of each level above it.
//!
//! The parsers are pure. Files are read through a function, so tests can pass a tree of texts. All levels from the own group up
//! to the mount point count, because a limit applies to all groups below it. In a container, a mount may show only a part of the
//! tree. Then its root is removed from the own path; a path outside of that root becomes the mount point.

use std::path::{Component, Path, PathBuf};

/// Reads a whole small file; `None` on an error.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&Path) -> Option<Vec<u8>>;

/// The hierarchy of a mount or a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controller {
    /// Version 2, all controllers.
    Unified,
    /// Version 1.
    Cpu,
    /// Version 1.
    CpuAccounting,
    /// Version 1.
    Memory,
}

impl Controller {
    fn named(self) -> Option<&'static [u8]> {
        match self {
            Controller::Unified => None,
            Controller::Cpu => Some(b"cpu"),
            Controller::CpuAccounting => Some(b"cpuacct"),
            Controller::Memory => Some(b"memory"),
        }
    }
}

/// The own path in a hierarchy, from `/proc/self/cgroup`: lines `5:cpu,cpuacct:/a/b`, and `0::/a/b` for version 2.
pub(crate) fn own_path(text: &[u8], controller: Controller) -> Option<PathBuf> {
    text.split(|b| *b == b'\n').find_map(|line| {
        let mut parts = line.splitn(3, |b| *b == b':');
        let (number, names, path) = (parts.next()?, parts.next()?, parts.next()?);
        let ours = match controller.named() {
            None => number == b"0" && names.is_empty(),
            Some(name) => names.split(|b| *b == b',').any(|n| n == name),
        };
        ours.then(|| PathBuf::from(bytes_to_os(path.to_vec())))
    })
}

/// The mount of a hierarchy, from `/proc/self/mountinfo`: the part of the tree that it shows, and the mount point.
pub(crate) fn mount(text: &[u8], controller: Controller) -> Option<(PathBuf, PathBuf)> {
    text.split(|b| *b == b'\n').find_map(|line| {
        let words: Vec<&[u8]> = line.split(|b| *b == b' ').collect();
        let dash = words.iter().position(|word| *word == b"-")?;
        let (root, point, kind) = (words.get(3)?, words.get(4)?, words.get(dash + 1)?);
        let ours = match controller.named() {
            None => *kind == b"cgroup2",
            Some(name) => {
                let options = words.get(dash + 3)?;
                *kind == b"cgroup" && options.split(|b| *b == b',').any(|option| option == name)
            }
        };
        ours.then(|| (unescape(root), unescape(point)))
    })
}

/// The path with octal escapes replaced, as in mountinfo: `\040` is a space.
fn unescape(word: &[u8]) -> PathBuf {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, tail)) = rest.split_first() {
        let octal = tail.get(..3).filter(|d| *first == b'\\' && d.iter().all(|b| (b'0'..=b'7').contains(b)));
        if let Some(digits) = octal {
            out.push(digits.iter().fold(0u8, |n, d| n.wrapping_mul(8).wrapping_add(d - b'0')));
            rest = &tail[3..];
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    PathBuf::from(bytes_to_os(out))
}

fn bytes_to_os(bytes: Vec<u8>) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// The directories of the own group and of all groups above it, the own one first.
pub(crate) fn levels(own: &Path, root: &Path, point: &Path) -> Vec<PathBuf> {
    let below = own.strip_prefix(root).unwrap_or(Path::new(""));
    // A path with `..` comes from another namespace. It is not visible here.
    let climbs = own.components().any(|c| c == Component::ParentDir);
    let below = if climbs { Path::new("") } else { below };
    below
        .ancestors()
        .map(|part| if part.as_os_str().is_empty() { point.to_owned() } else { point.join(part) })
        .collect()
}

/// The levels of one hierarchy; none when it is not mounted.
pub(crate) fn find(read: ReadFile<'_>, controller: Controller) -> Vec<PathBuf> {
    let found = || {
        let own = own_path(&read(Path::new("/proc/self/cgroup"))?, controller)?;
        if let Some(levels) = usual(read, controller, &own) {
            return Some(levels);
        }
        let (root, point) = mount(&read(Path::new("/proc/self/mountinfo"))?, controller)?;
        Some(levels(&own, &root, &point))
    };
    found().unwrap_or_default()
}

/// The levels below the usual mount point, if the own group exists there. This avoids `/proc/self/mountinfo`, which takes longer
/// to read than all other files. Where only a part of the tree is mounted, the own path does not exist there.
fn usual(read: ReadFile<'_>, controller: Controller, own: &Path) -> Option<Vec<PathBuf>> {
    let (point, file) = match controller {
        Controller::Unified => ("/sys/fs/cgroup", "cgroup.controllers"),
        Controller::Cpu => ("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us"),
        Controller::CpuAccounting | Controller::Memory => return None,
    };
    let levels = levels(own, Path::new("/"), Path::new(point));
    read(&levels.first()?.join(file)).map(|_| levels)
}

/// The quota in cores, from `cpu.max`: `150000 100000` is 1.5, `max 100000` is no limit.
pub(crate) fn parse_cpu_max(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split_ascii_whitespace();
    let quota: u64 = words.next()?.parse().ok()?;
    let period: u64 = words.next().map_or(Some(100_000), |word| word.parse().ok())?;
    cores_of(quota, period)
}

/// The quota in cores, from `cpu.cfs_quota_us` (−1: no limit) and `cpu.cfs_period_us`.
pub(crate) fn parse_cfs(quota: &[u8], period: &[u8]) -> Option<f64> {
    cores_of(crate::file::number(quota)?, crate::file::number(period)?)
}

fn cores_of(quota: u64, period: u64) -> Option<f64> {
    (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
}

/// A memory limit in bytes. `None` for `max`, and for the huge number of version 1 that means no limit.
pub(crate) fn parse_limit(text: &[u8]) -> Option<u64> {
    crate::file::number(text).filter(|limit| *limit < 1 << 60)
}

/// The lowest CPU quota of all levels, and the level that sets it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quota {
    pub(crate) cores: f64,
    pub(crate) level: PathBuf,
    pub(crate) version: u8,
}

/// The lowest CPU quota of the own group and the groups above it, in both versions.
pub(crate) fn quota(read: ReadFile<'_>) -> Option<Quota> {
    // A controller belongs to one hierarchy.
    let first = own_path(&read(Path::new("/proc/self/cgroup"))?, Controller::Cpu);
    let in_unified = if first.is_none() { find(read, Controller::Unified) } else { Vec::new() };
    let unified = in_unified.into_iter().filter_map(|level| {
        let cores = parse_cpu_max(&read(&level.join("cpu.max"))?)?;
        Some(Quota { cores, level, version: 2 })
    });
    let v1 = find(read, Controller::Cpu).into_iter().filter_map(|level| {
        let quota = read(&level.join("cpu.cfs_quota_us"))?;
        // -1 is no quota, the usual case.
        if quota.first() == Some(&b'-') {
            return None;
        }
        let cores = parse_cfs(&quota, &read(&level.join("cpu.cfs_period_us"))?)?;
        Some(Quota { cores, level, version: 1 })
    });
    unified.chain(v1).min_by(|a, b| a.cores.total_cmp(&b.cores))
}

#[cfg(test)]
mod tests;
