#!/bin/sh
# One night: run the config, try again what infrastructure has ended, judge, and keep
# everything. Cron and GitHub Actions run the same.
#
#   nightly.sh CONFIG DIRECTORY
#
# DIRECTORY has the database of all nights, and a folder with the files of each. The
# exit status is that of bench gate. The first night has no baseline yet, and ends with
# status 2: look at it, and if it is what later ones are to be held against, name it once:
#
#   bench gate baseline nightly RUN --db DIRECTORY/bench.db
#
# or, where nobody can get at the database, give its id: BASELINE=RUN nightly.sh …
set -eu
config=$1
dir=$2
baseline=${BASELINE:-nightly}
night=${NIGHT:-night-$(date -u +%Y%m%d-%H%M%S)}
db=$dir/bench.db
out=$dir/$night
mkdir -p "$out"

status=0
bench run -c "$config" --db "$db" --run-id "$night" >"$out/table.txt" || status=$?
case $status in
0) ;;
3) bench resume "$night" --db "$db" --only infra >"$out/table.txt" || [ $? -eq 3 ] ;;
*) exit "$status" ;;
esac
bench report "$night" --db "$db" -o "$out/report.html"

status=0
bench gate "$night" --db "$db" --baseline "$baseline" --confirm 2 \
	--junit "$out/junit.xml" --markdown "$out/gate.md" >"$out/gate.txt" || status=$?
cat "$out/gate.txt"
exit "$status"
