//! Parsers of option values: durations, sizes, ratios, numbers of workers. Pure. Every error describes a valid value.
//! The caller checks the range of an option.

use std::fmt;
use std::time::Duration;

/// Why a value was refused, with a description of a valid one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(pub String);

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

impl ParseError {
    /// A refusal of `text`. `wanted` describes a valid value.
    pub fn wanted(text: &str, wanted: &str) -> ParseError {
        ParseError(format!("'{}' is not {wanted}", text.escape_debug()))
    }
}

const DURATION: &str = "a duration such as 30, 1.5s, 200ms, 1m30s or 2d";
const SIZE: &str = "a size such as 4096, 100k, 1.5G or 2Gi";
const RATIO: &str = "a ratio such as 0.8 or 80%";
const COUNT: &str = "a number such as 8, 150% (of the cores), +2 or -1 (from the cores), 0 or auto";

/// The longest duration in seconds: some 300 years, so that sums do not overflow.
const LONGEST_S: f64 = 1e10;

/// Parses `digits[.digits]` or `.digits` at the start, without sign, exponent or space. Returns the number and the
/// rest.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if !digits.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

/// Parses a duration: a sum of numbers with the units `ms`, `s`, `m`, `h`, `d` in upper or lower case, or as they are
/// written out (`5min`, `2hours`). A last number without a unit is in seconds, as with GNU parallel: `1m30`.
pub fn duration(text: &str) -> Result<Duration, ParseError> {
    let wrong = || ParseError::wanted(text, DURATION);
    let mut total = 0.0;
    let mut rest = text;
    loop {
        let (value, after) = number(rest).ok_or_else(wrong)?;
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        total += value
            * match unit.to_ascii_lowercase().as_str() {
                "ms" | "msec" | "msecs" => 1e-3,
                "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
                "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
                "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0,
                "d" | "day" | "days" => 86_400.0,
                _ => return Err(wrong()),
            };
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    if total > LONGEST_S {
        return Err(ParseError::wanted(text, "a duration below 300 years"));
    }
    Duration::try_from_secs_f64(total).map_err(|_| wrong())
}

/// Parses a number of bytes with GNU parallel's suffixes: `k m g t p e` are powers of 1000, `K M G T P E` and all
/// suffixes with `i` are powers of 1024. A `B` or `b` may follow: `100kb`.
pub fn size(text: &str) -> Result<u64, ParseError> {
    let wrong = || ParseError::wanted(text, SIZE);
    let (value, suffix) = number(text).ok_or_else(wrong)?;
    let shorter =
        suffix.strip_suffix('B').or_else(|| suffix.strip_suffix('b').filter(|unit| !unit.is_empty()));
    let suffix = shorter.unwrap_or(suffix);
    let (letter, binary) = match suffix.as_bytes() {
        [] => (b'\0', false),
        [letter] => (letter.to_ascii_lowercase(), letter.is_ascii_uppercase()),
        [letter, b'i' | b'I'] => (letter.to_ascii_lowercase(), true),
        _ => return Err(wrong()),
    };
    let power = match letter {
        b'\0' => 0,
        b'k' => 1,
        b'm' => 2,
        b'g' => 3,
        b't' => 4,
        b'p' => 5,
        b'e' => 6,
        _ => return Err(wrong()),
    };
    let bytes = (value * f64::powi(if binary { 1024.0 } else { 1000.0 }, power)).round();
    if bytes >= u64::MAX as f64 {
        return Err(ParseError::wanted(text, "a size below 16 Ei"));
    }
    Ok(bytes as u64)
}

/// Parses a switch from the environment; the empty text is no.
pub fn switch(text: &str) -> Result<bool, ParseError> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "on" | "true" | "t" | "1" => Ok(true),
        "no" | "n" | "off" | "false" | "f" | "0" | "" => Ok(false),
        _ => Err(ParseError::wanted(text, "yes or no (1 or 0, true or false, on or off)")),
    }
}

/// Parses a niceness from -20 to 19.
pub fn niceness(text: &str) -> Result<i32, ParseError> {
    let number = text.parse().ok().filter(|n| (-20..=19).contains(n));
    number.ok_or_else(|| ParseError::wanted(text, "a niceness from -20 to 19"))
}

/// Parses a ratio, at least 0: `0.8` and `80%` are equal.
pub fn ratio(text: &str) -> Result<f64, ParseError> {
    match number(text) {
        Some((value, "")) if value.is_finite() => Ok(value),
        Some((value, "%")) if value.is_finite() => Ok(value / 100.0),
        _ => Err(ParseError::wanted(text, RATIO)),
    }
}

/// A number of workers: `N`, `N%` (of the cores), `+N` or `-N` (more or fewer than cores), `0` (as many as possible),
/// `auto`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Count {
    /// The policy decides.
    Auto,
    /// As many as possible (`0`).
    Unlimited,
    /// This many.
    Exact(u32),
    /// This multiple of the cores (`150%` is 1.5).
    OfCores(f64),
    /// This many more than cores, or fewer if negative.
    CoresPlus(i64),
}

impl Count {
    /// The number for this many cores, at least 1; `None` for `auto` and `0`.
    pub fn resolve(self, cores: f64) -> Option<u32> {
        let whole = |n: f64| (n + 1e-9).floor().clamp(1.0, f64::from(u32::MAX)) as u32;
        match self {
            Count::Auto | Count::Unlimited => None,
            Count::Exact(n) => Some(n.max(1)),
            Count::OfCores(part) => Some(whole(cores * part)),
            Count::CoresPlus(more) => Some(whole(cores.ceil() + more as f64)),
        }
    }
}

/// Parses a [`Count`].
pub fn count(text: &str) -> Result<Count, ParseError> {
    let wrong = || ParseError::wanted(text, COUNT);
    let plain = |digits: &str| {
        let only_digits = digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| only_digits)
    };
    if text == "auto" {
        Ok(Count::Auto)
    } else if let Some(percent) = text.strip_suffix('%') {
        match number(percent) {
            Some((value, "")) if value > 0.0 && value.is_finite() => Ok(Count::OfCores(value / 100.0)),
            _ => Err(wrong()),
        }
    } else if let Some(more) = text.strip_prefix('+') {
        plain(more).map(|n| Count::CoresPlus(i64::from(n))).ok_or_else(wrong)
    } else if let Some(fewer) = text.strip_prefix('-') {
        plain(fewer).map(|n| Count::CoresPlus(-i64::from(n))).ok_or_else(wrong)
    } else {
        match plain(text).ok_or_else(wrong)? {
            0 => Ok(Count::Unlimited),
            n => Ok(Count::Exact(n)),
        }
    }
}

#[cfg(test)]
mod tests;
