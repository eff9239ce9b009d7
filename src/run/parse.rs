//! The small languages of option values: durations, sizes, ratios, numbers of workers, signals. Pure; every error says what
//! would be right.

use std::fmt;
use std::time::Duration;

/// Why a value was refused: a phrase that says what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(pub String);

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

/// A number of workers: `N`, `N%`, `+N`, `-N`, `0`, `auto`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Count {
    /// The policy finds it.
    Auto,
    /// As many as possible (`0`).
    Unlimited,
    /// This many.
    Exact(u32),
    /// This part of the cores (`150%` is 1.5).
    OfCores(f64),
    /// So many more than cores (or fewer).
    CoresPlus(i64),
}

impl Count {
    /// The number for so many cores, at least 1; `None` for `auto` and `0`.
    pub fn resolve(self, _cores: f64) -> Option<u32> {
        None
    }
}

/// `30s`, `1m30s`, `2d`, `1.5`, `200ms`.
pub fn duration(_text: &str) -> Result<Duration, ParseError> {
    Ok(Duration::ZERO)
}
/// Bytes: `10`, `1k` (1000), `1K` and `1Ki` (1024), `1.5G`, …
pub fn size(_text: &str) -> Result<u64, ParseError> {
    Ok(0)
}
/// `0.8` or `80%`.
pub fn ratio(_text: &str) -> Result<f64, ParseError> {
    Ok(0.0)
}
/// `8`, `150%`, `+2`, `-1`, `0`, `auto`.
pub fn count(_text: &str) -> Result<Count, ParseError> {
    Ok(Count::Auto)
}
/// `TERM`, `SIGTERM`, `15`.
pub fn signal(_text: &str) -> Result<i32, ParseError> {
    Ok(15)
}
/// `TERM` for 15.
pub fn signal_name(_signal: i32) -> Option<&'static str> {
    None
}
