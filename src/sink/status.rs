//! Shows the progress: as a live view that is overwritten, or as plain lines.
//!
//! Only the thread of the sink draws, only when a view is due. It clears the view before any other output to the
//! terminal. There is no timer thread. No state of the terminal is changed: no hidden cursor, no alternate screen, no
//! modes. To clear the lines is therefore always enough.

use super::output::Output;
use super::progress::Progress;
use super::view::{ViewModel, json, plain_line, render};
use adaptive_pool::time::{RunClock, Time};
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Duration;

/// The shortest time between two views.
pub(super) const REDRAW: Duration = Duration::from_millis(100);

/// How soon a view that was cleared for job output is drawn again. Less than [`REDRAW`], because otherwise it would be
/// missing most of the time while jobs print. Not 0, because a run with much output would draw all the time.
const REDRAW_AFTER_CLEAR: Duration = Duration::from_millis(20);

/// The age of the run from which a view is shown. In a shorter run it would only flicker.
const VIEW_DELAY: Duration = Duration::from_millis(200);

/// Empty columns at the right. Some terminals wrap when the last column is used.
const RIGHT_MARGIN: usize = 1;

/// The assumed columns and rows of a terminal that does not report its size.
const DEFAULT_SIZE: (u16, u16) = (80, 24);

/// The display of one run.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Debug)]
pub(super) struct Status {
    kind: Progress,
    clock: Arc<RunClock>,
    output: Output,
    view: Option<Box<ViewModel>>,
    /// The view has changed since it was shown.
    changed: bool,
    /// The view is on the terminal.
    drawn: bool,
    /// The view was cleared for other output.
    cleared: bool,
    suspended: bool,
    /// When the display was last updated. At first, when it was made.
    last: Time,
    /// Plain lines were written.
    wrote_lines: bool,
}

impl Status {
    /// A display without a view. `output` is standard error.
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

    /// True for the live view, which must be cleared before other output to standard error.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.kind, Progress::Bar { .. })
    }

    /// Sets the current view. `None` changes nothing.
    pub(super) fn update(&mut self, view: Option<Box<ViewModel>>) {
        if view.is_some() {
            self.view = view;
            self.changed = true;
        }
    }

    /// The time until an update is due. `None` when none is due.
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

    /// Shows the view. `at_line_start`: the cursor of the terminal is at the start of a line.
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
        // One write, so that a terminal never shows half a view. Errors of the view are ignored.
        let _ = self.output.write_bytes(format!("{before}{}{back}", lines.join("\r\n")).as_bytes());
        self.drawn = true;
    }

    /// Clears the view before other output to the terminal.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = self.output.write_bytes(ERASE.as_bytes());
            self.cleared = true;
        }
    }

    /// Shows nothing until [`Status::resume`].
    pub(super) fn suspend(&mut self) {
        self.clear();
        self.suspended = true;
    }

    /// Allows the view again.
    pub(super) fn resume(&mut self) {
        self.suspended = false;
    }

    /// The end of the run: clears the live view, or writes a last plain line if one is due.
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

/// Clears a view. The cursor is at its start, because lines cannot be counted from the end: a terminal that became
/// narrower may wrap or cut them. The blank is for tmux. It treats a clear from the first cell as a clear of the whole
/// screen and saves the screen in its history.
const ERASE: &str = "\r \x1b[J\r";

#[cfg(test)]
mod tests;
