//! Splits a record into values: columns, trimming and the header.

use regex::bytes::Regex;

use super::config::{Columns, InputConfig, Trim};
use super::error::InputError;
use super::source::SourceReader;
use super::split::{Record, Step};
use crate::job::Row;

/// A stream of rows of values from one source.
pub struct ColumnReader {
    source: SourceReader,
    colsep: Option<Separator>,
    trim: Trim,
    /// The names, or `None` before the header has been read.
    names: Option<Vec<Vec<u8>>>,
    /// The values of the last step, unless they are the unchanged record.
    row: Row,
    /// True if the values are in `row`.
    in_row: bool,
}

impl ColumnReader {
    /// A reader of the values of `source`.
    pub fn new(source: SourceReader, config: &InputConfig) -> ColumnReader {
        let colsep = match &config.columns {
            Columns::Split(regex) => Some(Separator::of(regex)),
            Columns::Whole | Columns::Csv { .. } => None,
        };
        let usual = if colsep.is_some() { Trim::Both } else { Trim::Neither };
        let names = if config.header { None } else { Some(Vec::new()) };
        ColumnReader {
            source,
            colsep,
            trim: config.trim.unwrap_or(usual),
            names,
            row: Row::default(),
            in_row: false,
        }
    }

    /// Advances to the next row.
    #[inline]
    pub fn advance(&mut self, may_read: bool) -> Result<Step, InputError> {
        if self.names.is_none() && !self.read_header(may_read)? {
            return Ok(Step::Pending);
        }
        self.next(may_read)
    }

    /// The values of the last step.
    #[inline]
    pub fn record(&self) -> Record<'_> {
        if self.in_row {
            return Record::Fields(&self.row);
        }
        match self.source.record() {
            Record::Value(value) => Record::Value(trim(value, self.trim)),
            fields @ Record::Fields(_) => fields,
        }
    }

    /// The names from the first record. Empty without `--header` or without a record. Blocks until the record has
    /// been read.
    pub fn header(&mut self) -> Result<&[Vec<u8>], InputError> {
        if self.names.is_none() {
            self.read_header(true)?;
        }
        Ok(self.names.as_deref().unwrap_or_default())
    }

    /// The number of remaining rows and the highest cost of one, if they are words of the command line.
    pub fn known(&self, cost: &dyn Fn(&[u8]) -> usize) -> Option<(u64, usize)> {
        let header = usize::from(self.names.is_none());
        let costs = self.source.words_to_come()?.skip(header).map(|word| match &self.colsep {
            None => cost(word),
            Some(colsep) => {
                let mut sum = 0;
                colsep.split(word, |value| sum += cost(value));
                sum
            }
        });
        Some(costs.fold((0, 0), |(rows, most), cost| (rows + 1, most.max(cost))))
    }

    /// True if the row is the last one of its line.
    pub fn ends_line(&self) -> bool {
        self.source.ends_line()
    }

    /// Takes the row of the last step; its record is no longer available.
    pub fn take_row(&mut self) -> Row {
        if std::mem::take(&mut self.in_row) { std::mem::take(&mut self.row) } else { self.record().to_row() }
    }

    /// True if the header has been read, or if there is none.
    fn read_header(&mut self, may_read: bool) -> Result<bool, InputError> {
        let mut names = Vec::new();
        match self.next(may_read)? {
            Step::Pending => return Ok(false),
            Step::Item => self.record().for_each(|name| names.push(name.to_vec())),
            Step::End => {}
        }
        self.names = Some(names);
        Ok(true)
    }

    #[inline]
    fn next(&mut self, may_read: bool) -> Result<Step, InputError> {
        let step = self.source.advance(may_read)?;
        if step == Step::Item {
            match (self.source.record(), &self.colsep) {
                (Record::Value(_), None) => self.in_row = false,
                (Record::Value(value), Some(colsep)) => {
                    let mut row = Row::of(std::iter::empty());
                    colsep.split(value, |v| row.push(trim(v, self.trim)));
                    self.row = row;
                    self.in_row = true;
                }
                (Record::Fields(_), _) if self.trim == Trim::Neither => self.in_row = false,
                (Record::Fields(row), _) => {
                    self.row = Row::of(row.values().map(|v| trim(v, self.trim)));
                    self.in_row = true;
                }
            }
        }
        Ok(step)
    }
}

/// The separator of columns.
enum Separator {
    /// A single byte, the usual case. Several times as fast as a regular expression.
    Byte(u8),
    Regex(Regex),
}

