use proptest::prelude::*;

use super::*;

/// The values of each record, and whether it ends its line.
type Cut = Vec<(Vec<Vec<u8>>, bool)>;

/// All records of a text that is pushed in these pieces.
fn cut(mut splitter: Splitter, pieces: &[&[u8]]) -> Result<Cut, SplitError> {
    let mut out = Vec::new();
    let mut pieces = pieces.iter();
    loop {
        match splitter.advance()? {
            Step::Item => {
                let mut values = Vec::new();
                splitter.record().for_each(|v| values.push(v.to_vec()));
                out.push((values, splitter.ends_line()));
            }
            Step::Pending => match pieces.next() {
                Some(piece) => splitter.buffer().push(piece),
                None => splitter.buffer().end(),
            },
            Step::End => return Ok(out),
        }
    }
}

fn by(end: &[u8], join: bool) -> Splitter {
    Splitter::new(&Records::EndedBy(end.to_vec()), &Columns::Whole, join)
}

fn values(splitter: Splitter, text: &[u8]) -> Vec<String> {
    let records = cut(splitter, &[text]).unwrap();
    records
        .iter()
        .map(|(v, _)| v.iter().map(|v| String::from_utf8_lossy(v)).collect::<Vec<_>>().join("|"))
        .collect()
}

#[test]
fn delimited_records() {
    assert_eq!(values(by(b"\n", false), b"a\n\n b \nc"), ["a", "", " b ", "c"]);
    assert_eq!(values(by(b"\n", false), b"a\n"), ["a"]);
    assert_eq!(values(by(b"\n", false), b"\n"), [""]);
    assert_eq!(values(by(b"\n", false), b""), [""; 0]);
    assert_eq!(values(by(b"\0", false), b"a\nb\0c"), ["a\nb", "c"]);
    assert_eq!(values(by(b"XY", false), b"aXYbXXYY"), ["a", "bX", "Y"]);
    assert_eq!(values(by(b"\n\n", false), b"a\nb\n\nc\n"), ["a\nb", "c\n"]);
}

#[test]
fn a_blank_at_the_end_joins_lines() {
    assert_eq!(values(by(b"\n", true), b"a b \nc\nd\t\n \ne\nf "), ["a b c", "d\t e", "f "]);
    assert_eq!(values(by(b"\n", true), b"a\n\nb"), ["a", "", "b"]);
}

#[test]
fn words_of_xargs() {
    let words = || Splitter::new(&Records::QuotedWords, &Columns::Whole, false);
    assert_eq!(values(words(), b" a  'b c'\"d\"\\ e\t\n\n'' f\\\ng\x0bh"), ["a", "b cd e", "", "f\ng\x0bh"]);
    assert_eq!(values(words(), b"a\\"), ["a"]);
    assert_eq!(values(words(), b"\\"), [""; 0]);
    let ends: Vec<bool> = cut(words(), &[b"a b \nc\n\n d"]).unwrap().iter().map(|r| r.1).collect();
    assert_eq!(ends, [false, false, true, true]);
    let error = |text: &[u8]| cut(words(), &[text]).unwrap_err();
    assert_eq!(error(b"a\n'b\nc'"), Unmatched { quote: '\'', line: 2 }.into());
    assert_eq!(error(b"a\\\nb\n \"c"), Unmatched { quote: '"', line: 3 }.into());
}

#[test]
fn lines_of_xargs() {
    let lines = Splitter::new(&Records::QuotedLines, &Columns::Whole, false);
    assert_eq!(values(lines, b"  a  b \n 'c  d' e\\\\ f\n\n \n x"), ["a  b ", "c  d e\\ f", "x"]);
}

fn csv(separator: u8) -> Splitter {
    Splitter::new(&Records::default(), &Columns::Csv { separator }, false)
}

#[test]
fn records_of_csv() {
    let text = b"a,\"b,\"\"\n\",c\r\n\n,\n\"q\"";
    assert_eq!(values(csv(b','), text), ["a|b,\"\n|c", "|", "q"]);
    assert_eq!(values(csv(b';'), b"a;b,c\rd;e\r\n\r\n\"\"\n\n"), ["a|b,c", "d|e", ""]);
    assert_eq!(values(csv(b','), b"6\" pipe, \"a\",x\"y\"\"z\n,"), ["6\" pipe| \"a\"|x\"y\"\"z", "|"]);
    assert_eq!(values(csv(b','), b""), [""; 0]);
    assert_eq!(values(csv(b','), b"\n\r\r\n"), [""; 0]);
    let wide = format!("{}\n", vec!["x".repeat(40); 40].join(","));
    assert_eq!(cut(csv(b','), &[wide.as_bytes()]).unwrap()[0].0, vec!["x".repeat(40).into_bytes(); 40]);
    let fields =
        |text: &[u8]| fields_of(text, b',').map(|row| row.values().map(<[u8]>::to_vec).collect::<Vec<_>>());
    assert_eq!(fields(b"a,\"b c\"").unwrap(), [&b"a"[..], b"b c"]);
    assert_eq!(fields(b"").unwrap(), [b""]);
    assert_eq!(fields(b"\"a").unwrap_err(), CsvError::Unclosed(1));
}

