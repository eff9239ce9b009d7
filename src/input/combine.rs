//! Combines several sources into one stream of rows: pairs (`:::+`, `--link`) and all combinations. As in GNU
//! parallel, the last source changes fastest.
//!
//! The first group of sources is a stream. The other groups are read, and returned, while the first row of it is
//! combined; they are then kept in memory for the next rows. With an empty group there is no combination.

use super::columns::ColumnReader;
use super::error::InputError;
use super::split::{Record, Step};
use crate::job::Row;

/// Paired sources: a row of the group consists of one row of each.
pub struct Group {
    members: Vec<Member>,
    /// `--link`: a source that has ended starts again, until all have ended. Without it, the first source that ends
    /// ends the group.
    repeats: bool,
    /// The incomplete row, while it waits for the next member.
    row: Row,
    next: usize,
    /// A member has added a new value to the incomplete row.
    is_new: bool,
    /// The number of rows so far.
    given: usize,
    ended: bool,
}

struct Member {
    reader: ColumnReader,
    /// Its earlier rows, for repeating.
    kept: Vec<Row>,
    ended: bool,
}

impl Group {
    /// A group of these sources.
    pub fn new(readers: Vec<ColumnReader>, repeats: bool) -> Group {
        let members =
            readers.into_iter().map(|reader| Member { reader, kept: Vec::new(), ended: false }).collect();
        Group { members, repeats, row: no_values(), next: 0, is_new: false, given: 0, ended: false }
    }

    /// Advances to the next row. A partial row is kept while the rest is pending.
    pub fn advance(&mut self, may_read: bool) -> Result<Step, InputError> {
        if self.next == self.members.len() {
            self.row = no_values();
            self.next = 0;
            self.is_new = false;
        }
        while !self.ended && self.next < self.members.len() {
            match self.advance_member(may_read)? {
                Step::Pending => return Ok(Step::Pending),
                Step::Item => self.next += 1,
                Step::End => self.ended = true,
            }
        }
        if !self.ended && !self.is_new {
            self.ended = true;
        }
        if self.ended {
            return Ok(Step::End);
        }
        self.check_first()?;
        self.given += 1;
        Ok(Step::Item)
    }

    /// Adds the values of member `self.next` to the row; none if that member is empty.
    fn advance_member(&mut self, may_read: bool) -> Result<Step, InputError> {
        let at = self.next;
        // The last source that has not ended is never repeated and need not be kept, such as a long stream linked
        // with a short list.
        let keeps = self.repeats && self.members.iter().enumerate().any(|(i, m)| i != at && !m.ended);
        let Member { reader, kept, ended } = &mut self.members[at];
        if !*ended {
            match reader.advance(may_read)? {
                Step::Pending => return Ok(Step::Pending),
                Step::Item => {
                    let record = reader.record();
                    record.for_each(|value| self.row.push(value));
                    if keeps {
                        kept.push(record.to_row());
                    } else {
                        *kept = Vec::new();
                    }
                    self.is_new = true;
                    return Ok(Step::Item);
                }
                Step::End => *ended = true,
            }
        }
        if !self.repeats {
            return Ok(Step::End);
        }
        if let Some(index) = self.given.checked_rem(kept.len()) {
            kept[index].values().for_each(|value| self.row.push(value));
        }
        Ok(Step::Item)
    }

    /// An empty source cannot be repeated for one with rows.
    fn check_first(&self) -> Result<(), InputError> {
        let empty = |m: &Member| m.ended && m.kept.is_empty();
        match self.members.iter().position(empty) {
            Some(source) if self.given == 0 => Err(InputError::NothingToLink { source: source + 1 }),
            _ => Ok(()),
        }
    }

    /// The row of the last step.
    pub fn record(&self) -> Record<'_> {
        Record::Fields(&self.row)
    }

    /// The number of rows and the highest cost of one, if all members are known.
    fn known(&self, cost: &dyn Fn(&[u8]) -> usize) -> Option<(u64, usize)> {
        let mut rows: Option<u64> = None;
        let mut most = 0;
        for member in &self.members {
            let (here, dearest) = member.reader.known(cost)?;
            most += dearest;
            rows = Some(match rows {
                None => here,
                Some(others) if self.repeats => others.max(here),
                Some(others) => others.min(here),
            });
        }
        Some((rows?, most))
    }
}

