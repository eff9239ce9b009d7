//! Pressure stall information, `/proc/pressure/{cpu,io,memory}`: the time that tasks waited for a resource.
//!
//! The cumulative `total` (in µs) is used, because the averages are over ten seconds and more. Some kernels and containers have
//! no such files. Then the pressure is unknown, not 0.
//! Source: the kernel's Documentation/accounting/psi.rst.

use crate::file::CachedFile;
use adaptive_pool::policy::Pressure;
use std::time::Duration;

/// One file: the time in which some task waited, and in which all tasks waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stall {
    pub(crate) some: Duration,
    /// Zero where the kernel has no such figure (CPU, before Linux 5.13).
    pub(crate) full: Duration,
}

/// Parses lines `some avg10=0.18 avg60=1.47 avg300=0.90 total=10913524`, and the same with `full`.
pub(crate) fn parse(text: &[u8]) -> Option<Stall> {
    let mut some = None;
    let mut full = Duration::ZERO;
    for line in text.split(|b| *b == b'\n') {
        let mut words = line.split(|b| *b == b' ');
        let kind = words.next();
        let total = words.find_map(|word| word.strip_prefix(b"total="));
        let Some(total) = total.and_then(crate::file::number) else { continue };
        match kind {
            Some(b"some") => some = Some(Duration::from_micros(total)),
            Some(b"full") => full = Duration::from_micros(total),
            _ => {}
        }
    }
    Some(Stall { some: some?, full })
}

/// The three files, kept open.
#[derive(Debug)]
pub(crate) struct PressureFiles {
    cpu: CachedFile,
    io: CachedFile,
    memory: CachedFile,
}

impl PressureFiles {
    pub(crate) fn open() -> PressureFiles {
        let open = |name: &str| CachedFile::open(format!("/proc/pressure/{name}"));
        PressureFiles { cpu: open("cpu"), io: open("io"), memory: open("memory") }
    }

    /// Files that do not exist.
    #[cfg(test)]
    pub(crate) fn none() -> PressureFiles {
        let open = || CachedFile::open("/proc/self/no-such-file");
        PressureFiles { cpu: open(), io: open(), memory: open() }
    }

    pub(crate) fn read(&mut self, buf: &mut [u8]) -> Option<Pressure> {
        let cpu = self.cpu.read(buf).and_then(parse)?;
        let io = self.io.read(buf).and_then(parse)?;
        let memory = self.memory.read(buf).and_then(parse)?;
        Some(Pressure {
            cpu_some: cpu.some,
            io_some: io.some,
            memory_some: memory.some,
            memory_full: memory.full,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn totals_are_microseconds() {
        let text = b"some avg10=0.18 avg60=1.47 avg300=0.90 total=10913524\n\
                     full avg10=0.00 avg60=0.00 avg300=0.00 total=77\n";
        let stall = Stall { some: Duration::from_micros(10_913_524), full: Duration::from_micros(77) };
        assert_eq!(parse(text), Some(stall));
    }

    #[test]
    fn old_kernels_have_no_full_line_for_the_cpu() {
        let text = b"some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n";
        assert_eq!(parse(text), Some(Stall { some: Duration::from_micros(5), full: Duration::ZERO }));
    }

    #[test]
    fn garbage_is_unknown() {
        for text in [
            &b""[..],
            b"\n\n",
            b"some",
            b"some total=",
            b"some total=x",
            b"full total=3",
            b"\xff\xfe total=1",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_input_makes_the_parser_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&text);
        }
    }
}
