// Command bench-helper is the sandbox helper on its own: small, static, and
// built for the engine's platform where the running program is of another.
package main

import (
	"fmt"
	"os"

	_ "bench/sandbox/helper" // is the program, when bench starts it
	_ "bench/sandbox/helper/confine"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench-helper is started by bench, inside sandboxes")
	os.Exit(2)
}
