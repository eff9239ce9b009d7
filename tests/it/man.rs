//! Makes the man page: the flags from their definition, the tables from `cli::args::texts`, the rest from here. The page is
//! written in plain `man` macros, because groff, mandoc and old viewers show them alike.

use apool::cli::args::texts::{self, Entry};
use clap::{Arg, Command};
use std::fmt::Write;

const DESCRIPTION: [&str; 7] = [
    "apool reads records, fills a command with each, and runs these jobs at the same time. Unless -j gives a number, it finds \
     the number of jobs during the run. It measures the CPU time and the memory of the jobs, the free resources of the machine, \
     and whether more workers finish more jobs. --explain and --decision-log show its decisions and their reasons.",
    "A record is a line of standard input or of a file (-a, ::::), or a value after :::. -0 and -d change the end of a record. A \
     job starts as soon as its record has been read.",
    "The words after the options are the command. It is executed directly, without a shell, once for each record. With -c, or if \
     the command is one word with blanks or metacharacters, it is text for a shell. Without a command, each record is a command \
     line.",
    "The stdout of a job is printed when the job ends, followed by its stderr; -k, --line-buffer and -u change that. Jobs read \
     from /dev/null and run in process groups of their own.",
    "Jobs inherit the descriptors that apool was started with, but none of those that apool opens. Examples are 3>FILE, <(...), \
     a lock that the caller holds by flock, and the pipe of make. A process that a job leaves in the background keeps them open: \
     until it ends, the lock is held and the reader of the pipe waits. A job can close a descriptor before it starts such a \
     process (9>&-).",
    "Every record that was read is counted once: as succeeded, failed, killed, not started, or skipped by --resume. The exit \
     status is 0 only if there was no error.",
    "Sizes may have the suffix k, m, g, t (powers of 1000) or K, M, G, T, Ki, Mi, Gi, Ti (powers of 1024). Durations are seconds, \
     or have the units ms, s, m, h, d, as in 1m30s or 5min. Ratios may be written 0.8 or 80%.",
];

/// Each example is also in the README or in docs/guide.md, where a test runs it.
pub const EXAMPLES: [Entry; 8] = [
    ("A command for each file", "find logs -name '*.log' -print0 | apool -0 gzip -k"),
    ("Each record is a command line", "printf 'echo one\\nsleep 0.1; echo two | tr a-z A-Z\\n' | apool -k"),
    (
        "A pipeline for each file, its name before its output",
        "apool -k --tag -c 'gzip -dc {} | wc -l' ::: logs/*.gz",
    ),
    ("All combinations, and pairs", "apool -k echo {1}{2} ::: a b ::: 1 2"),
    ("A bash function", "export -f double; apool -k double ::: 1 2 3"),
    ("As many records in a job as fit on a command line", "seq 1000 | apool -j1 -X echo | wc -w"),
    (
        "Stop at the first failure, with its status",
        "apool -j1 --halt now,fail=1 'exit {}' ::: 0 7 0 2>/dev/null; echo \"status $?\"",
    ),
    (
        "Continue an earlier run",
        "apool -k --joblog run.log --resume-failed -c 'test -e {} && echo {} is there' ::: a b c",
    ),
];

const CHANGES: &str = include_str!("../../CHANGELOG.md");

const SEE_ALSO: &str = "xargs(1), parallel(1), find(1), sh(1), nice(1)";

const BUGS: [&str; 3] = [
    "The system limits the length of a command line (on Linux also that of one argument, to 128 KiB). A job that exceeds a limit \
     fails.",
    "apool does not wait for a process that a successful job leaves in the background, and does not end it. It counts the process \
     as leaked.",
    "apool does not run jobs on other machines, and does not evaluate Perl expressions in placeholders.",
];