/// All combinations of groups.
pub struct Product {
    groups: Vec<Group>,
    /// The rows of each group that were read. Empty for the first group, which is not repeated.
    kept: Vec<Vec<Row>>,
    /// The number of rows of each group that were used since the group before it advanced.
    used: Vec<usize>,
    /// The group that advances next. Groups before it keep their row, and groups after it start again.
    moving: usize,
    row: Row,
}

impl Product {
    /// All combinations of `groups`, which must not be empty.
    pub fn new(groups: Vec<Group>) -> Product {
        let n = groups.len();
        let kept = (0..n).map(|_| Vec::new()).collect();
        Product { groups, kept, used: vec![0; n], moving: 0, row: Row::default() }
    }

    /// Advances to the next combination.
    pub fn advance(&mut self, may_read: bool) -> Result<Step, InputError> {
        loop {
            match self.move_group(may_read)? {
                Step::Pending => return Ok(Step::Pending),
                Step::Item if self.moving + 1 == self.groups.len() => break,
                Step::Item => {
                    self.moving += 1;
                    self.used[self.moving] = 0;
                }
                Step::End if self.moving == 0 || self.kept[self.moving].is_empty() => {
                    // An empty group ends the stream; the other groups are not read to their ends.
                    return Ok(Step::End);
                }
                Step::End => self.moving -= 1,
            }
        }
        let mut row = no_values();
        self.groups[0].record().for_each(|value| row.push(value));
        for (kept, used) in self.kept.iter().zip(&self.used).skip(1) {
            kept[used - 1].values().for_each(|value| row.push(value));
        }
        self.row = row;
        Ok(Step::Item)
    }

    fn move_group(&mut self, may_read: bool) -> Result<Step, InputError> {
        let at = self.moving;
        if at == 0 {
            return self.groups[0].advance(may_read);
        }
        if self.used[at] == self.kept[at].len() {
            match self.groups[at].advance(may_read)? {
                Step::Item => self.kept[at].push(self.groups[at].record().to_row()),
                other => return Ok(other),
            }
        }
        self.used[at] += 1;
        Ok(Step::Item)
    }

    /// The combination of the last step.
    pub fn record(&self) -> Record<'_> {
        Record::Fields(&self.row)
    }

    /// Takes the combination as a row; its record is no longer available.
    pub fn take_row(&mut self) -> Row {
        std::mem::take(&mut self.row)
    }

    /// The names of the values of all sources; empty if a source has none. Blocks until the first record of each has
    /// been read.
    pub fn header(&mut self) -> Result<Vec<Vec<u8>>, InputError> {
        let mut names = Vec::new();
        let mut all = true;
        for member in self.groups.iter_mut().flat_map(|g| &mut g.members) {
            let header = member.reader.header()?;
            all &= !header.is_empty();
            names.extend_from_slice(header);
        }
        Ok(if all { names } else { Vec::new() })
    }

    /// The number of combinations and the highest cost of one, if all values are on the command line. Only before the
    /// first step.
    pub fn known(&self, cost: &dyn Fn(&[u8]) -> usize) -> Option<(u64, usize)> {
        let mut all = (1_u64, 0);
        for group in &self.groups {
            let (rows, most) = group.known(cost)?;
            all = (all.0.saturating_mul(rows), all.1 + most);
        }
        Some(all)
    }

    /// Reads all rows of each group.
    pub fn read_all(&mut self) -> Result<Vec<Vec<Row>>, InputError> {
        for (group, kept) in self.groups.iter_mut().zip(&mut self.kept) {
            while group.advance(true)? == Step::Item {
                kept.push(group.record().to_row());
            }
        }
        Ok(std::mem::take(&mut self.kept))
    }
}

/// Divides sources into groups: one group with `link`, and otherwise each linked source with the source before it.
pub fn group(readers: Vec<(ColumnReader, bool)>, link: bool) -> Vec<Group> {
    let mut groups: Vec<Vec<ColumnReader>> = Vec::new();
    for (reader, linked) in readers {
        match groups.last_mut() {
            Some(last) if linked || link => last.push(reader),
            _ => groups.push(vec![reader]),
        }
    }
    groups.into_iter().map(|readers| Group::new(readers, link)).collect()
}

fn no_values() -> Row {
    Row::of(std::iter::empty())
}
