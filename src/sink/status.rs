//! Shows the progress: as a live view that is overwritten, or as plain lines.
//!
//! Only the thread of the sink draws, only when a view is due. It clears the view before any other output to the
//! terminal. There is no timer thread. No state of the terminal is changed: no hidden cursor, no alternate screen, no
//! modes. To clear the lines is therefore always enough.

use super::output::Output;
use super::painter::Painter;
use super::progress::Progress;
use super::tab;
use super::view::{ViewModel, json, plain_line};
use crate::exec::Stream;
use adaptive_pool::time::{RunClock, Time};
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Duration;

/// The shortest time between two views.
pub(super) const REDRAW: Duration = Duration::from_millis(100);

/// How soon a view that was cleared for job output is drawn again, after the last view. Output that comes sooner waits
/// for it. The view is therefore written at most 20 times a second, and is never missing for long.
const REDRAW_AFTER_CLEAR: Duration = Duration::from_millis(50);

/// The same for output to a pipe, because there the view is cleared by a write of its own.
const REDRAW_AFTER_PIPE: Duration = Duration::from_millis(100);

/// The reader of a pipe has this time to print what it has read, before the view is drawn.
const PIPE_SETTLE: Duration = Duration::from_millis(10);

/// The longest wait for the reader of a pipe.
const PIPE_WAIT_MAX: Duration = Duration::from_millis(500);

/// The waits for the reader of a pipe before a message. At the end of a run its last lines are above the message then.
const MESSAGE_WAIT: Duration = Duration::from_millis(2);
const MESSAGE_WAITS: u32 = 10;

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
    /// Standard output is the same terminal.
    joint: bool,
    /// Standard output, where it is a pipe. Its reader may print to the same terminal (`| tee log`).
    pipe: Option<Output>,
    /// When the pipe was last written or seen with bytes in it.
    pipe_used: Time,
    painter: Option<Painter>,
    view: Option<Box<ViewModel>>,
    /// The view has changed since it was shown.
    changed: bool,
    /// The view is on the terminal.
    drawn: bool,
    /// What is on the terminal, and its size then.
    frame: (String, (u16, u16)),
    /// The last sequence for the tab of the terminal.
    tab: String,
    /// The view was cleared for other output.
    cleared: bool,
    cleared_at: Time,
    suspended: bool,
    /// When the display was last updated. At first, when it was made.
    last: Time,
    /// Plain lines were written.
    wrote_lines: bool,
}

impl Status {
    /// A display without a view, on standard error.
    pub(super) fn new(kind: Progress, clock: Arc<RunClock>, stdout: &Output, stderr: Output) -> Status {
        let now = clock.now();
        let live = matches!(kind, Progress::Bar { .. });
        let beside = live && stderr.is_terminal() && stdout.unread().is_some();
        Status {
            kind,
            clock,
            joint: stdout.is_same_terminal(&stderr),
            pipe: beside.then(|| stdout.clone()),
            pipe_used: now,
            output: stderr,
            painter: None,
            view: None,
            changed: false,
            drawn: false,
            frame: Default::default(),
            tab: String::new(),
            cleared: false,
            cleared_at: now,
            suspended: false,
            last: now,
            wrote_lines: false,
        }
    }

