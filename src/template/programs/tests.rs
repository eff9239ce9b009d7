//! One line for each program, with the spellings of its options.

use super::*;

/// The code in a line of words.
fn code(line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let of = |code: &Code| {
        let text = words[code.first..=code.last].join(" ");
        let lang = match code.lang {
            Lang::Sh => "sh",
            Lang::Login => "login",
            Lang::Other(language) => language.name,
        };
        format!("{lang}: {}", &text[code.offset..])
    };
    find(&words).iter().map(of).collect()
}

/// Command lines, and the code in each. Every row of the table occurs.
const SHELLS: &[(&str, &str)] = &[
    ("sh -c X", "sh: X"),
    ("/bin/bash -ec X _ {}", "sh: X"),
    ("bash -lc X", "sh: X"),
    ("bash -euo pipefail -c X", "sh: X"),
    ("bash -oc pipefail X", "sh: X"),
    ("bash +o posix -c X", "sh: X"),
    ("bash --norc --rcfile f -c X", "sh: X"),
    ("sh -c -- X", "sh: X"),
    ("sh -c - X", "sh: X"),
    ("su -lc X", "login: X"),
    ("su - me -c X", "login: X"),
    ("su me --command=X", "login: X"),
    ("su me --comm X", "login: X"),
    ("su -s /bin/sh -cX me", "login: X"),
    ("runuser -l me -c X", "login: X"),
    ("runuser -u me sh -c X", "sh: X"),
    ("sg group X", "sh: X"),
    ("sg group -c X", "sh: X"),
    ("script -qec X /dev/null", "login: X"),
    ("script -q --command X f", "login: X"),
    ("flock -n file -c X", "login: X"),
    ("flock -nc X file", "login: X"),
    ("flock file sh -c X", "sh: X"),
    ("watch -n 5 -d X y", "sh: X y"),
    ("watch -x sh -c X", "sh: X"),
    ("ssh host X y", "login: X y"),
    ("ssh -p 22 -oA=b -v me@host -t -- X", "login: X"),
    ("ssh host sh -c X", "login: sh -c X"),
    ("sudo -u me sh -c X", "sh: X"),
    ("sudo A=b ssh host X", "login: X"),
    ("sudo -s X y", "sudo: X y"),
    ("env -S X", "env: X"),
    ("env -i -u A B=c sh -c X", "sh: X"),
    ("tmux new -d -t name X", "login: X"),
    ("tmux new-window sh -c X", "sh: X"),
    ("tmux popup -E X", "login: X"),
    ("tmux pipe-pane -o X", "tmux: X"),
    ("tmux run-shell -b X", "tmux: X"),
    ("tmux display-message -p X", "tmux: X"),
    ("tmux new-window -n X", "tmux: X"),
    ("tmux new -d -s X", "tmux: X"),
    ("tmux rename-window -t p X", "tmux: X"),
    ("tmux -c X", "login: X"),
    ("tmux send-keys -t p X", "the terminal: X"),
    ("screen -dmS name sh -c X", "sh: X"),
    ("docker exec -it -e A=b box sh -c X", "sh: X"),
    ("docker run --rm -v a:b --name n image sh -c X", "sh: X"),
    ("docker run --entrypoint sh image -c X", "sh: X"),
    ("podman container exec box bash -c X", "sh: X"),
    ("docker compose -f f run --rm service sh -c X", "sh: X"),
    ("docker-compose exec -T service sh -c X", "sh: X"),
    ("kubectl -n ns exec pod -c box -it -- sh -c X", "sh: X"),
    ("entr -rs X", "login: X"),
    ("entr -r sh -c X", "sh: X"),
    ("hyperfine -w 3 X", "sh: X"),
    ("parallel -j 3 X ::: y", "parallel: X"),
    ("fish -c X", "fish: X"),
    ("tcsh -fc X", "csh: X"),
    ("nu -c X", "csh: X"),
    ("pwsh -Command X", "csh: X"),
];

const WRAPPERS: &[&str] = &[
    "nohup",
    "command",
    "exec",
    "exec -a name",
    "nice -n 5",
    "nice -5",
    "timeout -k 1 5",
    "stdbuf -oL",
    "time -f %e",
    "setsid -w",
    "ionice -c 2 -n 5",
    "taskset -c 0-3",
    "chrt -i 0",
    "chroot --userspec=a /dir",
    "doas -u me",
    "unshare -mr",
    "nsenter -t 1 -m",
    "setpriv --reuid 5",
    "prlimit --nofile=5",
    "choom -n 5 --",
    "numactl -N 0",
    "strace -f -o log -e trace=file",
    "ltrace -f",
    "valgrind -q",
    "chronic",
    "sshpass -p x",
    "ssh-agent",
    "xvfb-run -a",
    "systemd-run --scope -p A=b",
    "systemd-inhibit",
    "xargs -0 -I @ -P 4",
    "find . -name x -exec",
    "fd -e c x -x",
    "busybox",
    "A=b",
    "env A=b nice -n 5",
    "unknown --option",
    "$unknown",
];

