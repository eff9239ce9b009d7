//! The options of GNU parallel: their names, whether they take a value, and what apool makes of them. Plain data.

use crate::cli::personality::getopt::Takes;

/// What apool makes of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This option of apool, with the same value.
    Same(&'static str),
    /// No effect on jobs of this machine.
    Nothing,
    /// It is refused, with this reason.
    Refused(&'static str),
    /// It prints something, and no job runs.
    Print(Print),
    /// It is parsed by `options`.
    Own(Own),
}

/// What is printed instead of running jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Print {
    Help,
    Version,
    Citation,
    Cores,
    Sockets,
    Threads,
    LineLength,
}

/// An option with a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    ArgSep,
    ArgFileSep,
    /// `-I` and its like: the placeholder that gets another name.
    Rename(&'static str),
    /// `-i`: `{}` gets another name, unless there is no value.
    Replace,
    Rpl,
    Group,
    Ungroup,
    LineBuffer,
    KeepOrder,
    NoKeepOrder,
    Tag,
    TagString,
    Announce,
    Verbose,
    Silent,
    DryRun,
    Progress,
    Quote,
    ShellQuote,
    MaxArgs,
    MaxReplaceArgs,
    MaxLines,
    LinesOrOne,
    Context,
    Many,
    Xargs,
    Eof,
    EofOrNone,
    Login,
    Profile,
    NoProfiles,
    MinVersion,
    Results,
    SkipFirstLine,
    Resume,
    Header,
}

