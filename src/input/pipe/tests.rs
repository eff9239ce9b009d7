use std::collections::VecDeque;
use std::io;
use std::path::Path;

use proptest::prelude::*;

use super::*;

/// Returns one piece for each read, and then an error if there is one. A piece that does not fit takes several reads.
struct Pieces(VecDeque<Vec<u8>>, Option<i32>);

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match (self.0.pop_front(), self.1) {
            (Some(mut piece), _) => {
                let n = piece.len().min(into.len());
                into[..n].copy_from_slice(&piece[..n]);
                if n < piece.len() {
                    self.0.push_front(piece.split_off(n));
                }
                Ok(n)
            }
            (None, None) => Ok(0),
            (None, Some(code)) => Err(io::Error::from_raw_os_error(code)),
        }
    }
}

fn config(block: usize, recend: &str, recstart: &str) -> PipeConfig {
    PipeConfig { block, recend: recend.into(), recstart: recstart.into(), ..PipeConfig::default() }
}

fn blocks_of(config: &PipeConfig, text: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    headed_blocks(config, None, text, sizes)
}

fn headed_blocks(config: &PipeConfig, header: Option<&str>, text: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut rest = text;
    let mut pieces = VecDeque::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, tail) = rest.split_at((*size).min(rest.len()));
        pieces.push_back(piece.to_vec());
        rest = tail;
    }
    let mut reader = BlockReader::new(config.clone(), Box::new(Pieces(pieces, None)), None);
    if let Some(header) = header {
        reader = reader.with_header(Regex::new(header).unwrap());
    }
    let mut blocks = Vec::new();
    while let Some(block) = reader.next_block().unwrap() {
        blocks.push(block.clone());
        reader.give_back(block);
    }
    assert_eq!(reader.next_block().unwrap(), None);
    blocks
}

fn blocks(config: &PipeConfig, text: &str) -> Vec<String> {
    let blocks = blocks_of(config, text.as_bytes(), &[3, 1, 4]);
    blocks.into_iter().map(|b| String::from_utf8(b).unwrap()).collect()
}

#[test]
fn blocks_end_where_records_do() {
    assert_eq!(
        blocks(&config(5, "\n", ""), "a\nb\nccc\ndddddddd\ne"),
        ["a\nb\n", "ccc\n", "dddddddd\n", "e"]
    );
    assert_eq!(blocks(&config(4, "\n", ""), "aaa\nbbb\n"), ["aaa\n", "bbb\n"]);
    assert_eq!(blocks(&config(9, "\n", ""), ""), [""; 0]);
    assert_eq!(blocks(&config(5, "", ">"), ">a\n>b\n>ccccc\n>d"), [">a\n", ">b\n", ">ccccc\n>d"]);
    assert_eq!(blocks(&config(8, "\n", ">"), ">a\nb\n>c\nd\n>e"), [">a\nb\n", ">c\nd\n>e"]);
    assert_eq!(blocks(&config(3, "", ""), "abcdefgh"), ["abc", "def", "gh"]);
}

#[test]
fn so_many_records_a_block() {
    let by = |n, recend, recstart| PipeConfig { records: Some(n), ..config(1, recend, recstart) };
    assert_eq!(blocks(&by(2, "\n", ""), "a\n\nb\ncc\nd"), ["a\n\n", "b\ncc\n", "d"]);
    assert_eq!(blocks(&by(1, "", ">"), "x>a>>b"), ["x", ">a", ">", ">b"]);
    assert_eq!(blocks(&by(2, "\n", ">"), ">a\nx\n>b\n>c\n"), [">a\nx\n>b\n", ">c\n"]);
    assert_eq!(blocks(&by(1, "XY", ""), "aXYbXXYc"), ["aXY", "bXXY", "c"]);
    assert_eq!(blocks(&by(3, "", ""), "abcdefgh"), ["abc", "def", "gh"]);
}

