//! Which files in the directory are those of another job of this run, and so must stay: told by the files themselves, so
//! that it takes no memory however many jobs there are.
//!
//! Beside the two files of a job stands the third, with the job's number in it (`seq`, `NAME.seq`). The time at which it was
//! last changed is set to a time that is this run's alone, the time at which the run began, to the nanosecond. So a third
//! file with another number and this time is another job's; with another time it was there before, unless the number has a
//! record that the run goes on with. A clock that is set back meanwhile changes nothing of that.

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

/// Tells what is another job's.
#[derive(Debug)]
pub(in crate::run) struct FileOwners {
    mark: Mark,
    recorded: Option<Arc<SeqSet>>,
}

/// How the third files of this run are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// By this time: seconds and nanoseconds.
    Time(i64, u32),
    /// Not at all, because the file system keeps no time that is set. Then all of them are taken for this run's.
    None,
}

impl Mark {
    /// Whether a file that was changed then has the mark. A file system may keep microseconds, tenths of them, seconds, or
    /// every other second.
    fn is_on(self, (seconds, nanoseconds): (i64, u32)) -> bool {
        let Mark::Time(marked, fine) = self else { return true };
        let coarser = [1, 100, 1_000, 1_000_000_000].map(|step| fine - fine % step);
        (seconds == marked && coarser.contains(&nanoseconds))
            || (seconds == (marked & !1) && nanoseconds == 0)
    }
}

/// The longest number.
const DIGITS: u64 = 20;

impl FileOwners {
    /// `probe`: a new file on the file system in question. `recorded`: the jobs of before that are not run again.
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

    /// Whether this file belongs to another job than `seq`. It may be any of the three files of its job, so there are
    /// several third files that could say so.
    pub(in crate::run) fn is_anothers(&self, directory: &OwnedFd, file: &[u8], seq: Seq) -> io::Result<bool> {
        let mut thirds = vec![[file, b".seq"].concat()];
        thirds.extend(file.strip_suffix(b".err").map(|out| [out, b".seq"].concat()));
        thirds.extend(file.ends_with(b".seq").then(|| file.to_vec()));
        if [&b"stdout"[..], b"stderr", b"seq"].contains(&file) {
            thirds.push(b"seq".to_vec());
        }
        for third in thirds {
            if self.holder(directory, &third)?.is_some_and(|holder| holder != seq) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The job that a third file is of, when that is a job of this run or has a record.
    fn holder(&self, directory: &OwnedFd, third: &[u8]) -> io::Result<Option<Seq>> {
        // No job has a name so long.
        let Ok(Some(there)) = os::status_at(directory, third) else { return Ok(None) };
        if there.kind != FileType::RegularFile {
            return Ok(None);
        }
        let text = os::read_start(directory, third, DIGITS + 1)?;
        let digits = std::str::from_utf8(&text).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let number = digits.and_then(|text| text.parse().ok()).map(Seq);
        let recorded = |seq| self.recorded.as_ref().is_some_and(|seqs| seqs.contains(seq));
        Ok(number.filter(|seq| self.mark.is_on(there.changed) || recorded(*seq)))
    }
}

/// The files that are being written: nothing tells yet whose they are.
#[derive(Debug, Default)]
pub(in crate::run) struct WriteLocks {
    files: Mutex<HashSet<String>>,
    released: Condvar,
}

impl WriteLocks {
    /// Waits until nobody writes any of these files. Nobody else begins to until the guard is gone.
    pub(in crate::run) fn lock(&self, files: [String; 3]) -> WriteGuard<'_> {
        let mut locked = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        while files.iter().any(|file| locked.contains(file)) {
            locked = self.released.wait(locked).unwrap_or_else(PoisonError::into_inner);
        }
        locked.extend(files.iter().cloned());
        WriteGuard { locks: self, files }
    }
}

/// Some files are being written while it lives.
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
    fn a_mark_is_known_again_on_coarser_file_systems_and_no_other_time_is() {
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
