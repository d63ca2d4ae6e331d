#!/bin/sh
# Lists packages: `raced` those that start goroutines or share memory, which the
# race detector is for, `unraced` the others. The program itself is among the
# others: its tests start it hundreds of times, and `ci` runs it once under the
# detector as a whole.
set -eu
cd "$(dirname "$0")/.."

raced() {
	git grep -lE '\bgo func\(|\.Go\(|sync\.(Mutex|RWMutex|WaitGroup)' -- \
		'*.go' ':!*/testdata/*' ':!examples/*' ':!cmd/*' ':!internal/sdktest/*' |
		xargs -n1 dirname | sort -u | sed 's|^|./|' | xargs go list
}

packages=$(raced) # what fails in a pipe would go unnoticed
case $1 in
raced) echo "$packages" | tr "\n" " " ;;
unraced) go list ./... | grep -vxF "$packages" | tr "\n" " " ;;
*) echo "usage: ci/packages.sh raced|unraced" >&2; exit 2 ;;
esac
