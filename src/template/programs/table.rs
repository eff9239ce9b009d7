//! The table of programs, with the rows of programs that run a command in words.

use super::Operands::{Actions, Command, Plain};
use super::interpreters;
use super::shells;
use super::{Operands, Program, Role, Style};

/// Every row.
pub(super) fn rows() -> impl Iterator<Item = &'static Program> {
    shells::ROWS.iter().chain(interpreters::SHELLS_UNLIKE_SH).chain(interpreters::ROWS).chain(ROWS)
}

/// A program that runs the command after its options.
const fn wrapper(
    names: &'static [&'static str],
    short: &'static str,
    long: &'static [&'static str],
    operands: Operands,
) -> Program {
    Program { names, short, long, style: Style::Stop, roles: &[], operands }
}

static ROWS: &[Program] = &[
    wrapper(
        &[
            "nohup",
            "builtin",
            "noglob",
            "nocorrect",
            "coproc",
            "busybox",
            "toybox",
            "fakeroot",
            "dbus-run-session",
            "setarch",
        ],
        "",
        &[],
        Command(0),
    ),
    wrapper(&["command"], "pvV", &[], Command(0)),
    wrapper(&["exec"], "cla:", &[], Command(0)),
    wrapper(&["nice", "gnice"], "n:", &["adjustment"], Command(0)),
    wrapper(&["timeout", "gtimeout"], "fpvk:s:", &["kill-after", "signal"], Command(1)),
    wrapper(&["stdbuf", "gstdbuf"], "i:o:e:", &["input", "output", "error"], Command(0)),
    wrapper(&["time", "gtime"], "apqvVf:o:", &["format", "output"], Command(0)),
    wrapper(&["setsid"], "cfw", &[], Command(0)),
    wrapper(&["ionice"], "tc:n:p:P:u:", &["class", "classdata", "pid", "pgid", "uid"], Command(0)),
    wrapper(&["taskset"], "apc", &[], Command(1)),
    wrapper(
        &["chrt"],
        "abdefimoprRvT:P:D:",
        &["sched-runtime", "sched-period", "sched-deadline"],
        Command(1),
    ),
    wrapper(&["chroot"], "", &["groups", "userspec"], Command(1)),
    wrapper(&["doas"], "Lnsu:C:a:", &[], Command(0)),
    wrapper(
        &["unshare"],
        "muinpUCTfrcw:R:S:G:",
        &["root", "wd", "setuid", "setgid", "propagation", "setgroups", "map-user", "map-group"],
        Command(0),
    ),
    wrapper(
        &["nsenter"],
        "am::u::i::n::p::U::C::T::r::w::t:S:G:FZ",
        &["target", "setuid", "setgid"],
        Command(0),
    ),
    wrapper(
        &["setpriv"],
        "d",
        &[
            "reuid",
            "regid",
            "ruid",
            "euid",
            "rgid",
            "egid",
            "groups",
            "inh-caps",
            "ambient-caps",
            "bounding-set",
            "securebits",
            "pdeathsig",
        ],
        Command(0),
    ),
    wrapper(&["prlimit"], "p:", &["pid", "output"], Command(0)),
    wrapper(&["choom"], "n:p:", &["adjust", "pid"], Command(0)),
    wrapper(
        &["numactl"],
        "HasClhbi:m:w:N:C:P:p:",
        &["interleave", "membind", "cpunodebind", "physcpubind", "preferred"],
        Command(0),
    ),
    wrapper(
        &["strace"],
        "cCdDffikqrtTvVwxyYzZa:b:e:E:I:o:O:p:P:s:S:u:U:X:",
        &["output", "trace", "string-limit", "env", "user"],
        Command(0),
    ),
    wrapper(&["ltrace"], "bcCfhiLrStTVa:A:D:e:F:l:n:o:p:s:u:w:x:", &[], Command(0)),
    wrapper(&["valgrind"], "hqv", &[], Command(0)),
    wrapper(&["catchsegv", "chronic", "unbuffer", "caffeinate"], "edimpsuvt:w:", &[], Command(0)),
    wrapper(&["sshpass"], "eVvp:f:d:P:", &[], Command(0)),
    wrapper(&["ssh-agent"], "cDdksa:E:O:P:t:", &[], Command(0)),
    wrapper(
        &["xvfb-run"],
        "ale:f:n:p:s:w:",
        &["error-file", "auth-file", "server-num", "server-args"],
        Command(0),
    ),
    wrapper(
        &["systemd-run"],
        "qrdtPGSp:u:H:M:E:",
        &[
            "unit",
            "property",
            "description",
            "slice",
            "uid",
            "gid",
            "nice",
            "working-directory",
            "setenv",
            "host",
            "machine",
        ],
        Command(0),
    ),
    wrapper(&["systemd-inhibit"], "", &["what", "who", "why", "mode"], Command(0)),
    wrapper(
        &["xargs", "gxargs"],
        "0oprtxi::e::l::a:d:E:I:L:n:P:s:",
        &["arg-file", "delimiter", "max-args", "max-procs", "max-chars", "process-slot-var"],
        Command(0),
    ),
    wrapper(&["find", "gfind"], "", &[], Actions),
    Program {
        names: &["fd", "fdfind"],
        short: "HIusgFaLp0E:t:e:S:d:o:c:j:",
        long: &[
            "exclude",
            "type",
            "extension",
            "size",
            "max-depth",
            "min-depth",
            "owner",
            "color",
            "threads",
            "changed-within",
        ],
        style: Style::Permute,
        roles: &[
            ("x", Role::Then(Command(0))),
            ("X", Role::Then(Command(0))),
            ("exec", Role::Then(Command(0))),
            ("exec-batch", Role::Then(Command(0))),
        ],
        operands: Plain,
    },
    // For these programs the words are only text.
    wrapper(
        &[
            "echo", "printf", "test", "[", "grep", "egrep", "fgrep", "zgrep", "rg", "ag", "cat", "ls",
            "which", "type", "man", "touch", "mkdir", "rm", "cp", "mv", "ln", "basename", "dirname", "true",
            "false", "pgrep", "pkill", "apt-get", "apt", "pip", "npm",
        ],
        "",
        &[],
        Plain,
    ),
];
