//! Tables with a JSON object on each line. Bytes that are not UTF-8 are U+FFFD, and a second field with the suffix
//! `_base64` has them all, as in the metrics.

use super::row::{Row, in_pieces, seconds};
use crate::exec::Capture;
use crate::run::records::metrics::{base64, text};
use std::io::{self, Read, Write};

/// Writes a row.
pub fn write(row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
    let (record, usage) = (&row.record, row.facts.usage);
    write!(to, "{{\"seq\":{},\"host\":", record.seq)?;
    string(&String::from_utf8_lossy(record.host), to)?;
    write!(
        to,
        ",\"start_s\":{},\"runtime_s\":{},\"send\":{},\"receive\":{},\"exitval\":{},\"signal\":{}",
        seconds(record.began),
        seconds(record.took),
        record.sent,
        record.received,
        record.exit.exitval(),
        record.exit.signal()
    )?;
    let (command, bytes) = text(record.command);
    to.write_all(b",\"command\":")?;
    string(&command, to)?;
    if let Some(bytes) = bytes {
        write!(to, ",\"command_base64\":\"{bytes}\"")?;
    }
    values(row, to)?;
    output("stdout", row.out, to)?;
    output("stderr", row.err, to)?;
    writeln!(
        to,
        ",\"attempts\":{},\"slot\":{},\"user_s\":{},\"system_s\":{},\"max_rss\":{}}}",
        row.facts.attempt,
        row.facts.slot.0,
        seconds(usage.user),
        seconds(usage.system),
        usage.max_rss
    )
}

/// The values of the input.
fn values(row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
    let values: Vec<(String, Option<String>)> = row.args.values().map(text).collect();
    let mut array = |name: &str, values: &mut dyn Iterator<Item = &str>| {
        write!(to, ",\"{name}\":[")?;
        for (at, value) in values.enumerate() {
            to.write_all(if at == 0 { b"" } else { b"," })?;
            string(value, to)?;
        }
        to.write_all(b"]")
    };
    array("args", &mut values.iter().map(|(text, _)| text.as_str()))?;
    if values.iter().any(|(_, bytes)| bytes.is_some()) {
        let bytes: Vec<String> = row.args.values().map(base64).collect();
        array("args_base64", &mut bytes.iter().map(String::as_str))?;
    }
    Ok(())
}

fn string(text: &str, to: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(to, text).map_err(io::Error::from)
}

/// A field with an output, in pieces.
fn output(name: &str, output: &Capture, to: &mut dyn Write) -> io::Result<()> {
    write!(to, ",\"{name}\":\"")?;
    let (mut valid, mut rest) = (true, Vec::new());
    in_pieces(&mut output.reader()?, |piece| {
        rest.extend_from_slice(piece);
        // A character may be cut at the end of a piece.
        let end = rest.len() - cut_character(&rest);
        valid &= inside(&rest[..end], to)?;
        rest.drain(..end);
        Ok(())
    })?;
    valid &= inside(&rest, to)?;
    to.write_all(b"\"")?;
    if !valid {
        write!(to, ",\"{name}_base64\":\"")?;
        in_pieces(&mut output.reader()?, |piece| to.write_all(base64(piece).as_bytes()))?;
        to.write_all(b"\"")?;
    }
    Ok(())
}

/// The inside of a string. False when the bytes are not UTF-8.
fn inside(bytes: &[u8], to: &mut dyn Write) -> io::Result<bool> {
    let text = String::from_utf8_lossy(bytes);
    let quoted = serde_json::to_vec(&*text).map_err(io::Error::from)?;
    to.write_all(&quoted[1..quoted.len() - 1])?;
    Ok(matches!(text, std::borrow::Cow::Borrowed(_)))
}

/// The bytes at the end that are the start of a character.
fn cut_character(bytes: &[u8]) -> usize {
    let last = &bytes[bytes.len().saturating_sub(3)..];
    let Some(start) = last.iter().rposition(|byte| byte & 0xc0 == 0xc0) else { return 0 };
    let length = last[start].leading_ones() as usize;
    let seen = last.len() - start;
    if length <= 4 && seen < length { seen } else { 0 }
}

/// The length of a file up to the end of its last line.
pub fn whole_lines(file: &mut dyn Read) -> io::Result<u64> {
    let (mut at, mut whole) = (0, 0);
    in_pieces(file, |piece| {
        if let Some(end) = memchr::memrchr(b'\n', piece) {
            whole = at + end as u64 + 1;
        }
        at += piece.len() as u64;
        Ok(())
    })?;
    Ok(whole)
}
