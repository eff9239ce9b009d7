use super::*;
use crate::job::{Args, Row, Seq};
use crate::run::job_exit::JobExit;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

fn record(seq: u64) -> Record<'static> {
    Record {
        seq: Seq(seq),
        host: b":",
        began: Duration::from_secs(1_795_209_535),
        took: Duration::from_millis(1500),
        sent: 0,
        received: 0,
        exit: JobExit::Exited(3),
        input: crate::run::input::job_input::JobInput::Arguments,
        command: b"echo \xff",
    }
}

fn save(results: &Results, place: Place<'_>, seq: u64) -> Result<Saved, SaveError> {
    results.save(place, &record(seq), &mut &b"out\0"[..], &mut &b"err"[..])
}

/// Every file below a directory, sorted.
fn files(path: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![path.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                left.push(entry);
            } else {
                found.push(entry.strip_prefix(path).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_tree_is_gnu_parallels() {
    let dir = tempfile::tempdir().unwrap();
    let results = Results::open(&dir.path().join("a/b"), None).unwrap();
    let args = Args::One(Row::of([&b"A"[..], b"x/y"]));
    let saved = save(&results, Place::Tree { names: &[], args: &args }, 7).unwrap();
    let root = dir.path().join("a/b");
    assert_eq!(files(&root), ["1/A/2/x\\_y/seq", "1/A/2/x\\_y/stderr", "1/A/2/x\\_y/stdout"]);
    assert_eq!(saved.out, root.join("1/A/2/x\\_y/stdout"));
    assert_eq!(fs::read(saved.out).unwrap(), b"out\0");
    assert_eq!(fs::read(saved.err).unwrap(), b"err");
    assert_eq!(fs::read(root.join("1/A/2/x\\_y/seq")).unwrap(), b"7");
    let names = [b"b".to_vec(), b"a".to_vec()];
    let saved = save(&results, Place::Tree { names: &names, args: &args }, 8).unwrap();
    assert_eq!(saved.out, root.join("a/x\\_y/b/A/stdout"));
    let many = Args::Packed(Row::of([&b"p"[..], b".."]));
    let saved = save(&results, Place::Tree { names: &[], args: &many }, 9).unwrap();
    assert_eq!(saved.out, root.join("1/p/1/\\../stdout"));
    let saved = save(&results, Place::Tree { names: &[], args: &Args::None }, 10).unwrap();
    assert_eq!(saved.out, root.join("10/stdout"));
}

#[test]
fn flat_and_pattern() {
    let dir = tempfile::tempdir().unwrap();
    let results = Results::open(dir.path(), None).unwrap();
    save(&results, Place::Flat, 3).unwrap();
    assert_eq!(files(dir.path()), ["3.err", "3.json", "3.out"]);
    let json = fs::read(dir.path().join("3.json")).unwrap();
    let about: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((about["exitval"].as_i64(), about["command_base64"].as_str()), (Some(3), Some("ZWNobyD/")));
    save(&results, Place::Pattern(b"../../sub/x"), 4).unwrap();
    save(&results, Place::Pattern(b"d/"), 5).unwrap();
    let want = [
        "3.err",
        "3.json",
        "3.out",
        "\\../\\../sub/x",
        "\\../\\../sub/x.err",
        "\\../\\../sub/x.seq",
        "d/seq",
        "d/stderr",
        "d/stdout",
    ];
    assert_eq!(files(dir.path()), want);
}

#[test]
fn patterns_split_before_the_first_placeholder() {
    let split = |pattern: &'static str| {
        let (directory, rest) = split_pattern(pattern.as_bytes(), &[b"{", b"<>"]);
        (std::str::from_utf8(directory).unwrap(), std::str::from_utf8(rest).unwrap())
    };
    assert_eq!(split("out/run/{#}.{/}"), ("out/run/", "{#}.{/}"));
    assert_eq!(split("{}.log"), (".", "{}.log"));
    assert_eq!(split("out/a<>b/{}"), ("out/", "a<>b/{}"));
    assert_eq!(split("/{}"), ("/", "{}"));
    assert_eq!(split("out/dir"), ("out/dir", ""));
}

#[test]
fn no_prepared_entry_leads_out() {
    let dir = tempfile::tempdir().unwrap();
    let (inside, outside) = (dir.path().join("in"), dir.path().join("out"));
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "kept").unwrap();
    let results = Results::open(&inside, None).unwrap();
    symlink(&outside, inside.join("1")).unwrap();
    let args = Args::One(Row::one("x"));
    assert!(save(&results, Place::Tree { names: &[], args: &args }, 1).is_err());
    symlink(outside.join("precious"), inside.join("2.out")).unwrap();
    fs::hard_link(outside.join("precious"), inside.join("2.err")).unwrap();
    save(&results, Place::Flat, 2).unwrap();
    assert_eq!(files(&outside), ["precious"]);
    assert_eq!(fs::read(outside.join("precious")).unwrap(), b"kept");
    assert_eq!(fs::read(inside.join("2.out")).unwrap(), b"out\0");
}

#[test]
fn an_unwritable_file_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::Other.into())
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let results = Results::open(dir.path(), None).unwrap();
    assert!(results.save(Place::Flat, &record(1), &mut Broken, &mut io::empty()).is_err());
    assert!(!dir.path().join("1.json").exists());
    fs::create_dir(dir.path().join("2.out")).unwrap();
    assert!(save(&results, Place::Flat, 2).is_err());
    fs::write(dir.path().join("file"), "").unwrap();
    let saved = save(&results, Place::Pattern(b"file/x"), 3).unwrap();
    assert_eq!(saved.out, dir.path().join("file.3/x"));
    assert!(Results::open(&dir.path().join("file"), None).is_err());
}

