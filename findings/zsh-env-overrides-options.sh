#!/bin/sh
# Tool: zsh 5.9.
# Behaviour: an option on the command line does not hold. `.zshenv` is read after the command line, also for `-c`, and
#   its `setopt` wins. With `setopt RC_QUOTES` there, `zsh +o rcquotes -c "echo 'a''b'"` prints a'b. `zsh -f`, which reads
#   no `.zshenv`, prints ab.
# Guess: the command line wins over startup files, as with most programs.
# Who meets it: programs that build code for `zsh -c` and join quoted pieces, and that turn RC_QUOTES off to be sure.
# apool: where zsh started apool, its jobs run by `zsh -f -c` (src/exec/parent.rs).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q zsh=5.9-4+b15 >/dev/null 2>&1
dpkg-deb -x zsh_*.deb .
echo 'setopt RC_QUOTES' >.zshenv
try() {
    out=$(ZDOTDIR="$dir" ./bin/zsh "$@" -c "echo 'a''b'")
    printf '%-20s %s\n' "zsh $* -c" "$out"
}
try +o rcquotes
[ "$out" = "a'b" ] || { echo changed; exit 1; }
try -f
[ "$out" = ab ] || { echo changed; exit 1; }
