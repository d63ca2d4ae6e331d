#!/bin/sh
# Prints the sum of two whole numbers.
if [ $# -ne 2 ]; then
	echo "usage: sum A B"
	exit 2
fi
echo $(($1 - $2))
