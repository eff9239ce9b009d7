//! Draws the live view with indicatif, as rows of text.
//!
//! indicatif writes to a [`Canvas`] and not to the terminal, because the sink is the only writer: its rows are cleared,
//! suspended and written together with the output of the jobs. The painter exists only while a view is shown.

use super::rows::{DIM, GREEN, Look, PLAIN, Rows, rows};
use super::view::ViewModel;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};
use std::fmt::Write;
use std::io;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The widest and highest terminal that is filled.
const SIZE_MAX: usize = 1000;

/// Draws views.
#[derive(Debug)]
pub(super) struct Painter {
    look: Look,
    bar: ProgressBar,
    canvas: Arc<Canvas>,
    /// The texts of the view that is drawn next.
    texts: Arc<Mutex<Rows>>,
}

impl Painter {
    /// A painter that has drawn nothing.
    pub(super) fn new(look: Look) -> Painter {
        let canvas = Arc::<Canvas>::default();
        let target = ProgressDrawTarget::term_like(Box::new(SharedCanvas(Arc::clone(&canvas))));
        let texts = Arc::<Mutex<Rows>>::default();
        let bar = ProgressBar::with_draw_target(Some(1), target).with_style(style(look, &texts));
        Painter { look, bar, canvas, texts }
    }

    /// The rows of the view on a terminal of this size. No row is wider than `columns`.
    pub(super) fn paint(&self, view: &ViewModel, columns: usize, height: usize) -> Vec<String> {
        let (columns, height) = (columns.min(SIZE_MAX), height.min(SIZE_MAX));
        let drawn = rows(view, columns, height, self.look);
        let Some((done, total, _)) = drawn.bar else { return drawn.below };
        *lock(&self.texts) = drawn;
        self.canvas.columns.store(columns as u16, Ordering::Relaxed);
        self.canvas.height.store(height as u16, Ordering::Relaxed);
        lock(&self.canvas.written).clear();
        // One update, because each one draws.
        self.bar.update(|state| {
            state.set_pos(done);
            state.set_len(total);
        });
        let mut painted = self.canvas.rows();
        if self.look.colour
            && let Some(bar) = painted.first_mut()
        {
            dim_rest(bar);
        }
        painted
    }
}

/// The bar with its percentage, and the other rows below it.
fn style(look: Look, texts: &Arc<Mutex<Rows>>) -> ProgressStyle {
    let (open, chars, close) = if look.unicode { ("", "━╸─", "") } else { ("[", "=> ", "]") };
    let (on, off) = if look.colour { (GREEN, PLAIN) } else { ("", "") };
    let template = format!("{open}{on}{{wide_bar}}{off}{close}{{percentage}}\n{{below}}");
    let (percentage, below) = (Arc::clone(texts), Arc::clone(texts));
    ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars(chars)
        .with_key("percentage", move |_: &ProgressState, to: &mut dyn Write| {
            let _ = lock(&percentage).bar.as_ref().map_or(Ok(()), |(_, _, text)| to.write_str(text));
        })
        .with_key("below", move |_: &ProgressState, to: &mut dyn Write| {
            let _ = to.write_str(&lock(&below).below.join("\n"));
        })
}

/// Makes the part of the bar that is not done less visible.
fn dim_rest(bar: &mut String) {
    if let Some(at) = bar.find('─') {
        bar.insert_str(at, &format!("{PLAIN}{DIM}"));
    }
}

/// The terminal of indicatif. It keeps what is written.
#[derive(Debug, Default)]
struct Canvas {
    columns: AtomicU16,
    height: AtomicU16,
    written: Mutex<Vec<String>>,
}

impl Canvas {
    /// The rows that were written. indicatif writes no newline: it writes each row, and then the blanks that fill it.
    fn rows(&self) -> Vec<String> {
        let written = std::mem::take(&mut *lock(&self.written));
        written.into_iter().step_by(2).collect()
    }
}

#[derive(Debug)]
struct SharedCanvas(Arc<Canvas>);

impl TermLike for SharedCanvas {
    fn width(&self) -> u16 {
        self.0.columns.load(Ordering::Relaxed)
    }

    fn height(&self) -> u16 {
        self.0.height.load(Ordering::Relaxed)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)?;
        self.write_str("")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        lock(&self.0.written).push(text.to_owned());
        Ok(())
    }

    // The status of the sink clears the view that was drawn before.
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
