//! Programs that run an argument as code in another language than that of sh.

use super::Lang::Other;
use super::Operands::{self, Code, Codes, Plain, Sub};
use super::languages::{
    ANY, AWK, CSH, DEBUGGER, DENO, EMACS, FISH, JQ, JULIA, LUA, MAKE, MYSQL, NODE, OSASCRIPT, PERL, PHP,
    PSQL, PYTHON, R, RUBY, SED, SQLITE, VIM, YQ,
};
use super::{Program, Role, Style};

const NO_ROLES: Program =
    Program { names: &[], short: "", long: &[], style: Style::Stop, roles: &[], operands: Plain };

/// Shells with other quoting than sh.
pub(super) static SHELLS_UNLIKE_SH: &[Program] = &[
    Program {
        names: &["fish"],
        short: "c:C:d:o:p:D:f:ilnNPv",
        long: &["debug", "debug-output", "profile", "features"],
        roles: &[
            ("c", Role::CodeThen(Other(&FISH), Plain)),
            ("C", Role::Code(Other(&FISH))),
            ("command", Role::CodeThen(Other(&FISH), Plain)),
            ("init-command", Role::Code(Other(&FISH))),
        ],
        ..NO_ROLES
    },
    Program {
        names: &["csh", "tcsh"],
        style: Style::Shell,
        roles: &[("c", Role::Then(Code(0, Other(&CSH))))],
        ..NO_ROLES
    },
    Program {
        names: &["rc", "es", "nu", "elvish", "xonsh"],
        short: "c:",
        roles: &[("c", Role::CodeThen(Other(&CSH), Plain)), ("commands", Role::Code(Other(&CSH)))],
        ..NO_ROLES
    },
    Program {
        names: &["pwsh", "powershell"],
        style: Style::OneDash,
        roles: &[
            ("c", Role::Then(Codes(0, Other(&CSH)))),
            ("Command", Role::Then(Codes(0, Other(&CSH)))),
            ("command", Role::Then(Codes(0, Other(&CSH)))),
        ],
        ..NO_ROLES
    },
];

/// An interpreter whose option with this letter takes code.
const fn interpreter(
    names: &'static [&'static str],
    short: &'static str,
    roles: &'static [(&'static str, Role)],
) -> Program {
    Program { names, short, roles, ..NO_ROLES }
}

const fn first(
    names: &'static [&'static str],
    short: &'static str,
    long: &'static [&'static str],
    style: Style,
    roles: &'static [(&'static str, Role)],
    operands: Operands,
) -> Program {
    Program { names, short, long, style, roles, operands }
}

const FROM_FILE: Role = Role::Then(Plain);