impl Separator {
    fn of(regex: &Regex) -> Separator {
        match regex.as_str().as_bytes() {
            b"\\t" => Separator::Byte(b'\t'),
            [byte @ (b'\t' | b' ' | b',' | b';' | b':' | b'/' | b'=' | b'@' | b'%' | b'!')] => {
                Separator::Byte(*byte)
            }
            [byte] if byte.is_ascii_alphanumeric() => Separator::Byte(*byte),
            _ => Separator::Regex(regex.clone()),
        }
    }

    fn split<'a>(&self, value: &'a [u8], mut each: impl FnMut(&'a [u8])) {
        match self {
            Separator::Byte(byte) => value.split(|b| b == byte).for_each(each),
            Separator::Regex(regex) => regex.split(value).for_each(&mut each),
        }
    }
}

/// A value without the white space at its ends.
#[inline]
fn trim(value: &[u8], trim: Trim) -> &[u8] {
    match trim {
        Trim::Neither => value,
        Trim::Left => value.trim_ascii_start(),
        Trim::Right => value.trim_ascii_end(),
        Trim::Both => value.trim_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::{SourceKind, compile_colsep};
    use super::*;

    fn rows(config: &InputConfig, text: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let stdin: Box<dyn std::io::Read + Send> =
            Box::new(std::io::Cursor::new(text.to_owned().into_bytes()));
        let source = SourceReader::open(SourceKind::Stdin, config, &mut Some(stdin)).unwrap();
        let mut reader = ColumnReader::new(source, config);
        let text = |v: &[u8]| String::from_utf8_lossy(v).into_owned();
        let names = reader.header().unwrap().iter().map(|v| text(v)).collect();
        let mut out = Vec::new();
        while reader.advance(true).unwrap() == Step::Item {
            let mut row = Vec::new();
            reader.record().for_each(|v| row.push(text(v)));
            out.push(row);
        }
        (names, out)
    }

    fn colsep(expression: &str) -> InputConfig {
        InputConfig { columns: Columns::Split(compile_colsep(expression).unwrap()), ..InputConfig::default() }
    }

    #[test]
    fn colsep_cuts_and_trims() {
        assert_eq!(
            rows(&colsep(","), "a , b\n\n,c,,\n").1,
            [vec!["a", "b"], vec![""], vec!["", "c", "", ""]]
        );
        assert_eq!(rows(&colsep(r"\s+|;"), "a \t b;c").1, [["a", "b", "c"]]);
        for expression in [",", "[,]"] {
            assert_eq!(rows(&colsep(expression), ",a,,b,").1, [["", "a", "", "b", ""]]);
        }
        assert_eq!(rows(&colsep("\\t"), "a,\tb\\t").1, [["a,", "b\\t"]]);
        assert_eq!(rows(&colsep("."), "ab").1, [["", "", ""]]);
        let raw = InputConfig { trim: Some(Trim::Neither), ..colsep(",") };
        assert_eq!(rows(&raw, "a , b").1, [["a ", " b"]]);
    }

    #[test]
    fn trim_takes_white_space_from_the_ends() {
        let trimmed = |how: &str| {
            let config = InputConfig { trim: Some(how.parse().unwrap()), ..InputConfig::default() };
            rows(&config, "\t a b \r\n").1.remove(0).remove(0)
        };
        assert_eq!([trimmed("n"), trimmed("l"), trimmed("r")], ["\t a b \r", "a b \r", "\t a b"]);
        assert_eq!([trimmed("lr"), trimmed("rl")], ["a b", "a b"]);
        assert_eq!("x".parse::<Trim>(), Err(()));
    }

    #[test]
    fn the_first_record_is_the_header() {
        let config = InputConfig { header: true, ..colsep("\t") };
        let names = vec!["a".to_owned(), "b c".to_owned()];
        assert_eq!(rows(&config, "a\tb c\n1\t2\n"), (names, vec![vec!["1".to_owned(), "2".to_owned()]]));
        assert_eq!(rows(&config, ""), (vec![], vec![]));
        let csv = Columns::Csv { separator: b',' };
        let config =
            InputConfig { header: true, columns: csv, trim: Some(Trim::Both), ..InputConfig::default() };
        let (names, out) = rows(&config, "\"a\nb\",c\n x ,\"y \"\n");
        assert_eq!((names, out), (vec!["a\nb".into(), "c".into()], vec![vec!["x".into(), "y".into()]]));
    }
}
