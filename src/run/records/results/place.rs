//! The names of a job's files below the directory of results. Pure.

use super::component;
use crate::job::{Args, Row, Seq};

/// The place of a job's files below the directory.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// GNU parallel's tree: `1/VALUE/2/VALUE/{stdout,stderr,seq}`, or the names of the columns with `--header`.
    Tree {
        /// The names of the columns. Further columns have their number.
        names: &'a [Vec<u8>],
        /// The arguments of the job.
        args: &'a Args,
    },
    /// `SEQ.out`, `SEQ.err`, `SEQ.json`.
    Flat,
    /// A rendered pattern, relative to the directory: `NAME`, `NAME.err`, `NAME.seq`. With a `/` at its end it is a
    /// directory for `stdout`, `stderr`, `seq`.
    Pattern(&'a [u8]),
}

/// Splits a pattern before the component with its first placeholder: the directory, and the rest, which is rendered. A
/// placeholder begins with one of `starts`, such as `{`. Without a placeholder the whole pattern is the directory.
pub fn split_pattern<'a>(pattern: &'a [u8], starts: &[&[u8]]) -> (&'a [u8], &'a [u8]) {
    let finders = starts.iter().filter_map(|start| memchr::memmem::find(pattern, start));
    let Some(first) = finders.min() else { return (pattern, b"") };
    match memchr::memrchr(b'/', &pattern[..first]) {
        Some(slash) => (&pattern[..=slash], &pattern[slash + 1..]),
        None => (b".", pattern),
    }
}

/// The names of a job's files: the directories, and the names of stdout, stderr and the third file.
#[derive(Clone)]
pub struct Names {
    /// The directories, from the top.
    pub directories: Vec<Vec<u8>>,
    /// The file of the standard output.
    pub out: Vec<u8>,
    /// The file of the standard error.
    pub err: Vec<u8>,
    /// The third file: the number, or a description of the job.
    pub about: Vec<u8>,
    /// The part that is changed if another job has the names.
    pub unique: Unique,
}

/// The part of the names that distinguishes jobs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// The number of the job: the names are always unique.
    Number,
    /// The last directory.
    Directory,
    /// The name of the first file. The other names begin with it.
    File,
}

impl Names {
    fn in_directory(directories: Vec<Vec<u8>>) -> Names {
        let [out, err, about] = ["stdout", "stderr", "seq"].map(|name| name.as_bytes().to_vec());
        Names { directories, out, err, about, unique: Unique::Directory }
    }

    fn of_file(directories: Vec<Vec<u8>>, out: Vec<u8>) -> Names {
        let [err, about] = [&b".err"[..], b".seq"].map(|end| [&out[..], end].concat());
        Names { directories, out, err, about, unique: Unique::File }
    }

    /// The same names with the number of the job appended to the unique part.
    pub fn numbered(self, seq: Seq) -> Names {
        match (self.unique, self.directories) {
            (Unique::File, directories) => Names::of_file(directories, numbered(&self.out, seq)),
            (_, mut directories) => {
                match directories.last_mut() {
                    Some(last) => *last = numbered(last, seq),
                    None => directories.push(seq.to_string().into_bytes()),
                }
                Names { directories, ..self }
            }
        }
    }

    pub fn files(&self) -> [&[u8]; 3] {
        [&self.out, &self.err, &self.about]
    }

    pub fn of(place: Place<'_>, seq: Seq) -> Names {
        match place {
            Place::Flat => {
                let [out, err, about] = ["out", "err", "json"].map(|end| format!("{seq}.{end}").into_bytes());
                Names { directories: Vec::new(), out, err, about, unique: Unique::Number }
            }
            Place::Tree { args: Args::None, .. } => Names::in_directory(vec![seq.to_string().into_bytes()]),
            Place::Tree { names, args } => {
                let mut directories = Vec::new();
                match args {
                    Args::None => {}
                    Args::One(row) => columns(row, names, &mut directories),
                    Args::Many(rows) => rows.iter().for_each(|row| columns(row, names, &mut directories)),
                    Args::Packed(row) => {
                        row.values().for_each(|value| columns(&Row::one(value), names, &mut directories));
                    }
                }
                Names::in_directory(directories)
            }
            Place::Pattern(rendered) => {
                let (mut directories, directory) = component::components(rendered);
                match directories.pop_if(|_| !directory) {
                    None => Names::in_directory(directories),
                    Some(out) => Names::of_file(directories, out),
                }
            }
        }
    }
}

pub fn numbered(name: &[u8], seq: Seq) -> Vec<u8> {
    [name, format!(".{seq}").as_bytes()].concat()
}

/// Adds a name and a value for every column, sorted by the number at the start of the name, then by bytes.
fn columns(row: &Row, names: &[Vec<u8>], directories: &mut Vec<Vec<u8>>) {
    let mut columns: Vec<(Vec<u8>, &[u8])> = row
        .values()
        .enumerate()
        .map(|(i, value)| (names.get(i).cloned().unwrap_or_else(|| (i + 1).to_string().into_bytes()), value))
        .collect();
    columns.sort_by(|(a, _), (b, _)| leading_number(a).cmp(&leading_number(b)).then_with(|| a.cmp(b)));
    for (name, value) in columns {
        directories.push(component::component(&name));
        directories.push(component::component(value));
    }
}

fn leading_number(name: &[u8]) -> u64 {
    let digits = name.iter().take_while(|b| b.is_ascii_digit());
    digits.fold(0, |n: u64, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
}
