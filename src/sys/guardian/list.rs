//! The memory that apool and its guardian share: the process groups and the variables of the running jobs.
//!
//! apool writes and the guardian reads, so every field is atomic. The memory is never unmapped. Variables are stored as
//! hashes of 64 bits, because the entries have a fixed size.

use std::ffi::CString;
use std::io;
use std::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};

/// The number of slots. Jobs in higher slots are not watched.
pub(super) const SLOTS: usize = 4096;
const BYTES: usize = size_of::<JobList>();

/// Hashes of the two variables that together identify a job. 0 is no variable.
pub(super) type VariableHashes = [AtomicU64; 2];

/// The FNV-1a hash of no bytes.
pub(super) const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;

/// Adds a byte to an FNV-1a hash.
pub(super) fn hash_step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// The FNV-1a hash of a variable.
pub(super) fn hash(text: &[u8]) -> u64 {
    text.iter().copied().fold(HASH_START, hash_step)
}

/// One entry for each slot.
#[derive(Debug)]
pub(super) struct JobList {
    /// Slots from here on were never used. They are not read, because reading them would take memory.
    used: AtomicUsize,
    groups: [AtomicI32; SLOTS],
    variables: [VariableHashes; SLOTS],
}

impl JobList {
    /// Maps an empty list that a forked process shares.
    pub(super) fn map() -> io::Result<&'static JobList> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        // SAFETY: a new anonymous mapping at an address that the kernel chooses.
        let memory = unsafe { libc::mmap(std::ptr::null_mut(), BYTES, protection, flags, -1, 0) };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: page-aligned, large enough, never unmapped, and zeroed, which is valid for atomic integers.
        Ok(unsafe { &*memory.cast::<JobList>() })
    }

    /// Sets the group and the variables (`NAME=VALUE`, at most two) of a slot. Group 0 is no job.
    pub(super) fn set(&self, slot: usize, group: i32, variables: &[CString]) {
        let (Some(group_entry), Some(hashes)) = (self.groups.get(slot), self.variables.get(slot)) else {
            return;
        };
        self.used.fetch_max(slot + 1, Ordering::AcqRel);
        for (at, entry) in hashes.iter().enumerate() {
            let value = variables.get(at).map_or(0, |variable| hash(variable.as_bytes()));
            entry.store(value, Ordering::Release);
        }
        group_entry.store(group, Ordering::Release);
    }

    /// The groups of the slots that were used. 0 is no job.
    pub(super) fn groups(&self) -> &[AtomicI32] {
        &self.groups[..self.used()]
    }

    /// The hashes of the variables of the slots that were used. 0 is no variable.
    pub(super) fn variables(&self) -> &[VariableHashes] {
        &self.variables[..self.used()]
    }

    fn used(&self) -> usize {
        self.used.load(Ordering::Acquire).min(SLOTS)
    }
}
