//! `TRACEPARENT`: the identity of a trace that goes through several programs (W3C Trace Context). Pure.
//!
//! A run that gets one and writes a trace gives each attempt its own: the same trace, and a new span as the parent of
//! the job's spans. A value that is not valid is not used.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// The name of the variable.
pub const VARIABLE: &str = "TRACEPARENT";

/// A valid `TRACEPARENT`, and the source of the spans of the attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    parent: SpanId,
    flags: u8,
    /// The start of the sequence of spans. It differs in each run.
    seed: u64,
}

/// The number of a span; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanId(u64);

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl TraceContext {
    /// Reads a value. `None` if it is not valid: other lengths, upper case, the version `ff`, or zeros only.
    ///
    /// A later version than 00 may have more fields. Its first four are read, as the recommendation says.
    pub fn parse(value: &[u8]) -> Option<TraceContext> {
        let value = str::from_utf8(value).ok()?;
        let mut fields = value.splitn(5, '-');
        let version = u8::try_from(hexadecimal(fields.next()?, 2)?).ok()?;
        let trace = hexadecimal(fields.next()?, 32)?;
        let parent = u64::try_from(hexadecimal(fields.next()?, 16)?).ok()?;
        let flags = u8::try_from(hexadecimal(fields.next()?, 2)?).ok()?;
        let more = fields.next().is_some();
        let valid = version != 0xff && (version > 0 || !more) && trace != 0 && parent != 0;
        valid.then(|| TraceContext {
            trace,
            parent: SpanId(parent),
            flags,
            seed: RandomState::new().hash_one(std::process::id()),
        })
    }

    /// A new span. `number` differs for each attempt of the run, and therefore the span does.
    pub fn span(&self, number: u64) -> SpanId {
        // SplitMix64 maps each number to another one. Only one number is mapped to 0.
        let mixed = |number: u64| {
            let mut z = self.seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ z >> 31
        };
        match mixed(number) {
            0 => SpanId(mixed(u64::MAX)),
            span => SpanId(span),
        }
    }

    /// The value for a program whose parent is this span. Version 00 has two flags, and others are not passed on.
    pub fn below(&self, span: SpanId) -> String {
        format!("00-{:032x}-{span}-{:02x}", self.trace, self.flags & 3)
    }

    /// The value that the run got, in the form of version 00.
    pub fn own(&self) -> String {
        self.below(self.parent)
    }
}

/// A number of exactly so many hexadecimal digits in lower case.
fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let plain = text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    plain.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_value_is_read_and_written_again() {
        let context = TraceContext::parse(VALID.as_bytes()).unwrap();
        assert_eq!(context.own(), VALID);
        let later = format!("cc{}-more-of-it", &VALID[2..]);
        assert_eq!(TraceContext::parse(later.as_bytes()).unwrap().own(), VALID);
        let flags = format!("{}ff", &VALID[..VALID.len() - 2]);
        assert!(TraceContext::parse(flags.as_bytes()).unwrap().own().ends_with("-03"));
    }

    #[test]
    fn an_invalid_value_is_none() {
        let zeros = ["0".repeat(32), "0".repeat(16)];
        for wrong in [
            String::new(),
            VALID.to_uppercase(),
            format!("ff{}", &VALID[2..]),
            format!("{VALID}-more"),
            format!("{VALID}0"),
            format!(" {VALID}"),
            VALID.replace("-00f0", "_00f0"),
            VALID.replace("4bf92f3577b34da6a3ce929d0e0e4736", &zeros[0]),
            VALID.replace("00f067aa0ba902b7", &zeros[1]),
            VALID.replace("00f067aa", "+0f067aa"),
        ] {
            assert_eq!(TraceContext::parse(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(TraceContext::parse(b"\xff"), None);
    }

    #[test]
    fn each_attempt_has_a_span_of_its_own() {
        let context = TraceContext::parse(VALID.as_bytes()).unwrap();
        let spans: HashSet<u64> = (0..10_000).map(|n| context.span(n).0).collect();
        assert_eq!(spans.len(), 10_000);
        assert!(!spans.contains(&0));
        let child = context.below(context.span(1));
        assert_eq!((&child[..36], child.len()), (&VALID[..36], VALID.len()));
    }

    proptest! {
        /// Any text that is read gives a value that is valid, and equal when it is read again.
        #[test]
        fn what_is_written_is_valid(text in "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}") {
            if let Some(context) = TraceContext::parse(text.as_bytes()) {
                let again = TraceContext::parse(context.own().as_bytes()).unwrap();
                prop_assert_eq!(again.own(), context.own());
            } else {
                prop_assert!(text.starts_with("ff") || text.contains(&"0".repeat(16)));
            }
        }
    }
}
