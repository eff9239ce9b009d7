use std::collections::VecDeque;
use std::io;

use super::super::config::{Budget, Columns, Excess, Packing, PerJob, Records, compile_colsep};
use super::*;

fn reader(config: InputConfig, stdin: &str) -> Reader {
    open(config, Box::new(io::Cursor::new(stdin.to_owned().into_bytes()))).unwrap()
}

/// Every job as its values, `,` between values and `/` between rows; `-` for a job without.
fn jobs(config: InputConfig, stdin: &str) -> Vec<String> {
    let mut reader = reader(config, stdin);
    let total = reader.total();
    let mut out = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        assert!(!batch.jobs.is_empty() && batch.jobs.len() <= BATCH_JOBS);
        out.extend(batch.jobs.iter().map(show));
    }
    assert_eq!(reader.next_batch().unwrap(), None);
    assert!(total.is_none_or(|t| t == out.len() as u64), "{total:?} for {out:?}");
    out
}

fn show(args: &Args) -> String {
    let join = |values: &mut dyn Iterator<Item = &[u8]>, with: &str| {
        values.map(|v| String::from_utf8_lossy(v).into_owned()).collect::<Vec<_>>().join(with)
    };
    match args {
        Args::None => "-".to_owned(),
        Args::One(row) => join(&mut row.values(), ","),
        Args::Packed(row) => join(&mut row.values(), "/"),
        Args::Many(rows) => rows.iter().map(|r| join(&mut r.values(), ",")).collect::<Vec<_>>().join("/"),
    }
}

/// `a b|1 2` is `::: a b ::: 1 2`, `a b+1 2` is `::: a b :::+ 1 2`.
fn args(text: &str) -> InputConfig {
    let mut sources = Vec::new();
    for group in text.split('|') {
        for (i, words) in group.split('+').enumerate() {
            let words = words.split_whitespace().map(|w| w.as_bytes().to_vec()).collect();
            sources.push(Source { kind: SourceKind::Args(words), linked: i > 0 });
        }
    }
    InputConfig { sources, ..InputConfig::default() }
}

fn packed(per_job: PerJob) -> InputConfig {
    InputConfig { packing: Packing { per_job, ..Packing::default() }, ..InputConfig::default() }
}

fn budget(config: InputConfig, bytes: usize, strict: bool) -> InputConfig {
    let packing = Packing {
        budget: Budget { bytes, ..Budget::default() },
        excess: if strict { Excess::Never } else { Excess::Allow },
        ..config.packing
    };
    InputConfig { packing, ..config }
}

#[test]
fn a_line_a_job() {
    assert_eq!(jobs(InputConfig::default(), "a\n\nb c"), ["a", "", "b c"]);
    assert_eq!(jobs(InputConfig::default(), ""), [""; 0]);
    let long = "x\n".repeat(1000);
    assert_eq!(jobs(InputConfig::default(), &long).len(), 1000);
}

#[test]
fn combinations_in_the_order_of_gnu_parallel() {
    assert_eq!(jobs(args("a b|1 2 3"), ""), ["a,1", "a,2", "a,3", "b,1", "b,2", "b,3"]);
    assert_eq!(jobs(args("a b|1 2|x y"), "")[..5], ["a,1,x", "a,1,y", "a,2,x", "a,2,y", "b,1,x"]);
    assert_eq!(jobs(args("a b c+1 2"), ""), ["a,1", "b,2"]);
    assert_eq!(jobs(args("a b+1 2 3|X Y"), ""), ["a,1,X", "a,1,Y", "b,2,X", "b,2,Y"]);
    assert_eq!(jobs(args("X Y|a b+1 2+p q"), ""), ["X,a,1,p", "X,b,2,q", "Y,a,1,p", "Y,b,2,q"]);
    assert_eq!(jobs(args("a b|"), ""), [""; 0]);
    assert_eq!(jobs(args("|a b"), ""), [""; 0]);
    assert_eq!(jobs(args(""), ""), [""; 0]);
    assert_eq!(jobs(args("a b+"), ""), [""; 0]);
}

