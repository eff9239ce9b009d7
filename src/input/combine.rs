//! Several sources to one stream of rows: side by side (`:::+`, `--link`) and in all combinations, the last source
//! changing fastest, as GNU parallel has it.
//!
//! Lazy in every direction: the first group of sources streams; the others are read while the first row of it is
//! combined, so that their rows too are handed on as they come, and are then kept for the rows that follow. A group
//! without rows makes no combination.

use super::columns::ColumnReader;
use super::error::InputError;
use super::split::{Record, Step};
use crate::job::Row;

/// Sources side by side: one row of the group is one row of each.
pub struct Group {
    members: Vec<Member>,
    /// `--link`: a source that has ended begins again, until all have ended. Else the first to end ends the group.
    repeats: bool,
    /// The row in the making: some members have given theirs, and the next one has to be waited for.
    row: Row,
    next: usize,
    /// A member has given something new for the row in the making.
    is_new: bool,
    /// Rows given so far.
    given: usize,
    ended: bool,
}

struct Member {
    reader: ColumnReader,
    /// What it gave, to be given again.
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

    /// Goes to the next row. What has come of it is kept when it has to wait for the rest.
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

    /// Adds to the row what member `self.next` has for it; nothing when it has never had anything.
    fn advance_member(&mut self, may_read: bool) -> Result<Step, InputError> {
        let at = self.next;
        // What is the last one running will never be repeated, so a long stream beside a short list stays a stream.
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

    /// A source without rows cannot be repeated beside one that has some.
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

    /// How many rows there will be, when every member is known, and the most that one row costs.
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
    /// The rows of each group that have come; never any of the first, which is not repeated.
    kept: Vec<Vec<Row>>,
    /// How many rows of each group have been used since the group before it moved.
    used: Vec<usize>,
    /// The group that moves next. Those before it stand, those behind it begin again.
    moving: usize,
    row: Row,
}

impl Product {
    /// All combinations of `groups`, of which there must be one at least.
    pub fn new(groups: Vec<Group>) -> Product {
        let n = groups.len();
        let kept = (0..n).map(|_| Vec::new()).collect();
        Product { groups, kept, used: vec![0; n], moving: 0, row: Row::default() }
    }

    /// Goes to the next combination.
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
                    // It stays at its end: an empty group ends everything, without reading the others to theirs.
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

    /// The same as a row of its own; the step's record is gone then.
    pub fn take_row(&mut self) -> Row {
        std::mem::take(&mut self.row)
    }

    /// The names of the values over all sources; none when one of them has none. Waits for the first record of each.
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

    /// How many combinations there will be and the most that one of them costs, when all is on the command line. To be
    /// asked before the first step.
    pub fn known(&self, cost: &dyn Fn(&[u8]) -> usize) -> Option<(u64, usize)> {
        let mut all = (1_u64, 0);
        for group in &self.groups {
            let (rows, most) = group.known(cost)?;
            all = (all.0.saturating_mul(rows), all.1 + most);
        }
        Some(all)
    }

    /// Reads everything: the rows of each group.
    pub fn read_all(&mut self) -> Result<Vec<Vec<Row>>, InputError> {
        for (group, kept) in self.groups.iter_mut().zip(&mut self.kept) {
            while group.advance(true)? == Step::Item {
                kept.push(group.record().to_row());
            }
        }
        Ok(std::mem::take(&mut self.kept))
    }
}

/// Puts sources into groups: all in one with `link`, else those marked as linked with the one before.
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
