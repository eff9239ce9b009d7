//! One stream for two readers: the reader of the jobs, and a scout that counts the jobs ahead of it.
//!
//! Each byte is read once from the source. The bytes that one of them has not taken are kept, at most [`AHEAD_MAX`]
//! of them. The reader of the jobs waits only for bytes: while the scout reads the source, the other one is woken as
//! soon as there are any.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The most bytes that are kept for the reader that is behind.
const AHEAD_MAX: u64 = 4 << 20;
/// The bytes of one piece of memory.
const CHUNK: usize = 64 << 10;

/// The end of the reader of the jobs.
pub struct JobsEnd(Arc<Shared>);

/// The end of the scout. The drop ends the copying.
pub struct ScoutEnd(Arc<Shared>);

/// How far the scout came in a stream of a known length.
pub struct Reach {
    shared: Arc<Shared>,
    length: u64,
}

struct Shared {
    source: Mutex<Box<dyn Read + Send>>,
    kept: Mutex<Kept>,
    /// Bytes came, bytes were taken, or the source was read.
    changed: Condvar,
}

/// The bytes of the stream that somebody has not taken.
#[derive(Default)]
struct Kept {
    /// Every chunk but the last is full.
    chunks: VecDeque<Vec<u8>>,
    /// The offset of the first chunk in the stream.
    base: u64,
    /// The offset of the end of the last chunk.
    end: u64,
    jobs_at: u64,
    /// `None` when there is no scout any more.
    scout_at: Option<u64>,
    /// The offset at which the scout stopped.
    scouted: u64,
    /// One of the two reads the source.
    reading: bool,
    ended: bool,
    /// The error number of a read that failed. It is returned after the kept bytes.
    failed: Option<i32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Jobs,
    Scout,
}

/// Shares a stream. `length`: its bytes, if they are known.
pub fn share(source: Box<dyn Read + Send>, length: Option<u64>) -> (JobsEnd, ScoutEnd, Option<Reach>) {
    let kept = Kept { scout_at: Some(0), ..Kept::default() };
    let (source, kept) = (Mutex::new(source), Mutex::new(kept));
    let shared = Arc::new(Shared { source, kept, changed: Condvar::new() });
    let reach = length.map(|length| Reach { shared: Arc::clone(&shared), length });
    (JobsEnd(Arc::clone(&shared)), ScoutEnd(shared), reach)
}

impl Reach {
    /// The number of all jobs, estimated from the number in the part that the scout has read. `None` before it has
    /// come nearly as far as it may without the reader of the jobs.
    pub fn estimate(&self, jobs: u64) -> Option<u64> {
        let read = self.shared.kept().scouted;
        if read < AHEAD_MAX - 2 * CHUNK as u64 {
            return None;
        }
        // A file may have grown meanwhile.
        let (length, read) = (u128::from(self.length.max(read)), u128::from(read));
        Some((u128::from(jobs) * length / read) as u64)
    }
}

impl Read for JobsEnd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(Role::Jobs, into)
    }
}

impl Read for ScoutEnd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(Role::Scout, into)
    }
}