#[test]
fn what_is_not_csv_is_refused_where_it_begins() {
    let error = |text: &[u8]| cut(csv(b','), &[text]).unwrap_err();
    for (text, expected) in [
        (&b"a,b\nc,\"d\ne\nf\n"[..], CsvError::Unclosed(2)),
        (b"\"a\nb\",\"c\n\"\"\n", CsvError::Unclosed(2)),
        (b"a\r\n\r\n\"b", CsvError::Unclosed(3)),
        (b"a\r\"b", CsvError::Unclosed(2)),
        (b"\"a\nb\"c,d\n", CsvError::TextAfterQuote(2)),
        (b"x\n\"a\" ,b", CsvError::TextAfterQuote(2)),
        (b"\"a\"b", CsvError::TextAfterQuote(1)),
    ] {
        assert_eq!(error(text), expected.into(), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn a_table_has_no_byte_order_mark_and_no_carriage_returns() {
    let split = || Columns::Split(crate::input::compile_colsep("\\t").unwrap());
    let text = b"\xef\xbb\xbfa\tb\r\n1\t2\r\r\n\xef\xbb\xbfx\r";
    let lines = Splitter::new(&Records::default(), &split(), false);
    assert_eq!(values(lines, text), ["a\tb", "1\t2\r", "\u{feff}x"]);
    let quoted = Splitter::new(&Records::QuotedLines, &split(), false);
    assert_eq!(values(quoted, b"\xef\xbb\xbfa b\r\nc\r\n"), ["a b", "c"]);
    assert_eq!(values(csv(b','), b"\xef\xbb\xbf\"a\",b\r\n1"), ["a|b", "1"]);
    // Without lines and without columns, a byte order mark and a CR are ordinary bytes.
    let nul = Splitter::new(&Records::EndedBy(b"\0".to_vec()), &split(), false);
    assert_eq!(values(nul, b"a\r\0b"), ["a\r", "b"]);
    assert_eq!(values(by(b"\n", false), b"\xef\xbb\xbfa\r\n"), ["\u{feff}a\r"]);
    for short in [&b"\xef"[..], b"\xef\xbb", b"\xef\xbba"] {
        let lines = Splitter::new(&Records::default(), &split(), false);
        assert_eq!(cut(lines, &[short]).unwrap()[0].0, [short]);
    }
}

/// Random bytes with many bytes that are special for a splitter.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let special = prop::sample::select(b"\n\0 \t'\"\\,XY\r".to_vec());
    let bytes = prop::collection::vec(prop_oneof![3 => special, 2 => b'a'..=b'c', 1 => any::<u8>()], 0..80);
    let mark = prop::sample::select(vec![b"".to_vec(), BYTE_ORDER_MARK.to_vec()]);
    (mark, bytes).prop_map(|(mark, bytes)| [mark, bytes].concat())
}

/// Random lengths of pieces.
fn pieces<'a>(text: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = text;
    let mut out = Vec::new();
    for length in lengths.iter().cycle().take(text.len()) {
        let (piece, tail) = rest.split_at((*length).min(rest.len()));
        out.push(piece);
        rest = tail;
    }
    out.push(rest);
    out
}

fn every_rule() -> Vec<Splitter> {
    let tabs = Columns::Split(crate::input::compile_colsep("\\t").unwrap());
    vec![
        by(b"\n", false),
        by(b"\0", false),
        by(b"XY", false),
        by(b"XXY", false),
        by(b"\n", true),
        Splitter::new(&Records::QuotedWords, &Columns::Whole, false),
        Splitter::new(&Records::QuotedLines, &Columns::Whole, false),
        csv(b','),
        Splitter::new(&Records::default(), &tabs, false),
    ]
}

proptest! {
    #[test]
    fn chunking_makes_no_difference(text in text(), lengths in prop::collection::vec(0..9_usize, 1..20)) {
        for (whole, chunked) in every_rule().into_iter().zip(every_rule()) {
            prop_assert_eq!(cut(whole, &[&text]), cut(chunked, &pieces(&text, &lengths)));
        }
    }

    #[test]
    fn csv_that_was_written_comes_back(
        rows in prop::collection::vec(prop::collection::vec("[ab,\"\r\n ;]{0,6}", 1..5), 1..6),
        always in any::<bool>(), crlf in any::<bool>(),
    ) {
        let field = |text: &String| {
            let needs = always || text.is_empty() || text.contains(['"', ',', '\r', '\n']);
            if needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
        };
        let lines = rows.iter().map(|row| row.iter().map(field).collect::<Vec<_>>().join(","));
        let text = lines.collect::<Vec<_>>().join(if crlf { "\r\n" } else { "\n" });
        let back: Vec<Vec<Vec<u8>>> =
            cut(csv(b','), &[text.as_bytes()]).unwrap().into_iter().map(|(values, _)| values).collect();
        let rows: Vec<Vec<Vec<u8>>> =
            rows.into_iter().map(|row| row.into_iter().map(String::into_bytes).collect()).collect();
        prop_assert_eq!(back, rows);
    }

    #[test]
    fn delimited_records_put_together_are_the_input(text in text(), end in prop::sample::select(vec!["\n", "XY", "X\n"])) {
        let records = cut(by(end.as_bytes(), false), &[&text]).unwrap();
        let mut parts: Vec<Vec<u8>> = records.into_iter().map(|(mut v, _)| v.remove(0)).collect();
        for part in &parts {
            prop_assert!(memchr::memmem::find(part, end.as_bytes()).is_none());
        }
        if text.ends_with(end.as_bytes()) {
            parts.push(Vec::new());
        }
        prop_assert_eq!(parts.join(end.as_bytes()), text);
    }
}
