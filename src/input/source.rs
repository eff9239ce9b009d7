//! One source. It is opened before any job runs, and then read in small pieces.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::ahead::{Reach, share};
use super::config::{Columns, InputConfig, PerJob, SourceKind};
use super::error::{CsvPlace, InputError};
use super::split::{CsvError, Record, SplitError, Splitter, Step, Unmatched, fields_of};
use crate::job::Row;
use crate::sys::fault::{Call, Fallible};

/// A stream of records from one source.
pub struct SourceReader {
    feed: Feed,
    /// `-E`.
    end_marker: Option<Vec<u8>>,
    /// `-r`.
    skip_empty: bool,
    ended: bool,
}

/// The maximum size of a record, in bytes. No command line has room for more, so a longer record means a wrong
/// delimiter or a file that is not a list. Without a limit it would take all memory.
const LONGEST: usize = 64 << 20;

enum Feed {
    Stream { from: Box<dyn Read + Send>, name: Option<Vec<u8>>, splitter: Splitter },
    Words { rest: std::vec::IntoIter<Vec<u8>>, now: Word, csv: Option<u8> },
}

/// The word of the command line from the last step.
enum Word {
    Whole(Vec<u8>),
    Fields(Row),
}

impl SourceReader {
    /// Opens one source. The source that is standard input takes `stdin`.
    pub fn open(
        kind: SourceKind,
        config: &InputConfig,
        stdin: &mut Option<Box<dyn Read + Send>>,
    ) -> Result<SourceReader, InputError> {
        Ok(match kind {
            SourceKind::Stdin => {
                SourceReader::stream(stdin.take().ok_or(InputError::StdinTwice)?, None, config)
            }
            SourceKind::File(path) => {
                let (file, name) = open_named(&path)?;
                SourceReader::stream(Box::new(Fallible(file, Call::Read)), Some(name), config)
            }
            SourceKind::Args(words) => SourceReader::words(words, config),
        })
    }

    /// Opens one source for two readers: that of the jobs, and a scout ahead of it. `stdin_length`: the bytes of a
    /// standard input that is a file.
    pub fn open_shared(
        kind: SourceKind,
        config: &InputConfig,
        stdin: &mut Option<Box<dyn Read + Send>>,
        stdin_length: Option<u64>,
    ) -> Result<(SourceReader, SourceReader, Option<Reach>), InputError> {
        let (from, name, length): (Box<dyn Read + Send>, _, _) = match kind {
            SourceKind::Stdin => (stdin.take().ok_or(InputError::StdinTwice)?, None, stdin_length),
            SourceKind::File(path) => {
                let (file, name) = open_named(&path)?;
                let length =
                    file.metadata().ok().filter(|of| of.is_file() && of.len() > 0).map(|of| of.len());
                (Box::new(Fallible(file, Call::Read)), Some(name), length)
            }
            SourceKind::Args(words) => {
                return Ok((
                    SourceReader::words(words.clone(), config),
                    SourceReader::words(words, config),
                    None,
                ));
            }
        };
        let (jobs, scout, reach) = share(from, length);
        let jobs = SourceReader::stream(Box::new(jobs), name.clone(), config);
        Ok((jobs, SourceReader::stream(Box::new(scout), name, config), reach))
    }

    fn stream(from: Box<dyn Read + Send>, name: Option<Vec<u8>>, config: &InputConfig) -> SourceReader {
        let join = matches!(config.packing.per_job, PerJob::Lines(_));
        let splitter = Splitter::new(&config.records, &config.columns, join);
        SourceReader::of(Feed::Stream { from, name, splitter }, config)
    }

    fn words(words: Vec<Vec<u8>>, config: &InputConfig) -> SourceReader {
        let csv = match config.columns {
            Columns::Csv { separator } => Some(separator),
            _ => None,
        };
        SourceReader::of(Feed::Words { rest: words.into_iter(), now: Word::Whole(Vec::new()), csv }, config)
    }

    fn of(feed: Feed, config: &InputConfig) -> SourceReader {
        let end_marker = config.end_marker.clone();
        SourceReader { feed, end_marker, skip_empty: config.skip_empty, ended: false }
    }

    /// Advances to the next record. Reads, and blocks, only if it may.
    #[inline]
    pub fn advance(&mut self, may_read: bool) -> Result<Step, InputError> {
        while !self.ended {
            match self.feed.advance(may_read)? {
                Step::Pending => return Ok(Step::Pending),
                Step::End => self.ended = true,
                Step::Item if self.is_end_marker() => self.ended = true,
                Step::Item if self.skip_empty && is_blank(self.record()) => {}
                Step::Item => return Ok(Step::Item),
            }
        }
        Ok(Step::End)
    }

