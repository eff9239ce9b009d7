//! The texts that belong to no single flag: placeholders, exit statuses, environment, signals, files. One table each, from
//! which `--help`, the man page and docs/options.md are made.

use std::fmt::Write;

/// A term and what it means.
pub type Entry = (&'static str, &'static str);

/// What may follow the command.
pub const SOURCES: [Entry; 3] = [
    ("::: VALUE...", "a job for each value; several ::: give all combinations"),
    (":::: FILE...", "the same with the records of files; - is standard input"),
    (
        ":::+ VALUE..., ::::+ FILE...",
        "paired with the source before instead of combined; the shorter one ends it",
    ),
];

/// What stands for a value in a command.
pub const PLACEHOLDERS: [Entry; 15] = [
    ("{}", "the record; also written <>"),
    ("{.}", "without its extension"),
    ("{/}", "its base name"),
    ("{//}", "its directory"),
    ("{/.}", "its base name without extension"),
    ("{#}", "the sequence number of the job, from 1"),
    ("{%}", "the slot of the job: a number from 1 that no two running jobs share"),
    ("{##}", "the number of all jobs (reads all input first)"),
    ("{N} {-N}", "the N-th column or source, the N-th from the end"),
    ("{N.} {N/} {N//} {N/.}", "the forms above of the N-th"),
    ("{name}", "a column by its name (with --header :)"),
    ("{..}", "without two extensions, when it has two"),
    ("{%SUFFIX} {#PREFIX}", "without this ending, without this beginning"),
    ("{:-TEXT}", "TEXT when the record is empty"),
    ("{s/REGEX/TEXT/}", "with TEXT for the first match of REGEX"),
];

/// What is said about placeholders beside the table.
pub const PLACEHOLDER_RULES: [&str; 3] = [
    "A command without a placeholder gets the record as its last argument. A value is put in once and never read again as a \
     placeholder or, outside of -c, by a shell.",
    "In text for a shell (-c, or a command given as one word) a value is quoted for the place where it stands, so that \
     \"{}\", '{}' and {} all give the record as it is. So it is in code for another shell (sh -c, ssh, su -c, watch), at every \
     level and without -c too. Where no quoting can be right (backticks, here-documents, ${...}, code of another language such \
     as python3 -c or awk) the command is refused before anything runs.",
    "<> must be quoted in a shell. In text for a shell it is a placeholder only where it is a word of its own: 3<>FILE stays \
     a redirection.",
];

/// How a run ends.
pub const EXIT: [Entry; 7] = [
    (
        "0",
        "every job exited 0, the input was read to its end, every byte of output and of the logs was accepted",
    ),
    ("1-100", "so many jobs failed; 101: more than 100"),
    ("126, 127", "the command cannot be executed, is not found; nothing else is started"),
    (
        "129, 130, 131, 143",
        "stopped by HUP, INT, QUIT, TERM; the signal is raised again for the caller to see",
    ),
    ("141", "the reader of the output has gone"),
    ("255", "usage error, unreadable input, lost output, unwritable log"),
    (
        "other",
        "with --halt: the status of the job that stopped the run (fail=1), or the percentage that failed",
    ),
];

/// What the environment does, to us and to jobs.
pub const ENVIRONMENT: [Entry; 8] = [
    (
        "APOOL_*",
        "Every option can be set by APOOL_ and its long name in capitals with underscores: APOOL_JOBS=4, APOOL_KEEP_ORDER=1. \
         The command line wins. Not for --help, --version, --man and --completions. Those that name the files of a run \
         (APOOL_ARG_FILE, APOOL_DECISION_LOG, APOOL_JOBLOG, APOOL_METRICS_JSON, APOOL_RESULTS, APOOL_WORKDIR, and what goes with \
         them) are not passed on to its jobs.",
    ),
    (
        "APOOL_SEQ, APOOL_SLOT, APOOL_ATTEMPT",
        "Set for each job: its sequence number, its slot, and which attempt it is.",
    ),
    ("APOOL_PID", "Set for each job: the process id of apool."),
    ("PARALLEL_SEQ, PARALLEL_JOBSLOT, PARALLEL_PID", "The same under the names that GNU parallel uses."),
    (
        "BASH_FUNC_*",
        "Exported bash functions: with one there, bash is the shell, and the function can be the command.",
    ),
    ("CI", "Set, and neither 0 nor false: --progress=auto is plain."),
    ("NO_COLOR, TERM", "NO_COLOR turns colours off; TERM=dumb turns the live view off as well."),
    ("TMPDIR", "Where outputs too large for memory are kept."),
];

/// What signals do to a run.
pub const SIGNALS: [Entry; 4] = [
    (
        "INT, TERM, HUP, QUIT",
        "The first starts nothing more, ends the running jobs by --termseq, writes what they have printed and closes the logs. \
         A second one kills at once. A job that is ended by the signal that stops the run counts as killed, and a resume runs it \
         again. A signal that was ignored at the start (nohup) stays ignored.",
    ),
    ("TSTP (Ctrl-Z)", "Stops the jobs and every clock, then apool itself; CONT continues them."),
    ("USR1, USR2", "Raise, lower the hard limit by one."),
    ("KILL", "The running jobs are killed as well, by a process that watches for that."),
];

/// What stands in the files that a run writes.
pub const FILES: [Entry; 3] = [
    (
        "--joblog FILE",
        "A line for each job that ended: the nine tab-separated columns of GNU parallel, control characters escaped.",
    ),
    (
        "--metrics-json FILE",
        "One JSON object; made in a private file and renamed, so that a reader never sees half of it.",
    ),
    ("--decision-log FILE", "One JSON object a line."),
];

/// What is under the options of `-h`.
pub const SHORT: &str = "\
Placeholders: {} or <> record, {.} no extension, {/} base name, {//} directory, {/.} both,
  {#} sequence number, {%} slot, {1} first column or source. Without one, the record goes last.
Input after the command: ::: VALUES, :::: FILES; :::+ and ::::+ pair with the source before.
More options, exit statuses and the environment: --help. Every option has a variable: APOOL_JOBS.";

/// What is under the options of `--help`.
pub fn long() -> String {
    let mut text = String::new();
    let tables: [(&str, &[Entry]); 5] = [
        ("Input after the command", &SOURCES),
        ("Placeholders", &PLACEHOLDERS),
        ("Exit status", &EXIT),
        ("Environment", &ENVIRONMENT),
        ("Signals", &SIGNALS),
    ];
    for (heading, entries) in tables {
        let _ = write!(text, "\n{heading}:\n");
        let terms = entries.iter().map(|(term, _)| term.len()).max().unwrap_or_default().min(TERM_WIDTH);
        for (term, meaning) in entries {
            table_line(&mut text, term, meaning, terms);
        }
    }
    text.trim().to_owned()
}

/// Terms up to this length stand beside their meaning, longer ones above it.
const TERM_WIDTH: usize = 21;
/// Where lines are broken.
const LINE_WIDTH: usize = 96;

fn table_line(text: &mut String, term: &str, meaning: &str, terms: usize) {
    let indent = terms + 4;
    let mut column = indent;
    if term.len() > terms {
        let _ = write!(text, "  {term}\n{:indent$}", "");
    } else {
        let _ = write!(text, "  {term:terms$}  ");
    }
    for (at, word) in meaning.split(' ').enumerate() {
        if at > 0 && column + 1 + word.len() > LINE_WIDTH {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.len();
    }
    text.push('\n');
}
