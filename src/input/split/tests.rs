use proptest::prelude::*;

use super::*;

/// The values of each record, and whether it ends its line.
type Cut = Vec<(Vec<Vec<u8>>, bool)>;

/// All records of the text that comes in these pieces.
fn cut(mut splitter: Splitter, pieces: &[&[u8]]) -> Result<Cut, Unmatched> {
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
    assert_eq!(error(b"a\n'b\nc'"), Unmatched { quote: '\'', line: 2 });
    assert_eq!(error(b"a\\\nb\n \"c"), Unmatched { quote: '"', line: 3 });
}

#[test]
fn lines_of_xargs() {
    let lines = Splitter::new(&Records::QuotedLines, &Columns::Whole, false);
    assert_eq!(values(lines, b"  a  b \n 'c  d' e\\\\ f\n\n \n x"), ["a  b ", "c  d e\\ f", "x"]);
}

#[test]
fn records_of_csv() {
    let csv = |separator, end: &[u8]| {
        Splitter::new(&Records::EndedBy(end.to_vec()), &Columns::Csv { separator }, false)
    };
    let text = b"a,\"b,\"\"\n\",c\r\n\n,\n\"q\"";
    assert_eq!(values(csv(b',', b"\n"), text), ["a|b,\"\n|c", "|", "q"]);
    assert_eq!(values(csv(b';', b"\0"), b"a;b,\nc\0d;e\0"), ["a|b,\nc", "d|e"]);
    let wide = format!("{}\n", vec!["x".repeat(40); 40].join(","));
    assert_eq!(
        cut(csv(b',', b"\n"), &[wide.as_bytes()]).unwrap()[0].0,
        vec!["x".repeat(40).into_bytes(); 40]
    );
    assert_eq!(fields_of(b"a,\"b c\"", b',').values().collect::<Vec<_>>(), [&b"a"[..], b"b c"]);
    assert_eq!(fields_of(b"", b',').values().collect::<Vec<_>>(), [&b""[..]]);
}

/// Bytes in which everything that means something to one of the splitters is frequent.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let special = prop::sample::select(b"\n\0 \t'\"\\,XY\r".to_vec());
    prop::collection::vec(prop_oneof![3 => special, 2 => b'a'..=b'c', 1 => any::<u8>()], 0..80)
}

/// Places to cut, as lengths of the pieces.
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
    let csv = Columns::Csv { separator: b',' };
    vec![
        by(b"\n", false),
        by(b"\0", false),
        by(b"XY", false),
        by(b"XXY", false),
        by(b"\n", true),
        Splitter::new(&Records::QuotedWords, &Columns::Whole, false),
        Splitter::new(&Records::QuotedLines, &Columns::Whole, false),
        Splitter::new(&Records::default(), &csv, false),
        Splitter::new(&Records::EndedBy(b"\0".to_vec()), &csv, false),
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
