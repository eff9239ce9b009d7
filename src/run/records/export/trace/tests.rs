use super::*;
use proptest::prelude::*;

proptest! {
    /// Attempts of a slot follow each other. In the file no event of a lane begins before the last one ended, and no
    /// time moves by a whole microsecond.
    #[test]
    fn events_of_a_lane_do_not_overlap(attempts in proptest::collection::vec((0u64..3000, 0u64..5_000_000), 1..50)) {
        let (mut lanes, mut now, mut last) = (Lanes::default(), 0, 0);
        for (gap, took) in attempts {
            let began = now + gap;
            now = began + took;
            let (start, end) = (Duration::from_nanos(began), Duration::from_nanos(now));
            let (ts, te) = lanes.place(1, micros(start), micros(end));
            prop_assert!(last <= ts && ts <= te);
            prop_assert_eq!((ts, te), (began / 1000, now / 1000));
            last = te;
        }
    }

    /// The clock may say that an attempt began before the last one of its slot ended.
    #[test]
    fn overlapping_times_do_not_overlap_in_the_file(attempts in proptest::collection::vec((0u64..1000, 0u64..1000, 1u32..4), 1..50)) {
        let (mut lanes, mut last) = (Lanes::default(), [0; 4]);
        for (began, ended, slot) in attempts {
            let (ts, te) = lanes.place(slot, began, ended);
            prop_assert!(last[slot as usize] <= ts && ts <= te);
            last[slot as usize] = te;
        }
    }
}
