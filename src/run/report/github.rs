//! What GitHub Actions reads: annotations in the log, and a table in the summary of the step. Pure.

use super::ending::Ending;
use crate::run::records::metrics::FailedJob;
use std::fmt::Write as _;

/// The failed jobs that the table names.
const LISTED: usize = 50;

/// A line that GitHub shows as an error.
pub fn error(text: &str) -> String {
    format!("::error::{}", data(text))
}

/// A text as the message of a command in the log.
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The summary of a run, in Markdown.
pub fn step_summary(ending: &Ending, failures: &[FailedJob], failed: u64) -> String {
    let mut text = format!("### apool\n\n{}\n", cell(&ending.line()));
    if failed > 0 {
        text.push_str("\n| job | end | command |\n| ---: | --- | --- |\n");
    }
    for failure in failures.iter().take(LISTED) {
        let _ = writeln!(text, "| {} | {} | {} |", failure.seq, failure.how(), code(&failure.shown));
    }
    let more = failed.saturating_sub(failures.len().min(LISTED) as u64);
    if more > 0 {
        let _ = writeln!(text, "\nand {more} more");
    }
    text.push('\n');
    text
}

/// A text outside of code.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text as code in a cell of a table.
fn code(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<code>{}</code>",
        escaped.replace('|', "&#124;").replace('`', "&#96;").replace('*', "&#42;").replace('_', "&#95;")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_place() {
        assert_eq!(error("50% of\r\na ::error::b"), "::error::50%25 of%0D%0Aa ::error::b");
        assert_eq!(
            code("a | <b> `c` & *d_"),
            "<code>a &#124; &lt;b&gt; &#96;c&#96; &amp; &#42;d&#95;</code>"
        );
        assert_eq!(cell("a|b <c>"), "a\\|b \\<c\\>");
    }

    #[test]
    fn the_table_names_the_failures() {
        let ending = Ending { ended: 60, failed: 52, most: 4, ..Ending::default() };
        let failure =
            |seq| FailedJob { seq, status: Some(1), shown: format!("x {seq}"), ..FailedJob::default() };
        let failures: Vec<FailedJob> = (1..=52).map(failure).collect();
        let text = step_summary(&ending, &failures, 52);
        assert!(
            text.starts_with("### apool\n\n60 jobs in 0.0 s, 52 failed, at most 4 at once\n\n| job "),
            "{text}"
        );
        assert!(text.contains("\n| 50 | status 1 | <code>x 50</code> |\n\nand 2 more\n"), "{text}");
        let clean = step_summary(&Ending { ended: 1, ..Ending::default() }, &[], 0);
        assert_eq!(clean, "### apool\n\n1 job in 0.0 s\n\n");
    }
}
