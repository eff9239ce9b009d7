//! Properties for every input, with any sizes of reads.

use std::io;

use proptest::prelude::*;

use super::super::config::{Budget, Excess, Packing, PerJob, Records};
use super::*;

/// A stream whose reads return these numbers of bytes in turn, with occasional interruptions.
struct Dribble {
    text: io::Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    reads: usize,
}

impl Read for Dribble {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.reads % self.sizes.len()];
        self.reads += 1;
        if size == 0 && !self.reads.is_multiple_of(2) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.text.read(&mut into[..size.max(1)])
    }
}

/// All jobs, if the reads return `sizes` bytes.
fn jobs(config: &InputConfig, text: &[u8], sizes: &[usize]) -> Vec<Args> {
    let stream = Dribble { text: io::Cursor::new(text.to_vec()), sizes: sizes.to_vec(), reads: 0 };
    let mut reader = open(config.clone(), Box::new(stream)).unwrap();
    let mut jobs = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        jobs.extend(batch.jobs);
    }
    jobs
}

fn values(jobs: &[Args]) -> Vec<Vec<u8>> {
    jobs.iter().flat_map(|job| job.values().map(<[u8]>::to_vec).collect::<Vec<_>>()).collect()
}

fn rule() -> impl Strategy<Value = PerJob> {
    let max = prop::option::of(1..5_usize);
    prop_oneof![
        Just(PerJob::One),
        (1..5_usize).prop_map(PerJob::UpTo),
        (1..5_usize).prop_map(PerJob::Positional),
        (1..5_usize).prop_map(PerJob::Lines),
        (max, 0..4_usize).prop_map(|(max, spread)| PerJob::Fill { max, spread }),
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"\n\n\n a0,".to_vec()), 0..60)
}

/// Standard input between two lists, side by side or combined.
fn with_lists(before: usize, after: usize, linked: bool, link: bool) -> InputConfig {
    let list = |n: usize| SourceKind::Args((0..n).map(|i| i.to_string().into_bytes()).collect());
    let mut sources = vec![Source::new(SourceKind::Stdin)];
    if before > 0 {
        sources.insert(0, Source::new(list(before)));
    }
    if after > 0 {
        sources.push(Source { kind: list(after), linked });
    }
    InputConfig { sources, link, ..InputConfig::default() }
}

proptest! {
    #[test]
    fn how_it_comes_makes_no_difference(
        text in text(), sizes in prop::collection::vec(0..7_usize, 1..9), per_job in rule(), room in 0..60_usize,
        (before, after, linked, link) in (0..3_usize, 0..3_usize, any::<bool>(), any::<bool>()),
    ) {
        prop_assume!(!link || text.contains(&b'\n'));
        let budget = Budget { bytes: if room < 5 { usize::MAX } else { room }, ..Budget::default() };
        let packing = Packing { per_job, budget, excess: Excess::Allow, ..Packing::default() };
        let config = InputConfig { packing, ..with_lists(before, after, linked, link) };
        prop_assert_eq!(jobs(&config, &text, &[1000]), jobs(&config, &text, &sizes));
    }

    #[test]
    fn packing_loses_nothing_and_keeps_to_the_budget(text in text(), per_job in rule(), room in 0..60_usize) {
        let budget = Budget { bytes: room, ..Budget::default() };
        let packing = Packing { per_job, budget, excess: Excess::Allow, ..Packing::default() };
        let config = InputConfig { packing, records: Records::EndedBy(b",".to_vec()), ..InputConfig::default() };
        // Without -L, which joins lines.
        prop_assume!(!matches!(per_job, PerJob::Lines(_)));
        let packed = jobs(&config, &text, &[5]);
        let plain = InputConfig { packing: Packing::default(), ..config };
        prop_assert_eq!(values(&packed), values(&jobs(&plain, &text, &[5])));
        for job in &packed {
            let cost: usize = job.values().map(|v| budget.cost(v)).sum();
            let free = matches!(per_job, PerJob::Positional(_)) || job.records() == 1;
            prop_assert!(cost <= room || free, "{job:?} costs {cost}");
        }
    }

    #[test]
    fn combinations_are_those_of_nested_loops(sizes in prop::collection::vec(1..4_usize, 1..4), seed in any::<u64>()) {
        let words = |s: usize, n: usize| (0..n).map(|i| format!("{s}.{i}").into_bytes()).collect::<Vec<_>>();
        let lists: Vec<Vec<Vec<u8>>> = sizes.iter().enumerate().map(|(s, n)| words(s, *n)).collect();
        let mut expected: Vec<Vec<Vec<u8>>> = vec![vec![]];
        for list in &lists {
            let one_more = |row: &Vec<Vec<u8>>| list.iter().map(|w| [&row[..], std::slice::from_ref(w)].concat()).collect::<Vec<_>>();
            expected = expected.iter().flat_map(one_more).collect();
        }
        let sources = lists.into_iter().map(|l| Source::new(SourceKind::Args(l))).collect();
        let mut config = InputConfig { sources, ..InputConfig::default() };
        let rows = |config: &InputConfig| -> Vec<Vec<Vec<u8>>> {
            jobs(config, b"", &[1]).iter().map(|job| job.values().map(<[u8]>::to_vec).collect()).collect()
        };
        prop_assert_eq!(rows(&config), expected.clone());
        config.shuffle = Some(seed);
        let mut shuffled = rows(&config);
        shuffled.sort();
        expected.sort();
        prop_assert_eq!(shuffled, expected);
    }
}