/// The whole page.
pub fn page(command: &Command) -> String {
    let version = command.get_version().unwrap_or_default();
    let mut page = format!(".TH APOOL 1 \"{}\" \"apool {version}\" \"User Commands\"\n", released(version));
    section(&mut page, "NAME");
    page.push_str("apool \\- run commands in parallel, and find the best number of workers\n");
    section(&mut page, "SYNOPSIS");
    let forms =
        ["[OPTIONS] [--] [COMMAND [ARGUMENT]...] [::: VALUE...]...", "[OPTIONS] -c STRING [::: VALUE...]..."];
    let forms = forms.map(|form| format!(".B apool\n{}\n", escape(form)));
    page.push_str(&forms.join(".br\n"));
    section(&mut page, "DESCRIPTION");
    paragraphs(&mut page, &DESCRIPTION);
    section(&mut page, "OPTIONS");
    options(&mut page, command);
    section(&mut page, "INPUT AFTER THE COMMAND");
    entries(&mut page, &texts::SOURCES);
    section(&mut page, "PLACEHOLDERS");
    paragraphs(&mut page, &texts::PLACEHOLDER_RULES);
    entries(&mut page, &texts::PLACEHOLDERS);
    section(&mut page, "EXAMPLES");
    for (what, line) in EXAMPLES {
        let _ = writeln!(page, ".PP\n{}:\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE", flow(what), escape(line));
    }
    section(&mut page, "EXIT STATUS");
    entries(&mut page, &texts::EXIT);
    section(&mut page, "ENVIRONMENT");
    entries(&mut page, &texts::ENVIRONMENT);
    section(&mut page, "SIGNALS");
    entries(&mut page, &texts::SIGNALS);
    section(&mut page, "FILES");
    entries(&mut page, &texts::FILES);
    section(&mut page, "BUGS");
    paragraphs(&mut page, &BUGS);
    section(&mut page, "SEE ALSO");
    let _ = writeln!(page, "{}", escape(SEE_ALSO));
    page
}

fn section(page: &mut String, name: &str) {
    let _ = writeln!(page, ".SH {name}");
}

fn paragraphs(page: &mut String, texts: &[&str]) {
    let texts: Vec<String> = texts.iter().map(|text| flow(text) + "\n").collect();
    page.push_str(&texts.join(".PP\n"));
}

fn entries(page: &mut String, entries: &[Entry]) {
    for (term, meaning) in entries {
        let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", escape(term), flow(meaning));
    }
}

fn options(page: &mut String, command: &Command) {
    let mut heading = None;
    for arg in command.get_arguments().filter(|a| !a.is_positional() && !a.is_hide_set()) {
        if heading != arg.get_help_heading() {
            heading = arg.get_help_heading();
            let _ = writeln!(page, ".SS {}", heading.unwrap_or("Other"));
        }
        let _ = writeln!(page, ".TP\n{}", head(arg));
        let text =
            arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string).unwrap_or_default();
        for (at, paragraph) in text.split("\n\n").enumerate() {
            let gap = if at > 0 { ".sp\n" } else { "" };
            let end = if paragraph.ends_with('.') { "" } else { "." };
            let _ = writeln!(page, "{gap}{}", flow(&format!("{paragraph}{end}")));
        }
    }
}

/// The date of this version in the list of changes.
fn released(version: &str) -> &'static str {
    let (_, rest) = CHANGES.split_once(&format!("## {version} (")).expect("the version in CHANGELOG.md");
    rest.split_once(')').expect("its date").0
}

/// The names of an option and its value.
fn head(arg: &Arg) -> String {
    let shorts = arg.get_short_and_visible_aliases().unwrap_or_default();
    let longs = arg.get_long_and_visible_aliases().unwrap_or_default();
    let names = shorts.iter().map(|c| format!("-{c}")).chain(longs.iter().map(|l| format!("--{l}")));
    let names: Vec<String> = names.map(|name| format!("\\fB{}\\fR", escape(&name))).collect();
    let value = match arg.get_value_names() {
        Some(values) if arg.get_action().takes_values() => {
            let (before, after) = if arg.is_require_equals_set() { ("[=", "]") } else { (" ", "") };
            format!("{before}\\fI{}\\fR{after}", escape(&values.join(" ")))
        }
        _ => String::new(),
    };
    names.join(", ") + &value
}

/// Running text in lines of at most 80 bytes.
fn flow(text: &str) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split_whitespace() {
        // escape() protects a word that roff would take for a request at the start of a line.
        let word = escape(word);
        if column > 0 && column + 1 + word.len() > 80 {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word);
        column += word.len();
    }
    out
}

/// Text escaped for roff: lines that begin with a dot, and characters that would be typeset, stay as they are.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            _ => out.push(c),
        }
    }
    if out.starts_with('.') { format!("\\&{out}") } else { out }
}
