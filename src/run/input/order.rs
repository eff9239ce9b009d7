//! `--order` and `--priority`: which of the waiting jobs starts first. Lower priorities start first, equal ones in the
//! order of the input, which also gives the sequence numbers.
//!
//! If long jobs start first, no single long job runs alone at the end. The run time is estimated from the size of the
//! files, or from an earlier joblog. Up to [`WINDOW`] jobs or [`WINDOW_BYTES`] of arguments are read before the first
//! one starts, which bounds the memory.

use crate::input::InputError;
use crate::job::{Args, Job, Priority};
use crate::run::records::joblog::text;
use std::collections::{BinaryHeap, HashMap};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The most jobs in the window.
pub const WINDOW: usize = 65_536;
/// The bytes of arguments that fill the window.
pub const WINDOW_BYTES: usize = 64 << 20;

/// The criterion of the order.
#[derive(Debug)]
pub enum OrderBy {
    /// The last one read first.
    Last,
    /// A random order, the same for the same seed.
    Random(u64),
    /// The largest files first: the sum of the sizes of all files that the arguments name.
    Size,
    /// The longest first, by the run times in an earlier joblog.
    History(History),
    /// The number in this column, counted from 0. Other text comes last.
    Column(usize),
}

impl OrderBy {
    /// True when the criterion applies to a job: it has the column, or names a file.
    pub fn applies_to(&self, args: &Args) -> bool {
        match self {
            OrderBy::Last | OrderBy::Random(_) | OrderBy::History(_) => true,
            OrderBy::Size => args.values().any(|value| length(value).is_some()),
            OrderBy::Column(index) => args.values().nth(*index).is_some(),
        }
    }

    /// The error when the criterion applies to no job.
    pub fn no_match(&self) -> InputError {
        match self {
            OrderBy::Column(index) => InputError::NoColumn { number: index + 1 },
            _ => InputError::NoFile,
        }
    }

    /// The priority of a job. `command` gives the command that identifies it in the joblog.
    pub fn priority(&self, job: &Job, command: impl FnOnce() -> Vec<u8>) -> Priority {
        Priority(match self {
            OrderBy::Last => -job.seq.0.cast_signed(),
            OrderBy::Random(seed) => mixed(job.seq.0 ^ seed).cast_signed(),
            OrderBy::Size => -job.args.values().map(size).fold(0_i64, i64::saturating_add),
            OrderBy::History(history) => -history.took(&command()),
            OrderBy::Column(index) => number(&job.args, *index),
        })
    }
}

/// One step of SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of the number.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn size(value: &[u8]) -> i64 {
    i64::try_from(length(value).unwrap_or(0)).unwrap_or(i64::MAX)
}

/// The length of the file that a value names.
fn length(value: &[u8]) -> Option<u64> {
    let found = std::fs::metadata(Path::new(OsStr::from_bytes(value))).ok();
    found.filter(std::fs::Metadata::is_file).map(|of| of.len())
}

/// The number in a column, in thousandths.
fn number(args: &Args, index: usize) -> i64 {
    let text = args.values().nth(index).and_then(|value| std::str::from_utf8(value).ok());
    let number = text.and_then(|text| text.trim().parse::<f64>().ok()).filter(|number| !number.is_nan());
    number.map_or(i64::MAX, |number| (number * 1000.0) as i64)
}

/// The run times of commands.
#[derive(Debug, Default)]
pub struct History {
    took_ms: HashMap<Vec<u8>, i64>,
    /// The run time that is assumed for a new command.
    mean_ms: i64,
}

impl History {
    /// Reads a joblog of apool or of GNU parallel. The last record of a command counts.
    pub fn read(path: &Path) -> io::Result<History> {
        let mut file = BufReader::new(File::open(path)?);
        let mut history = History::default();
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line)? > 0 {
            history.add(line.strip_suffix(b"\n").unwrap_or(&line));
            line.clear();
        }
        let count = i64::try_from(history.took_ms.len()).unwrap_or(i64::MAX).max(1);
        history.mean_ms = history.took_ms.values().fold(0_i64, |sum, ms| sum.saturating_add(*ms)) / count;
        Ok(history)
    }

    fn add(&mut self, line: &[u8]) {
        let took = line.split(|&b| b == b'\t').nth(3).and_then(|field| std::str::from_utf8(field).ok());
        let took = took.and_then(|text| text.trim().parse::<f64>().ok());
        // The header and a torn line are not records.
        let (Some(took), Ok(record)) = (took, text::parse(line)) else { return };
        let mut command = Vec::new();
        if record.command(&mut command) {
            self.took_ms.insert(command, (took * 1000.0) as i64);
        }
    }

    /// The run time in milliseconds.
    fn took(&self, command: &[u8]) -> i64 {
        self.took_ms.get(command).copied().unwrap_or(self.mean_ms)
    }
}

