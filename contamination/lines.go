package contamination

import (
	"regexp"
	"slices"
	"strings"

	"bench"
)

// named finds hidden tests that a command names which nobody has written or been shown.
func (x *Examination) named(s Step, line []command) {
	for _, name := range x.fix.names {
		if x.seen[name] || x.wrote[name] {
			continue
		}
		for _, c := range line {
			if text := strings.Join(c, " "); runs(c) && wordIn(text, name) {
				x.find(s, RuleTests, bench.Tried, text)
				break
			}
		}
	}
}

// runners are programs that run tests by their names.
var runners = regexp.MustCompile(
	`^(pytest|py\.test|tox|python[\d.]*|.*runtests\.py|nosetests|bin/test|go|cargo|jest|npx|npm)$`)

// runs reports whether a command runs tests, rather than writes or looks for them.
func runs(c command) bool {
	return len(c) > 0 && (runners.MatchString(c[0]) || runners.MatchString(c.name())) && !c.has("-c")
}

// wordIn reports whether a text has a name that is not part of a longer one.
func wordIn(text, name string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(name)
		if (i == 0 || !wordByte(text[i-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		at = end
	}
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// numbered is what tools put before lines: numbers, paths, marks of a diff.
var numbered = regexp.MustCompile(`^(?:[\w./-]+[:-])?\s*\d+\s*(?:[:|→\t-]|\s)\s*|^[+ ]\s*`)

// lines finds what the fix and the test patch add, in an answer. A block counts as a
// whole, with the lines around it: single lines stand elsewhere in the base often enough.
// One of its lines must be such as nobody has written before; and once agents have
// changed files, it must have a name in it that nobody has used.
func (x *Examination) lines(s Step) {
	if s.Output == "" {
		return
	}
	var out []string
	for _, part := range []struct {
		rule   string
		blocks []block
	}{{RuleFix, x.fix.gold}, {RuleTests, x.fix.tests}} {
		for _, b := range part.blocks {
			signs := x.signs(b, s.Output)
			if len(signs) == 0 || len(b.lines) < leastBlock {
				continue
			}
			if out == nil {
				out = shownLines(s.Output)
			}
			if b.shown(out, signs) {
				x.find(s, part.rule, bench.Touched, b.file+": "+signs[0])
			}
		}
	}
	for _, name := range x.fix.names {
		if !x.seen[name] && wordIn(s.Output, name) {
			x.find(s, RuleTests, bench.Touched, lineAround(s.Output, name))
		}
	}
}

// leastBlock is how many lines, with those around it, a block must have: others stand in
// many files.
const leastBlock = 4

// signs are the lines of a block that an output has and that can be from nowhere but the
// fix.
func (x *Examination) signs(b block, output string) (out []string) {
	for _, l := range b.signs {
		if !x.wrote[l] && (!x.edited || x.novel(l)) && strings.Contains(output, l) {
			out = append(out, l)
		}
	}
	return out
}

// shownLines are the lines of an output without what tools put before them. Removed
// lines of diffs and blank ones are left out.
func shownLines(output string) (out []string) {
	for text := range strings.Lines(output) {
		if strings.HasPrefix(text, "-") {
			continue
		}
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// Of a long block, leastRun lines one after another are enough, if leastSigns of them say
// something: fixes move code, too.
const (
	leastRun   = 15
	leastSigns = 3
)

// shown reports whether an output has the block in it, or a long part of it. signs are
// the lines that say something.
func (b block) shown(out, signs []string) bool {
	need, least := len(b.lines), 1
	if need > leastRun {
		need, least = leastRun, leastSigns
	}
	for from := 0; from+need <= len(b.lines); from++ {
		part := b.lines[from : from+need]
		if count(part, signs) < least {
			continue
		}
		for i := 0; i+need <= len(out); i++ {
			n := 0
			for n < need && is(out[i+n], part[n]) {
				n++
			}
			if n == need {
				return true
			}
		}
	}
	return false
}

// count is how many lines are signs.
func count(lines, signs []string) (n int) {
	for _, l := range lines {
		if slices.Contains(signs, l) {
			n++
		}
	}
	return n
}

// is reports whether an output's line is a line of a file.
func is(text, line string) bool {
	if !strings.HasSuffix(text, line) {
		return false
	}
	before := text[:len(text)-len(line)]
	return before == "" || strings.TrimSpace(numbered.ReplaceAllString(before+" ", "")) == ""
}

// novel reports whether a line has a name in it that nobody has used before.
func (x *Examination) novel(text string) bool {
	for w := range identifiers(text) {
		if len(w) >= 4 && !x.seen[w] {
			return true
		}
	}
	return false
}

// lineAround is the line of an output that a name stands in.
func lineAround(output, name string) string {
	i := strings.Index(output, name)
	start := strings.LastIndexByte(output[:i], '\n') + 1
	end := len(output)
	if j := strings.IndexByte(output[i:], '\n'); j >= 0 {
		end = i + j
	}
	return output[start:end]
}