impl Drop for ScoutEnd {
    fn drop(&mut self) {
        let mut kept = self.0.kept();
        kept.scout_at = None;
        kept.trim();
    }
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, role: Role, into: &mut [u8]) -> io::Result<usize> {
        if let Some(taken) = self.take(role, into)? {
            return Ok(taken);
        }
        let read = self.source.lock().unwrap_or_else(PoisonError::into_inner).read(into);
        let mut kept = self.kept();
        kept.reading = false;
        match read {
            Ok(0) => kept.ended = true,
            Ok(n) => kept.add(role, &into[..n]),
            Err(ref error) if error.kind() == ErrorKind::Interrupted => {}
            Err(ref error) => kept.failed = error.raw_os_error(),
        }
        self.changed.notify_all();
        read
    }

    /// Takes kept bytes, and waits for them where that is due. `None` when the caller must read the source.
    fn take(&self, role: Role, into: &mut [u8]) -> io::Result<Option<usize>> {
        let mut kept = self.kept();
        loop {
            let taken = kept.take(role, into)?;
            if taken > 0 || kept.ended {
                self.changed.notify_all();
                return Ok(Some(taken));
            }
            if let Some(error) = kept.failed {
                return Err(io::Error::from_raw_os_error(error));
            }
            let has_room = role == Role::Jobs || kept.end - kept.jobs_at < AHEAD_MAX;
            if has_room && !kept.reading {
                kept.reading = true;
                return Ok(None);
            }
            kept = self.changed.wait(kept).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Kept {
    fn take(&mut self, role: Role, into: &mut [u8]) -> io::Result<usize> {
        let at = match (role, &mut self.scout_at) {
            (Role::Jobs, _) => &mut self.jobs_at,
            (Role::Scout, Some(at)) => at,
            (Role::Scout, None) => return Err(ErrorKind::OutOfMemory.into()),
        };
        let (index, from) = ((*at - self.base) as usize / CHUNK, (*at - self.base) as usize % CHUNK);
        let rest = self.chunks.get(index).map_or(&[][..], |chunk| &chunk[from..]);
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        *at += n as u64;
        self.scouted = self.scout_at.unwrap_or(self.scouted);
        self.trim();
        Ok(n)
    }

    /// Adds bytes that `role` has taken from the source.
    fn add(&mut self, role: Role, mut bytes: &[u8]) {
        self.end += bytes.len() as u64;
        match (role, &mut self.scout_at) {
            (Role::Jobs, None) => {
                // Nobody else wants them.
                self.jobs_at = self.end;
                self.base = self.end;
                return;
            }
            (Role::Jobs, Some(_)) => self.jobs_at = self.end,
            (Role::Scout, at) => {
                *at = at.map(|_| self.end);
                self.scouted = self.end;
            }
        }
        while !bytes.is_empty() {
            if self.chunks.back().is_none_or(|last| last.len() == CHUNK) {
                self.chunks.push_back(Vec::with_capacity(CHUNK));
            }
            let Some(last) = self.chunks.back_mut() else { return };
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - last.len()));
            last.extend_from_slice(now);
            bytes = later;
        }
        if self.scout_at.is_some_and(|at| self.end - at > AHEAD_MAX) {
            // A scout that is that far behind the jobs is of no use.
            self.scout_at = None;
        }
        self.trim();
    }

    /// Frees what both have taken.
    fn trim(&mut self) {
        let needed = self.scout_at.map_or(self.jobs_at, |at| at.min(self.jobs_at));
        while self.chunks.front().is_some_and(|first| self.base + first.len() as u64 <= needed) {
            let first = self.chunks.pop_front();
            self.base += first.map_or(0, |first| first.len() as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// For any order of reads, both read the same bytes.
        #[test]
        fn both_read_the_whole_stream(
            length in 0usize..300_000,
            reads in proptest::collection::vec((any::<bool>(), 1usize..100_000), 1..40),
        ) {
            let all: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let (mut jobs, mut scout, _) = share(Box::new(io::Cursor::new(all.clone())), Some(length as u64));
            let (mut by_jobs, mut by_scout) = (Vec::new(), Vec::new());
            for (first, most) in reads {
                let mut piece = vec![0; most];
                if first {
                    let n = jobs.read(&mut piece).unwrap();
                    by_jobs.extend_from_slice(&piece[..n]);
                } else {
                    let n = scout.read(&mut piece).unwrap();
                    by_scout.extend_from_slice(&piece[..n]);
                }
            }
            scout.read_to_end(&mut by_scout).unwrap();
            drop(scout);
            jobs.read_to_end(&mut by_jobs).unwrap();
            prop_assert!(by_jobs == all && by_scout == all);
            prop_assert!(jobs.0.kept().chunks.is_empty());
        }
    }

    #[test]
    fn a_scout_of_a_long_file_estimates_and_goes_on_with_the_jobs() {
        let long = 10 * AHEAD_MAX;
        let (mut jobs, mut scout, reach) = share(Box::new(io::repeat(b'x').take(long)), Some(long));
        let reach = reach.unwrap();
        let mut piece = vec![0; CHUNK];
        let mut scouted = 0;
        while scouted < AHEAD_MAX {
            assert_eq!(reach.estimate(scouted).is_some(), scouted >= AHEAD_MAX - 2 * CHUNK as u64);
            scouted += scout.read(&mut piece).unwrap() as u64;
        }
        assert_eq!(reach.estimate(scouted), Some(long));
        // Each piece that the jobs take makes room for another.
        let mut piece_of_jobs = vec![0; CHUNK];
        while jobs.read(&mut piece_of_jobs).unwrap() > 0 {
            scouted += scout.read(&mut piece).unwrap() as u64;
        }
        assert_eq!(scouted, long);
        assert_eq!(reach.estimate(2 * long), Some(2 * long), "all of it was read");
    }

    #[test]
    fn the_jobs_get_what_the_scout_has_read_while_it_reads_on() {
        /// Gives a byte, and then none before it is told.
        struct Slow(u8, std::sync::mpsc::Receiver<()>);
        impl Read for Slow {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                if self.0 > 1 {
                    let _ = self.1.recv();
                    return Ok(0);
                }
                into[0] = b'a';
                Ok(1)
            }
        }
        let (end, told) = std::sync::mpsc::channel();
        let (mut jobs, mut scout, _) = share(Box::new(Slow(0, told)), None);
        std::thread::scope(|scope| {
            let scout = scope.spawn(|| io::copy(&mut scout, &mut io::sink()).unwrap());
            // The jobs ask at any moment, also while the scout waits for the second byte.
            let mut byte = [0];
            assert_eq!(jobs.read(&mut byte).unwrap(), 1);
            drop(end);
            assert_eq!(jobs.read(&mut byte).unwrap(), 0);
            assert_eq!(scout.join().unwrap(), 1);
        });
    }

    #[test]
    fn an_error_reaches_both() {
        struct Broken(u8);
        impl Read for Broken {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                into[0] = b'a';
                if self.0 == 2 { Err(io::Error::from_raw_os_error(5)) } else { Ok(1) }
            }
        }
        let (mut jobs, mut scout, _) = share(Box::new(Broken(0)), None);
        let mut byte = [0];
        assert_eq!(scout.read(&mut byte).unwrap(), 1);
        assert_eq!(scout.read(&mut byte).unwrap_err().raw_os_error(), Some(5));
        assert_eq!(jobs.read(&mut byte).unwrap(), 1);
        assert_eq!(jobs.read(&mut byte).unwrap_err().raw_os_error(), Some(5));
    }
}
