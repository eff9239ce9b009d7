#!/bin/sh
# Tool: tcsh 6.24.07.
# Behaviour: history expansion also happens without a terminal, in `tcsh -c` and in scripts, and inside single
#   quotes. `tcsh -f -c "echo 'a!b'"` prints "b: Event not found." and exits 1. `'a\!b'` prints `a!b`: in single
#   quotes the backslash is removed before `!`, and kept before every other character.
# Guess: history is for people at a prompt, and single quotes protect every character, as in sh.
# Who meets it: programs that send a quoted command line to an account whose login shell is tcsh.
# apool: the quotes for the login shell of ssh and su are right for POSIX shells and fish. docs/guide.md says
#   that they are not for csh.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q tcsh=6.24.07-1 >/dev/null 2>&1
dpkg-deb -x tcsh_*.deb .
status=0
code=$(./bin/tcsh -f -c "echo 'a!b'" 2>&1) || status=$?
escaped=$(./bin/tcsh -f -c "echo 'a\\!b'")
other=$(./bin/tcsh -f -c "echo 'a\\.b'")
echo "echo 'a!b'" >script
script=$(./bin/tcsh -f script 2>&1) || true
printf '%s\n' "-c 'a!b': $code (status $status)" "-c 'a\\!b': $escaped" "-c 'a\\.b': $other" "script 'a!b': $script"
[ "$code" = 'b: Event not found.' ] && [ "$status" = 1 ] && [ "$script" = "$code" ] || { echo changed; exit 1; }
[ "$escaped" = 'a!b' ] && [ "$other" = 'a\.b' ] || { echo changed; exit 1; }