    /// True for the live view, which must be cleared before other output to standard error.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.kind, Progress::Bar { .. })
    }

    /// True when the view must also be cleared before a write to standard output, which is a pipe.
    pub(super) fn clears_for_pipe(&self) -> bool {
        self.pipe.is_some()
    }

    /// True while the view is on the terminal.
    pub(super) fn is_drawn(&self) -> bool {
        self.drawn
    }

    /// Sets the current view. `None` changes nothing.
    pub(super) fn update(&mut self, view: Option<Box<ViewModel>>) {
        if view.is_some() {
            self.view = view;
            self.changed = true;
        }
    }

    /// The time until an update is due. `None` when none is due.
    pub(super) fn due_in(&mut self) -> Option<Duration> {
        let view = self.view.as_ref()?;
        let after = match self.kind {
            _ if self.suspended => return None,
            Progress::Bar { .. } if view.elapsed < VIEW_DELAY => return None,
            Progress::Bar { .. } if self.cleared => self.redraw_after(),
            Progress::Bar { .. } if self.changed => REDRAW,
            Progress::None | Progress::Bar { .. } => return None,
            Progress::Plain { every, .. } | Progress::Json { every } => every.max(REDRAW),
        };
        let now = self.clock.now();
        let left = after.saturating_sub(now.since(self.last));
        Some(if self.drawn { left } else { left.max(self.pipe_settles_in(now)) })
    }

    fn redraw_after(&self) -> Duration {
        if self.pipe.is_some() { REDRAW_AFTER_PIPE } else { REDRAW_AFTER_CLEAR }
    }

    /// The time until the reader of the pipe has printed what was written.
    fn pipe_settles_in(&mut self, now: Time) -> Duration {
        let Some(pipe) = self.pipe.as_ref().filter(|_| now.since(self.cleared_at) < PIPE_WAIT_MAX) else {
            return Duration::ZERO;
        };
        if pipe.unread().is_some_and(|bytes| bytes > 0) {
            self.pipe_used = now;
        }
        PIPE_SETTLE.saturating_sub(now.since(self.pipe_used))
    }

    /// Lets the reader of the pipe print what was written, for a short time, before a message on the same terminal.
    pub(super) fn await_pipe(&self) {
        let recent = self.clock.now().since(self.pipe_used) < PIPE_WAIT_MAX;
        let Some(pipe) = self.pipe.as_ref().filter(|_| recent && !self.drawn) else { return };
        for _ in 0..MESSAGE_WAITS {
            std::thread::sleep(MESSAGE_WAIT);
            if pipe.unread() == Some(0) {
                return;
            }
        }
    }

    /// How long output waits, so that it is written together with the next view.
    pub(super) fn holds_output(&self) -> Option<Duration> {
        let left = self.redraw_after().saturating_sub(self.clock.now().since(self.last));
        (self.drawn && !left.is_zero()).then_some(left)
    }

    /// Shows the view. `at_line_start`: the cursor of the terminal is at the start of a line.
    pub(super) fn show(&mut self, at_line_start: bool) {
        let Some(view) = &self.view else { return };
        self.last = self.clock.now();
        let text = match self.kind {
            Progress::None => return,
            Progress::Bar { look } => {
                let size = self.output.size().unwrap_or(DEFAULT_SIZE);
                let mut lines = Vec::new();
                if self.output.is_foreground() {
                    let columns = usize::from(size.0).saturating_sub(RIGHT_MARGIN);
                    // The empty row is for a line that the reader of the pipe prints meanwhile.
                    let free = usize::from(self.pipe.is_some());
                    let painter = self.painter.get_or_insert_with(|| Painter::new(look));
                    lines = painter.paint(view, columns, usize::from(size.1).saturating_sub(free));
                    lines.splice(0..0, vec![String::new(); if lines.is_empty() { 0 } else { free }]);
                }
                let tab = if look.tab { tab::sequence(view) } else { String::new() };
                (self.changed, self.cleared) = (false, false);
                return self.draw(&lines, &tab, size, at_line_start);
            }
            Progress::Plain { .. } => format!("apool: {}\n", plain_line(view)),
            Progress::Json { .. } => format!("{}\n", json(view)),
        };
        (self.changed, self.wrote_lines) = (false, true);
        let fresh_line: &[u8] = if at_line_start { b"" } else { b"\n" };
        let _ = self.output.write(&mut [fresh_line, text.as_bytes()].map(IoSlice::new));
    }

    fn draw(&mut self, lines: &[String], tab: &str, size: (u16, u16), at_line_start: bool) {
        if lines.is_empty() {
            self.clear();
            self.cleared = false;
            return;
        }
        let frame = (lines.join("\r\n"), size);
        // Another program may have changed the terminal if there is a pipe.
        if self.drawn && self.frame == frame && self.tab == tab && self.pipe.is_none() {
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
        let new_tab = if self.tab == tab { "" } else { tab };
        // One write, so that a terminal never shows half a view. Errors of the view are ignored.
        let _ = self.output.write_bytes(format!("{new_tab}{before}{}{back}", frame.0).as_bytes());
        self.drawn = true;
        self.frame = frame;
        tab.clone_into(&mut self.tab);
    }

    /// Clears the view before a write to this stream. The result is to be written first, in the same call.
    pub(super) fn erase(&mut self, before: Stream) -> &'static [u8] {
        if before == Stream::Stdout && self.pipe.is_some() {
            self.pipe_used = self.clock.now();
        }
        if !std::mem::take(&mut self.drawn) {
            return b"";
        }
        (self.cleared, self.cleared_at) = (true, self.clock.now());
        if before == Stream::Stderr || self.joint {
            return ERASE.as_bytes();
        }
        let _ = self.output.write_bytes(ERASE.as_bytes());
        b""
    }

    /// Clears the view, also in the tab of the terminal.
    fn clear(&mut self) {
        let tab = if std::mem::take(&mut self.tab).is_empty() { "" } else { tab::REMOVE };
        let erase = self.erase(Stream::Stderr);
        if !(tab.is_empty() && erase.is_empty()) {
            let _ = self.output.write(&mut [tab.as_bytes(), erase].map(IoSlice::new));
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
