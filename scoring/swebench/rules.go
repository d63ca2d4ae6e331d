package swebench

import "fmt"

// Rules says which version of the official harness is followed.
type Rules string

// The sets of rules.
const (
	V5 Rules = "v5" // harness 5.0.2
	V4 Rules = "v4" // harness 4.1.0
)

// ParseRules returns the rules named s; the empty name is V5.
func ParseRules(s string) (Rules, error) {
	switch r := Rules(s); r {
	case V5, V4:
		return r, nil
	case "":
		return V5, nil
	}
	return "", fmt.Errorf("scoring rules %q: want v5 or v4", s)
}

// The states a parser knows. Parsers that copy a word from the log may record
// others, such as "PASSEDX"; grading ignores those, as the harness does.
const (
	statusPassed  = "PASSED"
	statusFailed  = "FAILED"
	statusSkipped = "SKIPPED"
	statusError   = "ERROR"
	statusXfail   = "XFAIL"
)

// The ways to judge a status map.
const (
	evalPassAndFail = "pass_and_fail"
	evalFailOnly    = "fail_only" // the parser records failures only
)
