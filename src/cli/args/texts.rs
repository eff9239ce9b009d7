//! The texts that belong to no single option: placeholders, exit statuses, environment, signals, files. `--help`, the
//! manual page and docs/options.md are generated from these tables.

use std::fmt::Write;

/// A term and what it means.
pub type Entry = (&'static str, &'static str);

/// The input sources after the command.
pub const SOURCES: [Entry; 3] = [
    ("::: VALUE...", "one job for each value; several ::: give all combinations"),
    (":::: FILE...", "one job for each record of the files; - is standard input"),
    (
        ":::+ VALUE..., ::::+ FILE...",
        "pair with the source before it instead of combining; the shorter source ends both",
    ),
];

/// The placeholders of a command.
pub const PLACEHOLDERS: [Entry; 15] = [
    ("{}", "the record; also written <>"),
    ("{.}", "the record without its extension"),
    ("{/}", "the base name of the record"),
    ("{//}", "the directory of the record"),
    ("{/.}", "the base name without its extension"),
    ("{#}", "the sequence number of the job, from 1"),
    ("{%}", "the slot of the job: a number from 1, different for all running jobs"),
    ("{##}", "the number of all jobs (all input is read first)"),
    ("{N} {-N}", "the N-th column or input source, the N-th from the end"),
    ("{N.} {N/} {N//} {N/.}", "the forms above for the N-th column or source"),
    ("{name}", "the column with this name (with --header :)"),
    ("{..}", "the record without two extensions, if it has two"),
    ("{%SUFFIX} {#PREFIX}", "the record without this suffix, without this prefix"),
    ("{:-TEXT}", "the record, or TEXT if the record is empty"),
    ("{s/REGEX/TEXT/}", "the record with the first match of REGEX replaced by TEXT"),
];

/// The rules of placeholders, for the manual page.
pub const PLACEHOLDER_RULES: [&str; 3] = [
    "A command without a placeholder gets the record as its last argument. A value is inserted once: apool does not search \
     it for placeholders, and without -c no shell reads it.",
    "In text for a shell (-c, or a command that is one word) a value is quoted for its place: \"{}\", '{}' and {} all give \
     the record unchanged. The same holds for code for another shell (sh -c, ssh, su -c, watch), at every level, also without \
     -c. Where no quoting is correct (backticks, here-documents, ${...}, code of another language as in python3 -c or awk), \
     apool refuses the command before anything runs.",
    "<> must be quoted in a shell. In text for a shell it is a placeholder only if it is a whole word: 3<>FILE is a \
     redirection.",
];

/// The exit statuses.
pub const EXIT: [Entry; 7] = [
    ("0", "every job exited with 0, all input was read, all output and all logs were written"),
    ("1-101", "the number of failed jobs; 101 means more than 100"),
    ("126, 127", "the command cannot be executed, or is not found; no more jobs start"),
    ("129, 130, 131, 143", "stopped by HUP, INT, QUIT or TERM; apool ends by raising that signal again"),
    ("141", "the reader of the output closed it"),
    ("255", "usage error, unreadable input, lost output or unwritable log"),
    (
        "other",
        "with --halt: the status of the job that stopped the run (fail=1), or the percentage of failed jobs",
    ),
];

/// The environment variables that apool reads and sets.
pub const ENVIRONMENT: [Entry; 9] = [
    (
        "APOOL_*",
        "Each option with a long name has a variable: APOOL_ and the name in capitals with underscores, as in APOOL_JOBS=4 and \
         APOOL_KEEP_ORDER=1. Exceptions are --help, --version, --man and --completions. The command line takes precedence. \
         Variables that name the files of a run are not passed to its jobs: APOOL_ARG_FILE, APOOL_DECISION_LOG, APOOL_JOBLOG, \
         APOOL_METRICS_JSON, APOOL_RESULTS, APOOL_WORKDIR, and those of the options that need them.",
    ),
    (
        "APOOL_SEQ, APOOL_SLOT, APOOL_ATTEMPT",
        "Set for each job: its sequence number, its slot and the number of the attempt.",
    ),
    ("APOOL_PID", "Set for each job: the process id of apool."),
    (
        "PARALLEL_SEQ, PARALLEL_JOBSLOT, PARALLEL_PID",
        "Set for each job: the same values under the names of GNU parallel.",
    ),
    (
        "BASH_FUNC_*",
        "Exported bash functions. If there is one, the default shell is bash, and a function can be the command.",
    ),
    ("CI", "If it is set, and not to 0 or false, --progress=auto is plain."),
    (
        "GITHUB_ACTIONS, GITHUB_STEP_SUMMARY",
        "If the first is true and --progress is plain, failures are annotations, and a table is appended to the file that \
         the second names. An output of more than four lines is a group, if standard output is the log of the step and not \
         redirected, without --line-buffer and --tag.",
    ),
    ("NO_COLOR, TERM", "NO_COLOR turns off colours. TERM=dumb turns off colours and the live view."),
    ("TMPDIR", "The directory for outputs that are too large for memory."),
];

/// The signals that apool handles.
pub const SIGNALS: [Entry; 4] = [
    (
        "INT, TERM, HUP, QUIT",
        "On the first signal apool starts no more jobs, ends the running jobs by --termseq, writes their output and closes the \
         logs. On the second signal it kills the jobs at once. A job that ends by the signal that stops the run counts as \
         killed, and --resume runs it again. A signal that is ignored at the start (nohup) stays ignored.",
    ),
    ("TSTP (Ctrl-Z)", "Suspends the jobs, all clocks and then apool; CONT continues them."),
    ("USR1, USR2", "Raise or lower the hard limit by one."),
    ("KILL", "A second process of apool, the guardian, kills the running jobs as well."),
];

/// The files that a run writes.
pub const FILES: [Entry; 3] = [
    (
        "--joblog FILE",
        "One line for each job that ended: the nine columns of GNU parallel, separated by tabs. Control characters are escaped.",
    ),
    (
        "--metrics-json FILE",
        "One JSON object. It is written to a private file and then renamed: a reader never sees a part of it.",
    ),
    ("--decision-log FILE", "One JSON object per line."),
];

/// The examples above the options of `--help`.
pub const EXAMPLES: &str = "\
Examples:
  find . -name '*.png' | apool optipng      a command for each line of the input
  apool gzip ::: *.log                      a command for each argument
  apool -c 'gzip -dc {} | wc -l' ::: *.gz   a command for a shell
  apool < commands.txt                      each line is a command";

/// The values of options, above the options of `--help`.
pub const UNITS: &str = "\
Values of options:
  SIZE      bytes, as in 4096, 100k, 1.5G or 2Gi: k m g t are powers of 1000; K M G T and all with i
            are powers of 1024; a B may follow
  DURATION  seconds, as in 30, 1.5s, 200ms, 1m30s, 5min or 2d
  RATIO     0.8 or 80%
  N         a whole number
  CODES     exit statuses and results, as in 75,100-110,signal,timeout";

/// The text below the options of `-h`.
pub const SHORT: &str = "\
Placeholders: {} or <> record, {.} without extension, {/} base name, {//} directory,
  {/.} base name without extension, {#} sequence number, {%} slot, {1} first column or source.
  Without a placeholder, the record is the last argument.
Input after the command: ::: VALUES, :::: FILES; :::+ and ::::+ pair with the source before.
See --help for more options, exit statuses and environment variables such as APOOL_JOBS.";

/// The text below the options of `--help`.
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

/// The width of the column of terms, in characters. A longer term has a line of its own above its meaning.
const TERM_WIDTH: usize = 21;
/// The longest line, in characters.
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
