use super::*;
use crate::job::Seq;
use crate::run::job_exit::JobExit;
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
        ending: JobExit::Exited(3),
        given: crate::run::given::Given::Arguments,
        command: b"echo \xff",
    }
}

fn save(results: &Results, place: Place<'_>, seq: u64) -> io::Result<Saved> {
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
    let results = Results::open(&dir.path().join("a/b")).unwrap();
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
    let results = Results::open(dir.path()).unwrap();
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
fn nothing_planted_leads_out() {
    let dir = tempfile::tempdir().unwrap();
    let (inside, outside) = (dir.path().join("in"), dir.path().join("out"));
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "kept").unwrap();
    let results = Results::open(&inside).unwrap();
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
fn what_cannot_be_written_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::Other.into())
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let results = Results::open(dir.path()).unwrap();
    assert!(results.save(Place::Flat, &record(1), &mut Broken, &mut io::empty()).is_err());
    assert!(!dir.path().join("1.json").exists());
    fs::create_dir(dir.path().join("2.out")).unwrap();
    assert!(save(&results, Place::Flat, 2).is_err());
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(save(&results, Place::Pattern(b"file/x"), 3).is_err());
    assert!(Results::open(&dir.path().join("file")).is_err());
}
