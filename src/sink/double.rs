//! Test doubles: a descriptor with prepared results, and a terminal that shows the bytes written to it.

use super::output::{Device, Output};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The result of the next call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Accepts at most this many bytes.
    Take(usize),
    /// Fails.
    Fail(ErrorKind),
}

/// A descriptor. Two of them can share a log, and then are one terminal.
#[derive(Debug, Default)]
pub(super) struct Double {
    pub(super) log: Arc<Mutex<Vec<u8>>>,
    pub(super) steps: Mutex<VecDeque<Step>>,
    pub(super) writes: AtomicUsize,
    pub(super) waits: AtomicUsize,
    /// Writes block while a test holds this lock.
    pub(super) gate: Mutex<()>,
    pub(super) size: Mutex<Option<(u16, u16)>>,
    pub(super) terminal: bool,
    pub(super) unread: Mutex<Option<u64>>,
    pub(super) elsewhere: AtomicBool,
}

impl Double {
    /// A pipe or a file.
    pub(super) fn pipe() -> Arc<Double> {
        Arc::new(Double::default())
    }

    /// A pipe with these first results.
    pub(super) fn with(steps: impl IntoIterator<Item = Step>) -> Arc<Double> {
        Arc::new(Double { steps: Mutex::new(steps.into_iter().collect()), ..Double::default() })
    }

    /// A terminal with this many columns, writing to `log`.
    pub(super) fn terminal(columns: u16, log: &Arc<Mutex<Vec<u8>>>) -> Arc<Double> {
        let size = Mutex::new(Some((columns, 24)));
        Arc::new(Double { log: Arc::clone(log), size, terminal: true, ..Double::default() })
    }

    pub(super) fn output(self: &Arc<Double>) -> Output {
        Output::new(Arc::clone(self) as Arc<dyn Device>)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    fn step(&self, most: usize) -> io::Result<usize> {
        drop(self.gate.lock());
        self.writes.fetch_add(1, Ordering::SeqCst);
        match self.steps.lock().unwrap().pop_front() {
            None => Ok(most),
            Some(Step::Take(bytes)) => Ok(bytes.min(most)),
            Some(Step::Fail(kind)) => Err(kind.into()),
        }
    }
}

impl Device for Double {
    fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let all: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        let taken = self.step(all.len())?;
        self.log.lock().unwrap().extend_from_slice(&all[..taken]);
        Ok(taken)
    }

    fn send_file(&self, file: &File, offset: u64, most: usize) -> io::Result<usize> {
        use std::os::unix::fs::FileExt;
        let taken = self.step(most)?;
        let mut bytes = vec![0; taken];
        let read = file.read_at(&mut bytes, offset)?;
        self.log.lock().unwrap().extend_from_slice(&bytes[..read]);
        Ok(read)
    }

    fn wait(&self) -> io::Result<()> {
        self.waits.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn is_terminal(&self) -> bool {
        self.terminal
    }

    fn terminal(&self) -> Option<u64> {
        self.terminal.then_some(1)
    }

    fn unread(&self) -> Option<u64> {
        *self.unread.lock().unwrap()
    }

    fn size(&self) -> Option<(u16, u16)> {
        *self.size.lock().unwrap()
    }

    fn is_foreground(&self) -> bool {
        !self.elsewhere.load(Ordering::SeqCst)
    }
}

/// The lines that a terminal with this many columns shows after these bytes, including scrolled lines, without blanks
/// at their ends.
pub(super) fn screen(bytes: &[u8], columns: usize) -> Vec<String> {
    let mut screen = Screen::new(columns);
    screen.take(bytes);
    screen.shown()
}

/// A terminal that knows the sequences of a view: cursor movement, clearing, colours, and the wrap of full lines.
pub(super) struct Screen {
    columns: usize,
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Screen {
    pub(super) fn new(columns: usize) -> Screen {
        Screen { columns, lines: vec![Vec::new()], row: 0, column: 0 }
    }

    pub(super) fn take(&mut self, bytes: &[u8]) {
        let mut chars = std::str::from_utf8(bytes).unwrap().chars();
        while let Some(c) = chars.next() {
            match c {
                '\r' => self.column = 0,
                '\n' => (self.row, self.column) = (self.row + 1, 0),
                '\x1b' => {
                    assert_eq!(chars.next(), Some('['));
                    let mut count = String::new();
                    let order = loop {
                        match chars.next().unwrap() {
                            digit @ '0'..='9' => count.push(digit),
                            order => break order,
                        }
                    };
                    self.order(order, count.parse().unwrap_or(1));
                }
                c => self.put(c),
            }
            self.lines.resize(self.lines.len().max(self.row + 1), Vec::new());
        }
    }

    fn order(&mut self, order: char, count: usize) {
        match order {
            'A' => self.row = self.row.checked_sub(count).expect("never above the first line"),
            'B' => self.row += count,
            'J' => {
                self.lines.truncate(self.row + 1);
                self.lines[self.row].truncate(self.column);
            }
            'm' => {}
            other => panic!("an order that was not expected: {other}"),
        }
    }

    fn put(&mut self, c: char) {
        if self.column == self.columns {
            (self.row, self.column) = (self.row + 1, 0);
        }
        self.lines.resize(self.lines.len().max(self.row + 1), Vec::new());
        let line = &mut self.lines[self.row];
        line.resize(line.len().max(self.column + 1), ' ');
        line[self.column] = c;
        self.column += 1;
    }

    /// Makes the terminal narrower. With `wraps`, longer lines continue in the next row. Otherwise they are cut.
    pub(super) fn narrow(&mut self, columns: usize, wraps: bool) {
        let mut lines: Vec<Vec<char>> = Vec::new();
        let (row, column) = (self.row, self.column);
        for (at, line) in self.lines.iter().enumerate() {
            if at == row {
                self.row = lines.len() + if wraps { column / columns } else { 0 };
                self.column = if wraps { column % columns } else { column.min(columns) };
            }
            let mut rows: Vec<Vec<char>> = line.chunks(columns).map(<[char]>::to_vec).collect();
            rows.resize(rows.len().max(1), Vec::new());
            rows.truncate(if wraps { usize::MAX } else { 1 });
            lines.append(&mut rows);
        }
        (self.lines, self.columns) = (lines, columns);
    }

    pub(super) fn shown(&self) -> Vec<String> {
        let mut shown: Vec<String> =
            self.lines.iter().map(|l| l.iter().collect::<String>().trim_end().to_owned()).collect();
        while shown.last().is_some_and(String::is_empty) {
            shown.pop();
        }
        shown
    }
}