const LANGUAGES: &[(&str, &str)] = &[
    ("python3.11 -u -c X", "Python: X"),
    ("python -cX", "Python: X"),
    ("perl -lane X f", "Perl: X"),
    ("perl -pi.bak -e X f", "Perl: X"),
    ("perl -MList::Util=sum -E X", "Perl: X"),
    ("ruby -rjson -ne X f", "Ruby: X"),
    ("node -e X", "JavaScript: X"),
    ("node -pe X", "JavaScript: X"),
    ("node -p X", "JavaScript: X"),
    ("node --eval=X", "JavaScript: X"),
    ("deno eval X", "JavaScript: X"),
    ("php -r X", "PHP: X"),
    ("lua5.4 -e X", "Lua: X"),
    ("Rscript -e X", "R: X"),
    ("julia --eval X", "Julia: X"),
    ("elixir -e X", "it: X"),
    ("guile -c X", "it: X"),
    ("awk -F : -v a=b X f", "awk: X"),
    ("gawk --source X f", "awk: X"),
    ("gawk -e X f", "awk: X"),
    ("sed -i X f", "sed: X"),
    ("sed -nE -e X f", "sed: X"),
    ("sed --expression=X f", "sed: X"),
    ("sed f -e X", "sed: X"),
    ("jq -r --arg a b X f", "jq: X"),
    ("yq -i X f", "yq: X"),
    ("psql -h host -qAtc X db", "SQL: X"),
    ("psql --command=X db", "SQL: X"),
    ("mysql -u me -pword -e X db", "SQL: X"),
    ("mariadb --execute X", "SQL: X"),
    ("sqlite3 -separator , db X", "SQL: X"),
    ("sqlite3 -cmd X db", "SQL: X"),
    ("duckdb -c X", "SQL: X"),
    ("mongosh --eval X", "it: X"),
    ("gdb -batch -ex X prog", "the debugger: X"),
    ("vim -c X f", "vim: X"),
    ("vim +X f", "vim: X"),
    ("emacs --batch --eval X", "Lisp: X"),
    ("osascript -e X", "AppleScript: X"),
    ("make --eval=X all", "make: X"),
    ("srun -n 4 python3 -c X", "Python: X"),
];

#[test]
fn code_is_found_as_the_programs_read_their_options() {
    for (line, want) in SHELLS.iter().chain(LANGUAGES) {
        assert_eq!(code(line), [*want], "{line}");
    }
    for wrapper in WRAPPERS {
        let line = format!("{wrapper} bash -o errexit -c X y").replace("$unknown", "");
        assert_eq!(code(&line), ["sh: X"], "{line}");
        if !wrapper.starts_with("unknown") {
            let line = format!("{wrapper} awk X f").replace("$unknown", "");
            assert_eq!(code(&line), ["awk: X"], "{line}");
        }
    }
    assert_eq!(code("tmux if-shell X Y"), ["tmux: X", "tmux: Y"]);
    assert_eq!(code("find . -exec sh -c X ; -ok bash -c Y +"), ["sh: X", "sh: Y"]);
    assert_eq!(code("env -S nice sh -c X"), ["env: nice", "sh: X"]);
    assert_eq!(code("sed -e X -e Y f"), ["sed: X", "sed: Y"]);
    assert_eq!(code("hyperfine -p X Y Z"), ["sh: X", "sh: Y", "sh: Z"]);
}

#[test]
fn what_is_no_code_is_none() {
    for line in [
        "sh -x file -c X",
        "sh file",
        "sh -c",
        "sh -o",
        "echo sh -c X",
        "grep -r perl -e X",
        "python3 script.py -c X",
        "python3 -m mod -c X",
        "perl script -e X",
        "awk -f prog X",
        "sed -f script X",
        "sed --file=script X",
        "jq -f filter X",
        "psql -f X",
        "sqlite3 X",
        "ssh host",
        "ssh -p X host",
        "ssh X",
        "find X -name y",
        "docker run -v X image",
        "docker exec X ls",
        "timeout 5 cat X",
        "vim X",
        "make X",
        "make A=X",
        "awk",
        "watch",
        "su X",
        "flock X cat y",
        "tmux new -t X",
        "script X",
        "kubectl get pod X",
        "env A=X cat",
        "node script.js -e X",
        "sudo cat X",
        "parallel",
        "gdb prog X",
        "mysql db",
        "nice",
        "perl -ne",
        "ruby X",
        "xargs -a X echo",
    ] {
        assert_eq!(code(line), Vec::<String>::new(), "{line}");
    }
    let deep = "env ".repeat(5000) + "sh -c X";
    assert_eq!(code(&deep), Vec::<String>::new());
}

/// Every row of the table has a name that occurs in one of the lines above.
#[test]
fn every_row_is_tested() {
    let lines = SHELLS.iter().chain(LANGUAGES).map(|(line, _)| *line).chain(WRAPPERS.iter().copied());
    let plain = ["echo"];
    let words: Vec<&str> = lines.flat_map(|line| line.split([' ', '/'])).chain(plain).collect();
    let tested = |name: &&str| {
        words.iter().any(|word| {
            word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') == name.trim_end_matches('3')
        })
    };
    for row in table::rows() {
        assert!(row.names.iter().any(tested), "{:?}", row.names);
    }
}