    /// The record of the last step.
    #[inline]
    pub fn record(&self) -> Record<'_> {
        match &self.feed {
            Feed::Stream { splitter, .. } => splitter.record(),
            Feed::Words { now: Word::Whole(word), .. } => Record::Value(word),
            Feed::Words { now: Word::Fields(row), .. } => Record::Fields(row),
        }
    }

    /// True if the record is the last one of its line.
    pub fn ends_line(&self) -> bool {
        match &self.feed {
            Feed::Stream { splitter, .. } => splitter.ends_line(),
            Feed::Words { .. } => true,
        }
    }

    /// The remaining records, if they are known: the words of the command line.
    pub fn words_to_come(&self) -> Option<impl Iterator<Item = &[u8]>> {
        let words = match &self.feed {
            Feed::Stream { .. } => return None,
            // The contents of the quotes decide which records are skipped.
            Feed::Words { csv: Some(_), .. } if self.skip_empty || self.end_marker.is_some() => return None,
            Feed::Words { .. } if self.ended => &[][..],
            Feed::Words { rest, .. } => rest.as_slice(),
        };
        let until = |word: &&Vec<u8>| self.end_marker.as_ref() != Some(*word);
        let wanted = |word: &&[u8]| !(self.skip_empty && is_blank(Record::Value(word)));
        Some(words.iter().take_while(until).map(Vec::as_slice).filter(wanted))
    }

    #[inline]
    fn is_end_marker(&self) -> bool {
        match &self.end_marker {
            None => false,
            Some(marker) => match self.record() {
                Record::Value(value) => value == marker,
                Record::Fields(row) => row.len() == 1 && row.get(0) == Some(marker),
            },
        }
    }
}

impl Feed {
    #[inline]
    fn advance(&mut self, may_read: bool) -> Result<Step, InputError> {
        match self {
            Feed::Stream { from, name, splitter } => loop {
                let csv = |error| InputError::Csv { error, place: CsvPlace::Stream(name.clone()) };
                let step = splitter.advance().map_err(|error| match error {
                    SplitError::Unmatched(Unmatched { quote, line }) => {
                        InputError::Unmatched { quote, line, name: name.clone() }
                    }
                    SplitError::Csv(error) => csv(error),
                })?;
                if step != Step::Pending || !may_read {
                    return Ok(step);
                }
                if splitter.unfinished() > LONGEST {
                    let endless = || InputError::Endless { name: name.clone() };
                    return Err(splitter
                        .open_quote()
                        .map_or_else(endless, |line| csv(CsvError::TooLong(line))));
                }
                splitter
                    .buffer()
                    .fill(from.as_mut())
                    .map_err(|error| InputError::Read { name: name.clone(), error })?;
            },
            Feed::Words { rest, now, csv } => {
                let Some(word) = rest.next() else { return Ok(Step::End) };
                *now = match csv {
                    Some(separator) => match fields_of(&word, *separator) {
                        Ok(row) => Word::Fields(row),
                        Err(error) => {
                            return Err(InputError::Csv { error, place: CsvPlace::Word(word) });
                        }
                    },
                    None => Word::Whole(word),
                };
                Ok(Step::Item)
            }
        }
    }
}

/// Opens a file for reading. Its name is for messages.
fn open_named(path: &Path) -> Result<(File, Vec<u8>), InputError> {
    let name = path.as_os_str().as_bytes().to_vec();
    match open_file(path) {
        Ok(file) => Ok((file, name)),
        Err(error) => Err(InputError::Read { name: Some(name), error }),
    }
}

/// Opens a file for reading. A directory can be opened but not read; the error is returned now.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_dir() {
        let read = file.read(&mut [0; 1])?;
        debug_assert_eq!(read, 0, "a directory gives no bytes");
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

