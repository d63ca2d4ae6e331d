// Package plural counts things in English.
package plural

import (
	"fmt"
	"strings"
)

// Count returns a number of things, such as "1 task", "3 tasks", "2 boxes" and "2 switches".
// The plural of thing must be regular.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if strings.HasSuffix(thing, "x") || strings.HasSuffix(thing, "ch") {
		thing += "e"
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Word returns the word that goes with a number of things: the first with one, such as
// "is", and the second with all others, such as "are".
func Word(n int, one, others string) string {
	if n == 1 {
		return one
	}
	return others
}
