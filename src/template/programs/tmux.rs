//! The commands of tmux, which expands formats in most of their words: it runs what stands in `#(…)`.

use super::Lang::Login;
use super::Operands::{Codes, Words};
use super::languages::{FORMAT, TYPED};
use super::{Lang, Operands, Program, Role, Style};

pub(super) const TMUX_WINDOW: Program = Program {
    names: &[],
    short: "AbdDEPXhvfIkZc:e:F:f:l:n:p:s:t:T:x:y:w:B:S:",
    long: &[],
    style: Style::Stop,
    roles: &[
        ("c", Role::Code(Lang::Other(&FORMAT))),
        ("F", Role::Code(Lang::Other(&FORMAT))),
        ("n", Role::Code(Lang::Other(&FORMAT))),
        ("s", Role::Code(Lang::Other(&FORMAT))),
    ],
    operands: Words(0, Login),
};

/// Words in which tmux runs what stands in `#(…)`.
const TMUX_FORMAT: Operands = Codes(0, Lang::Other(&FORMAT));

pub(super) const TMUX: &[Program] = &[
    Program {
        names: &[
            "new",
            "new-session",
            "neww",
            "new-window",
            "splitw",
            "split-window",
            "respawnp",
            "respawn-pane",
            "respawnw",
            "respawn-window",
        ],
        ..TMUX_WINDOW
    },
    Program { names: &["popup", "display-popup"], short: "BCEb:c:d:e:h:s:S:t:T:w:x:y:", ..TMUX_WINDOW },
    Program {
        names: &["display", "display-message"],
        short: "aIlNpvc:d:t:F:",
        roles: &[("F", Role::Code(Lang::Other(&FORMAT)))],
        operands: TMUX_FORMAT,
        ..TMUX_WINDOW
    },
    Program {
        names: &[
            "run",
            "run-shell",
            "if",
            "if-shell",
            "pipep",
            "pipe-pane",
            "renamew",
            "rename-window",
            "rename",
            "rename-session",
        ],
        short: "bCFIOoc:d:t:",
        roles: &[],
        operands: TMUX_FORMAT,
        ..TMUX_WINDOW
    },
    Program {
        names: &["send", "send-keys"],
        roles: &[],
        short: "FHKlMRXc:N:t:",
        operands: Codes(0, Lang::Other(&TYPED)),
        ..TMUX_WINDOW
    },
];
