//go:build !linux

package confine

import (
	"fmt"
	"os"
)

// confine is for helpers in containers, which run Linux.
func confine([]string) {
	fmt.Fprintln(os.Stderr, "confine the network: not on this system")
	os.Exit(1)
}
