//! Languages other than that of sh, and the way to pass a value to each.

use super::{Give, Language, Rewrite, Way};

const fn say(name: &'static str, text: &'static str) -> Language {
    Language { name, way: Way::Say(text) }
}

/// The quotes of most languages, where `+` joins strings.
const PLUS: &[(u8, &str, &str)] = &[(b'"', "\"+", "+\""), (b'\'', "'+", "+'")];

const PYTHON_WAY: Rewrite = Rewrite {
    before: ["import sys; ", "import os; "],
    argument: ("sys.argv[%]", 1),
    dashes: "",
    loops: "",
    named: "os.environ[\"%\"]",
    give: Give::Environment,
    strings: PLUS,
    stdin: "-",
};

const fn rewrite(name: &'static str, rewrite: Rewrite) -> Language {
    Language { name, way: Way::Rewrite(rewrite) }
}

pub(super) static PYTHON: Language = rewrite("Python", PYTHON_WAY);
pub(super) static PERL: Language = rewrite(
    "Perl",
    Rewrite {
        before: ["", ""],
        argument: ("$ARGV[%]", 0),
        dashes: "--",
        loops: "np",
        named: "$ENV{%}",
        strings: &[(b'"', "", ""), (b'\'', "'.", ".'")],
        ..PYTHON_WAY
    },
);
pub(super) static RUBY: Language = rewrite(
    "Ruby",
    Rewrite {
        before: ["", ""],
        argument: ("ARGV[%]", 0),
        dashes: "--",
        loops: "np",
        named: "ENV[\"%\"]",
        strings: &[(b'"', "#{", "}"), (b'\'', "'+", "+'")],
        ..PYTHON_WAY
    },
);
pub(super) static NODE: Language = rewrite(
    "JavaScript",
    Rewrite {
        before: ["", ""],
        argument: ("process.argv[%]", 1),
        dashes: "--",
        named: "process.env.%",
        strings: &[(b'"', "\"+", "+\""), (b'\'', "'+", "+'"), (b'`', "${", "}")],
        ..PYTHON_WAY
    },
);
pub(super) static DENO: Language = rewrite(
    "JavaScript",
    Rewrite { before: ["", ""], argument: ("", 0), named: "Deno.env.get(\"%\")", ..PYTHON_WAY },
);
pub(super) static PHP: Language = rewrite(
    "PHP",
    Rewrite {
        before: ["", ""],
        argument: ("$argv[%]", 1),
        dashes: "--",
        named: "getenv(\"%\")",
        strings: &[(b'"', "\".", ".\""), (b'\'', "'.", ".'")],
        stdin: "",
        ..PYTHON_WAY
    },
);
pub(super) static AWK: Language = rewrite(
    "awk",
    Rewrite {
        before: ["", ""],
        argument: ("", 0),
        named: "ENVIRON[\"%\"]",
        strings: &[(b'"', "\" ", " \"")],
        stdin: "-f -",
        ..PYTHON_WAY
    },
);
pub(super) static JQ: Language = rewrite(
    "jq",
    Rewrite {
        before: ["", ""],
        argument: ("", 0),
        named: "$%",
        give: Give::Option("--arg"),
        strings: &[(b'"', "\\(", ")")],
        stdin: "-f /dev/stdin",
        ..PYTHON_WAY
    },
);
pub(super) static YQ: Language = rewrite(
    "yq",
    Rewrite {
        before: ["", ""],
        argument: ("", 0),
        named: "strenv(%)",
        strings: &[(b'"', "\"+", "+\"")],
        stdin: "--from-file -",
        ..PYTHON_WAY
    },
);
pub(super) static LUA: Language = rewrite(
    "Lua",
    Rewrite {
        before: ["", ""],
        argument: ("", 0),
        named: "os.getenv(\"%\")",
        strings: &[(b'"', "\"..", "..\""), (b'\'', "'..", "..'")],
        ..PYTHON_WAY
    },
);
pub(super) static R: Language = rewrite(
    "R",
    Rewrite {
        before: ["", ""],
        argument: ("", 0),
        named: "Sys.getenv(\"%\")",
        strings: &[(b'"', "\", ", ", \""), (b'\'', "', ", ", '")],
        ..PYTHON_WAY
    },
);
pub(super) static JULIA: Language = rewrite(
    "Julia",
    Rewrite {
        before: ["", ""],
        argument: ("", 0),
        named: "ENV[\"%\"]",
        strings: &[(b'"', "\"*", "*\"")],
        ..PYTHON_WAY
    },
);
pub(super) static PSQL: Language = rewrite(
    "SQL",
    Rewrite {
        before: ["", ""],
        argument: ("", 0),
        named: ":'%'",
        give: Give::Psql,
        strings: &[(b'\'', "'||", "||'")],
        stdin: "",
        ..PYTHON_WAY
    },
);
pub(super) static OSASCRIPT: Language = rewrite(
    "AppleScript",
    Rewrite {
        before: ["", ""],
        argument: ("", 0),
        named: "(system attribute \"%\")",
        strings: &[(b'"', "\" & ", " & \"")],
        ..PYTHON_WAY
    },
);
pub(super) static EMACS: Language = rewrite(
    "Lisp",
    Rewrite { before: ["", ""], argument: ("", 0), named: "(getenv \"%\")", strings: &[], ..PYTHON_WAY },
);
pub(super) static VIM: Language =
    say("vim", "env x=% and execute in the script, as in -c 'execute \"edit \" . fnameescape($x)'");
pub(super) static SED: Language = Language { name: "sed", way: Way::Sed };
pub(super) static SQLITE: Language = say(
    "SQL",
    "apool -c 'sqlite3 FILE \"... CAST(x'\\''$(printf %s % | od -An -v -tx1 | tr -d \" \\n\")'\\'' AS TEXT) ...\"'",
);
pub(super) static MYSQL: Language = say(
    "SQL",
    "apool -c 'mysql -e \"... UNHEX(\\\"$(printf %s % | od -An -v -tx1 | tr -d \" \\n\")\\\") ...\"'",
);
pub(super) static DEBUGGER: Language =
    say("the debugger", "a file of commands that reads the value from the environment (env x=% ...)");
pub(super) static ANY: Language =
    say("it", "a file of code that reads the value from the environment (env x=% ...)");
pub(super) static MAKE: Language =
    say("make", "the rule in a makefile, with \"$$x\" in its recipe, and env x=% make ...");
pub(super) static FISH: Language = say("fish", "fish -c '... $argv[1] ...' %");
pub(super) static CSH: Language = say("csh", "sh -c '... \"$1\" ...' sh %");

/// `sudo -s` joins words and escapes them, except for the dollar.
pub(super) static DOLLARS: Language = say("sudo", "sudo without -s or -i, which passes words unchanged");
/// `env -S`.
pub(super) static SPLIT: Language = say("env", "the words after env, without -S");
/// Keys that are typed on a terminal.
pub(super) static TYPED: Language =
    say("the terminal", "a command that is started, not typed: tmux new-window sh -c '... \"$1\" ...' sh %");
/// What tmux expands, before any shell reads it.
pub(super) static FORMAT: Language =
    say("tmux", "a command that gets it as a word: tmux new-window sh -c '... \"$1\" ...' sh %");
/// GNU parallel.
pub(super) static PARALLEL: Language =
    say("parallel", "the value after ::: of parallel: parallel COMMAND ::: %");
