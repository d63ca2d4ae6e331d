#!/bin/sh
# Greets somebody.
echo "hello, $1"
