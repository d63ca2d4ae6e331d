package contamination

import (
	"regexp"
	"strings"
)

// block is a run of lines that a patch adds, in what it leaves behind. Lines are without
// the white space around them, and blank ones are left out.
type block struct {
	file  string
	lines []string // with up to two unchanged ones on each side
	// signs are those of the added lines that say something by themselves.
	signs []string
}

// around is how many unchanged lines on each side of a block are looked for.
const aroundBlock = 2

// hunkHead begins the lines of a hunk.
var hunkHead = regexp.MustCompile(`^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@`)

// hunk is what stands in a hunk afterwards.
type hunk struct {
	file  string
	lines []string
	added []bool
}

// afterwards are the hunks of a patch as it leaves them, and all lines that stood there
// before.
func afterwards(patch string) (hunks []hunk, old map[string]bool) {
	old = map[string]bool{}
	file, in := "", false
	for text := range strings.Lines(patch) {
		text = strings.TrimRight(text, "\r\n")
		switch {
		case strings.HasPrefix(text, "diff --git "):
			in = false
		case !in && strings.HasPrefix(text, "+++ "):
			file = strings.TrimPrefix(strings.TrimPrefix(text, "+++ "), "b/")
		case hunkHead.MatchString(text):
			in = true
			hunks = append(hunks, hunk{file: file})
		case in && text != "" && strings.IndexByte("+- ", text[0]) >= 0:
			now := strings.TrimSpace(text[1:])
			if text[0] != '+' {
				old[now] = true
			}
			if h := &hunks[len(hunks)-1]; now != "" && text[0] != '-' {
				h.lines, h.added = append(h.lines, now), append(h.added, text[0] == '+')
			}
		}
	}
	return hunks, old
}

// blocks are the runs of added lines of a hunk that say something. sign reports whether
// a line does.
func (h hunk) blocks(sign func(string) bool) (out []block) {
	for from := 0; from < len(h.lines); from++ {
		if !h.added[from] {
			continue
		}
		to := from
		b := block{file: h.file}
		for ; to < len(h.lines) && h.added[to]; to++ {
			if sign(h.lines[to]) {
				b.signs = append(b.signs, h.lines[to])
			}
		}
		b.lines = h.lines[max(0, from-aroundBlock):min(len(h.lines), to+aroundBlock)]
		if len(b.signs) > 0 {
			out = append(out, b)
		}
		from = to
	}
	return out
}
