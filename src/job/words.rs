//! The words of one command in one allocation. A command line of `-X` has hundreds of thousands of words.

use std::ffi::CStr;

/// Words without NUL. A NUL follows each of them, as the kernel expects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    bytes: Vec<u8>,
    count: usize,
}

/// A word is refused because it contains a NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldsNul;

impl Words {
    /// No word, with room for this many bytes, including a NUL for each word.
    pub fn with_room(bytes: usize) -> Words {
        Words { bytes: Vec::with_capacity(bytes), count: 0 }
    }

    /// Adds a word at the end.
    pub fn push(&mut self, word: &[u8]) -> Result<(), HoldsNul> {
        if word.contains(&0) {
            return Err(HoldsNul);
        }
        self.bytes.extend_from_slice(word);
        self.bytes.push(0);
        self.count += 1;
        Ok(())
    }

    /// Adds a word that has no NUL.
    pub fn push_c(&mut self, word: &CStr) {
        self.bytes.extend_from_slice(word.to_bytes_with_nul());
        self.count += 1;
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True without a word.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The length of all words together in bytes, including their NULs.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The first word.
    pub fn first(&self) -> Option<&CStr> {
        self.iter().next()
    }

    /// All words in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.bytes, left: self.count }
    }
}

impl<'a> IntoIterator for &'a Words {
    type Item = &'a CStr;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<'a> FromIterator<&'a CStr> for Words {
    fn from_iter<I: IntoIterator<Item = &'a CStr>>(words: I) -> Words {
        let mut all = Words::default();
        words.into_iter().for_each(|word| all.push_c(word));
        all
    }
}

/// The iterator over [`Words`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a CStr;

    fn next(&mut self) -> Option<&'a CStr> {
        let word = CStr::from_bytes_until_nul(self.rest).ok()?;
        self.rest = &self.rest[word.count_bytes() + 1..];
        self.left -= 1;
        Some(word)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_returned_unchanged() {
        let mut words = Words::with_room(4);
        words.push(b"a b").unwrap();
        words.push(b"").unwrap();
        words.push_c(c"\xff");
        assert_eq!(words.push(b"x\0y"), Err(HoldsNul));
        assert_eq!(words.iter().collect::<Vec<_>>(), [c"a b", c"", c"\xff"]);
        assert_eq!((words.len(), words.bytes(), words.first()), (3, 7, Some(c"a b")));
        assert_eq!(words.iter().skip(1).size_hint(), (2, Some(2)));
        assert_eq!(words.iter().collect::<Words>(), words);
        assert_eq!((Words::default().first(), Words::default().is_empty()), (None, true));
    }
}
