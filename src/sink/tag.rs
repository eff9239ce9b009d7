//! Puts the tag of a job and a tab before each of its lines. Pure.
//!
//! As with GNU parallel, a last line without a newline gets a tag and no newline. Bytes come in pieces of any size, so
//! the state is whether the next byte begins a line.

use memchr::memchr;
use std::sync::Arc;

/// The text before each line of a job, without the tab. Shared by all output of the job.
pub type Tag = Arc<[u8]>;

/// Adds `bytes` to `out`, with `tag` and a tab before each line. `at_line_start`: the first byte begins a line. Returns
/// whether the byte after the last one begins a line.
pub fn prefix(out: &mut Vec<u8>, tag: &[u8], mut bytes: &[u8], mut at_line_start: bool) -> bool {
    while !bytes.is_empty() {
        if at_line_start {
            out.extend_from_slice(tag);
            out.push(b'\t');
        }
        let end = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        at_line_start = bytes[end - 1] == b'\n';
        out.extend_from_slice(&bytes[..end]);
        bytes = &bytes[end..];
    }
    at_line_start
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        prefix(&mut out, b"t", bytes, true);
        out
    }

    /// The output of GNU parallel 20221122 for the same input.
    #[test]
    fn lines_are_tagged_and_no_newline_is_made_up() {
        assert_eq!(whole(b"a\nb"), b"t\ta\nt\tb");
        assert_eq!(whole(b"\n\nx\n"), b"t\t\nt\t\nt\tx\n");
        assert_eq!(whole(b""), b"");
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(text in "[ab\n]{0,30}", cuts in proptest::collection::vec(0usize..30, 0..5)) {
            let (mut out, mut at_line_start, mut from) = (Vec::new(), true, 0);
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            for to in cuts.into_iter().chain([text.len()]) {
                at_line_start = prefix(&mut out, b"t", &text.as_bytes()[from..to], at_line_start);
                from = to;
            }
            prop_assert_eq!(&out, &whole(text.as_bytes()));
            let lines: Vec<_> = String::from_utf8(out).unwrap().split_inclusive('\n').map(|line| line[2..].to_owned()).collect();
            prop_assert_eq!(lines.concat(), text);
        }
    }
}