#[test]
fn the_header_stands_on_every_block() {
    let headed = PipeConfig { header: 1, ..config(4, "\n", "") };
    assert_eq!(blocks(&headed, "h\na\nb\nc\nd\n"), ["h\na\nb\n", "h\nc\nd\n"]);
    let counted = PipeConfig { header: 2, records: Some(1), ..config(4, "\n", "") };
    assert_eq!(blocks(&counted, "h\ni\na\nb\n"), ["h\ni\na\n", "h\ni\nb\n"]);
    assert_eq!(blocks(&headed, "h\n"), [""; 0]);
}

#[test]
fn an_error_in_the_middle_is_no_end() {
    for records in [None, Some(3)] {
        let pieces = Pieces(VecDeque::from([b"a\nb\n".to_vec()]), Some(5));
        let config = PipeConfig { records, ..PipeConfig::default() };
        let mut reader = BlockReader::new(config, Box::new(pieces), Some(b"f".to_vec()));
        assert_eq!(reader.next_block().unwrap(), Some(b"a\nb\n".to_vec()));
        assert_eq!(reader.next_block().unwrap_err().to_string(), "cannot read f: Input/output error");
    }
}

fn parts(config: &PipeConfig, text: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let mut cutter = FileBlocks::open(file.path(), config).unwrap();
    let mut out = Vec::new();
    while let Some(range) = cutter.next_block().unwrap() {
        out.push(text[range.start as usize..range.end as usize].to_vec());
    }
    assert_eq!(out.iter().map(Vec::len).sum::<usize>() as u64, cutter.size());
    (cutter.header().to_vec(), out)
}

#[test]
fn parts_of_a_file() {
    let (header, blocks) = parts(&PipeConfig { header: 1, ..config(3, "\n", "") }, b"head\na\nb\nccc\nd");
    assert_eq!(
        (header, blocks),
        (b"head\n".to_vec(), vec![b"a\nb\n".to_vec(), b"ccc\n".to_vec(), b"d".to_vec()])
    );
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().display().to_string();
    let error =
        |path: &str| FileBlocks::open(Path::new(path), &PipeConfig::default()).err().unwrap().to_string();
    assert_eq!(error(&at), format!("cannot read {at}: Is a directory"));
    assert_eq!(error("/dev/null"), "cannot cut /dev/null into parts: it is not a regular file");
    if cfg!(target_os = "linux") {
        let want = "cannot cut /proc/self/stat into parts: its size is not known; use --pipe";
        assert_eq!(error("/proc/self/stat"), want);
    }
}

#[test]
fn a_file_that_becomes_shorter_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "a\nb\nc\nd\ne\nf\n").unwrap();
    let mut cutter = FileBlocks::open(file.path(), &config(3, "\n", "")).unwrap();
    file.as_file().set_len(2).unwrap();
    let error = cutter.next_block().unwrap_err().to_string();
    assert_eq!(error, format!("cannot read {}: it became shorter while it was read", file.path().display()));
}

/// True if `place` is between two records.
fn is_cut(config: &PipeConfig, text: &[u8], place: usize) -> bool {
    let (before, behind) = text.split_at(place);
    before.ends_with(&config.recend) && behind.starts_with(&config.recstart) && !before.is_empty()
}

