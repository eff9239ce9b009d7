//! The fuzz targets on a stable compiler and in bounded time: the seeds in `fuzz/corpus`, and random changes of them.
//! `cargo +nightly fuzz run TARGET` does the same, guided by coverage.

mod checks;

use proptest::prelude::*;
use std::path::Path;

/// The committed seeds of a target.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let files = std::fs::read_dir(fuzz.join("corpus").join(target)).into_iter().flatten().flatten();
    let seeds: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.path()).expect("a seed")).collect();
    // The published package has no corpus.
    assert!(!fuzz.exists() || seeds.len() > 3, "no seeds of {target}");
    seeds
}

/// One change: the place (in 65 536ths of the length), the kind, and the new bytes.
type Change = (u16, u8, Vec<u8>);

fn change(bytes: &mut Vec<u8>, (place, how, new): &Change) {
    let at = bytes.len() * usize::from(*place) / 65_536;
    let end = (at + new.len()).min(bytes.len());
    match how % 4 {
        0 => drop(bytes.splice(at..end, new.iter().copied())),
        1 => drop(bytes.splice(at..at, new.iter().copied())),
        2 => drop(bytes.drain(at..end)),
        _ => {
            let again = bytes[at..].to_vec();
            bytes.extend(again);
        }
    }
}

/// A seed with some changes. Most new bytes are characters with a meaning in the parsers.
fn mutant(target: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds = corpus(target);
    let byte = prop_oneof![
        3 => prop::sample::select(&b"{}<>'\"`$()\\|&;#%/.,=+-0123456789\t\n\0 \x1b\xc2\xe2\x80\xff"[..]),
        1 => any::<u8>(),
    ];
    let new = proptest::collection::vec(byte, 0..12);
    let changes = proptest::collection::vec((any::<u16>(), any::<u8>(), new), 0..6);
    (any::<prop::sample::Index>(), changes).prop_map(move |(seed, changes)| {
        let mut bytes = seeds.get(seed.index(seeds.len().max(1))).cloned().unwrap_or_default();
        for one in &changes {
            change(&mut bytes, one);
        }
        bytes
    })
}

fn text(target: &str) -> impl Strategy<Value = String> + use<> {
    mutant(target).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn joblog(bytes in mutant("joblog")) {
        checks::joblog(&bytes);
    }

    #[test]
    fn terminal(bytes in mutant("terminal")) {
        checks::terminal(&bytes);
    }

    #[test]
    fn options(bytes in mutant("options")) {
        checks::options(&bytes);
    }

    #[test]
    fn values(text in text("values")) {
        checks::values(&text);
    }

    #[test]
    fn halt(text in text("halt"), endings in proptest::collection::vec(any::<u8>(), 0..40), total in any::<Option<u64>>()) {
        checks::halt((&text, &endings, total));
    }

    #[test]
    fn template(how in any::<u8>(), seed in mutant("template"), values in proptest::collection::vec(mutant("terminal"), 0..4)) {
        let values = values.iter().map(Vec::as_slice).collect();
        // The first byte of a seed is its `how`.
        checks::template((how, seed.get(1..).unwrap_or_default(), values));
    }
}
