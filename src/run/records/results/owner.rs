//! Which files belong to another job of this run and must not be replaced. The files themselves store the owner, so
//! that any number of jobs needs no memory.
//!
//! A third file beside the two files of a job contains the number of the job (`seq`, `NAME.seq`). Its time of last
//! change is set to the start of this run, to the nanosecond. A third file with this time and another number belongs to
//! another job. With another time it is from an earlier run, and may be replaced unless its number has a record that
//! this run resumes from. Setting the clock back does not matter.

use crate::job::Seq;
use crate::run::records::os;
use crate::run::records::resume::SeqSet;
use crate::sys::fault::{self, Call};
use rustix::fs::FileType;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Finds the owner of a file.
#[derive(Debug)]
pub(in crate::run) struct FileOwners {
    mark: Mark,
    recorded: Option<Arc<SeqSet>>,
}

/// The mark on the third files of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// This time: seconds and nanoseconds.
    Time(i64, u32),
    /// No mark, because the file system does not keep a time that is set. Then all third files count as those of this
    /// run.
    None,
}

impl Mark {
    /// True when a file with this time has the mark. A file system may keep microseconds, tenths of them, seconds, or
    /// every other second.
    fn is_on(self, (seconds, nanoseconds): (i64, u32)) -> bool {
        let Mark::Time(marked, fine) = self else { return true };
        let coarser = [1, 100, 1_000, 1_000_000_000].map(|step| fine - fine % step);
        (seconds == marked && coarser.contains(&nanoseconds))
            || (seconds == (marked & !1) && nanoseconds == 0)
    }
}

/// The most digits of a number.
const DIGITS: u64 = 20;

impl FileOwners {
    /// `probe` is a new file on the file system. `recorded`: the jobs of an earlier run that this run resumes.
    pub(in crate::run) fn new(probe: &File, recorded: Option<Arc<SeqSet>>) -> FileOwners {
        let now = adaptive_pool::time::unix_now();
        let time = (now.as_secs().cast_signed(), now.subsec_nanos());
        let mark = Mark::Time(time.0, time.1);
        let kept = os::set_changed(probe, time).and_then(|()| probe.metadata());
        let keeps = kept.is_ok_and(|kept| mark.is_on((kept.mtime(), kept.mtime_nsec() as u32)));
        FileOwners { mark: if keeps { mark } else { Mark::None }, recorded }
    }

    /// Marks a third file of this run.
    pub(in crate::run) fn mark(&self, file: &File) -> io::Result<()> {
        match self.mark {
            Mark::Time(seconds, nanoseconds) => {
                fault::check(Call::Write)?;
                os::set_changed(file, (seconds, nanoseconds))
            }
            Mark::None => Ok(()),
        }
    }

    /// True when this file belongs to another job than `seq`. It may be any of the three files of its job, so several
    /// third files are checked.
    pub(in crate::run) fn is_anothers(&self, directory: &OwnedFd, file: &[u8], seq: Seq) -> io::Result<bool> {
        let mut thirds = vec![[file, b".seq"].concat()];
        thirds.extend(file.strip_suffix(b".err").map(|out| [out, b".seq"].concat()));
        thirds.extend(file.ends_with(b".seq").then(|| file.to_vec()));
        if [&b"stdout"[..], b"stderr", b"seq"].contains(&file) {
            thirds.push(b"seq".to_vec());
        }
        for third in thirds {
            if self.owner(directory, &third)?.is_some_and(|owner| owner != seq) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The job of a third file, if it belongs to this run or has a record.
    fn owner(&self, directory: &OwnedFd, third: &[u8]) -> io::Result<Option<Seq>> {
        // An error means a name that is too long for any job.
        let Ok(Some(status)) = os::status_at(directory, third) else { return Ok(None) };
        if status.kind != FileType::RegularFile {
            return Ok(None);
        }
        let text = os::read_start(directory, third, DIGITS + 1)?;
        let digits = std::str::from_utf8(&text).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let number = digits.and_then(|text| text.parse().ok()).map(Seq);
        let recorded = |seq| self.recorded.as_ref().is_some_and(|seqs| seqs.contains(seq));
        Ok(number.filter(|seq| self.mark.is_on(status.changed) || recorded(*seq)))
    }
}

/// The files that are being written. Their third file does not exist yet.
#[derive(Debug, Default)]
pub(in crate::run) struct WriteLocks {
    files: Mutex<HashSet<String>>,
    released: Condvar,
}

impl WriteLocks {
    /// Waits until no other thread writes any of these files. The guard keeps other threads from writing them.
    pub(in crate::run) fn lock(&self, files: [String; 3]) -> WriteGuard<'_> {
        let mut locked = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        while files.iter().any(|file| locked.contains(file)) {
            locked = self.released.wait(locked).unwrap_or_else(PoisonError::into_inner);
        }
        locked.extend(files.iter().cloned());
        WriteGuard { locks: self, files }
    }
}

/// Keeps files locked until it is dropped.
#[derive(Debug)]
pub(in crate::run) struct WriteGuard<'a> {
    locks: &'a WriteLocks,
    files: [String; 3],
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        let mut locked = self.locks.files.lock().unwrap_or_else(PoisonError::into_inner);
        for file in &self.files {
            locked.remove(file);
        }
        self.locks.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_recognised_on_coarser_file_systems_and_no_other_time_is() {
        let mark = Mark::Time(1_001, 123_456_789);
        for nanoseconds in [123_456_789, 123_456_700, 123_456_000, 0] {
            assert!(mark.is_on((1_001, nanoseconds)), "{nanoseconds}");
        }
        assert!(mark.is_on((1_000, 0)) && Mark::None.is_on((0, 0)));
        for other in [(1_001, 123_456_788), (1_000, 123_456_789), (1_002, 0), (1_000, 1)] {
            assert!(!mark.is_on(other), "{other:?}");
        }
    }
}
