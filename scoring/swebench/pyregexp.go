package swebench

import (
	"regexp"
	"strings"
	"sync"
)

// pyClasses are Python's character classes in the syntax of package regexp.
var pyClasses = strings.NewReplacer(
	`\s`, `[`+spaceClass+`]`, `\S`, `[^`+spaceClass+`]`,
	`\d`, `\p{Nd}`, `\w`, `[\p{L}\p{N}_]`,
).Replace

const spaceClass = `\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}` +
	`\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`

// lazy compiles a pattern of Python's re module at its first use. Classes must
// not stand inside brackets. Only the parsers of rare frameworks use patterns.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(pyClasses(pattern))
	})
}
