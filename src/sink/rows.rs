//! The rows of the live view. Pure.
//!
//! The most important parts come first, because a narrow terminal shows only the start of a line. Widths are those of
//! the display, because names may contain wide characters.

use super::view::{self, Tone, ViewModel, format_duration};
use crate::escape::shown;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The most running jobs that are shown.
pub(super) const JOBS_MAX: usize = 8;
/// The least number of rows for running jobs, where the terminal has room.
const JOBS_MIN: usize = 3;
/// The size from which there is a bar and a row for each of the oldest jobs: 40 columns with the margin.
const ROWS_MIN: usize = 6;
const COLUMNS_MIN: usize = 39;

/// How the view looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Use colours.
    pub colour: bool,
    /// Use characters beyond ASCII for the bar.
    pub unicode: bool,
    /// The terminal shows a progress in its tab (`OSC 9;4`).
    pub tab: bool,
}

/// The rows of a view.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    /// The bar is above the other rows: the jobs that are done, all jobs, and the text after the bar.
    pub(super) bar: Option<(u64, u64, String)>,
    /// The other rows.
    pub(super) below: Vec<String>,
}

const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
pub(super) const GREEN: &str = "\x1b[32m";
pub(super) const DIM: &str = "\x1b[2m";
pub(super) const PLAIN: &str = "\x1b[0m";

/// The rows of the view on a terminal of this size. No row is wider than `columns`.
pub(super) fn rows(view: &ViewModel, columns: usize, rows: usize, look: Look) -> Rows {
    let large = columns >= COLUMNS_MIN && rows >= ROWS_MIN;
    let fit = |parts: &[Part]| fit(parts, columns, look.colour);
    let bar = view.total.filter(|&total| large && total > 0).map(|total| {
        let about = if view.total_estimated { "~" } else { "" };
        let percent = format!("{about}{}", view::percent_done(view).unwrap_or(0));
        (view.done.min(total), total, format!(" {percent:>4} %"))
    });
    let mut counts = vec![(view::done(view, bar.is_none()), Tone::Normal)];
    counts.extend(view::progress(view));
    let mut below = vec![fit(&counts)];
    let sentence = view.activity.sentence();
    let active = sentence.is_some();
    below.extend(
        sentence.map(|sentence| fit(&[(shown(sentence.as_bytes(), crate::escape::SHOWN), Tone::Notice)])),
    );
    if large || !active {
        below.push(fit(&workers(view, active)));
    }
    if large {
        let used = below.len() + usize::from(bar.is_some());
        // The last row stays free, so that an output is seen.
        let jobs = (rows / 4).clamp(JOBS_MIN, JOBS_MAX).min((rows - 1).saturating_sub(used));
        below.extend(view.oldest.iter().take(jobs).map(|job| {
            let command = shown(&job.command, columns.max(1));
            let text = format!("{:>7}  job {}: {command}", format_duration(job.age), job.seq);
            fit(&[(text, Tone::Normal)])
        }));
    }
    below.retain(|row| !row.is_empty());
    below.truncate(rows);
    Rows { bar, below }
}

/// The running jobs, the machine and the policy.
fn workers(view: &ViewModel, active: bool) -> Vec<Part> {
    let mut parts = vec![(view::workers(view), Tone::Normal)];
    parts.extend(view::machine(view).into_iter().map(|text| (text, Tone::Normal)));
    if !active && !view.last_word.is_empty() {
        parts.push((shown(view.last_word.as_bytes(), crate::escape::SHOWN), Tone::Quiet));
    }
    parts
}

type Part = (String, Tone);

/// A part that would be cut below this width is left out.
const PART_MIN_COLUMNS: usize = 16;

/// Joins the parts with two spaces and cuts the line at `width` columns.
fn fit(parts: &[Part], width: usize, colour: bool) -> String {
    let mut line = String::new();
    let mut left = width;
    for (index, (text, tone)) in parts.iter().enumerate() {
        let gap = if index == 0 { "" } else { "  " };
        if left <= gap.len() || (index > 0 && columns(text) > left - gap.len() && left < PART_MIN_COLUMNS) {
            break;
        }
        line.push_str(gap);
        left -= gap.len();
        let (kept, whole) = cut(text, left);
        match tone {
            Tone::Bad if colour => line.extend([RED, kept.as_str(), PLAIN]),
            Tone::Notice if colour => line.extend([YELLOW, kept.as_str(), PLAIN]),
            Tone::Quiet if colour => line.extend([DIM, kept.as_str(), PLAIN]),
            _ => line.push_str(&kept),
        }
        if !whole {
            return line;
        }
        left -= columns(&kept);
    }
    line
}

/// The largest width of the text on any terminal. Some terminals show a sequence (a family, a flag) as one character,
/// others show each of its parts. A line that is wider than expected wraps and is not cleared whole.
fn columns(text: &str) -> usize {
    let parts = text.chars().map(|c| c.width().unwrap_or(0)).sum();
    text.width().max(parts)
}

/// The start of `text` that fits into `width` columns, and whether it is all of it. A cut text ends with an ellipsis.
fn cut(text: &str, width: usize) -> (String, bool) {
    if columns(text) <= width {
        return (text.to_owned(), true);
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if columns(&kept) > width.saturating_sub(1) {
            kept.pop();
            break;
        }
    }
    if width > 0 {
        kept.push('…');
    }
    (kept, false)
}

#[cfg(test)]
mod tests;
