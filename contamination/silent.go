package contamination

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// pending is a fetch that may have brought something, without a word. What is done with it
// later shows whether it has.
type pending struct {
	finding int    // in the examination's
	name    string // of the file or directory that it would have made
}

// silent reports whether a command says nothing, whether it brings something or not.
func silent(c command) bool {
	if c.has("/dev/null") && file(c) != "" { // where its errors go
		return true
	}
	switch c.name() {
	case "wget":
		return (flagged(c, 'q') || c.has("--quiet")) && file(c) != ""
	case "curl":
		return (flagged(c, 's') || c.has("--silent")) && !flagged(c, 'S') && !c.has("--show-error") &&
			file(c) != ""
	}
	return false
}

// flagged reports whether a letter is among the short flags of a command.
func flagged(c command, letter byte) bool {
	return slices.ContainsFunc(c[1:], func(w string) bool {
		return len(w) > 1 && w[0] == '-' && w[1] != '-' && strings.IndexByte(w, letter) > 0
	})
}

// file is what a command that fetches makes: the last element of its path, or "" if it
// prints what it gets.
func file(c command) string {
	switch c.name() {
	case "git":
		verb, rest := gitVerb(c)
		if words := places(command(append([]string{verb}, rest...))); verb == "clone" && len(words) > 0 {
			return strings.TrimSuffix(path.Base(words[len(words)-1]), ".git")
		}
	case "wget":
		if to, ok := argument(c, 'O', "--output-document"); ok {
			return named(to)
		}
		return fromAddress(c)
	case "curl":
		if to, ok := argument(c, 'o', "--output"); ok {
			return named(to)
		}
		if flagged(c, 'O') || c.has("--remote-name") {
			return fromAddress(c)
		}
	}
	return ""
}

// places are the operands of a command, without what its output is led to.
func places(c command) []string {
	return slices.DeleteFunc(c.operands(), func(w string) bool {
		return w == "/dev/null" || w == "1" || w == "2"
	})
}

// argument is the word that belongs to a flag.
func argument(c command, letter byte, long string) (word string, ok bool) {
	for i, w := range c {
		switch {
		case strings.HasPrefix(w, long+"="):
			return w[len(long)+1:], true
		case w == long || len(w) > 1 && w[0] == '-' && w[1] != '-' && w[len(w)-1] == letter:
			if i+1 < len(c) {
				return c[i+1], true
			}
		case len(w) > 2 && w[0] == '-' && w[1] != '-' && w[len(w)-1] == '-' && w[len(w)-2] == letter:
			return "-", true
		}
	}
	return "", false
}

func named(to string) string {
	if to == "-" || to == "/dev/stdout" || to == "/dev/null" {
		return ""
	}
	return path.Base(to)
}

func fromAddress(c command) string {
	for _, w := range places(c) {
		if strings.Contains(w, "://") {
			return path.Base(w)
		}
	}
	return ""
}

// absent finds what programs say of what is not there.
var absent = regexp.MustCompile(`(?i)no such file|cannot access|not found|does not exist|` +
	`cannot find|not a directory|cannot stat|can't open|can't cd`)

// shown has what was pending count as got, when a command has shown something of it.
func (x *Examination) shown(s Step, line []command) {
	if s.failed() || strings.TrimSpace(s.Output) == "" || absent.MatchString(s.Output) {
		return
	}
	x.pending = slices.DeleteFunc(x.pending, func(p pending) bool {
		used := slices.ContainsFunc(line, func(c command) bool { return uses(c, p.name) })
		if used {
			x.found[p.finding].Severity = got(s, true)
		}
		return used
	})
}

// uses reports whether a command reads a file or directory of a name.
func uses(c command, name string) bool {
	switch c.name() {
	case "rm", "mkdir", "echo", "printf", "touch":
		return false
	}
	return slices.ContainsFunc(c.operands(), func(w string) bool {
		return !strings.Contains(w, "://") && slices.Contains(strings.Split(w, "/"), name)
	})
}
