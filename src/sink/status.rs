//! Shows how the run stands: as a live view that is drawn over, or as lines that stay.
//!
//! Drawn only by the sink's thread, only when it is due, and gone before anything else is written to the terminal. There is
//! no ticking thread, and nothing of the terminal is changed that would have to be put back: no hidden cursor, no other
//! screen, no modes. So whatever happens, clearing the lines is all there is to do.

use super::output::Output;
use super::progress::Progress;
use super::view::{ViewModel, json, plain_line, render};
use adaptive_pool::time::{RunClock, Time};
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Duration;

/// How often a new view is drawn at most.
pub(super) const REDRAW: Duration = Duration::from_millis(100);

/// How soon a view that was cleared for the jobs' output is put back. Less than [`REDRAW`], or it would be cleared most of the
/// time while jobs print; more than nothing, or a chatty run would draw without end.
const REDRAW_AFTER_CLEAR: Duration = Duration::from_millis(20);

/// How long a run must have lived before it is worth a view: short ones would only flicker.
const VIEW_DELAY: Duration = Duration::from_millis(200);

/// Columns that stay empty at the right: some terminals go to the next line once the last one is filled.
const RIGHT_MARGIN: usize = 1;

/// Columns and rows that are assumed of a terminal that does not say its size.
const DEFAULT_SIZE: (u16, u16) = (80, 24);

/// The display of one run.
#[expect(clippy::struct_excessive_bools, reason = "facts that have nothing to do with each other")]
#[derive(Debug)]
pub(super) struct Status {
    kind: Progress,
    clock: Arc<RunClock>,
    output: Output,
    view: Option<Box<ViewModel>>,
    /// The view has changed since it was shown.
    changed: bool,
    /// The view is on the terminal now.
    drawn: bool,
    /// It was on the terminal and had to go.
    cleared: bool,
    suspended: bool,
    /// When something was last shown; for lines, when they began to count.
    last: Time,
    /// Lines were written.
    wrote_lines: bool,
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
            changed: false,
            drawn: false,
            cleared: false,
            suspended: false,
            last,
            wrote_lines: false,
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
            self.changed = true;
        }
    }

    /// How long until something is to be shown; `None` when nothing is.
    pub(super) fn due_in(&self) -> Option<Duration> {
        let view = self.view.as_ref()?;
        let after = match self.kind {
            _ if self.suspended => return None,
            Progress::Bar { .. } if view.elapsed < VIEW_DELAY => return None,
            Progress::Bar { .. } if self.cleared => REDRAW_AFTER_CLEAR,
            Progress::Bar { .. } if self.changed => REDRAW,
            Progress::None | Progress::Bar { .. } => return None,
            Progress::Plain { every, .. } | Progress::Json { every } => every.max(REDRAW),
        };
        Some(after.saturating_sub(self.clock.now().since(self.last)))
    }

    /// Shows it now. `at_line_start`: the cursor of the terminal is at the beginning of a line.
    pub(super) fn show(&mut self, at_line_start: bool) {
        let Some(view) = &self.view else { return };
        self.last = self.clock.now();
        let text = match self.kind {
            Progress::None => return,
            Progress::Bar { colour } => {
                let foreground = self.output.is_foreground();
                let (columns, rows) = self.output.size().unwrap_or(DEFAULT_SIZE);
                let columns = usize::from(columns).saturating_sub(RIGHT_MARGIN);
                let mut lines = if foreground { render(view, columns, colour) } else { Vec::new() };
                lines.truncate(rows.into());
                (self.changed, self.cleared) = (false, false);
                return self.draw(&lines, at_line_start);
            }
            Progress::Plain { .. } => format!("apool: {}\n", plain_line(view)),
            Progress::Json { .. } => format!("{}\n", json(view)),
        };
        (self.changed, self.wrote_lines) = (false, true);
        let fresh_line: &[u8] = if at_line_start { b"" } else { b"\n" };
        let _ = self.output.write(&mut [fresh_line, text.as_bytes()].map(IoSlice::new));
    }

    fn draw(&mut self, lines: &[String], at_line_start: bool) {
        if lines.is_empty() {
            self.clear();
            self.cleared = false;
            return;
        }
        let before = match self.drawn {
            true => ERASE,
            false if at_line_start => "",
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
            self.cleared = true;
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

    /// The run is over: a view goes, lines get a last one when they are last_line one.
    pub(super) fn finish(&mut self, at_line_start: bool) {
        self.clear();
        let last_line = match self.kind {
            Progress::None | Progress::Bar { .. } => false,
            Progress::Plain { last, .. } => self.wrote_lines || last,
            Progress::Json { .. } => true,
        };
        if last_line && self.changed {
            self.show(at_line_start);
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
