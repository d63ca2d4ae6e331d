#!/bin/bash
# Judges BENCH_RUN by BENCH_BASELINE, and writes what a comment is to say to a file. The
# exit status is that of bench gate; annotations and the job's summary are its own.
#
#   gate.sh FILE
set -euo pipefail

arguments=()
while IFS= read -r line; do
	[ -z "$line" ] || arguments+=("$line")
done <<<"${BENCH_ARGUMENTS:-}"
exec bench gate "$BENCH_RUN" --baseline "$BENCH_BASELINE" --db "$BENCH_DB" --markdown "$1" \
	${arguments[@]+"${arguments[@]}"}
