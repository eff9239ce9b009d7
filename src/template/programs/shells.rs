//! Shells with the quoting of sh, and programs that pass a word to a shell.

use super::Lang::{Login, Sh};
use super::Operands::{Code, Codes, Command, Joined, Plain, Sub};
use super::languages::{DOLLARS, PARALLEL, SPLIT, TYPED};
use super::tmux::{TMUX, TMUX_WINDOW};
use super::{Lang, Operands, Program, Role, Style};

const QUOTES_DOLLARS: Operands = Joined(0, Lang::Other(&DOLLARS));
const IN_CONTAINER: &[&str] =
    &["detach-keys", "env", "env-file", "user", "workdir", "index", "project-name", "file"];

const DOCKER_EXEC: Program = Program {
    names: &["exec"],
    short: "dite:u:w:T",
    long: IN_CONTAINER,
    style: Style::Stop,
    roles: &[],
    operands: Command(1),
};

/// The long options of `docker run` that take a value.
const DOCKER_RUN: &[&str] = &[
    "add-host",
    "annotation",
    "attach",
    "blkio-weight",
    "cap-add",
    "cap-drop",
    "cgroup-parent",
    "cgroupns",
    "cidfile",
    "cpu-period",
    "cpu-quota",
    "cpu-shares",
    "cpus",
    "cpuset-cpus",
    "cpuset-mems",
    "detach-keys",
    "device",
    "dns",
    "dns-option",
    "dns-search",
    "domainname",
    "env",
    "env-file",
    "expose",
    "gpus",
    "group-add",
    "health-cmd",
    "health-interval",
    "hostname",
    "ip",
    "ipc",
    "isolation",
    "label",
    "label-file",
    "link",
    "log-driver",
    "log-opt",
    "mac-address",
    "memory",
    "memory-swap",
    "mount",
    "name",
    "net",
    "network",
    "network-alias",
    "oom-score-adj",
    "pid",
    "pids-limit",
    "platform",
    "publish",
    "pull",
    "restart",
    "runtime",
    "security-opt",
    "shm-size",
    "stop-signal",
    "stop-timeout",
    "storage-opt",
    "sysctl",
    "tmpfs",
    "ulimit",
    "user",
    "userns",
    "uts",
    "volume",
    "volume-driver",
    "volumes-from",
    "workdir",
];

const DOCKER: &[Program] = &[
    DOCKER_EXEC,
    Program {
        names: &["run", "create"],
        short: "dPitqa:c:e:h:l:m:p:u:v:w:",
        long: DOCKER_RUN,
        roles: &[("entrypoint", Role::Entry)],
        ..DOCKER_EXEC
    },
    Program { names: &["container"], short: "", operands: Sub(&DOCKER_IN), ..DOCKER_EXEC },
    Program { names: &["compose"], short: "f:p:", operands: Sub(&DOCKER_IN), ..DOCKER_EXEC },
];

static DOCKER_IN: [Program; 2] = [
    DOCKER_EXEC,
    Program {
        names: &["run", "create"],
        short: "dPitqa:c:e:h:l:m:p:u:v:w:T",
        long: DOCKER_RUN,
        roles: &[("entrypoint", Role::Entry)],
        ..DOCKER_EXEC
    },
];

const KUBECTL: &[Program] = &[Program {
    names: &["exec"],
    short: "c:f:n:itq",
    long: &["container", "filename", "namespace", "context", "kubeconfig"],
    style: Style::Permute,
    ..DOCKER_EXEC
}];

const SU: Program = Program {
    names: &["su", "runuser"],
    short: "fhlmpPVg:G:s:w:",
    long: &["group", "supp-group", "shell", "whitelist-environment"],
    style: Style::Permute,
    roles: &[
        ("c", Role::Code(Login)),
        ("C", Role::Code(Login)),
        ("command", Role::Code(Login)),
        ("session-command", Role::Code(Login)),
    ],
    operands: Plain,
};