#[test]
fn link_repeats_the_shorter() {
    let link = |text: &str| InputConfig { link: true, ..args(text) };
    assert_eq!(jobs(link("a b c|1 2"), ""), ["a,1", "b,2", "c,1"]);
    assert_eq!(jobs(link("a b c|1 2+p q r"), ""), ["a,1,p", "b,2,q", "c,1,r"]);
    assert_eq!(jobs(link("a|1 2 3|x y"), ""), ["a,1,x", "a,2,y", "a,3,x"]);
    assert_eq!(jobs(link("|"), ""), [""; 0]);
    let error = reader(link("a b|"), "").next_batch().unwrap_err();
    assert_eq!(error.to_string(), "cannot link input source 2: it is empty");
}

#[test]
fn a_stream_may_be_any_of_the_sources() {
    let stdin = || Source::new(SourceKind::Stdin);
    let mut config = args("a b");
    config.sources.push(stdin());
    assert_eq!(jobs(config.clone(), "1\n2"), ["a,1", "a,2", "b,1", "b,2"]);
    config.sources.swap(0, 1);
    assert_eq!(jobs(config.clone(), "1\n2"), ["1,a", "1,b", "2,a", "2,b"]);
    config.link = true;
    assert_eq!(jobs(config, "1\n2\n3\n4\n5"), ["1,a", "2,b", "3,a", "4,b", "5,a"]);
    let twice = InputConfig { sources: vec![stdin(), stdin()], ..InputConfig::default() };
    assert!(matches!(open(twice, Box::new(io::empty())), Err(InputError::StdinTwice)));
}

#[test]
fn values_a_job() {
    let seq = "1\n2\n3\n4\n5\n";
    assert_eq!(jobs(packed(PerJob::UpTo(2)), seq), ["1/2", "3/4", "5"]);
    assert_eq!(jobs(packed(PerJob::Positional(2)), seq), ["1,2", "3,4", "5"]);
    assert_eq!(jobs(packed(PerJob::Bare), "a\nb\n"), ["-", "-"]);
    let two =
        |per_job| InputConfig { packing: Packing { per_job, ..Packing::default() }, ..args("a b c|1 2") };
    assert_eq!(jobs(two(PerJob::Positional(2)), ""), ["a,1,a,2", "b,1,b,2", "c,1,c,2"]);
    assert_eq!(jobs(two(PerJob::UpTo(4)), ""), ["a,1/a,2/b,1/b,2", "c,1/c,2"]);
}

#[test]
fn lines_a_job() {
    assert_eq!(jobs(packed(PerJob::Lines(2)), "a b \nc\nd\ne\n"), ["a b c/d", "e"]);
    let words = InputConfig { records: Records::QuotedWords, ..packed(PerJob::Lines(2)) };
    assert_eq!(jobs(words.clone(), "a b \nc\n\n d\n 'e f'\ng"), ["a/b/c/d", "e f/g"]);
    let words = InputConfig { records: Records::QuotedWords, ..packed(PerJob::Lines(1)) };
    assert_eq!(jobs(words, "a b\nc\n"), ["a/b", "c"]);
}

#[test]
fn as_many_as_fit() {
    let fill = |max, spread| packed(PerJob::Fill { max, spread });
    let seq = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";
    // A value of one digit costs 10 bytes, and "10" costs 11.
    assert_eq!(jobs(budget(fill(None, 0), 40, false), seq), ["1/2/3/4", "5/6/7/8", "9/10"]);
    assert_eq!(jobs(budget(fill(None, 0), 39, false), seq), ["1/2/3", "4/5/6", "7/8/9", "10"]);
    assert_eq!(jobs(fill(None, 0), seq), ["1/2/3/4/5/6/7/8/9/10"]);
    assert_eq!(jobs(fill(None, 4), seq), ["1/2/3", "4/5/6", "7/8/9", "10"]);
    assert_eq!(jobs(fill(None, 3), seq), ["1/2/3/4", "5/6/7/8", "9/10"]);
    assert_eq!(jobs(fill(Some(4), 2), seq), ["1/2/3/4", "5/6/7/8", "9", "10"]);
    let two = InputConfig { packing: fill(None, 2).packing, ..args("a b|1 2") };
    assert_eq!(jobs(two, ""), ["a,1/a,2", "b,1/b,2"]);
    let long = format!("a\nb\n{}\nc\n", "x".repeat(100));
    assert_eq!(jobs(budget(fill(None, 0), 40, false), &long), ["a/b", &"x".repeat(100), "c"]);
    assert_eq!(jobs(budget(packed(PerJob::UpTo(3)), 20, false), "a\nb\nc\nd\n"), ["a/b", "c/d"]);
}