fn is_blank(record: Record<'_>) -> bool {
    let mut blank = true;
    record.for_each(|value| blank &= value.iter().all(u8::is_ascii_whitespace));
    blank
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::config::{Columns, Records};

    /// Returns one piece for each read, and then an error.
    struct Broken(Vec<&'static [u8]>);

    impl Read for Broken {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::Error::from_raw_os_error(5));
            }
            let piece = self.0.remove(0);
            into[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn open(kind: SourceKind, config: &InputConfig, stdin: &str) -> Result<SourceReader, InputError> {
        let stdin: Box<dyn Read + Send> = Box::new(io::Cursor::new(stdin.to_owned().into_bytes()));
        SourceReader::open(kind, config, &mut Some(stdin))
    }

    #[test]
    fn a_record_without_an_end_is_refused_before_it_takes_all_memory() {
        struct Endless(u64);
        impl Read for Endless {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                into.fill(b'a');
                self.0 += into.len() as u64;
                assert!(self.0 < 100 << 20, "it reads on");
                Ok(into.len())
            }
        }
        let csv = Columns::Csv { separator: b',' };
        for (records, columns) in [
            (Records::default(), Columns::Whole),
            (Records::EndedBy(b"xy".to_vec()), Columns::Whole),
            (Records::QuotedWords, Columns::Whole),
            (Records::default(), csv),
        ] {
            let config = InputConfig { records, columns, ..InputConfig::default() };
            let mut source =
                SourceReader::open(SourceKind::Stdin, &config, &mut Some(Box::new(Endless(0)))).unwrap();
            assert!(matches!(source.advance(true), Err(InputError::Endless { name: None })));
        }
    }

    fn rest(source: &mut SourceReader) -> Vec<String> {
        let mut out = Vec::new();
        while source.advance(true).unwrap() == Step::Item {
            let row = source.record().to_row();
            out.push(row.values().map(|v| String::from_utf8_lossy(v)).collect::<Vec<_>>().join("|"));
        }
        assert_eq!(source.advance(true).unwrap(), Step::End);
        out
    }

    #[test]
    fn what_cannot_be_read_is_named_before_anything_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().display().to_string();
        let error = |path: String| {
            open(SourceKind::File(path.into()), &InputConfig::default(), "").err().unwrap().to_string()
        };
        assert_eq!(error(at.clone()), format!("cannot read {at}: Is a directory"));
        assert_eq!(error(format!("{at}/x\ty")), format!("cannot read {at}/x\\ty: No such file or directory"));
    }

    #[test]
    fn an_error_in_the_middle_is_no_end() {
        let stdin: Box<dyn Read + Send> = Box::new(Broken(vec![b"a\nb", b"c\nd"]));
        let config = InputConfig::default();
        let mut source = SourceReader::open(SourceKind::Stdin, &config, &mut Some(stdin)).unwrap();
        assert_eq!(source.advance(false).unwrap(), Step::Pending);
        assert_eq!(source.advance(true).unwrap(), Step::Item);
        assert_eq!(source.advance(false).unwrap(), Step::Pending);
        assert_eq!(source.advance(true).unwrap(), Step::Item);
        assert!(matches!(source.record(), Record::Value(b"bc")));
        let error = source.advance(true).unwrap_err();
        assert_eq!(error.to_string(), "cannot read standard input: Input/output error");
    }

    #[test]
    fn standard_input_is_one_source_only() {
        let error = SourceReader::open(SourceKind::Stdin, &InputConfig::default(), &mut None).err().unwrap();
        assert!(matches!(error, InputError::StdinTwice));
    }

    #[test]
    fn a_file_is_read_and_quotes_name_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a\n'b\n").unwrap();
        let kind = || SourceKind::File(file.path().into());
        assert_eq!(rest(&mut open(kind(), &InputConfig::default(), "").unwrap()), ["a", "'b"]);
        let config = InputConfig { records: super::super::Records::QuotedWords, ..InputConfig::default() };
        let mut source = open(kind(), &config, "").unwrap();
        assert_eq!(source.advance(true).unwrap(), Step::Item);
        let error = source.advance(true).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "unmatched single quote in line 2 of {}; use -d '\\n' or -0 to take quotes as they are",
                file.path().display()
            )
        );
    }

    #[test]
    fn end_marker_and_empty_records() {
        let mut config = InputConfig { skip_empty: true, ..InputConfig::default() };
        assert_eq!(rest(&mut open(SourceKind::Stdin, &config, "a\n\n \t\nb\n\nc").unwrap()), ["a", "b", "c"]);
        config.end_marker = Some(b"b".to_vec());
        assert_eq!(rest(&mut open(SourceKind::Stdin, &config, "a\n\nb\nc\n").unwrap()), ["a"]);
        let words = || SourceKind::Args(vec![b"a".to_vec(), b" ".to_vec(), b"b".to_vec(), b"c".to_vec()]);
        let mut source = open(words(), &config, "").unwrap();
        assert_eq!(source.words_to_come().unwrap().count(), 1);
        assert_eq!(rest(&mut source), ["a"]);
        config.columns = Columns::Csv { separator: b',' };
        assert_eq!(rest(&mut open(SourceKind::Stdin, &config, "a,\"x\ny\"\nb\nc\n").unwrap()), ["a|x\ny"]);
        assert_eq!(rest(&mut open(words(), &config, "").unwrap()), ["a"]);
    }
}