proptest! {
    #[test]
    fn nothing_is_torn_or_lost(
        text in prop::collection::vec(prop::sample::select(b"\n>Xa".to_vec()), 0..90),
        sizes in prop::collection::vec(1..9_usize, 1..5), block in 1..20_usize, records in prop::option::of(1..4_u64),
        (recend, recstart) in prop::sample::select(vec![("\n", ""), ("", ">"), ("\n", ">"), ("X\n", ""), ("", ""), ("Xa", "X")]),
    ) {
        let config = PipeConfig { records, ..config(block, recend, recstart) };
        let blocks = blocks_of(&config, &text, &sizes);
        prop_assert_eq!(&blocks, &blocks_of(&config, &text, &[1000]));
        prop_assert_eq!(blocks.concat(), text.clone());
        let mut at = 0;
        for (i, part) in blocks.iter().enumerate() {
            prop_assert!(!part.is_empty());
            if i + 1 < blocks.len() {
                prop_assert!(is_cut(&config, &text, at + part.len()));
                let inside = (1..part.len()).filter(|k| is_cut(&config, &text, at + k)).count();
                if let Some(n) = records {
                    prop_assert_eq!(inside as u64, n - 1);
                } else {
                    // A block is longer than its size only if a record is.
                    let room = block.saturating_sub(recstart.len());
                    let early = (1..=room).any(|k| is_cut(&config, &text, at + k));
                    prop_assert!(part.len() <= block || !early, "{part:?} could have ended earlier");
                }
            }
            at += part.len();
        }
        if records.is_none() {
            let (_, parts) = parts(&config, &text);
            prop_assert_eq!(parts.concat(), text.clone());
            let mut at = 0;
            for part in &parts[..parts.len().saturating_sub(1)] {
                at += part.len();
                prop_assert!(is_cut(&config, &text, at) && part.len() >= block);
                let early = (at - part.len() + block..at).any(|k| is_cut(&config, &text, k));
                prop_assert!(!early, "{part:?} could have ended earlier");
            }
        }
    }
}

proptest! {
    /// A resumed run reads the same stream in other pieces. Its jobs must be the same.
    #[test]
    fn the_sizes_of_the_reads_do_not_decide_the_blocks(
        text in prop::collection::vec(prop::sample::select(b"\n>Xa".to_vec()), 0..90),
        sizes in prop::collection::vec(1..9_usize, 1..5), block in 1..20_usize, records in prop::option::of(1..4_u64),
        (recend, recstart) in prop::sample::select(vec![("\n", ""), ("", ">"), ("\n", ">"), ("X\n", ""), ("Xa", "X")]),
        (lines, pattern) in prop::sample::select(vec![(1, None), (2, None), (3, None), (0, Some("^(?:[aX]*\n)")), (0, Some("^(?:.*>)"))]),
    ) {
        let config = PipeConfig { records, header: lines, ..config(block, recend, recstart) };
        let blocks = headed_blocks(&config, pattern, &text, &sizes);
        prop_assert_eq!(&blocks, &headed_blocks(&config, pattern, &text, &[1000]));
        prop_assert_eq!(blocks, headed_blocks(&config, pattern, &text, &[1]));
    }
}

#[test]
fn a_block_behind_a_header_is_cut_within_its_size() {
    let headed = PipeConfig { header: 1, ..config(4, "\n", "") };
    let text = b"h\na\nb\nc\nd\ne\nf\n";
    let want: [&[u8]; 3] = [b"h\na\nb\n", b"h\nc\nd\n", b"h\ne\nf\n"];
    for sizes in [&[1000][..], &[1], &[3, 5]] {
        assert_eq!(blocks_of(&headed, text, sizes), want, "{sizes:?}");
        let counted = PipeConfig { header: 0, ..headed.clone() };
        assert_eq!(headed_blocks(&counted, Some("^h\n"), text, sizes), want, "{sizes:?}");
    }
}

/// What was read whole before the stream failed makes a block, and then the failure is told.
#[test]
fn a_stream_that_fails_gives_its_whole_records_first() {
    for config in [config(1000, "\n", ""), PipeConfig { records: Some(9), ..config(1000, "\n", "") }] {
        let pieces = VecDeque::from([b"a\nb".to_vec(), b"c\nd".to_vec()]);
        let mut reader = BlockReader::new(config.clone(), Box::new(Pieces(pieces, Some(5))), None);
        assert_eq!(reader.next_block().unwrap(), Some(b"a\nbc\n".to_vec()), "{config:?}");
        assert!(reader.next_block().is_err(), "{config:?}");
        let torn = VecDeque::from([b"a".to_vec()]);
        let mut reader = BlockReader::new(config, Box::new(Pieces(torn, Some(5))), None);
        assert!(reader.next_block().is_err());
    }
}