#[test]
fn the_budget_counts_copies_and_quoting() {
    let config = packed(PerJob::Fill { max: None, spread: 0 });
    let cost = Budget { bytes: 20, each: 1, copies: 2, length: |v| v.len() + 2, ..Budget::default() };
    let packing = Packing { budget: cost, ..config.packing };
    assert_eq!(jobs(InputConfig { packing, ..config }, "a\nb\nc\nd\n"), ["a/b", "c/d"]);
}

#[test]
fn what_does_not_fit_is_an_error_with_x() {
    let error = |config, text| reader(config, text).next_batch().unwrap_err().to_string();
    let fill = || packed(PerJob::Fill { max: None, spread: 0 });
    assert_eq!(
        error(budget(packed(PerJob::UpTo(3)), 20, true), "a\nb\nc\n"),
        "argument list too long at record 3; the 2 before it in the same command did not run"
    );
    assert_eq!(error(budget(fill(), 11, true), "abc\n"), "argument list too long at record 1");
    assert_eq!(jobs(budget(fill(), 20, true), "a\nb\nc\n"), ["a/b", "c"]);
    let mut late = reader(budget(fill(), 12, true), "abc\nabc\nabcdef\n");
    assert_eq!(late.next_batch().unwrap().unwrap().jobs.len(), 2);
    assert!(late.next_batch().is_err());
    assert_eq!(late.next_batch().unwrap(), None);
}

#[test]
fn skip_and_head() {
    let within = |skip, head| InputConfig { skip, head, ..InputConfig::default() };
    assert_eq!(jobs(within(2, None), "1\n2\n3\n4\n5\n"), ["3", "4", "5"]);
    assert_eq!(jobs(within(1, Some(2)), "1\n2\n3\n4\n5\n"), ["2", "3"]);
    assert_eq!(jobs(within(9, Some(2)), "1\n2\n"), [""; 0]);
    assert_eq!(jobs(InputConfig { skip: 1, head: Some(2), ..args("a b|1 2") }, ""), ["a,2", "b,1"]);
    assert_eq!(jobs(within(0, Some(0)), "1\n"), [""; 0]);
}

#[test]
fn a_seed_gives_an_order() {
    let shuffled = |seed, config| jobs(InputConfig { shuffle: Some(seed), ..config }, "");
    let usual = jobs(args("a b c d|1 2 3+x y z"), "");
    let once = shuffled(1, args("a b c d|1 2 3+x y z"));
    assert_ne!(once, usual);
    assert_ne!(once, shuffled(2, args("a b c d|1 2 3+x y z")));
    assert_eq!(once, shuffled(1, args("a b c d|1 2 3+x y z")));
    let mut sorted = once.clone();
    sorted.sort();
    assert_eq!(sorted, usual);
    let sample = shuffled(1, InputConfig { skip: 2, head: Some(4), ..args("1 2 3 4 5 6 7 8") });
    assert_eq!(sample.len(), 4);
    assert!(sample.iter().all(|v| !["1", "2"].contains(&v.as_str())), "{sample:?}");
    assert_eq!(shuffled(1, args("|a")), [""; 0]);
}

#[test]
fn the_header_is_of_all_sources() {
    let columns = Columns::Split(compile_colsep(",").unwrap());
    let config = InputConfig { header: true, columns, ..args("p,q 1,2 3,4|r 5") };
    let mut both = reader(config.clone(), "");
    assert_eq!(both.header().unwrap(), [b"p", b"q", b"r"]);
    assert_eq!((both.header().unwrap().len(), both.total()), (3, Some(2)));
    assert_eq!(jobs(config, ""), ["1,2,5", "3,4,5"]);
    assert_eq!(reader(InputConfig::default(), "a\n").header().unwrap().len(), 0);
    assert_eq!(jobs(InputConfig { header: true, ..InputConfig::default() }, "a\nb\nc"), ["b", "c"]);
}

