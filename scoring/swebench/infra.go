package swebench

import (
	"regexp"
	"strings"
	"sync"
)

// infraSign is a sign in a log that the environment broke, or may have.
type infraSign struct {
	reason      string
	environment bool // a patch cannot cause it
	words       []string
	pattern     func() *regexp.Regexp
}

// infraSigns are searched for in this order; the first found is the reason.
var infraSigns = [...]infraSign{
	{"browser_launch_failed", true,
		[]string{"Failed to launch", "Failed to connect to the bus"}, nil},
	{"display_unavailable", true,
		[]string{"cannot open display", "Missing X server", "unable to open X display"}, nil},
	{"out_of_memory", true,
		[]string{"Cannot allocate memory", "OutOfMemoryError"}, lazy(`(?m)^Killed$`)},
	{"container_unavailable", true,
		[]string{"Error response from daemon", "Cannot connect to the Docker daemon"}, nil},
	{"network_unreachable", true,
		[]string{"Could not resolve host", "Temporary failure in name resolution"}, nil},
	{"missing_module", false,
		[]string{"Cannot find module", "MODULE_NOT_FOUND", "ModuleNotFoundError"}, nil},
	{"no_tests_collected", false, []string{"no tests ran", "collected 0 items"}, nil},
	{"tests_timed_out", false, nil, lazy(`Timeout error: \d+ seconds exceeded`)},
}

// infraReason returns the first sign found in the text of a log, "" if there
// is none. environment is false if a bad patch can have the same effect.
func infraReason(text string) (reason string, environment bool) {
	for _, s := range infraSigns {
		for _, w := range s.words {
			if strings.Contains(text, w) {
				return s.reason, s.environment
			}
		}
		if s.pattern != nil && s.pattern().MatchString(text) {
			return s.reason, s.environment
		}
	}
	return "", false
}

// InfraReason classifies the logs of an instance without a verdict, as the
// official run report does: the test output, then the instance's own log. It is
// advice; no verdict depends on it.
func InfraReason(logs ...[]byte) (reason string, environment bool) {
	texts := make([]string, len(logs))
	for i, l := range logs {
		texts[i] = decode(l)
	}
	return infraReason(strings.Join(texts, "\n"))
}

// pyClasses are Python's character classes in the syntax of package regexp.
var pyClasses = strings.NewReplacer(
	`\s`, `[`+spaceClass+`]`, `\S`, `[^`+spaceClass+`]`,
	`\d`, `\p{Nd}`, `\w`, `[\p{L}\p{N}_]`,
).Replace

const spaceClass = `\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}` +
	`\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`

// lazy compiles a pattern of Python's re module at its first use. Classes must
// not stand inside brackets.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(pyClasses(pattern))
	})
}
