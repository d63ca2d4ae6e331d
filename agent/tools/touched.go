package tools

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench"
)

// touched are the files that a command line reads and shows, or writes, as far
// as that can be read off it: a lower bound. It is for commands that ended with
// exit code 0; what went wrong before the last of several commands is not
// known. Files are those of a shell that started in dir. A file whose lines
// cannot be told counts as a whole. shown is the size of the output in bytes,
// which is known to belong to a file only if there is no other.
func touched(line, dir string, shown int64) []bench.Touch {
	steps, ok := split(line)
	if !ok || slices.ContainsFunc(steps, func(s step) bool { return keywords[s.pipe[0].name()] }) {
		return nil
	}
	var out []bench.Touch
	for i, s := range steps {
		if s.join == "||" || i > 0 && steps[i-1].join == "||" {
			if s.pipe[0].name() == "cd" {
				dir = ""
			}
			continue // nobody knows which of the two ran
		}
		if s.pipe[0].name() == "cd" || s.pipe[0].name() == "pushd" {
			dir = s.pipe[0].enter(dir)
			continue
		}
		for _, t := range s.touches() {
			if t.Path = location(t.Path, dir); t.Path != "" && !strings.HasPrefix(t.Path, "/dev/") {
				t.Derived = true
				out = append(out, t)
			}
		}
	}
	if len(out) == 1 && !out[0].Write && printing(steps) == 1 {
		out[0].Bytes = shown
	}
	return out
}

// printing is how many steps may have printed something.
func printing(steps []step) (n int) {
	for _, s := range steps {
		if s.pipe[0].name() != "cd" {
			n++
		}
	}
	return n
}

// keywords begin what is more than a list of commands.
var keywords = map[string]bool{
	"if": true, "for": true, "while": true, "until": true, "case": true, "select": true,
	"function": true, "[[": true, "!": true, "then": true, "do": true, "done": true, "fi": true,
	"esac": true, "else": true, "elif": true, "popd": true, "exec": true,
}