/// The rows.
pub(super) static ROWS: &[Program] = &[
    interpreter(
        &["python", "pypy", "ipython"],
        "bBdEhiIOPqRsSuvVxc:m:W:X:",
        &[("c", Role::CodeThen(Other(&PYTHON), Plain)), ("m", Role::Last)],
    ),
    interpreter(
        &["perl"],
        "acfhlnpsStTuUvVwWX0C::D::d::e:E:F::i::I:m::M::x::",
        &[("e", Role::CodeThen(Other(&PERL), Plain)), ("E", Role::CodeThen(Other(&PERL), Plain))],
    ),
    interpreter(
        &["ruby", "jruby"],
        "acdhlnpsSvwWxye:E::F::i::I:r:C:0K::T::",
        &[("e", Role::CodeThen(Other(&RUBY), Plain))],
    ),
    Program {
        long: &["require", "import", "input-type", "env-file"],
        ..interpreter(
            &["node", "nodejs", "bun"],
            "chive:pr:",
            &[
                ("e", Role::CodeThen(Other(&NODE), Plain)),
                ("p", Role::Then(Code(0, Other(&NODE)))),
                ("eval", Role::CodeThen(Other(&NODE), Plain)),
                ("print", Role::CodeThen(Other(&NODE), Plain)),
            ],
        )
    },
    Program { operands: Sub(DENO_EVAL), ..interpreter(&["deno"], "", &[]) },
    interpreter(
        &["php"],
        "aCehilmnqsvwHd:c:f:t:S:z:r:B:R:E:F:",
        &[
            ("r", Role::CodeThen(Other(&PHP), Plain)),
            ("B", Role::Code(Other(&PHP))),
            ("R", Role::Code(Other(&PHP))),
            ("E", Role::Code(Other(&PHP))),
            ("run", Role::CodeThen(Other(&PHP), Plain)),
        ],
    ),
    interpreter(&["lua", "luajit"], "ivEWe:l:j:", &[("e", Role::Code(Other(&LUA)))]),
    interpreter(&["Rscript", "R", "littler"], "fe:", &[("e", Role::Code(Other(&R)))]),
    Program {
        long: &["load", "project", "threads", "procs"],
        ..interpreter(
            &["julia"],
            "ihqL:p:t:J:e:E:",
            &[
                ("e", Role::CodeThen(Other(&JULIA), Plain)),
                ("E", Role::CodeThen(Other(&JULIA), Plain)),
                ("eval", Role::CodeThen(Other(&JULIA), Plain)),
                ("print", Role::CodeThen(Other(&JULIA), Plain)),
            ],
        )
    },
    interpreter(
        &[
            "elixir", "groovy", "scala", "racket", "clojure", "clj", "bb", "crystal", "ghc", "runghc",
            "gnuplot", "bc", "dc", "raku",
        ],
        "e:",
        &[
            ("e", Role::Code(Other(&ANY))),
            ("eval", Role::Code(Other(&ANY))),
            ("expression", Role::Code(Other(&ANY))),
        ],
    ),
    interpreter(
        &["guile", "expect", "sage", "maxima", "octave"],
        "c:",
        &[
            ("c", Role::Code(Other(&ANY))),
            ("eval", Role::Code(Other(&ANY))),
            ("batch-string", Role::Code(Other(&ANY))),
        ],
    ),
    first(
        &["awk", "gawk", "mawk", "nawk", "original-awk", "goawk"],
        "bcCghIMnNOPrsStVF:v:f:e:i:l:E:W:d::D::o::p::L::",
        &["field-separator", "assign", "include", "load"],
        Style::Stop,
        &[
            ("e", Role::CodeThen(Other(&AWK), Plain)),
            ("source", Role::CodeThen(Other(&AWK), Plain)),
            ("f", FROM_FILE),
            ("E", FROM_FILE),
            ("file", Role::CodeThen(Other(&AWK), Plain)),
            ("exec", FROM_FILE),
        ],
        Code(0, Other(&AWK)),
    ),
    first(
        &["sed", "gsed", "ssed"],
        "nrEszube:f:l:i::",
        &["line-length"],
        Style::Permute,
        &[
            ("e", Role::CodeThen(Other(&SED), Plain)),
            ("expression", Role::CodeThen(Other(&SED), Plain)),
            ("f", FROM_FILE),
            ("file", FROM_FILE),
        ],
        Code(0, Other(&SED)),
    ),
    first(
        &["jq", "gojq", "jaq"],
        "nrjaRscCSehMVf:L:",
        &["arg=2", "argjson=2", "slurpfile=2", "rawfile=2", "argfile=2", "indent", "library-path"],
        Style::Permute,
        &[("f", FROM_FILE), ("from-file", FROM_FILE)],
        Code(0, Other(&JQ)),
    ),
    first(
        &["yq"],
        "CMNPejnrsvio:p:I:",
        &["from-file", "output-format", "input-format", "indent"],
        Style::Permute,
        &[],
        Code(0, Other(&YQ)),
    ),
    first(
        &["psql"],
        "aAbeEnqsSxwWXzlt01HVd:c:f:h:L:o:p:P:R:T:U:v:F:",
        &[
            "dbname",
            "file",
            "host",
            "port",
            "username",
            "output",
            "log-file",
            "set",
            "variable",
            "pset",
            "field-separator",
            "record-separator",
        ],
        Style::Permute,
        &[("c", Role::Code(Other(&PSQL))), ("command", Role::Code(Other(&PSQL)))],
        Plain,
    ),
    first(
        &["mysql", "mariadb"],
        "ABbCEfGHiLNnoqrstTUVvwXe:u:h:P:D:S:p::",
        &[
            "user",
            "host",
            "port",
            "database",
            "socket",
            "defaults-file",
            "defaults-extra-file",
            "default-character-set",
        ],
        Style::Permute,
        &[
            ("e", Role::Code(Other(&MYSQL))),
            ("execute", Role::Code(Other(&MYSQL))),
            ("init-command", Role::Code(Other(&MYSQL))),
        ],
        Plain,
    ),
    first(
        &["sqlite3", "sqlite"],
        "",
        &[
            "separator",
            "newline",
            "nullvalue",
            "init",
            "mmap",
            "maxsize",
            "vfs",
            "pagecache=2",
            "lookaside=2",
        ],
        Style::OneDash,
        &[("cmd", Role::Code(Other(&SQLITE)))],
        Codes(1, Other(&SQLITE)),
    ),
    first(
        &["duckdb"],
        "c:s:",
        &["separator", "newline", "nullvalue", "init"],
        Style::OneDash,
        &[
            ("c", Role::Code(Other(&SQLITE))),
            ("s", Role::Code(Other(&SQLITE))),
            ("cmd", Role::Code(Other(&SQLITE))),
        ],
        Codes(1, Other(&SQLITE)),
    ),
    first(
        &["clickhouse-client", "mongosh", "mongo", "cqlsh", "sqlcmd", "redis-cli"],
        "q:h:p:u:",
        &["host", "port", "user", "password", "database"],
        Style::Permute,
        &[
            ("q", Role::Code(Other(&ANY))),
            ("Q", Role::Code(Other(&ANY))),
            ("query", Role::Code(Other(&ANY))),
            ("eval", Role::Code(Other(&ANY))),
        ],
        Plain,
    ),
    first(
        &["gdb", "lldb"],
        "o:O:p:c:s:x:d:",
        &["args", "pid", "core", "exec", "symbols", "command", "directory", "cd", "source"],
        Style::OneDash,
        &[
            ("ex", Role::Code(Other(&DEBUGGER))),
            ("iex", Role::Code(Other(&DEBUGGER))),
            ("eval-command", Role::Code(Other(&DEBUGGER))),
            ("init-eval-command", Role::Code(Other(&DEBUGGER))),
            ("o", Role::Code(Other(&DEBUGGER))),
            ("one-line", Role::Code(Other(&DEBUGGER))),
        ],
        Plain,
    ),
    first(
        &["vim", "vi", "nvim", "ex", "view", "gvim", "vimdiff"],
        "AbCdDeEfFgHhlLMmNnRrstvXxyZo::O::p::c:i:S:T:u:U:V::w:W:",
        &["startuptime", "listen", "server", "servername"],
        Style::Plus(Other(&VIM)),
        &[("c", Role::Code(Other(&VIM))), ("cmd", Role::Code(Other(&VIM)))],
        Plain,
    ),
    first(
        &["emacs", "emacsclient"],
        "Qqe",
        &["load", "script", "file", "visit", "user", "display", "chdir"],
        Style::OneDash,
        &[
            ("eval", Role::Code(Other(&EMACS))),
            ("execute", Role::Code(Other(&EMACS))),
            ("e", Role::Then(Codes(0, Other(&EMACS)))),
        ],
        Plain,
    ),
    interpreter(&["osascript"], "ie:l:s:", &[("e", Role::Code(Other(&OSASCRIPT)))]),
    first(
        &["make", "gmake"],
        "bBdeikLnpqrRsStvwC:f:I:o:W:E:j::l::O::",
        &["directory", "file", "makefile", "include-dir", "old-file", "what-if", "assume-old"],
        Style::Permute,
        &[("E", Role::Code(Other(&MAKE))), ("eval", Role::Code(Other(&MAKE)))],
        Plain,
    ),
];

static DENO_EVAL: &[Program] =
    &[Program { operands: Code(0, Other(&DENO)), ..interpreter(&["eval"], "pA", &[]) }];
