//! Compatibility with GNU parallel and xargs: other spellings of options, and options of GNU parallel that ask for what
//! apool always does. The latter are accepted, documented for users of these tools, and hidden from `--help`.

use clap::Args;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Options that are accepted; most have no effect.
#[derive(Args, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each flag is one")]
pub struct HabitArgs {
    /// No effect: there is no citation notice
    #[arg(long, aliases = ["willcite", "no-notice", "nonotice", "nn"], hide = true)]
    pub will_cite: bool,

    /// No effect: there is no mode of another tool
    #[arg(long, hide = true)]
    pub gnu: bool,

    /// No effect: there is no configuration file
    #[arg(long, hide = true)]
    pub plain: bool,

    /// Cancel -k and APOOL_KEEP_ORDER
    #[arg(long, aliases = ["nokeeporder", "no-k", "nok"], overrides_with = "keep_order", hide = true)]
    pub no_keep_order: bool,

    /// Cancel -v
    #[arg(long, hide = true)]
    pub silent: bool,

    /// The -L of xargs with an optional number
    #[arg(short = 'l', value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "1", hide = true)]
    pub lines: Option<usize>,

    /// The -E of xargs with an attached string. Without one it is refused, because GNU parallel then takes the next word
    #[arg(short = 'e', value_name = "STR", require_equals = true, hide = true)]
    pub eof: Option<OsString>,
}

/// Letters whose value is attached or missing. They never take the next word.
const ATTACHED: &[u8] = b"ile";

/// Inserts `=` between such a letter and its value, as clap requires: `-i%` becomes `-i=%`. The words of the command are
/// not changed.
pub fn attach(mut words: Vec<OsString>, options: &clap::Command) -> Vec<OsString> {
    let takes_next = |arg: Option<&clap::Arg>| {
        arg.is_some_and(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set())
    };
    let mut at = 1;
    while let Some(word) = words.get(at).map(|word| word.as_bytes().to_vec()) {
        at += 1;
        if let Some(long) = word.strip_prefix(b"--") {
            if long.is_empty() {
                break;
            }
            let named = |arg: &&clap::Arg| {
                let mut names = arg.get_long().into_iter().chain(arg.get_all_aliases().unwrap_or_default());
                names.any(|name| name.as_bytes() == long)
            };
            at += usize::from(takes_next(options.get_arguments().find(named)));
            continue;
        }
        if word.first() != Some(&b'-') || word.len() < 2 {
            break;
        }
        for (index, letter) in word.iter().enumerate().skip(1) {
            let value = &word[index + 1..];
            if ATTACHED.contains(letter) {
                if value.first().is_some_and(|byte| *byte != b'=') {
                    let spelled = [&word[..=index], b"=", value].concat();
                    words[at - 1] = OsString::from_vec(spelled);
                }
                break;
            }
            let named = |arg: &&clap::Arg| {
                let mut names =
                    arg.get_short().into_iter().chain(arg.get_all_short_aliases().unwrap_or_default());
                names.any(|name| name == char::from(*letter))
            };
            if takes_next(options.get_arguments().find(named)) {
                at += usize::from(value.is_empty());
                break;
            }
        }
    }
    words
}

/// The spellings of an option in the two tools.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("arg-file", &["argfile"]),
    ("block", &["block-size", "blocksize"]),
    ("color", &["colour"]),
    ("colsep", &["col-sep"]),
    ("dry-run", &["dryrun", "dr"]),
    ("files", &["outputasfiles"]),
    ("halt", &["halt-on-error", "haltonerror"]),
    ("jobs", &["maxprocs"]),
    ("joblog", &["jl"]),
    ("keep-order", &["keeporder"]),
    ("line-buffer", &["line-buffered", "linebuffered"]),
    ("max-args", &["maxargs"]),
    ("max-chars", &["maxchars"]),
    ("max-lines", &["maxlines"]),
    ("max-replace-args", &["maxreplaceargs"]),
    ("no-run-if-empty", &["norunifempty"]),
    ("pipe", &["spreadstdin"]),
    ("pipe-part", &["pipepart"]),
    ("process-slot-var", &["processslotvar"]),
    ("results", &["result", "res"]),
    ("resume-failed", &["resumefailed"]),
    ("retry-failed", &["retryfailed"]),
    ("round-robin", &["roundrobin", "round"]),
    ("tagstring", &["tag-string"]),
    ("termseq", &["term-seq"]),
    ("tmpdir", &["tempdir"]),
    ("workdir", &["work-dir"]),
];

/// Adds the other spellings to one option, and lets its value be a negative number.
pub fn spelled(arg: clap::Arg) -> clap::Arg {
    // `--delay -1` is a wrong value, not an unknown option -1.
    let takes_word = arg.get_action().takes_values() && !arg.is_positional() && !arg.is_require_equals_set();
    let arg = if takes_word { arg.allow_negative_numbers(true) } else { arg };
    let spelling = arg.get_long().and_then(|long| SPELLINGS.iter().find(|(name, _)| *name == long));
    let Some((_, more)) = spelling else {
        return arg;
    };
    let known: Vec<String> =
        arg.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned).collect();
    let new: Vec<&'static str> =
        more.iter().copied().filter(|name| !known.iter().any(|k| k == name)).collect();
    arg.aliases(new)
}

/// The documented name of an option, if `name` (without dashes) is another spelling of it.
pub fn proper(name: &str) -> Option<&'static str> {
    SPELLINGS.iter().find(|(_, more)| more.contains(&name)).map(|(proper, _)| *proper)
}
