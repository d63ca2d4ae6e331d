#!/bin/sh
# Tests sum.sh; results are printed as go test prints them.
check() {
	if [ "$2" = "$3" ]; then
		echo "--- PASS: $1 (0.00s)"
	else
		echo "    got '$2', want '$3'"
		echo "--- FAIL: $1 (0.00s)"
		trap 'exit 1' EXIT
	fi
}
check TestSum "$(sh sum.sh 2 3)" 5
check TestUsage "$(sh sum.sh 2)" "usage: sum A B"
