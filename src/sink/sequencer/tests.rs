use super::*;
use proptest::prelude::*;

fn released(sequencer: &mut Sequencer<Vec<u8>>) -> Vec<Release<Vec<u8>>> {
    std::iter::from_fn(|| sequencer.next()).collect()
}

#[test]
fn early_output_waits_for_the_head() {
    let mut s = Sequencer::new(1);
    s.buffer(3, Vec::new).push(b'c');
    s.end(3);
    s.buffer(2, Vec::new).push(b'b');
    assert_eq!(released(&mut s), []);
    s.end(1);
    assert_eq!(released(&mut s), [Release::Skipped { from: 1, to: 1 }, Release::Begin(2, vec![b'b'])]);
    assert!(s.is_due(2) && !s.is_due(3));
    s.end(2);
    assert_eq!(released(&mut s), [Release::Skipped { from: 2, to: 2 }, Release::Whole(3, vec![b'c'])]);
    assert_eq!(s.head(), 4);
}

#[test]
fn a_skipped_job_prints_its_buffered_output_and_blocks_nothing() {
    let mut s = Sequencer::new(1);
    s.buffer(5, Vec::new).push(b'x');
    s.skip(2, 1_000_000);
    assert_eq!(s.skipped.len(), 2);
    s.skip(1, 1);
    assert_eq!(
        released(&mut s),
        [
            Release::Skipped { from: 1, to: 4 },
            Release::Whole(5, vec![b'x']),
            Release::Skipped { from: 6, to: 1_000_000 }
        ]
    );
    s.skip(3, 7);
    assert_eq!((released(&mut s), s.head()), (vec![], 1_000_001));
}

#[test]
fn output_of_a_skipped_job_is_released() {
    let mut s = Sequencer::new(1);
    s.skip(2, 4);
    s.buffer(3, Vec::new).push(b'!');
    s.end(1);
    assert_eq!(released(&mut s), [Release::Skipped { from: 1, to: 4 }, Release::Whole(3, vec![b'!'])]);
    assert!(s.is_due(3));
}

#[test]
fn many_skips_one_by_one_take_one_entry() {
    let mut s: Sequencer<()> = Sequencer::new(1);
    for job in (2..1000).step_by(2).chain((3..1000).step_by(2)) {
        s.skip(job, job);
    }
    assert_eq!(s.skipped.len(), 1);
    assert!(s.next().is_none());
}

#[test]
fn drain_returns_the_buffered_items_in_order() {
    let mut s = Sequencer::new(1);
    for job in [7, 3, 5] {
        s.buffer(job, Vec::new).push(job as u8);
    }
    assert_eq!(s.drain().collect::<Vec<_>>(), [(3, vec![3]), (5, vec![5]), (7, vec![7])]);
}

/// For each job: the number of pieces, and whether it is skipped instead of ended.
fn jobs() -> impl Strategy<Value = Vec<(u8, bool)>> {
    proptest::collection::vec((0u8..4, any::<bool>()), 1..40)
}

proptest! {
    /// The same calls as in the sink. All jobs run at once and take turns in the order of `turns`.
    #[test]
    fn order_is_kept_and_each_item_comes_once(jobs in jobs(), turns in proptest::collection::vec(any::<u16>(), 400)) {
        let first = 10;
        let mut s: Sequencer<Vec<(u64, u8)>> = Sequencer::new(first);
        let mut left: Vec<(u64, u8, u8, bool)> =
            jobs.iter().enumerate().map(|(i, &(pieces, skip))| (first + i as u64, 0, pieces, skip)).collect();
        let mut seen = Vec::new();
        let mut turns = turns.into_iter().cycle();
        while !left.is_empty() {
            let at = usize::from(turns.next().unwrap()) % left.len();
            let (job, next, pieces, skip) = left[at];
            if next < pieces {
                if s.is_due(job) { seen.push((job, next)) } else { s.buffer(job, Vec::new).push((job, next)) }
                left[at].1 += 1;
            } else {
                left.remove(at);
                if skip { s.skip(job, job) } else { s.end(job) }
            }
            while let Some(release) = s.next() {
                if let Release::Whole(_, items) | Release::Begin(_, items) = release {
                    seen.extend(items);
                }
            }
            prop_assert!(left.iter().all(|l| l.0 >= s.head()), "the head never passes a running job");
        }
        let all: Vec<_> = jobs.iter().enumerate()
            .flat_map(|(i, &(pieces, _))| (0..pieces).map(move |piece| (first + i as u64, piece)))
            .collect();
        prop_assert_eq!(seen, all);
        prop_assert_eq!(s.head(), first + jobs.len() as u64);
        prop_assert_eq!(s.drain().count(), 0);
    }
}