/// The jobs that were read and not sent.
#[derive(Debug, Default)]
pub struct Window {
    heap: BinaryHeap<Queued>,
    bytes: usize,
}

#[derive(Debug)]
struct Queued(Job);

impl Window {
    /// Adds a job whose priority is set.
    pub fn push(&mut self, job: Job) {
        self.bytes += job.args.bytes();
        self.heap.push(Queued(job));
    }

    /// Removes the first job of the order.
    pub fn pop(&mut self) -> Option<Job> {
        let Queued(job) = self.heap.pop()?;
        self.bytes -= job.args.bytes();
        Some(job)
    }

    /// True when there is no job.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// True when no further job may be added: at `most` jobs, or [`WINDOW`], or [`WINDOW_BYTES`].
    pub fn is_full(&self, most: Option<usize>) -> bool {
        self.heap.len() >= most.unwrap_or(WINDOW) || self.bytes >= WINDOW_BYTES
    }
}

impl Ord for Queued {
    fn cmp(&self, other: &Queued) -> std::cmp::Ordering {
        // A heap returns the greatest element first.
        (other.0.priority, other.0.seq).cmp(&(self.0.priority, self.0.seq))
    }
}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Queued) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Queued {
    fn eq(&self, other: &Queued) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Queued {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Row, Seq};

    #[test]
    fn many_bytes_fill_the_window() {
        let mut window = Window::default();
        let large = "x".repeat(WINDOW_BYTES / 4);
        (1..4).for_each(|seq| window.push(job(seq, &[&large])));
        assert!(!window.is_full(None) && window.is_full(Some(3)));
        window.push(job(4, &[&large]));
        assert!(window.is_full(None));
        window.pop();
        assert!(!window.is_full(None));
    }

    fn job(seq: u64, values: &[&str]) -> Job {
        let args = Args::One(Row::of(values.iter().map(|value| value.as_bytes())));
        Job { seq: Seq(seq), args, priority: Priority::default() }
    }

    fn order(by: &OrderBy, rows: &[&[&str]]) -> Vec<u64> {
        let mut window = Window::default();
        for (index, row) in rows.iter().enumerate() {
            let mut job = job(index as u64 + 1, row);
            job.priority = by.priority(&job, || row.join(" ").into_bytes());
            window.push(job);
        }
        std::iter::from_fn(|| window.pop()).map(|job| job.seq.0).collect()
    }

    #[test]
    fn lower_numbers_of_a_column_come_first_and_other_text_last() {
        let rows: [&[&str]; 5] = [&["a", "2"], &["b", "-1.5"], &["c", "x"], &["d", "2"], &["e"]];
        assert_eq!(order(&OrderBy::Column(1), &rows), [2, 1, 4, 3, 5]);
    }

    #[test]
    fn the_last_one_read_comes_first() {
        assert_eq!(order(&OrderBy::Last, &[&["a"], &["b"], &["c"]]), [3, 2, 1]);
    }

    #[test]
    fn a_seed_gives_one_order_of_all() {
        let rows: Vec<&[&str]> = vec![&["x"]; 100];
        let once = order(&OrderBy::Random(7), &rows);
        assert_eq!(once, order(&OrderBy::Random(7), &rows));
        assert_ne!(once, order(&OrderBy::Random(8), &rows));
        let mut sorted = once;
        sorted.sort_unstable();
        assert_eq!(sorted, (1..=100).collect::<Vec<_>>());
    }

    #[test]
    fn large_files_come_first() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["small", "large", "middle"].map(|name| dir.path().join(name).display().to_string());
        for (name, bytes) in names.iter().zip([1, 100, 10]) {
            std::fs::write(name, vec![b'x'; bytes]).unwrap();
        }
        let rows = [&[names[0].as_str()][..], &[names[1].as_str()], &["no file"], &[names[2].as_str()]];
        assert_eq!(order(&OrderBy::Size, &rows), [2, 4, 1, 3]);
    }

    #[test]
    fn long_commands_come_first_and_new_ones_in_the_middle() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n\
                     1\t:\t1.0\t     1.000\t0\t0\t0\t0\tshort\n\
                     2\t:\t1.0\t     9.000\t0\t0\t0\t0\tlong\n\
                     3\t:\t1.0\t";
        std::fs::write(file.path(), lines).unwrap();
        let history = OrderBy::History(History::read(file.path()).unwrap());
        assert_eq!(order(&history, &[&["short"], &["new"], &["long"]]), [3, 2, 1]);
    }
}
