#!/bin/sh
# Tool: flock of util-linux 2.38.1.
# Behaviour: `-c` is no option. It is a word that counts only directly behind the lock file. `flock -nc 'echo hi'
#   lock` and `flock -c 'echo hi' lock` say "invalid option -- 'c'" (status 64). `flock lock -n -c 'echo hi'`
#   tries to run a program called `-n` (status 69). `flock -n lock -c 'echo hi'` works.
# Guess: `-c` clusters with `-n` and may stand anywhere, as in `su -c`, `script -c` and `sh -c`.
# Who meets it: cron lines, and programs that look for the shell code in somebody's command.
# apool: its table of programs reads flock in this way (src/template/programs).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q util-linux=2.38.1-5+deb12u3 >/dev/null 2>&1
dpkg-deb -x util-linux_*.deb .
try() {
    status=0
    out=$(./usr/bin/flock "$@" 2>/dev/null) || status=$?
    printf '%-30s status %-3s %s\n' "flock $*" "$status" "$out"
}
try -nc 'echo hi' lock
[ "$status" = 64 ] || { echo changed; exit 1; }
try -c 'echo hi' lock
[ "$status" = 64 ] || { echo changed; exit 1; }
try lock -n -c 'echo hi'
[ "$status" = 69 ] || { echo changed; exit 1; }
try -n lock -c 'echo hi'
[ "$status" = 0 ] && [ "$out" = hi ] || { echo changed; exit 1; }
