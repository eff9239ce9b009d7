//! The form of JSON numbers in the documents: at most three decimals from 1 on, and six below.

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// A value as indented JSON, without a newline at its end.
pub fn pretty(value: &impl Serialize) -> Vec<u8> {
    with(value, PrettyFormatter::new())
}

/// A value as JSON on one line, without a newline at its end.
pub fn compact(value: &impl Serialize) -> Vec<u8> {
    with(value, CompactFormatter)
}

fn with(value: &impl Serialize, inner: impl Formatter) -> Vec<u8> {
    let mut json = Vec::new();
    match value.serialize(&mut Serializer::with_formatter(&mut json, Rounded(inner))) {
        Ok(()) => json,
        Err(_) => b"null".to_vec(),
    }
}

/// Rounds numbers, and leaves the rest to another formatter.
struct Rounded<F>(F);

impl<F: Formatter> Formatter for Rounded<F> {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.0.write_f64(writer, rounded(value))
    }
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }
    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }
    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }
    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }
    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

fn rounded(value: f64) -> f64 {
    let factor = if value.abs() >= 1.0 { 1e3 } else { 1e6 };
    let scaled = value * factor;
    // Larger numbers have no decimals.
    if scaled.abs() < 1e15 { scaled.round() / factor } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded() {
        let json = |value: f64| String::from_utf8(compact(&value)).unwrap();
        assert_eq!(json(4_116.159_557_999_999), "4116.16");
        assert_eq!(json(0.012_345_678_9), "0.012346");
        assert_eq!(json(-2.0), "-2.0");
        assert_eq!(json(1.5e18), "1.5e+18");
        assert_eq!(json(f64::NAN), "null");
    }
}
