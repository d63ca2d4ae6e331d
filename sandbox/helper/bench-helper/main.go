// Command bench-helper is the sandbox helper on its own: small, static, and
// built for the engine's platform where the running program is of another.
package main

import (
	"fmt"
	"os"

	"bench/sandbox/helper"
)

func main() {
	helper.Main()
	fmt.Fprintln(os.Stderr, "bench-helper is started by bench, inside sandboxes")
	os.Exit(2)
}
