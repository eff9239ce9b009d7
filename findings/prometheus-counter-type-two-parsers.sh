#!/bin/sh
# Tool: prometheus_client 0.21.1 (Python), its parsers of the text format 0.0.4 and of OpenMetrics.
# Behaviour: no text gives a counter its type in both. `# TYPE jobs_total counter` is a counter for the 0.0.4 parser, and
#   the OpenMetrics parser raises "Clashing name". `# TYPE jobs counter` is a counter for OpenMetrics, and the 0.0.4
#   parser makes two metrics of it: a counter without a sample, and jobs_total of unknown type.
# Guess: a page with the sample jobs_total and one TYPE line can be written so that both read a counter.
# Who meets it: programs that write one page or file for scrapers of both kinds.
# apool: --prometheus writes the 0.0.4 form with _total. A Prometheus server takes it under either content type.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q --disable-pip-version-check install prometheus_client==0.21.1
"$dir/venv/bin/python" - <<'PY'
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

def seen(parse, text):
    try:
        return [(family.type, len(family.samples)) for family in parse(text)]
    except ValueError as error:
        return str(error).split(":")[0]

wanted = {
    "jobs_total": ([("counter", 1)], "Clashing name"),
    "jobs": ([("counter", 0), ("unknown", 1)], [("counter", 1)]),
}
for name, expected in wanted.items():
    text = f"# HELP {name} Jobs.\n# TYPE {name} counter\njobs_total 1\n"
    result = (seen(plain, text), seen(openmetrics, text + "# EOF\n"))
    print(f"TYPE {name}: 0.0.4 {result[0]}, OpenMetrics {result[1]}")
    if result != expected:
        raise SystemExit("changed")
PY
