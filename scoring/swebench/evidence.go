package swebench

import (
	"strings"
)

// suiteRan finds evidence that a test runner did run tests, for logs in which
// no test is reported. All counts but those of failures must be positive.
func suiteRan(text string) bool {
	for _, e := range [...]struct {
		word string
		ok   func(before, after string) bool
	}{
		{"Executed ", func(_, s string) bool { // karma
			s, ok := cutPositive(s)
			s, of := strings.CutPrefix(s, " of ")
			return ok && of && digitsLen(s) > 0
		}},
		{"TOTAL: ", func(_, s string) bool { // karma
			s, ok := cutPositive(s)
			return ok && (strings.HasPrefix(s, " SUCCESS") || strings.HasPrefix(s, " FAILED"))
		}},
		{" passing", func(s, _ string) bool { return endsPositive(s) }}, // mocha
		{"Tests:", func(_, s string) bool { // jest
			t := trimLeft(s)
			return len(t) < len(s) && startsPositive(t)
		}},
		{"Test Suites:", func(_, s string) bool { // jest
			t := trimLeft(s)
			return len(t) < len(s) && hasTotal(t)
		}},
		{"# tests ", func(before, s string) bool { // tap
			return (before == "" || before[len(before)-1] == '\n') && startsPositive(s)
		}},
		{" spec", func(before, s string) bool { // jasmine
			s, ok := strings.CutPrefix(strings.TrimPrefix(s, "s"), ", ")
			n := digitsLen(s)
			return ok && n > 0 && strings.HasPrefix(s[n:], " failure") && endsPositive(before)
		}},
		{"': ok", func(_, s string) bool { return s == "" || s[0] == '\n' }}, // openlayers
	} {
		if eachIndex(text, e.word, e.ok) {
			return true
		}
	}
	return false
}

// eachIndex calls f with what stands before and after each word in text until
// it returns true, and reports whether it did.
func eachIndex(text, word string, f func(before, after string) bool) bool {
	for i := strings.Index(text, word); i >= 0; i = indexFrom(text, word, i+1) {
		if f(text[:i], text[i+len(word):]) {
			return true
		}
	}
	return false
}

// startsPositive reports whether s begins with what `[1-9]` matches.
func startsPositive(s string) bool { return s != "" && s[0] >= '1' && s[0] <= '9' }

// cutPositive cuts what `[1-9]\d*` matches off the start of s.
func cutPositive(s string) (rest string, ok bool) {
	return s[digitsLen(s):], startsPositive(s)
}

// endsPositive reports whether s ends with what `[1-9]\d*` matches.
func endsPositive(s string) bool {
	rest, ok := cutLastDigits(s)
	return ok && strings.ContainsAny(s[len(rest):], "123456789")
}

// hasTotal reports whether s begins with what `(?:\d+ \w+, )*[1-9]\d* total`
// matches.
func hasTotal(s string) bool {
	for {
		rest, ok := cutPositive(s)
		if ok && strings.HasPrefix(rest, " total") {
			return true
		}
		word, ok := strings.CutPrefix(rest, " ")
		n := wordRun(word)
		if len(rest) == len(s) || !ok || n == 0 {
			return false
		}
		if s, ok = strings.CutPrefix(word[n:], ", "); !ok {
			return false
		}
	}
}
