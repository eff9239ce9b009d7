//! Files of the kernel that are read repeatedly. They are kept open and read from their start with `pread`.
//!
//! To open a file costs more than to read it (measured for /proc/pressure/cpu: 5.3 µs to open and read, 1.5 µs to read). A file
//! with an error is closed and opened again later, because it may come back (a control group that is created again). Under a low
//! limit on descriptors, files are opened for each reading, so that the jobs get the descriptors.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// The number of reads after which a file with an error is opened again.
const RETRY: u32 = 32;

/// A file that is kept open.
#[derive(Debug)]
pub(crate) struct CachedFile {
    path: PathBuf,
    file: Option<File>,
    /// Reads since the error.
    failed_reads: u32,
    /// The file is closed after each read, because its descriptor is in the upper half of the allowed ones.
    reopens: bool,
}

impl CachedFile {
    pub(crate) fn open(path: impl Into<PathBuf>) -> CachedFile {
        let path = path.into();
        CachedFile::open_within(path, descriptors())
    }

    /// [`CachedFile::open`] with this limit on descriptors.
    fn open_within(path: PathBuf, descriptors: u64) -> CachedFile {
        let file = File::open(&path).ok();
        let reopens =
            file.as_ref().is_some_and(|file| u64::from(file.as_raw_fd().unsigned_abs()) >= descriptors / 2);
        CachedFile { file: file.filter(|_| !reopens), path, failed_reads: 0, reopens }
    }

    /// The result of one `pread`. That is the whole file where the kernel formats it in one piece.
    pub(crate) fn read<'b>(&mut self, buf: &'b mut [u8]) -> Option<&'b [u8]> {
        let n = self.fill(buf, false)?;
        Some(&buf[..n])
    }

    /// The whole file, up to the size of `buf`, for files that the kernel returns in pages.
    pub(crate) fn read_all<'b>(&mut self, buf: &'b mut [u8]) -> Option<&'b [u8]> {
        let n = self.fill(buf, true)?;
        Some(&buf[..n])
    }

    fn fill(&mut self, buf: &mut [u8], all: bool) -> Option<usize> {
        if self.reopens {
            self.file = File::open(&self.path).ok();
            let n = self.fill_open(buf, all);
            self.file = None;
            return n;
        }
        if self.file.is_none() {
            self.failed_reads += 1;
            if self.failed_reads < RETRY {
                return None;
            }
            self.failed_reads = 0;
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

/// The limit on open descriptors.
fn descriptors() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The number in a file that contains one number.
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
    fn a_missing_file_gives_none() {
        let mut file = CachedFile::open("/proc/self/no-such-file");
        let mut buf = [0; 16];
        for _ in 0..2 * RETRY {
            assert_eq!(file.read(&mut buf), None);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn under_a_low_limit_no_descriptor_is_kept() {
        let mut file = CachedFile::open_within("/proc/self/stat".into(), 1);
        let mut buf = [0; 4096];
        let own = std::process::id().to_string();
        for _ in 0..3 {
            assert!(file.file.is_none());
            assert!(file.read(&mut buf).unwrap().starts_with(own.as_bytes()));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_open_file_is_read_from_its_start() {
        let mut file = CachedFile::open("/proc/self/stat");
        let mut buf = [0; 4096];
        let own = std::process::id().to_string();
        for _ in 0..3 {
            assert!(file.read(&mut buf).unwrap().starts_with(own.as_bytes()));
            assert!(file.read_all(&mut buf).unwrap().starts_with(own.as_bytes()));
        }
    }
}
