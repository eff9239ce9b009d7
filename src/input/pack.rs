//! Packs rows into jobs: `-n`, `-N`, `-L` and `-X`, within the room of a command line.
//!
//! A job is complete when it is full or the input has ended. While the input only pauses, `-n` and `-X` wait, like
//! xargs.

use std::collections::VecDeque;

use super::config::{Budget, Excess, Packing, PerJob};
use super::error::InputError;
use super::rows::Rows;
use super::split::{Record, Step};
use crate::job::{Args, Row};

/// The result of packing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextJob {
    /// The arguments of a job.
    Job(Args),
    /// Not before more has been read.
    Pending,
    /// There will be no more.
    End,
}

/// Collects rows until they form a job.
#[derive(Debug)]
pub struct Packer {
    packing: Packing,
    load: Load,
    /// The row of the last step did not fit. It belongs to the next job.
    again: bool,
    /// The jobs from the division at the end of the input.
    divided: VecDeque<Args>,
}

/// The rows of the next job.
#[derive(Debug, Default)]
struct Load {
    rows: Args,
    lines: usize,
    values: usize,
    /// Their cost, from the budget.
    bytes: usize,
}

impl Packer {
    /// A packer with this rule.
    pub fn new(packing: Packing) -> Packer {
        Packer { packing, load: Load::default(), again: false, divided: VecDeque::new() }
    }

    /// Sets the room of a command line.
    pub fn set_budget(&mut self, budget: Budget) {
        self.packing.budget = budget;
    }

    /// See [`Reader::like_xargs`](super::Reader::like_xargs).
    pub fn like_xargs(&mut self, job_if_empty: bool, drop_rest: bool) {
        (self.packing.job_if_empty, self.packing.drop_rest) = (job_if_empty, drop_rest);
    }

    /// The number of jobs for `rows` rows, if no row costs more than `most` bytes or has more than `values` values.
    /// `None` if the budget may matter.
    pub fn jobs_of(&self, rows: u64, most: usize, values: usize) -> Option<u64> {
        match self.packing.per_job {
            PerJob::One | PerJob::Bare => Some(rows),
            PerJob::Positional(n) => Some(rows.div_ceil(n.max(1) as u64)),
            PerJob::UpTo(n) | PerJob::Lines(n) => {
                let budget = &self.packing.budget;
                let fits = (n <= 1 && self.packing.excess == Excess::Allow)
                    || (most <= budget.longest
                        && budget.holds(most.saturating_mul(n), values.saturating_mul(n)));
                fits.then(|| rows.div_ceil(n.max(1) as u64))
            }
            PerJob::Fill { .. } => None,
        }
    }

    /// The next job. Reads, and blocks, only if it may.
    #[inline]
    pub fn next(&mut self, rows: &mut Rows, may_read: bool) -> Result<NextJob, InputError> {
        let next = self.next_of_rows(rows, may_read)?;
        if !self.packing.job_if_empty || next == NextJob::Pending {
            return Ok(next);
        }
        self.packing.job_if_empty = false;
        Ok(if next == NextJob::End { NextJob::Job(Args::None) } else { next })
    }

    #[inline]
    fn next_of_rows(&mut self, rows: &mut Rows, may_read: bool) -> Result<NextJob, InputError> {
        match self.packing.per_job {
            PerJob::One => next_single(rows, may_read, false),
            PerJob::Bare => next_single(rows, may_read, true),
            PerJob::Positional(n) => self.next_positional(rows, may_read, n),
            PerJob::UpTo(_) | PerJob::Lines(_) | PerJob::Fill { .. } => self.next_packed(rows, may_read),
        }
    }

    /// The collected rows, after an error of the input.
    pub fn rest(&mut self) -> Vec<Args> {
        if self.packing.drop_rest {
            return Vec::new();
        }
        let mut jobs: Vec<Args> = self.divided.drain(..).collect();
        if let NextJob::Job(args) = self.last() {
            jobs.push(args);
            jobs.extend(self.divided.drain(..));
        }
        jobs
    }

    fn next_positional(&mut self, rows: &mut Rows, may_read: bool, n: usize) -> Result<NextJob, InputError> {
        while self.load.lines < n.max(1) {
            match rows.advance(may_read)? {
                Step::Item => {}
                Step::Pending => return Ok(NextJob::Pending),
                Step::End if self.load.lines == 0 => return Ok(NextJob::End),
                Step::End => break,
            }
            if let Args::One(row) = &mut self.load.rows {
                rows.record().for_each(|value| row.push(value));
            } else {
                self.load.rows = Args::One(rows.take_row());
            }
            self.load.lines += 1;
        }
        Ok(NextJob::Job(std::mem::take(&mut self.load).rows))
    }

