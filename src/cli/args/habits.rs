//! What hands type out of habit: the other spellings of GNU parallel and xargs, and the options of GNU parallel that ask
//! for what apool does anyway. The latter are accepted, documented as such, and hidden from `--help`: nobody should
//! learn them here.

use clap::Args;

/// Accepted, and without effect.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one")]
#[derive(Args, Debug)]
pub struct HabitArgs {
    /// There is no citation notice to silence
    #[arg(long, aliases = ["willcite", "no-notice", "nonotice", "nn"], hide = true)]
    pub will_cite: bool,

    /// There is no other mode of the same name
    #[arg(long, hide = true)]
    pub gnu: bool,

    /// There is no configuration file to leave out
    #[arg(long, hide = true)]
    pub plain: bool,

    /// The further placeholders are always there
    #[arg(long, hide = true)]
    pub plus: bool,
}

/// Other spellings of an option, as the two tools know them.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("arg-file", &["argfile"]),
    ("block", &["block-size", "blocksize"]),
    ("colsep", &["col-sep"]),
    ("dry-run", &["dryrun", "dr"]),
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

/// The definition of one option, under all its names.
pub fn spelled(arg: clap::Arg) -> clap::Arg {
    let long = arg.get_long().map(str::to_owned);
    let Some((_, more)) = SPELLINGS.iter().find(|(name, _)| long.as_deref() == Some(*name)) else {
        return arg;
    };
    let known: Vec<String> =
        arg.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned).collect();
    let new: Vec<&'static str> =
        more.iter().copied().filter(|name| !known.iter().any(|k| k == name)).collect();
    arg.aliases(new)
}

/// The name under which an option is documented, when `name` (without its dashes) is another spelling of it.
pub fn proper(name: &str) -> Option<&'static str> {
    SPELLINGS.iter().find(|(_, more)| more.contains(&name)).map(|(proper, _)| *proper)
}
