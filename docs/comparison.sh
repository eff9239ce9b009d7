#!/usr/bin/env bash
# Runs the marked rows of docs/comparison.md: xargs, GNU parallel and apool with the same input.
# Prints facts, judges nothing. Needs all three in PATH; leaves nothing behind.
dir=$(mktemp -d) && cd "$dir" || exit 1
trap 'rm -rf "$dir"' EXIT
exec 2>&1
row() { printf '\n== %s\n' "$*"; }
# A tool, its output (first lines, shortened) and its status.
try() {
    printf -- '-- %s\n' "$*"
    bash -c "$*" >out 2>&1 </dev/null
    local status=$?
    head -n 4 out | cut -c1-100
    echo "status $status"
}

xargs --version | head -n 1
parallel --version | head -n 1
apool --version

row "a line with blanks or quotes"
printf 'a  b\n' >blanks
printf "c'd\n" >quotes
for input in blanks quotes; do
    try "xargs -n1 echo <$input"
    try "parallel echo <$input"
    try "apool echo <$input"
done

row "a value inside double quotes"
try "echo 'a\$(echo b)' | xargs -I{} sh -c 'echo \"{}\"'"
try "parallel 'echo \"{}\"' ::: 'a \$(echo b)'"
try "apool 'echo \"{}\"' ::: 'a \$(echo b)'"

row "output of two jobs"
job='sh -c "printf start; sleep 0.3; echo end"'
try "seq 2 | xargs -P2 -n1 $job"
try "seq 2 | parallel -j2 -n1 -q $job"
try "seq 2 | apool -j2 -- $job"

row "three jobs fail"
try "seq 3 | xargs -n1 false"
try "seq 3 | parallel false"
try "seq 3 | apool false 2>/dev/null"

row "the command does not exist"
for tool in "xargs -n1" parallel apool; do try "seq 3 | $tool no-such-command"; done

row "no input"
for tool in xargs parallel apool; do try "$tool echo ran </dev/null"; done

row "stdout is full"
for tool in "xargs -n1" parallel apool; do try "seq 3 | $tool echo >/dev/full"; done

row "one argument too long"
{ echo a; head -c 3000000 /dev/zero | tr '\0' x; printf '\nb\n'; } >long
try "xargs -d '\n' -n1 echo <long"
try "parallel -k echo <long"
try "apool -k echo <long"

row "a signal while jobs run: how many live on"
for tool in "xargs -P3 -n1" "parallel -q -j3" "apool -j3"; do
    for signal in TERM KILL; do
        rm -f pids
        seq 3 >three
        # The tool is the background job itself, so that the signal reaches it.
        # shellcheck disable=SC2086
        $tool sh -c 'echo $$ >>pids; exec sleep 30' <three >/dev/null 2>&1 &
        pid=$!
        until [ -f pids ] && [ "$(wc -l <pids)" = 3 ]; do sleep 0.1; done
        kill "-$signal" "$pid"
        wait "$pid" 2>/dev/null
        sleep 1
        left=0
        while read -r job; do
            # A zombie is dead: it only waits to be counted by whoever adopted it.
            case "$(ps -o stat= -p "$job")" in
            '' | Z*) ;;
            *) kill -KILL "$job" && left=$((left + 1)) ;;
            esac
        done <pids
        echo "$tool $signal: $left live on"
    done
done

row "--resume with a changed input"
try "parallel --joblog gnu.log echo ::: a b; parallel --joblog gnu.log --resume echo ::: a new"
try "apool --joblog our.log echo ::: a b; apool --joblog our.log --resume echo ::: a new"