    fn next_packed(&mut self, rows: &mut Rows, may_read: bool) -> Result<NextJob, InputError> {
        if let Some(args) = self.divided.pop_front() {
            return Ok(NextJob::Job(args));
        }
        loop {
            if !std::mem::take(&mut self.again) {
                match rows.advance(may_read)? {
                    Step::Item => {}
                    Step::Pending => return Ok(NextJob::Pending),
                    Step::End => return Ok(self.last()),
                }
            }
            let record = rows.record();
            let budget = &self.packing.budget;
            let (mut cost, mut values, mut long) = (0_usize, 0, false);
            record.for_each(|value| {
                cost = cost.saturating_add(budget.cost(value));
                values += 1;
                long |= value.len() > budget.longest;
            });
            let fits = !long && budget.holds(self.load.bytes.saturating_add(cost), self.load.values + values);
            let refused = match self.packing.excess {
                Excess::Allow => false,
                Excess::OneRow => self.load.is_empty(),
                Excess::Never => self.load.is_empty() || self.is_counted(),
            };
            if !fits && refused {
                return Err(InputError::TooLong { row: rows.number(), before: self.load.rows.records() });
            }
            if !fits && !self.load.is_empty() {
                self.again = true;
                return Ok(NextJob::Job(self.load.take()));
            }
            self.load.add(record, cost);
            self.load.values += values;
            self.load.lines += usize::from(rows.ends_line());
            if self.is_full() || !fits {
                return Ok(NextJob::Job(self.load.take()));
            }
        }
    }

    /// True if the user gave the number of rows. Fewer rows are then an error with `-x`.
    fn is_counted(&self) -> bool {
        matches!(self.packing.per_job, PerJob::UpTo(_) | PerJob::Lines(_))
    }

    #[inline]
    fn is_full(&self) -> bool {
        match self.packing.per_job {
            PerJob::Lines(n) => self.load.lines >= n,
            PerJob::UpTo(n) | PerJob::Fill { max: Some(n), .. } => self.load.rows.records() >= n,
            _ => false,
        }
    }

    /// The remaining rows at the end of the input: one job, or with `-X` and `-m` one job for each slot.
    fn last(&mut self) -> NextJob {
        let shares = match self.packing.per_job {
            PerJob::Fill { spread, .. } => spread.max(1),
            _ => 1,
        };
        if self.load.is_empty() {
            return NextJob::End;
        }
        let args = self.load.take();
        let size = args.records().div_ceil(shares);
        if shares == 1 {
            return NextJob::Job(args);
        }
        self.divided = args.pieces(size).into();
        self.divided.pop_front().map_or(NextJob::End, NextJob::Job)
    }
}

impl Load {
    fn is_empty(&self) -> bool {
        matches!(self.rows, Args::None)
    }

    #[inline]
    fn add(&mut self, record: Record<'_>, cost: usize) {
        self.bytes = self.bytes.saturating_add(cost);
        match (&mut self.rows, record) {
            (Args::Packed(row), Record::Value(value)) => row.push(value),
            (Args::None, Record::Value(value)) => self.rows = Args::Packed(Row::one(value)),
            (Args::Many(rows), record) => rows.push(record.to_row()),
            (Args::None, record) => self.rows = Args::Many(vec![record.to_row()]),
            (Args::Packed(row) | Args::One(row), record) => {
                let mut rows: Vec<Row> = row.values().map(Row::one).collect();
                rows.push(record.to_row());
                self.rows = Args::Many(rows);
            }
        }
    }

    fn take(&mut self) -> Args {
        let mut rows = std::mem::take(self).rows;
        // The job may wait for a long time, with many others.
        if let Args::Packed(row) = &mut rows {
            row.shrink();
        }
        rows.simplified()
    }
}

/// A job with one row, or (bare) without arguments.
#[inline]
fn next_single(rows: &mut Rows, may_read: bool, bare: bool) -> Result<NextJob, InputError> {
    Ok(match rows.advance(may_read)? {
        Step::Item if bare => NextJob::Job(Args::None),
        Step::Item => NextJob::Job(Args::One(rows.take_row())),
        Step::Pending => NextJob::Pending,
        Step::End => NextJob::End,
    })
}
