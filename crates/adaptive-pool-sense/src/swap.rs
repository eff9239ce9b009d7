//! Pages swapped since the last reading, from `/proc/vmstat`.
//!
//! That file is long (20 µs), so it is read only on a machine with swap space. Without swap space the figures are 0.

use crate::file::{CachedFile, keyed};

/// Pages swapped in and out since boot.
pub(crate) fn parse(text: &[u8]) -> Option<(u64, u64)> {
    Some((keyed(text, b"pswpin")?, keyed(text, b"pswpout")?))
}

/// Counts pages between two readings.
#[derive(Debug)]
pub(crate) struct SwapMeter {
    file: CachedFile,
    before: Option<(u64, u64)>,
}

impl SwapMeter {
    pub(crate) fn open() -> SwapMeter {
        SwapMeter { file: CachedFile::open("/proc/vmstat"), before: None }
    }

    /// Pages in and out since the last reading. `space` is the swap space in bytes, where known.
    pub(crate) fn read(&mut self, space: Option<u64>, buf: &mut [u8]) -> Option<(u64, u64)> {
        if space == Some(0) {
            self.before = None;
            return Some((0, 0));
        }
        let now = self.file.read_all(buf).and_then(parse);
        let before = std::mem::replace(&mut self.before, now);
        let ((pages_in, pages_out), before) = (now?, before?);
        Some((pages_in.saturating_sub(before.0), pages_out.saturating_sub(before.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_since_boot() {
        assert_eq!(parse(b"nr_free 7\npswpin 3\npswpout 4\n"), Some((3, 4)));
        assert_eq!(parse(b"pswpin 3\n"), None);
        assert_eq!(parse(b""), None);
    }

    #[test]
    fn without_swap_space_the_counts_are_zero() {
        let mut meter = SwapMeter::open();
        let mut buf = vec![0; 16 * 1024];
        assert_eq!(meter.read(Some(0), &mut buf), Some((0, 0)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_first_reading_has_no_difference() {
        let mut meter = SwapMeter::open();
        let mut buf = vec![0; 16 * 1024];
        assert_eq!(meter.read(Some(1), &mut buf), None);
        meter.before = Some((u64::MAX, u64::MAX));
        assert_eq!(meter.read(None, &mut buf), Some((0, 0)));
    }
}
