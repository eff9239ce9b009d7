//! The joblog reader: no panic; what it calls whole reads the same again and stops where it said; cut anywhere, it finds
//! just the records before the cut.
#![no_main]

use apool::run::joblog::{HEADER, scan};
use libfuzzer_sys::fuzz_target;

type Found = Vec<(u64, u64, Vec<u8>)>;

/// The records in front, and where the last one ends.
fn read(bytes: &[u8]) -> Option<(Found, usize)> {
    let mut found = Vec::new();
    let scanned = scan(bytes, &mut |line, offset, command| found.push((line.seq.0, offset, command.to_vec()))).ok()?;
    assert_eq!(scanned.len, bytes.len() as u64);
    assert!(scanned.end <= scanned.len);
    Some((found, scanned.end as usize))
}

fuzz_target!(|data: &[u8]| {
    let _ = read(data);
    let [cut, records @ ..] = data else { return };
    let log = [HEADER, records].concat();
    let Some((found, end)) = read(&log) else { return };
    assert_eq!(read(&log[..end]), Some((found.clone(), end)));
    // A cut inside the whole part, as a crash makes it.
    let cut = HEADER.len() + (end - HEADER.len()) * usize::from(*cut) / 256;
    let (before, stop) = read(&log[..cut]).expect("a cut is never damage");
    assert!(stop <= cut);
    assert_eq!(before, found[..before.len()]);
    assert!(found.get(before.len()).is_none_or(|(_, offset, _)| *offset as usize >= stop));
});
