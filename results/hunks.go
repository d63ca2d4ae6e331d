package results

import (
	"regexp"
	"strconv"
	"strings"

	"bench"
)

var hunk = regexp.MustCompile(`^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@`)

// added are the lines that a patch in git's format adds, by file and range. A
// binary file counts as a whole. Lines that are only removed leave nothing.
func added(patch string) (out []bench.Touch) {
	var file string
	var before, after, line int // lines left of a hunk, and where the next one is
	for text := range strings.Lines(patch) {
		text = strings.TrimSuffix(text, "\n")
		switch m := hunk.FindStringSubmatch(text); {
		case before > 0 || after > 0:
			switch {
			case strings.HasPrefix(text, "+"):
				out = grow(out, file, line)
				line, after = line+1, after-1
			case strings.HasPrefix(text, "-"):
				before--
			case !strings.HasPrefix(text, `\`):
				line, before, after = line+1, before-1, after-1
			}
		case strings.HasPrefix(text, "+++ "):
			file = strings.TrimPrefix(strings.Trim(text[4:], `"`), "b/")
		case strings.HasPrefix(text, "Binary files ") && strings.HasSuffix(text, " differ"):
			_, name, _ := strings.Cut(text, " and b/")
			out = append(out, bench.Touch{Path: strings.TrimSuffix(name, " differ"), Write: true})
		case m != nil:
			before, after, line = lengthOf(m[1]), lengthOf(m[3]), number(m[2])
		}
	}
	return out
}

// grow adds a line of a file to the last range, or begins another one.
func grow(out []bench.Touch, file string, line int) []bench.Touch {
	if n := len(out); n > 0 && out[n-1].Path == file && out[n-1].To >= line-1 && out[n-1].To <= line {
		out[n-1].To = line
		return out
	}
	return append(out, bench.Touch{Path: file, Write: true, From: line, To: line})
}

// lengthOf is the length of a hunk, which is 1 where none is given.
func lengthOf(text string) int {
	if text == "" {
		return 1
	}
	return number(text)
}

// number reads digits; what is too large for a file is none.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
