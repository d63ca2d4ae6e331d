package swebench

import (
	"strings"
	"sync"
)

// infraSign is a sign in a log that the environment broke, or may have.
type infraSign struct {
	reason      string
	environment bool // a patch cannot cause it
	words       []string
}

// infraSigns in order of preference: the first that a log has is the reason.
var infraSigns = [...]infraSign{
	{"browser_launch_failed", true, []string{"Failed to launch", "Failed to connect to the bus"}},
	{"display_unavailable", true,
		[]string{"cannot open display", "Missing X server", "unable to open X display"}},
	{"out_of_memory", true, []string{"Cannot allocate memory", "OutOfMemoryError", killed}},
	{"container_unavailable", true,
		[]string{"Error response from daemon", "Cannot connect to the Docker daemon"}},
	{"network_unreachable", true,
		[]string{"Could not resolve host", "Temporary failure in name resolution"}},
	{"missing_module", false,
		[]string{"Cannot find module", "MODULE_NOT_FOUND", "ModuleNotFoundError"}},
	{"no_tests_collected", false, []string{"no tests ran", "collected 0 items"}},
	{"tests_timed_out", false, []string{timedOut}},
}

// Two words count in their places only: killed as a line of its own, as a shell
// prints it, timedOut before a number of seconds.
const (
	killed   = "Killed"
	timedOut = "Timeout error: "
)

// infraReason returns the first sign that the text of a log has, "" if it has
// none. environment is false if a bad patch can have the same effect.
func infraReason(text string) (reason string, environment bool) {
	best := len(infraSigns)
	infraWords().each(text, func(sign int, word, before, after string) bool {
		if sign < best && inItsPlace(word, before, after) {
			best = sign
		}
		return best > 0
	})
	if best == len(infraSigns) {
		return "", false
	}
	return infraSigns[best].reason, infraSigns[best].environment
}

func inItsPlace(word, before, after string) bool {
	switch word {
	case killed:
		return (before == "" || before[len(before)-1] == '\n') && (after == "" || after[0] == '\n')
	case timedOut:
		n := digitsLen(after)
		return n > 0 && strings.HasPrefix(after[n:], " seconds exceeded")
	}
	return true
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

// window is the length of the shortest word, and of the part of each word that
// decides where it may be.
const window = len(killed)

// wordFinder finds many words in one pass, as Wu and Manber do ("A fast
// algorithm for multi-pattern searching", 1994): the last two bytes of a window
// of the text say how far it may move on without missing a word.
type wordFinder struct {
	shift [1 << 16]uint8
	words map[uint16][]signWord // by the last two bytes of their window
}

type signWord struct {
	sign int
	word string
}

var infraWords = sync.OnceValue(func() *wordFinder {
	f := &wordFinder{words: map[uint16][]signWord{}}
	for i := range f.shift {
		f.shift[i] = uint8(window - 1)
	}
	for i, s := range infraSigns {
		for _, w := range s.words {
			for end := 1; end < window; end++ {
				b := block(w, end)
				f.shift[b] = min(f.shift[b], uint8(window-1-end))
			}
			b := block(w, window-1)
			f.words[b] = append(f.words[b], signWord{i, w})
		}
	}
	return f
})

// block is the two bytes of s that end at position end.
func block(s string, end int) uint16 { return uint16(s[end-1])<<8 | uint16(s[end]) }

// each calls found for each word in text with what stands before and after it,
// until it returns false.
func (f *wordFinder) each(text string, found func(sign int, word, before, after string) bool) {
	for end := window - 1; end < len(text); {
		b := block(text, end)
		if n := f.shift[b]; n > 0 {
			end += int(n)
			continue
		}
		start := end - window + 1
		for _, w := range f.words[b] {
			if strings.HasPrefix(text[start:], w.word) &&
				!found(w.sign, w.word, text[:start], text[start+len(w.word):]) {
				return
			}
		}
		end++
	}
}
