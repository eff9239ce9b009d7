//! The values of a placeholder in one job: columns of one record, or of all records of the job.

use std::io::Write;

use super::error::RenderError;
use super::form::{Column, Placeholder};
use super::syntax::Values;
use crate::job::{Args, Row};

/// The values available to a placeholder: those of the whole job, or of one record while a word is repeated.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    Job(&'a Args),
    Record(&'a Row),
    One(&'a [u8]),
}

impl<'a> Scope<'a> {
    /// One scope for each record, for repeated words. A job without records has one empty scope.
    pub(crate) fn of_records(args: &'a Args) -> impl Iterator<Item = Scope<'a>> {
        let count = args.records().max(1);
        (0..count).map(move |at| match args {
            Args::Many(rows) => rows.get(at).map_or(Scope::Job(args), Scope::Record),
            Args::Packed(row) => row.get(at).map_or(Scope::Job(args), Scope::One),
            Args::None | Args::One(_) => Scope::Job(args),
        })
    }

    fn len(self) -> usize {
        match self {
            Scope::Job(Args::None) => 0,
            Scope::Job(Args::One(row) | Args::Packed(row)) | Scope::Record(row) => row.len(),
            Scope::Job(Args::Many(rows)) => rows.iter().map(Row::len).sum(),
            Scope::One(_) => 1,
        }
    }

    /// The value at `index`, from 0, across all records.
    fn get(self, mut index: usize) -> Option<&'a [u8]> {
        match self {
            Scope::Job(Args::None) => None,
            Scope::Job(Args::One(row) | Args::Packed(row)) | Scope::Record(row) => row.get(index),
            Scope::Job(Args::Many(rows)) => {
                for row in rows {
                    match index.checked_sub(row.len()) {
                        Some(left) => index = left,
                        None => return row.get(index),
                    }
                }
                None
            }
            Scope::One(value) => (index == 0).then_some(value),
        }
    }

    /// The value of a column: from 1, negative from the end. `None` if there is no such column.
    fn column(self, number: i32) -> Option<&'a [u8]> {
        let distance = number.unsigned_abs() as usize;
        if number > 0 { self.get(distance - 1) } else { self.get(self.len().checked_sub(distance)?) }
    }

    fn each(self, f: &mut dyn FnMut(&'a [u8])) {
        match self {
            Scope::Job(Args::None) => {}
            Scope::Job(Args::One(row) | Args::Packed(row)) | Scope::Record(row) => row.values().for_each(f),
            Scope::Job(Args::Many(rows)) => rows.iter().flat_map(Row::values).for_each(f),
            Scope::One(value) => f(value),
        }
    }
}

/// Calls `f` with each value of the placeholder. A missing column of a record is an empty value, because rows of a table
/// may be short. A missing record of a job (the last one of -n or -N) is no value, and therefore no word.
pub(crate) fn each(
    placeholder: &Placeholder,
    values: &Values<'_>,
    scope: Scope<'_>,
    f: &mut dyn FnMut(&[u8]),
) -> Result<(), RenderError> {
    let number = match placeholder {
        Placeholder::Seq => values.seq.0,
        Placeholder::PaddedSeq => {
            let width = values.total.ok_or(RenderError::NoTotal)?.to_string().len();
            f(format!("{:0width$}", values.seq.0).as_bytes());
            return Ok(());
        }
        Placeholder::Slot => u64::from(values.slot.0),
        Placeholder::Total => values.total.ok_or(RenderError::NoTotal)?,
        Placeholder::Value(Column::All, form) => {
            scope.each(&mut |value| f(&form.apply(value)));
            return Ok(());
        }
        Placeholder::Value(Column::Number(number), form) => {
            f(&form.apply(scope.column(*number).unwrap_or_default()));
            return Ok(());
        }
        Placeholder::Value(Column::Record(number), form) => {
            if let Some(value) = scope.column(*number) {
                f(&form.apply(value));
            }
            return Ok(());
        }
        Placeholder::Value(Column::Job(number), form) => {
            if let Some(value) = Scope::Job(values.args).column(*number) {
                f(&form.apply(value));
            }
            return Ok(());
        }
    };
    let mut digits = [0_u8; 20];
    let mut room = &mut digits[..];
    // Every u64 fits into twenty digits, so this write cannot fail.
    let _ = write!(room, "{number}");
    let left = room.len();
    f(&digits[..20 - left]);
    Ok(())
}

/// Appends the values to `out`, separated by blanks.
pub(crate) fn join(
    placeholder: &Placeholder,
    values: &Values<'_>,
    scope: Scope<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RenderError> {
    let mut first = true;
    each(placeholder, values, scope, &mut |value| {
        if !std::mem::replace(&mut first, false) {
            out.push(b' ');
        }
        out.extend_from_slice(value);
    })
}
