#!/bin/sh
# Tool: GNU parallel 20221122, `--results FILE.csv`.
# Behaviour: the header has the columns V1, V2 ... of the first job. A later record with fewer or more columns gets a row
#   with fewer or more fields, and no empty ones, so its Stdout stands below V2 or beyond the header.
# Guess: a table has as many fields in each row as in its header.
# Who meets it: whoever reads such a table by column names, where --colsep cuts lines of different lengths.
# apool: the columns are those of the first job or of --header. A row has as many: missing ones are empty, and further
#   ones are joined to the last (docs/results.md).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q parallel=20221122+ds-2 >/dev/null 2>&1
dpkg-deb -x parallel_*.deb .
export HOME="$dir"
mkdir .parallel && : >.parallel/will-cite
printf 'a,b\nc\nd,e,f\n' | perl usr/bin/parallel -j1 --colsep , --results table.csv echo {1}
fields=$(python3 -c 'import csv; print(*[len(row) for row in csv.reader(open("table.csv"))])')
echo "fields of the header and of the rows of three records: $fields"
[ "$fields" = '13 13 12 14' ] || { echo changed; exit 1; }