/// A row of the table: the names separated by blanks, letters among them.
pub type Row = (&'static str, Takes, Meaning);

const SWITCH: Takes = Takes::Nothing;
const VALUE: Takes = Takes::Value;

const SSH: Meaning = Meaning::Refused("jobs run on this machine only");
const SEMAPHORE: Meaning = Meaning::Refused(
    "runs do not share a limit; give all commands to one parallel -j N, or use flock(1): flock FILE COMMAND",
);
const TMUX: Meaning = Meaning::Refused("jobs do not run in tmux; --line-buffer --tag shows them as they run");
const SQL: Meaning = Meaning::Refused("there is no access to databases; --joblog and --results write files");
const SHARD: Meaning =
    Meaning::Refused("records are not assigned to jobs by their value; sort the input and use --recstart");

/// All options.
pub const ROWS: &[Row] = &[
    ("arg-file argfile a", VALUE, Meaning::Same("arg-file")),
    ("arg-sep argsep", VALUE, Meaning::Own(Own::ArgSep)),
    ("arg-file-sep argfilesep", VALUE, Meaning::Own(Own::ArgFileSep)),
    ("null 0", SWITCH, Meaning::Same("null")),
    ("delimiter d", VALUE, Meaning::Same("delimiter")),
    ("col-sep colsep C", VALUE, Meaning::Same("colsep")),
    ("csv", SWITCH, Meaning::Same("csv")),
    ("header", VALUE, Meaning::Own(Own::Header)),
    ("trim", VALUE, Meaning::Same("trim")),
    ("E", VALUE, Meaning::Own(Own::Eof)),
    ("eof e", Takes::Optional, Meaning::Own(Own::EofOrNone)),
    ("no-run-if-empty norunifempty r", SWITCH, Meaning::Same("no-run-if-empty")),
    ("link xapply", SWITCH, Meaning::Same("link")),
    ("shuf", SWITCH, Meaning::Same("shuf")),
    ("skip-first-line skipfirstline", SWITCH, Meaning::Own(Own::SkipFirstLine)),
    ("max-args maxargs n", VALUE, Meaning::Own(Own::MaxArgs)),
    ("max-replace-args maxreplaceargs N", VALUE, Meaning::Own(Own::MaxReplaceArgs)),
    ("L", VALUE, Meaning::Own(Own::MaxLines)),
    ("max-lines maxlines l", Takes::OptionalNumber, Meaning::Own(Own::LinesOrOne)),
    ("X", SWITCH, Meaning::Own(Own::Context)),
    ("m", SWITCH, Meaning::Own(Own::Many)),
    ("xargs", SWITCH, Meaning::Own(Own::Xargs)),
    ("max-chars maxchars s", VALUE, Meaning::Same("max-chars")),
    ("exit x", SWITCH, Meaning::Same("exit")),
    ("I", VALUE, Meaning::Own(Own::Rename("{}"))),
    ("replace i", Takes::Optional, Meaning::Own(Own::Replace)),
    ("extensionreplace er U", VALUE, Meaning::Own(Own::Rename("{.}"))),
    ("basenamereplace bnr", VALUE, Meaning::Own(Own::Rename("{/}"))),
    ("dirnamereplace dnr", VALUE, Meaning::Own(Own::Rename("{//}"))),
    ("basenameextensionreplace bner", VALUE, Meaning::Own(Own::Rename("{/.}"))),
    ("seqreplace", VALUE, Meaning::Own(Own::Rename("{#}"))),
    ("slotreplace", VALUE, Meaning::Own(Own::Rename("{%}"))),
    ("rpl", VALUE, Meaning::Own(Own::Rpl)),
    ("plus", SWITCH, Meaning::Same("plus")),
    ("quote q", SWITCH, Meaning::Own(Own::Quote)),
    ("shell-quote shellquote shell_quote", SWITCH, Meaning::Own(Own::ShellQuote)),
    ("interactive p", SWITCH, Meaning::Same("interactive")),
    ("v", SWITCH, Meaning::Own(Own::Announce)),
    ("verbose t", SWITCH, Meaning::Own(Own::Verbose)),
    ("silent", SWITCH, Meaning::Own(Own::Silent)),
    ("dry-run dryrun dr", SWITCH, Meaning::Own(Own::DryRun)),
    ("jobs j max-procs maxprocs P", VALUE, Meaning::Same("jobs")),
    ("load", VALUE, Meaning::Same("load")),
    ("memfree", VALUE, Meaning::Same("memfree")),
    ("memsuspend", VALUE, Meaning::Same("memsuspend")),
    ("noswap", SWITCH, Meaning::Same("noswap")),
    ("limit", VALUE, Meaning::Same("limit")),
    ("delay", VALUE, Meaning::Same("delay")),
    ("nice", VALUE, Meaning::Same("nice")),
    ("timeout", VALUE, Meaning::Same("timeout")),
    ("retries", VALUE, Meaning::Same("retries")),
    ("halt-on-error haltonerror halt", VALUE, Meaning::Same("halt")),
    ("term-seq termseq", VALUE, Meaning::Same("termseq")),
    ("work-dir workdir wd", VALUE, Meaning::Same("workdir")),
    ("process-slot-var processslotvar", VALUE, Meaning::Same("process-slot-var")),
    ("keep-order keeporder k", SWITCH, Meaning::Own(Own::KeepOrder)),
    ("no-keep-order nokeeporder nok no-k", SWITCH, Meaning::Own(Own::NoKeepOrder)),
    ("group g", SWITCH, Meaning::Own(Own::Group)),
    ("ungroup u", SWITCH, Meaning::Own(Own::Ungroup)),
    ("line-buffer line-buffered linebuffer linebuffered lb", SWITCH, Meaning::Own(Own::LineBuffer)),
    ("tag ctag", SWITCH, Meaning::Own(Own::Tag)),
    ("tag-string tagstring ctag-string ctagstring", VALUE, Meaning::Own(Own::TagString)),
    ("progress eta bar", SWITCH, Meaning::Own(Own::Progress)),
    ("results result res", VALUE, Meaning::Own(Own::Results)),
    ("output-as-files outputasfiles files", SWITCH, Meaning::Same("files")),
    ("tmpdir tempdir", VALUE, Meaning::Same("tmpdir")),
    ("joblog jl", VALUE, Meaning::Same("joblog")),
    ("resume", SWITCH, Meaning::Own(Own::Resume)),
    ("resume-failed resumefailed", SWITCH, Meaning::Same("resume-failed")),
    ("retry-failed retryfailed", SWITCH, Meaning::Same("retry-failed")),
    ("tty open-tty o", SWITCH, Meaning::Same("tty")),
    ("pipe spreadstdin", SWITCH, Meaning::Same("pipe")),
    ("pipe-part pipepart", SWITCH, Meaning::Same("pipe-part")),
    ("block-size blocksize block", VALUE, Meaning::Same("block")),
    ("round-robin roundrobin round", SWITCH, Meaning::Same("round-robin")),
    ("recstart", VALUE, Meaning::Same("recstart")),
    ("recend", VALUE, Meaning::Same("recend")),
    ("cat", SWITCH, Meaning::Same("cat")),
    ("fifo", SWITCH, Meaning::Same("fifo")),
    ("profile J", VALUE, Meaning::Own(Own::Profile)),
    ("plain", SWITCH, Meaning::Own(Own::NoProfiles)),
    ("sshlogin S", VALUE, Meaning::Own(Own::Login)),
    ("minversion min-version", VALUE, Meaning::Own(Own::MinVersion)),
    ("help h", SWITCH, Meaning::Print(Print::Help)),
    ("version V", SWITCH, Meaning::Print(Print::Version)),
    ("citation bibtex", SWITCH, Meaning::Print(Print::Citation)),
    ("number-of-cores numberofcores number-of-cpus numberofcpus", SWITCH, Meaning::Print(Print::Cores)),
    ("number-of-sockets numberofsockets", SWITCH, Meaning::Print(Print::Sockets)),
    ("number-of-threads numberofthreads", SWITCH, Meaning::Print(Print::Threads)),
    ("max-line-length-allowed maxlinelengthallowed", SWITCH, Meaning::Print(Print::LineLength)),
    // Without effect: jobs run here with the whole environment, large outputs have no name, there is no notice.
    ("will-cite willcite nn nonotice no-notice", SWITCH, Meaning::Nothing),
    ("gnu tollef no-tollef", SWITCH, Meaning::Nothing),
    ("env", VALUE, Meaning::Nothing),
    ("total-jobs totaljobs total", VALUE, Meaning::Nothing),
    ("compress", SWITCH, Meaning::Nothing),
    ("use-compress-program compress-program usecompressprogram compressprogram", VALUE, Meaning::Nothing),
    (
        "use-decompress-program decompress-program usedecompressprogram decompressprogram",
        VALUE,
        Meaning::Nothing,
    ),
    (
        "color colour color-failed colour-failed colorfailed colourfailed color-fail cf",
        SWITCH,
        Meaning::Nothing,
    ),
    ("use-cores-instead-of-threads usecoresinsteadofthreads", SWITCH, Meaning::Nothing),
    ("use-cpus-instead-of-cores usecpusinsteadofcores", SWITCH, Meaning::Nothing),
    ("use-sockets-instead-of-threads usesocketsinsteadofthreads", SWITCH, Meaning::Nothing),
    ("filter-hosts filterhosts controlmaster M cleanup hgrp hostgrp", SWITCH, Meaning::Nothing),
    ("ssh-delay sshdelay ssh rsync-opts rsyncopts", VALUE, Meaning::Nothing),
    ("sshloginfile slf", VALUE, SSH),
    ("onall", SWITCH, SSH),
    ("nonall", SWITCH, SSH),
    ("transfer-file transferfile transfer-files transferfiles tf", VALUE, SSH),
    ("return", VALUE, SSH),
    ("trc", VALUE, SSH),
    ("basefile bf", VALUE, SSH),
    ("transfer", SWITCH, SSH),
    ("semaphore", SWITCH, SEMAPHORE),
    ("fg", SWITCH, SEMAPHORE),
    ("bg", SWITCH, SEMAPHORE),
    ("wait", SWITCH, SEMAPHORE),
    ("semaphore-timeout semaphoretimeout st", VALUE, SEMAPHORE),
    ("semaphore-name semaphorename id", VALUE, SEMAPHORE),
    ("tmux", SWITCH, TMUX),
    ("tmux-pane tmuxpane", SWITCH, TMUX),
    ("latest-line latestline ll", SWITCH, Meaning::Refused("--line-buffer --tag shows all lines")),
    ("sql-master sqlmaster", VALUE, SQL),
    ("sql-worker sqlworker", VALUE, SQL),
    ("sql-and-worker sqlandworker", VALUE, SQL),
    ("shard", VALUE, SHARD),
    ("bin", VALUE, SHARD),
    ("group-by groupby", VALUE, SHARD),
    (
        "block-timeout blocktimeout bt",
        VALUE,
        Meaning::Refused("a block ends at its size or at the end of the input"),
    ),
    ("template tmpl", VALUE, Meaning::Refused("files are not filled; write the file in the command")),
    ("record-env recordenv", SWITCH, Meaning::Refused("jobs get the whole environment")),
    (
        "shebang hashbang shebang-wrap",
        SWITCH,
        Meaning::Refused("write a script that runs parallel -a \"$0\""),
    ),
    ("embed", SWITCH, Meaning::Refused("apool cannot be part of a script; install it")),
    ("shell-completion shellcompletion", VALUE, Meaning::Refused("apool --completions SHELL prints its own")),
    ("linkinputsource xapplyinputsource", VALUE, Meaning::Refused("link the sources with :::+ and ::::+")),
];