#[test]
fn totals() {
    let total = |config| reader(config, "").total();
    assert_eq!(total(args("a b|1 2 3")), Some(6));
    assert_eq!(total(InputConfig::default()), None);
    let upto = InputConfig { packing: packed(PerJob::UpTo(4)).packing, ..args("a b c d e") };
    assert_eq!(total(upto.clone()), Some(2));
    assert_eq!(total(budget(upto.clone(), 40, false)), Some(2));
    assert_eq!(total(budget(upto, 39, false)), None);
}

/// A stream that returns one piece for each read, and then an error if there is one.
struct Pieces(VecDeque<&'static str>, Option<i32>);

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match (self.0.pop_front(), self.1) {
            (Some(piece), _) => {
                into[..piece.len()].copy_from_slice(piece.as_bytes());
                Ok(piece.len())
            }
            (None, None) => Ok(0),
            (None, Some(code)) => Err(io::Error::from_raw_os_error(code)),
        }
    }
}

fn batches(
    config: InputConfig,
    pieces: &[&'static str],
    error: Option<i32>,
) -> Vec<Result<Vec<String>, String>> {
    let pieces = Pieces(pieces.iter().copied().collect(), error);
    let mut reader = open(config, Box::new(pieces)).unwrap();
    let next = || match reader.next_batch() {
        Ok(batch) => batch.map(|b| Ok(b.jobs.iter().map(show).collect())),
        Err(error) => Some(Err(error.to_string())),
    };
    std::iter::from_fn(next).collect()
}

#[test]
fn a_batch_is_what_one_read_gave() {
    let given = batches(InputConfig::default(), &["a\nb\nc", "d\n", "e", "f"], None);
    assert_eq!(given, [Ok(vec!["a".into(), "b".into()]), Ok(vec!["cd".into()]), Ok(vec!["ef".into()])]);
    let mut config = args("x y");
    config.sources.push(Source::new(SourceKind::Stdin));
    let given = batches(config, &["a\n", "b\n"], None);
    let first: Vec<_> = given.into_iter().map(Result::unwrap).collect();
    assert_eq!(first, [vec!["x,a"], vec!["x,b"], vec!["y,a", "y,b"]]);
    let given = batches(packed(PerJob::UpTo(2)), &["a\n", "b\nc\n", "d\n"], None);
    assert_eq!(given, [Ok(vec!["a/b".into()]), Ok(vec!["c/d".into()])]);
}

#[test]
fn a_read_error_comes_after_what_was_read() {
    let given = batches(InputConfig::default(), &["a\nb"], Some(5));
    assert_eq!(given, [Ok(vec!["a".into()]), Err("cannot read standard input: Input/output error".into())]);
    let given = batches(packed(PerJob::UpTo(2)), &["a\n"], Some(5));
    assert_eq!(given, [Ok(vec!["a".into()]), Err("cannot read standard input: Input/output error".into())]);
}

#[test]
fn head_does_not_wait_for_more() {
    let config = InputConfig { head: Some(1), ..InputConfig::default() };
    assert_eq!(batches(config, &["a\n"], Some(5)), [Ok(vec!["a".into()])]);
}

#[test]
fn a_million_times_a_million_starts_at_once() {
    let numbers: Vec<Vec<u8>> = (0..1_000_000).map(|i| i.to_string().into_bytes()).collect();
    let sources =
        vec![Source::new(SourceKind::Args(numbers.clone())), Source::new(SourceKind::Args(numbers))];
    let mut reader = reader(InputConfig { sources, ..InputConfig::default() }, "");
    assert_eq!(reader.total(), Some(1_000_000_000_000));
    let batch = reader.next_batch().unwrap().unwrap();
    assert_eq!((batch.jobs.len(), show(&batch.jobs[2])), (BATCH_JOBS, "0,2".to_owned()));
}

#[test]
fn a_thread_of_its_own_can_read() {
    let mut reader = reader(InputConfig::default(), "a\n");
    let batch = std::thread::scope(|s| s.spawn(move || reader.next_batch().unwrap()).join().unwrap());
    assert_eq!(batch.map(|b| b.jobs.len()), Some(1));
}
