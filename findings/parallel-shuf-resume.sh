#!/bin/sh
# Tool: GNU parallel 20221122, `--shuf` with `--joblog` and `--resume`.
# Behaviour: a resumed run draws a new order and skips by sequence number. Jobs that never ran are skipped,
#   and finished jobs run again. The status is 0 and nothing is printed about it.
# Guess: the order of the first run goes on, or the two options are refused together.
# Who meets it: long lists that are shuffled to spread the load, stopped and resumed.
# apool: the joblog holds the seed, and a resume goes on in the same order (tests/it/stream_resume.rs).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q parallel=20221122+ds-2 >/dev/null 2>&1
dpkg-deb -x parallel_*.deb .
run() { HOME=$dir PARALLEL_HOME=$dir perl ./usr/bin/parallel --will-cite -j1 --shuf --joblog log "$@"; }
lost=0
# The two orders agree by chance in one of ten trials.
for trial in 1 2 3 4 5 6; do
    rm -f log
    seq 5 | run --halt now,done=2 echo '{}' >first 2>/dev/null || true
    seq 5 | run --resume echo '{}' >second
    ran=$(cat first second | sort -u | wc -l)
    printf 'trial %s: %s of 5 inputs ran, %s jobs in all\n' "$trial" "$ran" "$(cat first second | wc -l)"
    [ "$ran" = 5 ] || lost=1
done
[ "$lost" = 1 ] || { echo changed; exit 1; }
