// Command skips reads `go test -json` from standard input and prints what
// `go test` would, followed by the tests that were skipped and why. It exits
// with 1 if anything failed.
package main

import (
	"fmt"
	"os"
)

func main() {
	failed, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "skips:", err)
		os.Exit(1)
	}
	if failed {
		os.Exit(1)
	}
}
