package wire

import (
	"regexp"
	"sync"
)

// lazily is an expression that is compiled when it is first used: those about failures
// are large, and every command of bench would pay for them at its start.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
