#!/bin/sh
# Tool: GNU parallel 20221122, `--header :` with `--colsep`.
# Behaviour: when column names are numbers, a placeholder is replaced more than once. With the header `2,1`
#   the row `x,y` gives `y y` for `echo {1} {2}`: neither the columns by position nor those by name. The
#   status is 0.
# Guess: {1} is the first column, or the column called 1. Each value appears once.
# Cause, as far as it shows: each name is turned into its position in the text of the command, one name after
#   another, so that a name that is a position too is turned again.
# Who meets it: tables whose columns are years, ports or sample numbers.
# apool: a name that is a placeholder too is refused where it is used (tests/it/tables.rs).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q parallel=20221122+ds-2 >/dev/null 2>&1
dpkg-deb -x parallel_*.deb .
run() { HOME=$dir PARALLEL_HOME=$dir perl ./usr/bin/parallel --will-cite "$@"; }
named=$(printf 'a,b\nx,y\n' | run --colsep , --header : echo '{1}' '{2}')
numbers=$(printf '2,1\nx,y\n' | run --colsep , --header : echo '{1}' '{2}')
three=$(printf '3,1,2\nx,y,z\n' | run --colsep , --header : echo '{1}' '{2}' '{3}')
printf 'header a,b:   %s\nheader 2,1:   %s\nheader 3,1,2: %s\n' "$named" "$numbers" "$three"
[ "$named" = 'x y' ] && [ "$numbers" = 'y y' ] && [ "$three" = 'z z z' ] || { echo changed; exit 1; }