/// Each job writes its number, so that the files show their owner.
fn save_own(results: &Results, place: Place<'_>, seq: u64) -> Saved {
    let text = seq.to_string();
    results.save(place, &record(seq), &mut text.as_bytes(), &mut text.as_bytes()).unwrap()
}

fn has_its_own_output(saved: &Saved, seq: u64) -> bool {
    let text = seq.to_string();
    [&saved.out, &saved.err].iter().all(|path| fs::read(path).is_ok_and(|content| content == text.as_bytes()))
}

/// Names that clash.
fn clashing() -> impl Strategy<Value = String> {
    let part = prop_oneof![Just("a"), Just("b"), Just("stdout"), Just("seq"), Just("A"), Just("2")];
    let end =
        prop_oneof![4 => Just(""), 2 => Just(".err"), 2 => Just(".seq"), 1 => Just(".2"), 1 => Just(".3")];
    let name = (part, end.clone(), end).prop_map(|(part, end, more)| format!("{part}{end}{more}"));
    let path = proptest::collection::vec(name, 1..4).prop_map(|parts| parts.join("/"));
    (path, prop_oneof![3 => Just(""), 1 => Just("/")]).prop_map(|(path, end)| path + end)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_job_overwrites_another(
        runs in proptest::collection::vec(proptest::collection::vec(clashing(), 1..12), 1..4), again in any::<u16>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for names in runs {
            // The files of the run before are replaced, except where a directory is a file now, or the reverse.
            let results = Results::open(dir.path(), None).unwrap();
            let save = |i: usize| save_own(&results, Place::Pattern(names[i].as_bytes()), i as u64 + 1);
            let mut saved: Vec<Saved> = (0..names.len()).map(save).collect();
            // Some jobs are tried again. Their own files are replaced.
            for i in (0..names.len()).filter(|i| again >> (i % 16) & 1 == 1) {
                let second = save(i);
                prop_assert_eq!(&second, &saved[i]);
                saved[i] = second;
            }
            for (i, saved) in saved.iter().enumerate() {
                prop_assert!(has_its_own_output(saved, i as u64 + 1), "{names:?}: {saved:?}");
            }
            let first = saved[0].out.strip_prefix(dir.path()).unwrap().to_str().unwrap();
            prop_assert!(first.starts_with(names[0].trim_end_matches('/')) || first.contains(".1"), "{first}");
        }
    }
}

#[test]
fn jobs_that_end_at_once_have_names_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    for place in [Place::Pattern(b"x"), Place::Pattern(b"d/")] {
        let results = Results::open(dir.path(), None).unwrap();
        let saved: Vec<Saved> = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..=16)
                .map(|seq| {
                    let results = &results;
                    std::thread::Builder::new()
                        .spawn_scoped(scope, move || save_own(results, place, seq))
                        .unwrap()
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(saved.iter().zip(1..).all(|(saved, seq)| has_its_own_output(saved, seq)), "{saved:?}");
        assert_eq!(results.renamed(), 15);
    }
}

#[test]
fn files_of_recorded_jobs_stay() {
    let dir = tempfile::tempdir().unwrap();
    let first = Results::open(dir.path(), None).unwrap();
    save_own(&first, Place::Pattern(b"x"), 1);
    save_own(&first, Place::Pattern(b"y"), 2);
    let mut recorded = SeqSet::default();
    recorded.insert(Seq(1));
    let second = Results::open(dir.path(), Some(Arc::new(recorded))).unwrap();
    let path = |saved: Saved| saved.out.strip_prefix(dir.path()).unwrap().to_str().unwrap().to_owned();
    assert_eq!(path(save_own(&second, Place::Pattern(b"x"), 3)), "x.3");
    // This job has no record, and the first one is tried again.
    assert_eq!(path(save_own(&second, Place::Pattern(b"y"), 4)), "y");
    assert_eq!(path(save_own(&second, Place::Pattern(b"x"), 1)), "x");
}

#[test]
fn an_error_names_its_path_and_only_a_full_disk_concerns_all_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let results = Results::open(dir.path(), None).unwrap();
    fs::create_dir(dir.path().join("1.out")).unwrap();
    symlink(dir.path(), dir.path().join("link")).unwrap();
    let wrong = [(Place::Flat, "1.out"), (Place::Pattern(b"link/x"), "link")];
    for (place, name) in wrong {
        let save_error = save(&results, place, 1).unwrap_err();
        assert_eq!(save_error.path, dir.path().join(name));
        assert!(matches!(save_error.split_by_scope(), (None, Some(_))), "{name}");
    }
    let full = SaveError::new("x".into(), io::ErrorKind::StorageFull.into());
    assert!(matches!(full.split_by_scope(), (Some(_), None)));
}
