use super::*;
use crate::exec::Capture;
use crate::job::{Args, Seq, Slot, Usage};
use crate::run::input::job_input::JobInput;
use crate::run::job_exit::JobExit;
use adaptive_pool::time::{RunClock, Time};
use proptest::prelude::*;
use std::fs;
use std::time::Duration;

fn facts(args: &[&[u8]], out: &[u8], err: &[u8]) -> AttemptFacts {
    let args = Args::One(crate::job::Row::of(args.iter().copied()));
    let kept = KeptOutput { args, out: Capture::Memory(out.to_vec()), err: Capture::Memory(err.to_vec()) };
    AttemptFacts {
        attempt: 1,
        slot: Slot(2),
        span: None,
        began: Time::ZERO,
        took: Duration::from_millis(1500),
        usage: Usage::default(),
        exit: JobExit::Exited(3),
        command: b"a command".to_vec(),
        stderr_tail: Vec::new(),
        tails: None,
        kept: Some(Box::new(kept)),
        sent: 0,
        input: JobInput::Arguments,
        received: out.len() as u64,
        leaked: false,
        no_record: false,
        explained: false,
    }
}

fn open(path: &std::path::Path, append: bool) -> io::Result<Table> {
    let format = TableFormat::of(path.as_os_str().as_encoded_bytes()).unwrap();
    Table::open(TableConfig { path: path.to_owned(), format, append, names: Vec::new() })
}

fn add(table: &mut Table, seq: u64, facts: &AttemptFacts) {
    let kept = facts.kept.as_ref().unwrap();
    table.add(facts.record(Seq(seq), &RunClock::new()), facts, kept).unwrap();
}

/// The fields of a table, read as RFC 4180 says.
fn read(table: &[u8], separator: u8) -> Vec<Vec<Vec<u8>>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), Vec::new(), false);
    let mut bytes = table.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
                field.push(b'"');
            }
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            byte if byte == separator && !quoted => row.push(std::mem::take(&mut field)),
            byte => field.push(byte),
        }
    }
    assert!(!quoted && row.is_empty() && field.is_empty(), "the table ends with a whole row");
    rows
}

/// Bytes that are hard to quote.
fn hard() -> impl Strategy<Value = Vec<u8>> {
    let byte =
        prop_oneof![Just(b'"'), Just(b','), Just(b'\t'), Just(b'\n'), Just(b'\r'), Just(0xc3), any::<u8>()];
    proptest::collection::vec(byte, 0..12)
}

proptest! {
    #[test]
    fn a_reader_gets_the_bytes(value in hard(), out in hard(), err in hard(), tabs: bool) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(if tabs { "t.tsv" } else { "t.csv" });
        let mut table = open(&path, false).unwrap();
        add(&mut table, 1, &facts(&[&value, b"x"], &out, &err));
        let rows = read(&fs::read(&path).unwrap(), if tabs { b'\t' } else { b',' });
        prop_assert_eq!(rows.len(), 2);
        prop_assert_eq!((rows[0].len(), rows[1].len()), (18, 18));
        prop_assert_eq!(&rows[1][9..13], &[value, b"x".to_vec(), out, err]);
    }

    #[test]
    fn a_reader_of_json_gets_the_bytes(value in hard(), out in hard()) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let mut table = open(&path, false).unwrap();
        add(&mut table, 1, &facts(&[&value], &out, b""));
        let text = fs::read_to_string(&path).unwrap();
        prop_assert_eq!(text.lines().count(), 1);
        let row: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(row["stdout"].as_str().unwrap(), &String::from_utf8_lossy(&out));
        prop_assert_eq!(row["args"][0].as_str().unwrap(), &String::from_utf8_lossy(&value));
        let base64 = std::str::from_utf8(&out).is_err();
        prop_assert_eq!(row["stdout_base64"].is_string(), base64);
    }

    /// Wherever a crash has cut the file, a continued table has whole rows.
    #[test]
    fn a_torn_row_is_cut_off(out in hard(), cut in 0usize..400, json: bool) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(if json { "t.jsonl" } else { "t.csv" });
        let mut table = open(&path, false).unwrap();
        (1..=3).for_each(|seq| add(&mut table, seq, &facts(&[b"v"], &out, b"")));
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len().saturating_sub(cut)]).unwrap();
        add(&mut open(&path, true).unwrap(), 9, &facts(&[b"v"], &out, b""));
        let table = fs::read(&path).unwrap();
        if json {
            let rows: Vec<serde_json::Value> =
                String::from_utf8(table).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            prop_assert_eq!(&rows[rows.len() - 1]["seq"], 9);
        } else {
            let rows = read(&table, b',');
            prop_assert_eq!(&rows[0][0], b"Seq");
            prop_assert!(rows.iter().all(|row| row.len() == 17));
            prop_assert_eq!(&rows[rows.len() - 1][0], b"9");
        }
    }
}

#[test]
fn rows_have_the_columns_of_the_first_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.csv");
    let mut table = open(&path, false).unwrap();
    for (seq, args) in [(1, &[&b"a"[..], b"b"][..]), (2, &[b"c"]), (3, &[b"d", b"e", b"f"])] {
        add(&mut table, seq, &facts(args, b"", b""));
    }
    let rows = read(&fs::read(&path).unwrap(), b',');
    let values: Vec<String> =
        rows.iter().map(|row| String::from_utf8(row[9..11].join(&b'|')).unwrap()).collect();
    assert_eq!(values, ["V1|V2", "a|b", "c|", "d|e f"]);
    add(&mut open(&path, true).unwrap(), 4, &facts(&[b"g"], b"", b""));
    let rows = read(&fs::read(&path).unwrap(), b',');
    assert_eq!((rows.len(), rows[4].len()), (5, 18));
}

#[test]
fn another_file_is_not_continued() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.csv");
    fs::write(&path, "name,age\nx,1\n").unwrap();
    assert_eq!(open(&path, true).unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert_eq!(fs::read_to_string(&path).unwrap(), "name,age\nx,1\n");
}

#[test]
fn a_large_output_is_cut_into_pieces_between_characters() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.jsonl");
    let out = "a€".repeat(40_000);
    let mut table = open(&path, false).unwrap();
    add(&mut table, 1, &facts(&[], out.as_bytes(), b""));
    let row: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(row["stdout"] == out.as_str() && row["stdout_base64"].is_null());
}
