//! The settings of `--pipe`, and the search for the places between two records.

use memchr::memmem::{Finder, FinderRev};

/// The default size of a block, in bytes, as in GNU parallel.
const BLOCK: usize = 1024 * 1024;

/// The settings for splitting a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipeConfig {
    /// `--block`: the approximate size of a block, in bytes. At least 1.
    pub block: usize,
    /// `-N`: the number of records in a block, of any size. At least 1.
    pub records: Option<u64>,
    /// `--recend`: the end of a record.
    pub recend: Vec<u8>,
    /// `--recstart`: the start of a record. With both, a record ends between them; with neither, after any byte.
    pub recstart: Vec<u8>,
    /// `--header`: the number of records at the start that every block begins with.
    pub header: u64,
}

impl Default for PipeConfig {
    fn default() -> PipeConfig {
        PipeConfig { block: BLOCK, records: None, recend: b"\n".to_vec(), recstart: Vec::new(), header: 0 }
    }
}

/// Finds the places between two records.
#[derive(Clone, Debug)]
pub(super) struct Boundary {
    /// `recend` followed by `recstart`. Empty if records may end anywhere.
    pub(super) needle: Vec<u8>,
    /// The offset of the cut in the needle.
    pub(super) cut: usize,
    pub(super) forward: Finder<'static>,
    backward: FinderRev<'static>,
}

impl Boundary {
    pub(super) fn new(config: &PipeConfig) -> Boundary {
        let needle = [&config.recend[..], &config.recstart].concat();
        let forward = Finder::new(&needle).into_owned();
        let backward = FinderRev::new(&needle).into_owned();
        Boundary { needle, cut: config.recend.len(), forward, backward }
    }

    /// The number of bytes at the end of a searched window that may be part of a boundary.
    pub(super) fn overlap(&self) -> usize {
        self.needle.len().saturating_sub(1)
    }

    /// The first cut above 0, with its needle at `from` or later.
    pub(super) fn first(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let from = if self.cut == 0 { from.max(1) } else { from };
        if self.needle.is_empty() {
            return (bytes.len() >= from).then_some(from);
        }
        Some(from + self.forward.find(bytes.get(from..)?)? + self.cut)
    }

    /// The last cut above 0, with its needle at `from` or later.
    pub(super) fn last(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let from = if self.cut == 0 { from.max(1) } else { from };
        if self.needle.is_empty() {
            return (bytes.len() >= from).then_some(bytes.len());
        }
        Some(from + self.backward.rfind(bytes.get(from..)?)? + self.cut)
    }
}
