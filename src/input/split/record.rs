//! The item of every stage of the input, and the result of advancing a stage.

use crate::job::Row;

/// The result of advancing a stage to its next item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is an item.
    Item,
    /// More input is needed.
    Pending,
    /// There are no more items.
    End,
}

/// A record, or the result of a later stage. Valid until the next step.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// One value.
    Value(&'a [u8]),
    /// Any number of values.
    Fields(&'a Row),
}

impl<'a> Record<'a> {
    /// Calls `each` with every value in order.
    pub fn for_each(&self, mut each: impl FnMut(&'a [u8])) {
        match self {
            Record::Value(value) => each(value),
            Record::Fields(row) => row.values().for_each(each),
        }
    }

    /// An owned copy.
    pub fn to_row(&self) -> Row {
        match self {
            Record::Value(value) => Row::one(*value),
            Record::Fields(row) => (*row).clone(),
        }
    }
}