// location is where a path lies, or nothing if that depends on a directory that
// is not known.
func location(name, dir string) string {
	switch {
	case strings.HasPrefix(name, "/"):
		return path.Clean(name)
	case name == "" || name == "-" || dir == "":
		return ""
	}
	return path.Join(dir, name)
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// args are the words of a command without the variables set for it.
func (c command) args() []word {
	words := c.words
	for len(words) > 0 && assignment.MatchString(words[0].text) {
		words = words[1:]
	}
	return words
}

// name is what a command calls, or nothing if that is not known.
func (c command) name() string {
	if words := c.args(); len(words) > 0 && words[0].plain {
		return words[0].text
	}
	return ""
}

// enter is the directory after cd; nothing if it is not known.
func (c command) enter(dir string) string {
	if args := c.args(); len(args) == 2 && args[1].plain {
		return location(args[1].text, dir)
	}
	return ""
}

// touches are the files of a pipeline.
func (s step) touches() []bench.Touch {
	first := s.pipe[0]
	out, ordered := first.reads(), true
	for i, c := range s.pipe {
		last := i == len(s.pipe)-1
		switch {
		case c.silent || !last && c.name() == "tee":
			out = nil // the output went into a file
		case i > 0 && !filters[c.name()]:
			out = nil
		case i > 0 && ordered:
			out = c.narrow(out)
		}
		ordered = ordered && inOrder[c.name()]
	}
	for _, c := range s.pipe {
		for _, name := range append(c.changes(), plain(c.writes)...) {
			out = append(out, bench.Touch{Path: name, Write: true})
		}
	}
	return out
}

// filters show some of what they are given.
var filters = map[string]bool{
	"head": true, "tail": true, "sed": true, "grep": true, "egrep": true, "fgrep": true, "rg": true,
	"wc": true, "sort": true, "uniq": true, "cut": true, "nl": true, "cat": true, "less": true,
	"tr": true, "tee": true, "awk": true,
}

// inOrder are the commands whose output is the lines of a file.
var inOrder = map[string]bool{"cat": true, "nl": true, "head": true, "sed": true, "less": true}

// usage says how a command takes files.
type usage struct {
	values string // short options that are followed by a value
	skip   int    // operands before the files
}

var readers = map[string]usage{
	"cat": {}, "less": {}, "more": {}, "wc": {}, "nl": {values: "bdfhilnsvw"},
	"head": {values: "nc"}, "tail": {values: "nc"}, "diff": {values: "UCWIxX"},
	"sed": {values: "e", skip: 1}, "grep": {values: "efmABCD", skip: 1},
	"egrep": {values: "efmABCD", skip: 1}, "fgrep": {values: "efmABCD", skip: 1},
	"rg": {values: "efgtTmABCMrj", skip: 1},
}

// call is a command line taken apart.
type call struct {
	options  map[string]string // by letter, with their values; numbers by "n"
	long     bool              // there are long options
	operands []word
}

// apart takes the arguments of a command apart.
func (c command) apart(values string) call {
	out := call{options: map[string]string{}}
	args := c.args()
	for i := 1; i < len(args); i++ {
		text := args[i].text
		switch {
		case text == "--":
			out.operands = append(out.operands, args[i+1:]...)
			return out
		case len(text) < 2 || text[0] != '-':
			out.operands = append(out.operands, args[i])
		case text[1] == '-':
			out.long = true
		case text[1] >= '0' && text[1] <= '9':
			out.options["n"] = text[1:]
		default:
			i += out.letters(text[1:], values, args[i+1:])
		}
	}
	return out
}

// letters reads short options that stand together. It returns how many of the
// words that follow are the value of the last one.
func (a call) letters(text, values string, next []word) int {
	for i := range len(text) {
		letter, value := text[i:i+1], text[i+1:]
		if !strings.Contains(values, letter) {
			a.options[letter] = ""
			continue
		}
		if value != "" || len(next) == 0 {
			a.options[letter] = value
			return 0
		}
		a.options[letter] = next[0].text
		return 1
	}
	return 0
}

// plain are the words that are what they seem.
func plain(words []word) (names []string) {
	for _, w := range words {
		if w.plain {
			names = append(names, w.text)
		}
	}
	return names
}

// reads are the files that a command shows something of.
func (c command) reads() (out []bench.Touch) {
	u, ok := readers[c.name()]
	if !ok {
		return nil
	}
	a := c.apart(u.values)
	script := ""
	if _, given := a.options["e"]; u.skip > 0 && !given {
		if len(a.operands) == 0 {
			return nil
		}
		script, a.operands = a.operands[0].text, a.operands[1:]
	} else if given {
		script = a.options["e"]
	}
	if a.unclear(c.name()) {
		return nil
	}
	for _, name := range plain(a.operands) {
		if c.name() == "rg" && !strings.Contains(path.Base(name), ".") {
			continue // most likely a directory
		}
		for _, lines := range a.lines(c.name(), script) {
			out = append(out, bench.Touch{Path: name, From: lines[0], To: lines[1]})
		}
	}
	return out
}

// unclear reports whether a command does something else with its files than
// show them, or with other files.
func (a call) unclear(name string) bool {
	has := func(letters string) bool {
		for o := range a.options {
			if strings.Contains(letters, o) {
				return true
			}
		}
		return false
	}
	switch name {
	case "sed":
		return has("i") || a.long
	case "grep", "egrep", "fgrep":
		return has("rRf") || a.long
	case "diff":
		return has("r") || a.long
	case "head", "tail":
		return has("c") || a.long
	}
	return has("f") || a.long
}

// lines are the lines of each file that a command shows; 0, 0 is all of it.
func (a call) lines(name, script string) [][2]int {
	all := [][2]int{{0, 0}}
	_, quiet := a.options["n"]
	switch {
	case name == "head":
		n, err := strconv.Atoi(a.options["n"])
		if !quiet {
			n, err = 10, nil
		}
		if err == nil && n > 0 {
			return [][2]int{{1, n}}
		}
	case name == "sed" && quiet:
		if parts := printed(script); parts != nil {
			return parts
		}
	}
	return all
}

var address = regexp.MustCompile(`^(\d{1,9})(?:,(\d{1,9}))?p$`)

// printed are the lines that a script of sed prints, if it does only that.
func printed(script string) (out [][2]int) {
	for part := range strings.SplitSeq(strings.TrimSuffix(script, ";"), ";") {
		m := address.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil
		}
		from, _ := strconv.Atoi(m[1]) // digits, by the expression
		to := from
		if m[2] != "" {
			to, _ = strconv.Atoi(m[2])
		}
		if from < 1 {
			return nil
		}
		out = append(out, [2]int{from, max(from, to)})
	}
	return out
}

// narrow is what a filter leaves of the lines of one file.
func (c command) narrow(in []bench.Touch) []bench.Touch {
	if len(in) != 1 || c.name() != "head" && c.name() != "sed" {
		return in
	}
	a := c.apart(readers[c.name()].values)
	script := a.options["e"]
	if len(a.operands) > 0 {
		script = a.operands[0].text
	}
	var out []bench.Touch
	for _, lines := range a.lines(c.name(), script) {
		if lines == [2]int{} {
			return in
		}
		t, skipped := in[0], max(in[0].From, 1)-1
		from, to := skipped+lines[0], skipped+lines[1]
		if t.To > 0 {
			to = min(to, t.To)
		}
		if from <= to {
			t.From, t.To = from, to
			out = append(out, t)
		}
	}
	return out
}

// changes are the files that a command writes.
func (c command) changes() []string {
	switch c.name() {
	case "tee":
		return plain(c.apart("").operands)
	case "sed":
		a := c.apart("e")
		if _, inPlace := a.options["i"]; !inPlace || a.long {
			return nil
		}
		if _, given := a.options["e"]; !given && len(a.operands) > 0 {
			a.operands = a.operands[1:]
		}
		return plain(a.operands)
	case "cp", "mv":
		a := c.apart("")
		if len(a.operands) != 2 || a.long || !a.operands[0].plain || !a.operands[1].plain {
			return nil
		}
		from, to := a.operands[0].text, a.operands[1].text
		if strings.HasSuffix(to, "/") || to == "." {
			to = path.Join(to, path.Base(from))
		}
		return []string{to}
	}
	return nil
}
