//! Shows how the run stands: as a live view that is drawn over, or as lines that stay.
//!
//! Drawn only by the sink's thread, only when it is due, and gone before anything else is written to the terminal. There is
//! no ticking thread, and nothing of the terminal is changed that would have to be put back: no hidden cursor, no other
//! screen, no modes. So whatever happens, clearing the lines is all there is to do.

use super::output::Output;
use super::progress::Progress;
use super::view::{ViewModel, json, render, sentence};
use adaptive_pool::time::{RunClock, Time};
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Duration;

/// How often a new view is drawn at most.
pub(super) const REDRAW: Duration = Duration::from_millis(100);

/// How soon a view that was cleared for the jobs' output is put back. Less than [`REDRAW`], or it would be away most of the
/// time while jobs print; more than nothing, or a chatty run would draw without end.
const PUT_BACK: Duration = Duration::from_millis(20);

/// How long a run must have lived before it is worth a view: short ones would only flicker.
const FIRST: Duration = Duration::from_millis(200);

/// Columns that stay empty at the right: some terminals go to the next line once the last one is filled.
const ROOM: usize = 1;

/// Columns and rows that are assumed of a terminal that does not say its size.
const SIZE: (u16, u16) = (80, 24);

/// The display of one run.
#[expect(clippy::struct_excessive_bools, reason = "facts that have nothing to do with each other")]
#[derive(Debug)]
pub(super) struct Status {
    kind: Progress,
    clock: Arc<RunClock>,
    output: Output,
    view: Option<Box<ViewModel>>,
    /// The view has changed since it was shown.
    fresh: bool,
    /// The view is on the terminal now.
    drawn: bool,
    /// It was on the terminal and had to go.
    away: bool,
    suspended: bool,
    /// When something was last shown; for lines, when they began to count.
    last: Time,
    /// Lines were written.
    spoke: bool,
}

impl Status {
    /// Nothing is shown yet. `output` is standard error.
    pub(super) fn new(kind: Progress, clock: Arc<RunClock>, output: Output) -> Status {
        let last = clock.now();
        Status {
            kind,
            clock,
            output,
            view: None,
            fresh: false,
            drawn: false,
            away: false,
            suspended: false,
            last,
            spoke: false,
        }
    }

    /// True when it draws over what it has drawn, so that it must be cleared before standard error gets anything else.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.kind, Progress::Bar { .. })
    }

    /// The run stands like this now.
    pub(super) fn update(&mut self, view: Option<Box<ViewModel>>) {
        if view.is_some() {
            self.view = view;
            self.fresh = true;
        }
    }

    /// How long until something is to be shown; `None` when nothing is.
    pub(super) fn due_in(&self) -> Option<Duration> {
        let view = self.view.as_ref()?;
        let after = match self.kind {
            _ if self.suspended => return None,
            Progress::Bar { .. } if view.elapsed < FIRST => return None,
            Progress::Bar { .. } if self.away => PUT_BACK,
            Progress::Bar { .. } if self.fresh => REDRAW,
            Progress::None | Progress::Bar { .. } => return None,
            Progress::Plain { every, .. } | Progress::Json { every } => every.max(REDRAW),
        };
        Some(after.saturating_sub(self.clock.now().since(self.last)))
    }

    /// Shows it now. `begins`: the cursor of the terminal is at the beginning of a line.
    pub(super) fn show(&mut self, begins: bool) {
        let Some(view) = &self.view else { return };
        self.last = self.clock.now();
        let text = match self.kind {
            Progress::None => return,
            Progress::Bar { colour } => {
                let foreground = self.output.is_foreground();
                let (columns, rows) = self.output.size().unwrap_or(SIZE);
                let columns = usize::from(columns).saturating_sub(ROOM);
                let mut lines = if foreground { render(view, columns, colour) } else { Vec::new() };
                lines.truncate(rows.into());
                (self.fresh, self.away) = (false, false);
                return self.draw(&lines, begins);
            }
            Progress::Plain { .. } => format!("apool: {}\n", sentence(view)),
            Progress::Json { .. } => format!("{}\n", json(view)),
        };
        (self.fresh, self.spoke) = (false, true);
        let fresh_line: &[u8] = if begins { b"" } else { b"\n" };
        let _ = self.output.write(&mut [fresh_line, text.as_bytes()].map(IoSlice::new));
    }

    fn draw(&mut self, lines: &[String], begins: bool) {
        if lines.is_empty() {
            self.clear();
            self.away = false;
            return;
        }
        let before = match self.drawn {
            true => ERASE,
            false if begins => "",
            false => "\n",
        };
        let back = match lines.len() - 1 {
            0 => "\r".to_owned(),
            below => format!("\r\x1b[{below}A"),
        };
        // All at once, so that a terminal never shows half a view. Errors are ignored: a view is no output.
        let _ = self.output.write_bytes(format!("{before}{}{back}", lines.join("\r\n")).as_bytes());
        self.drawn = true;
    }

    /// Takes the view off the terminal, because something else is about to be written there.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = self.output.write_bytes(ERASE.as_bytes());
            self.away = true;
        }
    }

    /// Nothing is shown until [`Status::resume`].
    pub(super) fn suspend(&mut self) {
        self.clear();
        self.suspended = true;
    }

    /// May be shown again.
    pub(super) fn resume(&mut self) {
        self.suspended = false;
    }

    /// The run is over: a view goes, lines get a last one when they are owed one.
    pub(super) fn finish(&mut self, begins: bool) {
        self.clear();
        let owed = match self.kind {
            Progress::None | Progress::Bar { .. } => false,
            Progress::Plain { last, .. } => self.spoke || last,
            Progress::Json { .. } => true,
        };
        if owed && self.fresh {
            self.show(begins);
        }
        self.view = None;
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Clears a view. The cursor stands at its beginning: a terminal that is made narrower may wrap the lines or cut them, and
/// nobody tells which, so lines cannot be counted from the end. The blank is for tmux, which takes clearing from the very first
/// cell for clearing the screen, and keeps what was on it in its history.
const ERASE: &str = "\r \x1b[J\r";

#[cfg(test)]
mod tests;
