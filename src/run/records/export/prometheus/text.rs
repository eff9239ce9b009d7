//! The text that Prometheus reads. Pure.
//!
//! Format 0.0.4 in a form that OpenMetrics takes, too: comments are HELP, TYPE and the last line only, no line is
//! empty, no sample has a time, and counters end in `_total`. The text of HELP and TYPE is constant: node_exporter
//! drops the samples of a second file whose text differs.

use std::fmt::{Display, Write};

/// The text so far.
#[derive(Debug)]
pub struct Text {
    lines: String,
    /// The label of every sample, quoted.
    run: String,
    name: &'static str,
}

impl Text {
    /// An empty text. `run` is the label of every sample.
    pub fn new(run: &str) -> Text {
        Text { lines: String::with_capacity(4096), run: quoted(run), name: "" }
    }

    /// The next samples are of this counter.
    pub fn counter(&mut self, name: &'static str, help: &str) -> &mut Text {
        self.family(name, help, "counter")
    }

    /// The next samples are of this gauge.
    pub fn gauge(&mut self, name: &'static str, help: &str) -> &mut Text {
        self.family(name, help, "gauge")
    }

    /// The next buckets are of this histogram.
    pub fn histogram(&mut self, name: &'static str, help: &str) -> &mut Text {
        self.family(name, help, "histogram")
    }

    fn family(&mut self, name: &'static str, help: &str, kind: &str) -> &mut Text {
        self.name = name;
        // A write to a String cannot fail.
        let _ = writeln!(self.lines, "# HELP {name} {help}\n# TYPE {name} {kind}");
        self
    }

    /// A sample, with one more label or none.
    pub fn sample(&mut self, label: Option<(&str, &str)>, value: impl Display) {
        self.line("", label, value);
    }

    /// The samples of a histogram. `counts` has one number more than `bounds`.
    pub fn buckets(&mut self, bounds: &[f64], counts: &[u64], sum: f64) {
        let mut below = 0;
        for (at, count) in counts.iter().enumerate() {
            below += count;
            let bound = bounds.get(at).map_or_else(|| "+Inf".to_owned(), |bound| format!("{bound:?}"));
            self.line("_bucket", Some(("le", &bound)), below);
        }
        self.line("_sum", None, sum);
        self.line("_count", None, below);
    }

    fn line(&mut self, suffix: &str, label: Option<(&str, &str)>, value: impl Display) {
        let _ = write!(self.lines, "{}{suffix}{{run={}", self.name, self.run);
        if let Some((name, text)) = label {
            let _ = write!(self.lines, ",{name}={}", quoted(text));
        }
        let _ = writeln!(self.lines, "}} {value}");
    }

    /// The whole text.
    pub fn finish(mut self) -> Vec<u8> {
        self.lines.push_str("# EOF\n");
        self.lines.into_bytes()
    }
}

/// The value of a label.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