/// The rows.
pub(super) static ROWS: &[Program] = &[
    Program {
        names: &[
            "sh", "bash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "lksh", "pdksh", "rbash", "rzsh",
            "yash", "hush", "posh", "oksh",
        ],
        short: "o:O:",
        long: &["rcfile", "init-file", "emulate"],
        style: Style::Shell,
        roles: &[("c", Role::Then(Code(0, Sh)))],
        operands: Plain,
    },
    Program { names: &["su"], short: "fhlmpPVc:C:g:G:s:w:", ..SU },
    Program {
        names: &["runuser"],
        short: "fhlmpPVc:C:g:G:s:w:u:",
        roles: &[
            ("c", Role::Code(Login)),
            ("C", Role::Code(Login)),
            ("command", Role::Code(Login)),
            ("session-command", Role::Code(Login)),
            ("u", Role::Then(Command(0))),
            ("user", Role::Then(Command(0))),
        ],
        ..SU
    },
    Program {
        names: &["sg"],
        short: "c:",
        long: &[],
        style: Style::Permute,
        roles: &[("c", Role::CodeThen(Sh, Plain))],
        operands: Code(1, Sh),
    },
    Program {
        names: &["script"],
        short: "aefqhVc:B:E:I:m:o:O:t::T:",
        long: &[
            "echo",
            "log-in",
            "log-out",
            "log-io",
            "log-timing",
            "logging-format",
            "output-limit",
            "timing",
        ],
        style: Style::Permute,
        roles: &[("c", Role::Code(Login)), ("command", Role::Code(Login))],
        operands: Plain,
    },
    Program {
        names: &["flock"],
        short: "sxunoFhVc:w:E:",
        long: &["timeout", "wait", "conflict-exit-code"],
        style: Style::Permute,
        roles: &[("c", Role::CodeThen(Login, Plain)), ("command", Role::CodeThen(Login, Plain))],
        operands: Command(1),
    },
    Program {
        names: &["watch"],
        short: "bcCdegprtvwxn:q:s:",
        long: &["interval", "equexit", "shotsdir"],
        style: Style::Stop,
        roles: &[("x", Role::Then(Command(0))), ("exec", Role::Then(Command(0)))],
        operands: Joined(0, Sh),
    },
    Program {
        names: &["ssh", "slogin", "autossh", "gsissh"],
        short: "1246AaCfGgKkNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:M:m:O:o:P:p:Q:R:S:W:w:",
        long: &[],
        style: Style::Permute,
        roles: &[],
        operands: Joined(1, Login),
    },
    Program {
        names: &["sudo"],
        short: "AbBEeHiKklnPsSvVu:g:p:C:c:D:h:R:r:T:t:U:a:",
        long: &[
            "user",
            "group",
            "prompt",
            "close-from",
            "chdir",
            "host",
            "chroot",
            "role",
            "type",
            "command-timeout",
            "other-user",
        ],
        style: Style::Stop,
        roles: &[
            ("s", Role::Then(QUOTES_DOLLARS)),
            ("i", Role::Then(QUOTES_DOLLARS)),
            ("shell", Role::Then(QUOTES_DOLLARS)),
            ("login", Role::Then(QUOTES_DOLLARS)),
        ],
        operands: Operands::Assigned,
    },
    Program {
        names: &["env", "genv"],
        short: "i0vu:C:S:",
        long: &["unset", "chdir"],
        style: Style::Stop,
        roles: &[("S", Role::Split(Lang::Other(&SPLIT))), ("split-string", Role::Split(Lang::Other(&SPLIT)))],
        operands: Operands::Assigned,
    },
    Program {
        names: &["tmux"],
        short: "2CDlNuUvVc:f:L:S:T:",
        roles: &[("c", Role::Code(Login))],
        operands: Sub(TMUX),
        ..TMUX_WINDOW
    },
    Program {
        names: &["screen"],
        short: "aAdDilLmOqQrRUvwxc:e:f::h:p:s:S:t:T:",
        long: &[],
        style: Style::Stop,
        roles: &[("X", Role::Then(Codes(0, Lang::Other(&TYPED))))],
        operands: Command(0),
    },
    Program {
        names: &["docker", "podman", "nerdctl"],
        short: "DH:c:l:",
        long: &["host", "context", "config", "log-level"],
        operands: Sub(DOCKER),
        ..DOCKER_EXEC
    },
    Program {
        names: &["docker-compose", "podman-compose"],
        short: "f:p:",
        long: &["file", "project-name"],
        operands: Sub(&DOCKER_IN),
        ..DOCKER_EXEC
    },
    Program {
        names: &["kubectl", "oc"],
        short: "n:s:",
        long: &["namespace", "context", "kubeconfig", "cluster", "user", "server"],
        operands: Sub(KUBECTL),
        ..DOCKER_EXEC
    },
    Program {
        names: &["entr"],
        short: "acdnprsz",
        long: &[],
        style: Style::Stop,
        roles: &[("s", Role::Then(Code(0, Login)))],
        operands: Command(0),
    },
    Program {
        names: &["hyperfine"],
        short: "NiVw:r:m:M:p:C:c:S:s:u:P:D:L:n:",
        long: &[
            "warmup",
            "runs",
            "min-runs",
            "max-runs",
            "shell",
            "style",
            "export-json",
            "export-csv",
            "export-markdown",
            "command-name",
            "output",
            "input",
        ],
        style: Style::Permute,
        roles: &[
            ("p", Role::Code(Sh)),
            ("prepare", Role::Code(Sh)),
            ("c", Role::Code(Sh)),
            ("cleanup", Role::Code(Sh)),
            ("s", Role::Code(Sh)),
            ("setup", Role::Code(Sh)),
            ("C", Role::Code(Sh)),
            ("conclude", Role::Code(Sh)),
        ],
        operands: Codes(0, Sh),
    },
    Program {
        names: &["parallel"],
        short: "0kmqrtuvXa:C:d:E:I:j:J:L:l:n:N:P:s:S:",
        long: &[
            "jobs",
            "max-procs",
            "colsep",
            "delimiter",
            "arg-file",
            "joblog",
            "results",
            "halt",
            "timeout",
            "retries",
            "delay",
            "tagstring",
            "workdir",
            "sshlogin",
            "load",
            "memfree",
            "block",
            "tmpdir",
        ],
        style: Style::Stop,
        roles: &[],
        operands: Joined(0, Lang::Other(&PARALLEL)),
    },
];
