//! Files of the kernel that are read again and again: kept open and read from their start with `pread`.
//!
//! Opening costs more than reading (measured: /proc/pressure/cpu 5.3 µs opened and read, 1.5 µs read again). A file
//! that fails is closed and tried again later, since it may come back (a cgroup that is made anew). Where few
//! descriptors may be open, those that are left belong to the jobs: then a file is opened for each look.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// After how many looks a file that failed is opened again.
const RETRY: u32 = 32;

/// A file that stays open.
#[derive(Debug)]
pub(crate) struct CachedFile {
    path: PathBuf,
    file: Option<File>,
    idle: u32,
    /// It has a descriptor in the upper half of those that may be open: it gives it back after each look.
    lends: bool,
}

impl CachedFile {
    pub(crate) fn open(path: impl Into<PathBuf>) -> CachedFile {
        let path = path.into();
        CachedFile::open_within(path, descriptors())
    }

    /// As if so many descriptors might be open.
    fn open_within(path: PathBuf, descriptors: u64) -> CachedFile {
        let file = File::open(&path).ok();
        let lends =
            file.as_ref().is_some_and(|file| u64::from(file.as_raw_fd().unsigned_abs()) >= descriptors / 2);
        CachedFile { file: file.filter(|_| !lends), path, idle: 0, lends }
    }

    /// The beginning of the file, as much as one read gives: enough for files that the kernel makes in one piece.
    pub(crate) fn read<'b>(&mut self, buf: &'b mut [u8]) -> Option<&'b [u8]> {
        let n = self.fill(buf, false)?;
        Some(&buf[..n])
    }

    /// The whole file, or as much as `buf` holds: for files that the kernel gives in pages.
    pub(crate) fn read_all<'b>(&mut self, buf: &'b mut [u8]) -> Option<&'b [u8]> {
        let n = self.fill(buf, true)?;
        Some(&buf[..n])
    }

    fn fill(&mut self, buf: &mut [u8], all: bool) -> Option<usize> {
        if self.lends {
            self.file = File::open(&self.path).ok();
            let n = self.fill_open(buf, all);
            self.file = None;
            return n;
        }
        if self.file.is_none() {
            self.idle += 1;
            if self.idle < RETRY {
                return None;
            }
            self.idle = 0;
            self.file = File::open(&self.path).ok();
        }
        self.fill_open(buf, all)
    }

    fn fill_open(&mut self, buf: &mut [u8], all: bool) -> Option<usize> {
        let file = self.file.as_ref()?;
        let mut n = 0;
        while n < buf.len() {
            match file.read_at(&mut buf[n..], n as u64) {
                Ok(0) => break,
                Ok(more) => n += more,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => {
                    self.file = None;
                    return None;
                }
            }
            if !all {
                break;
            }
        }
        (n > 0).then_some(n)
    }
}

/// How many descriptors may be open.
fn descriptors() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The first number of a file that holds one number.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
}

/// The number after `key` in a file of lines `key value` or `key:   value kB`.
pub(crate) fn keyed(text: &[u8], key: &[u8]) -> Option<u64> {
    let line = text.split(|b| *b == b'\n').find(|line| {
        line.strip_prefix(key).is_some_and(|rest| matches!(rest.first(), Some(b' ' | b':' | b'\t')))
    })?;
    let rest = &line[key.len()..];
    let start = rest.iter().position(u8::is_ascii_digit)?;
    let digits = rest[start..].split(|b| !b.is_ascii_digit()).next()?;
    number(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_key() {
        let text = b"MemTotal:       24684092 kB\nMemFree: 7 kB\nMemFreeMore 9\ninactive_file 12\n";
        assert_eq!(keyed(text, b"MemTotal"), Some(24_684_092));
        assert_eq!(keyed(text, b"MemFree"), Some(7));
        assert_eq!(keyed(text, b"inactive_file"), Some(12));
        assert_eq!(keyed(text, b"Mem"), None);
        assert_eq!(keyed(b"", b"x"), None);
        assert_eq!(keyed(b"x", b"x"), None);
        assert_eq!(keyed(b"x -", b"x"), None);
        assert_eq!(keyed(b"x 99999999999999999999999", b"x"), None);
        assert_eq!(number(b" 12\n"), Some(12));
        assert_eq!(number(b"-1\n"), None);
        assert_eq!(number(b"\xff"), None);
    }

    #[test]
    fn a_file_that_is_not_there_reads_as_nothing() {
        let mut kept = CachedFile::open("/proc/self/no-such-file");
        let mut buf = [0; 16];
        for _ in 0..2 * RETRY {
            assert_eq!(kept.read(&mut buf), None);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn with_few_descriptors_none_is_kept() {
        let mut kept = CachedFile::open_within("/proc/self/stat".into(), 1);
        let mut buf = [0; 4096];
        let own = std::process::id().to_string();
        for _ in 0..3 {
            assert!(kept.file.is_none());
            assert!(kept.read(&mut buf).unwrap().starts_with(own.as_bytes()));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_kept_file_is_read_from_its_start_each_time() {
        let mut kept = CachedFile::open("/proc/self/stat");
        let mut buf = [0; 4096];
        let own = std::process::id().to_string();
        for _ in 0..3 {
            assert!(kept.read(&mut buf).unwrap().starts_with(own.as_bytes()));
            assert!(kept.read_all(&mut buf).unwrap().starts_with(own.as_bytes()));
        }
    }
}
