// Package confine makes a sandbox helper forbid its network namespace to reach some
// addresses before it serves. It is a package of its own because it needs package net,
// without which helpers start sooner.
package confine

import (
	"os"

	"bench/sandbox/helper"
)

// init turns the process into a helper that confines itself if its arguments are
// [helper.Arg] and [helper.ConfineArg], so that every program that imports this package
// can be one.
func init() { //nolint:gochecknoinits // as package helper does, for the same reason
	if len(os.Args) > 2 && os.Args[1] == helper.Arg && os.Args[2] == helper.ConfineArg {
		confine(os.Args[3:])
	}
}
