//! The stream of rows for the jobs: all sources, after `--skip`, `--head` and `--shuf`.

use super::columns::ColumnReader;
use super::combine::Product;
use super::error::InputError;
use super::shuffle::Random;
use super::split::{Record, Step};
use crate::job::Row;
use std::collections::HashSet;

/// The stream.
pub struct Rows {
    from: From,
    skip: u64,
    /// The number of rows that may still be returned.
    left: u64,
    /// The number of the row, from 1, including skipped rows.
    number: u64,
    names: Option<Vec<Vec<u8>>>,
}

enum From {
    /// A single source, which needs no copy.
    Single(Box<ColumnReader>),
    Product(Product),
    Shuffled(Box<Shuffled>),
}

/// All rows, read at the first step, and their order.
struct Shuffled {
    seed: u64,
    product: Product,
    groups: Vec<Vec<Row>>,
    /// The numbers of the remaining combinations. The next one is the last.
    order: Option<Vec<u32>>,
    row: Row,
}

impl Rows {
    /// Rows of one source.
    pub fn single(reader: ColumnReader) -> Rows {
        Rows::of(From::Single(Box::new(reader)))
    }

    /// Rows of several sources.
    pub fn product(product: Product) -> Rows {
        Rows::of(From::Product(product))
    }

    /// Rows in a random order.
    pub fn shuffled(product: Product, seed: u64) -> Rows {
        let (groups, row) = (Vec::new(), Row::default());
        Rows::of(From::Shuffled(Box::new(Shuffled { seed, product, groups, order: None, row })))
    }

    /// Sets the seed of a random order before its first step.
    pub fn set_seed(&mut self, seed: u64) {
        if let From::Shuffled(shuffled) = &mut self.from {
            shuffled.seed = seed;
        }
    }

    fn of(from: From) -> Rows {
        Rows { from, skip: 0, left: u64::MAX, number: 0, names: None }
    }

    /// Skips the first `skip` rows, in the order of the input, and returns at most `head` rows.
    #[must_use]
    pub fn within(self, skip: u64, head: Option<u64>) -> Rows {
        Rows { skip, left: head.unwrap_or(u64::MAX), ..self }
    }

    /// Advances to the next row. Does not read any more after `head` rows.
    #[inline]
    pub fn advance(&mut self, may_read: bool) -> Result<Step, InputError> {
        loop {
            if self.left == 0 {
                return Ok(Step::End);
            }
            let step = match &mut self.from {
                From::Single(reader) => reader.advance(may_read)?,
                From::Product(product) => product.advance(may_read)?,
                From::Shuffled(shuffled) => shuffled.advance(may_read, &mut self.skip)?,
            };
            if step != Step::Item {
                return Ok(step);
            }
            self.number += 1;
            if self.skip == 0 {
                self.left -= 1;
                return Ok(Step::Item);
            }
            self.skip -= 1;
        }
    }

    /// The row of the last step.
    #[inline]
    pub fn record(&self) -> Record<'_> {
        match &self.from {
            From::Single(reader) => reader.record(),
            From::Product(product) => product.record(),
            From::Shuffled(shuffled) => Record::Fields(&shuffled.row),
        }
    }

    /// Takes the row of the last step; its record is no longer available.
    pub fn take_row(&mut self) -> Row {
        match &mut self.from {
            From::Single(reader) => reader.take_row(),
            From::Product(product) => product.take_row(),
            From::Shuffled(shuffled) => std::mem::take(&mut shuffled.row),
        }
    }

    /// True if the row is the last one of its line.
    pub fn ends_line(&self) -> bool {
        match &self.from {
            From::Single(reader) => reader.ends_line(),
            From::Product(_) | From::Shuffled(_) => true,
        }
    }

    /// The number of the row of the last step, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The names of the values, all different. Empty if there is no header, and then there is no row.
    pub fn header(&mut self) -> Result<&[Vec<u8>], InputError> {
        if self.names.is_none() {
            let names = match &mut self.from {
                From::Single(reader) => reader.header()?.to_vec(),
                From::Product(product) => product.header()?,
                From::Shuffled(shuffled) => shuffled.product.header()?,
            };
            let mut seen = HashSet::new();
            if let Some(name) = names.iter().find(|name| !name.is_empty() && !seen.insert(name.as_slice())) {
                return Err(InputError::SameName { name: name.clone() });
            }
            self.names = Some(names);
        }
        Ok(self.names.as_deref().unwrap_or_default())
    }

    /// The number of rows and the highest cost of one, if all are words of the command line. Only before the first
    /// step.
    pub fn known(&self, cost: &dyn Fn(&[u8]) -> usize) -> Option<(u64, usize)> {
        let (rows, most) = match &self.from {
            From::Single(reader) => reader.known(cost)?,
            From::Product(product) => product.known(cost)?,
            From::Shuffled(shuffled) => shuffled.product.known(cost)?,
        };
        Some((rows.saturating_sub(self.skip).min(self.left), most))
    }
}

impl Shuffled {
    fn advance(&mut self, may_read: bool, skip: &mut u64) -> Result<Step, InputError> {
        let order = match &mut self.order {
            Some(order) => order,
            None if !may_read => return Ok(Step::Pending),
            None => {
                self.groups = self.product.read_all()?;
                let order = shuffled_order(&self.groups, std::mem::take(skip), self.seed)?;
                self.order.insert(order)
            }
        };
        let Some(number) = order.pop() else { return Ok(Step::End) };
        self.row = self.combination(number as usize);
        Ok(Step::Item)
    }

    /// The combination with this number, in the order of the input.
    fn combination(&self, mut number: usize) -> Row {
        let mut rows = Vec::with_capacity(self.groups.len());
        for group in self.groups.iter().rev() {
            rows.push(&group[number % group.len()]);
            number /= group.len();
        }
        Row::of(rows.into_iter().rev().flat_map(Row::values))
    }
}

/// The shuffled numbers of all combinations except the first `skip`. 32 bits are enough, because more would not fit
/// into memory.
fn shuffled_order(groups: &[Vec<Row>], skip: u64, seed: u64) -> Result<Vec<u32>, InputError> {
    let all = groups.iter().try_fold(1_u64, |product, group| product.checked_mul(group.len() as u64));
    let all = all.and_then(|all| u32::try_from(all).ok()).ok_or(InputError::TooManyToShuffle)?;
    let first = u32::try_from(skip).unwrap_or(u32::MAX).min(all);
    let mut order = Vec::new();
    order.try_reserve_exact((all - first) as usize).map_err(|_| InputError::TooManyToShuffle)?;
    order.extend(first..all);
    Random::new(seed).shuffle(&mut order);
    Ok(order)
}
