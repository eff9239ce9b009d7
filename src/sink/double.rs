//! Doubles for the tests: a descriptor that does what it is told, and a terminal that shows what was written to it.

use super::output::{Device, Output};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What the next call does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Takes so many bytes at most.
    Take(usize),
    /// Fails.
    Fail(ErrorKind),
}

/// A descriptor. Clones of its log are shared, so that two of them can be one terminal.
#[derive(Debug, Default)]
pub(super) struct Double {
    pub(super) log: Arc<Mutex<Vec<u8>>>,
    pub(super) steps: Mutex<VecDeque<Step>>,
    pub(super) writes: AtomicUsize,
    pub(super) waits: AtomicUsize,
    /// While this is locked by a test, writes do not return.
    pub(super) gate: Mutex<()>,
    pub(super) size: Mutex<Option<(u16, u16)>>,
    pub(super) terminal: bool,
    pub(super) elsewhere: AtomicBool,
}

impl Double {
    /// A pipe or a file.
    pub(super) fn pipe() -> Arc<Double> {
        Arc::new(Double::default())
    }

    /// A pipe that does this first.
    pub(super) fn with(steps: impl IntoIterator<Item = Step>) -> Arc<Double> {
        Arc::new(Double { steps: Mutex::new(steps.into_iter().collect()), ..Double::default() })
    }

    /// A terminal of so many columns, writing to `log`.
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

    fn size(&self) -> Option<(u16, u16)> {
        *self.size.lock().unwrap()
    }

    fn is_ours(&self) -> bool {
        !self.elsewhere.load(Ordering::SeqCst)
    }
}

/// The lines that a terminal of so many columns shows (and has scrolled away) after these bytes, without blanks at the
/// end. It knows what a view is drawn with: movements, clearing a line, colours, and going on in the next line when one is full.
pub(super) fn screen(bytes: &[u8], columns: usize) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    let (mut lines, mut row, mut column) = (vec![Vec::new()], 0usize, 0usize);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\r' => column = 0,
            '\n' => (row, column) = (row + 1, 0),
            '\x1b' => {
                assert_eq!(chars.next(), Some('['));
                let mut count = String::new();
                let order = loop {
                    match chars.next().unwrap() {
                        digit @ '0'..='9' => count.push(digit),
                        order => break order,
                    }
                };
                let count: usize = count.parse().unwrap();
                match order {
                    'A' => row = row.checked_sub(count).expect("never above the first line"),
                    'B' => row += count,
                    'K' => lines[row].clear(),
                    'm' => {}
                    other => panic!("an order that was not expected: {other}"),
                }
            }
            c => {
                if column == columns {
                    (row, column) = (row + 1, 0);
                }
                lines.resize(lines.len().max(row + 1), Vec::new());
                let line: &mut Vec<char> = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), Vec::new());
    }
    let mut shown: Vec<String> =
        lines.iter().map(|l| l.iter().collect::<String>().trim_end().to_owned()).collect();
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    shown
}
