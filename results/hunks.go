package results

import (
	"iter"
	"regexp"
	"strconv"
	"strings"

	"bench"
)

var hunk = regexp.MustCompile(`^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@`)

// change is what a patch in git's format does to one line of a file.
type change struct {
	path    string
	text    string // of the line, without its end
	line    int    // where it is afterwards; of removed ones, where it was taken out
	removed bool
	// whole: it is all that the patch does to a file without lines: a binary or an
	// empty one, or one whose mode is another. Text is the patch's own.
	whole, binary bool
}

// changes are what a patch does, in its order.
func changes(patch string) iter.Seq[change] {
	return func(yield func(change) bool) {
		var p patchReader
		for text := range strings.Lines(patch) {
			if c, ok := p.next(strings.TrimSuffix(text, "\n")); ok && !yield(c) {
				return
			}
		}
		if c, ok := p.rest(); ok {
			yield(c)
		}
	}
}

// patchReader reads the lines of a patch, file by file.
type patchReader struct {
	path, from            string // of the file, and what it was called before
	before, after, line   int    // lines left of a hunk, and where the next one is
	headers               []string
	lines, binary, remove bool // it has hunks; is binary; is removed
}

// next reads a line of the patch.
func (p *patchReader) next(text string) (c change, ok bool) {
	switch m := hunk.FindStringSubmatch(text); {
	case p.before > 0 || p.after > 0:
		return p.inHunk(text)
	case strings.HasPrefix(text, "diff --git "):
		c, ok = p.rest()
		names := text[len("diff --git "):]
		*p = patchReader{path: strings.TrimPrefix(unquoted(names[(len(names)+1)/2:]), "b/")}
		return c, ok
	case strings.HasPrefix(text, "--- "):
		p.from = strings.TrimPrefix(unquoted(text[4:]), "a/")
	case strings.HasPrefix(text, "+++ "):
		if name := unquoted(text[4:]); name != "/dev/null" {
			p.path = strings.TrimPrefix(name, "b/")
		} else {
			p.path = p.from
		}
	case m != nil:
		p.lines, p.before, p.after, p.line = true, lengthOf(m[1]), lengthOf(m[3]), number(m[2])
	case text != "" && !strings.HasPrefix(text, "index "):
		p.binary = p.binary || text == "GIT binary patch" || strings.HasPrefix(text, "Binary files ")
		p.remove = p.remove || strings.HasPrefix(text, "deleted file ")
		p.headers = append(p.headers, text)
	}
	return change{}, false
}

// inHunk reads a line of a hunk.
func (p *patchReader) inHunk(text string) (c change, ok bool) {
	switch {
	case strings.HasPrefix(text, "+"):
		c, ok = change{path: p.path, text: text[1:], line: p.line}, true
		p.line, p.after = p.line+1, p.after-1
	case strings.HasPrefix(text, "-"):
		c, ok = change{path: p.path, text: text[1:], line: p.line, removed: true}, true
		p.before--
	case !strings.HasPrefix(text, `\`):
		p.line, p.before, p.after = p.line+1, p.before-1, p.after-1
	}
	return c, ok
}

// rest is the change of a file of which no line was changed.
func (p *patchReader) rest() (change, bool) {
	if p.lines || len(p.headers) == 0 {
		return change{}, false
	}
	return change{path: p.path, text: strings.Join(p.headers, "\n"), removed: p.remove, whole: true,
		binary: p.binary}, true
}

// unquoted is a name as a patch has it, without quotes and the tab after it.
func unquoted(name string) string { return strings.Trim(strings.TrimSuffix(name, "\t"), `"`) }

// added are the lines that a patch adds, by file and range. A binary file counts as
// a whole. Lines that are only removed leave nothing.
func added(patch string) (out []bench.Touch) {
	for c := range changes(patch) {
		switch {
		case c.removed:
		case c.binary:
			out = append(out, bench.Touch{Path: c.path, Write: true})
		case !c.whole:
			out = grow(out, c.path, c.line)
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
