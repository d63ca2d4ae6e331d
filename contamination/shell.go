package contamination

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// command is a program that a shell starts, with its arguments. Unlike a shell, nobody
// here knows whether it does: what stands in a branch counts as well.
type command []string

// name is what is called, without its directory.
func (c command) name() string {
	if len(c) == 0 {
		return ""
	}
	return path.Base(c[0])
}

// has reports whether one of the words is an argument.
func (c command) has(words ...string) bool {
	return len(c) > 1 && slices.ContainsFunc(c[1:], func(w string) bool {
		return slices.Contains(words, w)
	})
}

// operands are the arguments that are no flags.
func (c command) operands() (out []string) {
	for _, w := range c[min(1, len(c)):] {
		if !strings.HasPrefix(w, "-") {
			out = append(out, w)
		}
	}
	return out
}

// opener are words after which another command begins.
var openers = map[string]bool{
	"if": true, "then": true, "else": true, "elif": true, "while": true, "until": true, "do": true,
	"!": true, "{": true, "time": true, "sudo": true, "nohup": true, "command": true, "exec": true,
	"xargs": true, "env": true,
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// timed are the arguments of timeout that stand before its command.
var timed = regexp.MustCompile(`^(?:-|[0-9]|$)`)

// commands are those of a command line, in its order, those within substitutions and
// within `sh -c` included. What here-documents hold is none. decides says of each whether
// the whole line fails if it does.
func commands(line string) (out []command, decides []bool) {
	x := lexer{text: line}
	for x.at < len(x.text) {
		x.token()
	}
	x.end()
	for i, words := range x.found {
		c := stripped(words)
		if len(c) == 0 {
			continue
		}
		whole := x.decides(i)
		out, decides = append(out, c), append(decides, whole)
		if i := slices.IndexFunc(c, runsText); i > 0 && i+1 < len(c) && isShell(c.name()) {
			inner, decide := commands(c[i+1])
			for j := range inner {
				out, decides = append(out, inner[j]), append(decides, whole && decide[j])
			}
		}
	}
	return out, decides
}

// runsText reports whether a flag makes a shell run the next word: -c, -lc.
func runsText(flag string) bool {
	return strings.HasPrefix(flag, "-") && !strings.HasPrefix(flag, "--") &&
		strings.HasSuffix(flag, "c")
}

func isShell(name string) bool {
	return name == "sh" || name == "bash" || name == "dash" || name == "zsh"
}

// stripped is a command without what stands before it: variables, keywords, timeouts.
func stripped(c command) command {
	for len(c) > 0 {
		switch {
		case c[0] == "timeout":
			c = c[1:]
			for len(c) > 0 && timed.MatchString(c[0]) {
				c = c[1:]
			}
		case openers[c[0]], c[0] == "", assignment.MatchString(c[0]):
			c = c[1:]
		default:
			return c
		}
	}
	return nil
}

// deepest is how many substitutions within quotes are read within one another.
const deepest = 20

// lexer splits a command line at everything that ends a command.
type lexer struct {
	text  string
	at    int
	words command
	found []command
	after []string // what stands behind each of those that were found
	depth int      // of substitutions within quotes
	ends  []string // delimiters of here-documents that begin after this line
}

func (x *lexer) has(prefix string) bool { return strings.HasPrefix(x.text[x.at:], prefix) }

func (x *lexer) end() {
	if len(x.words) > 0 {
		x.found, x.after = append(x.found, x.words), append(x.after, "")
	}
	x.words = nil
}

// separate ends a command at a separator.
func (x *lexer) separate(by string) {
	x.end()
	if n := len(x.after); n > 0 {
		x.after[n-1] += by
	}
}

// decides reports whether the line fails if a command does: only && follows, or what
// stands behind it as good as that, after `set -e`.
func (x *lexer) decides(i int) bool {
	strict := false
	for _, c := range x.found[:i] {
		strict = strict || c.name() == "set" && strings.Contains(strings.Join(c[1:], " "), "-e")
	}
	last := len(x.found) - 1
	for _, by := range x.after[i:last] {
		by = strings.TrimSpace(by)
		if by != "&&" && (!strict || strings.Trim(by, ";") != "") {
			return false
		}
	}
	return strings.Trim(x.after[last], ";)\n") == ""
}

func (x *lexer) token() {
	switch c := x.text[x.at]; {
	case c == ' ' || c == '\t' || c == '\r':
		x.at++
	case x.has("\\\n"):
		x.at += 2
	case c == '\n':
		x.at++
		x.separate("\n")
		x.documents()
	case c == '#':
		x.comment()
	case x.has("<<") && !x.has("<<<"):
		x.document()
	case x.has("&>"):
		x.at += 2
	case x.has(">&"), x.has("<&"):
		x.at += 2
		x.word()
	case c == '<' || c == '>':
		x.at++
	case x.has("$("):
		x.at += 2
		x.separate("$(")
	case strings.IndexByte(";|&()`", c) >= 0:
		x.at++
		x.separate(string(c))
	default:
		x.words = append(x.words, x.word())
	}
}

func (x *lexer) comment() {
	if i := strings.IndexByte(x.text[x.at:], '\n'); i >= 0 {
		x.at += i
	} else {
		x.at = len(x.text)
	}
}

// document notes a here-document that follows.
func (x *lexer) document() {
	x.at += len("<<")
	for x.at < len(x.text) && strings.IndexByte("- \t", x.text[x.at]) >= 0 {
		x.at++
	}
	x.ends = append(x.ends, x.word())
}

// documents skips the here-documents of the line that has ended.
func (x *lexer) documents() {
	for len(x.ends) > 0 && x.at < len(x.text) {
		line, _, _ := strings.Cut(x.text[x.at:], "\n")
		x.at = min(len(x.text), x.at+len(line)+1)
		if strings.TrimSpace(line) == x.ends[0] {
			x.ends = x.ends[1:]
		}
	}
}

// word reads a word and takes its quotes away. At least one byte is read.
func (x *lexer) word() string {
	var b strings.Builder
	for start := x.at; x.at < len(x.text); {
		c := x.text[x.at]
		if strings.IndexByte(" \t\r\n;|&<>()`", c) >= 0 || x.has("$(") {
			if x.at == start && x.at < len(x.text) {
				return ""
			}
			break
		}
		x.at++
		switch c {
		case '\'', '"':
			x.quoted(&b, c)
		case '\\':
			if x.at < len(x.text) {
				b.WriteByte(x.text[x.at])
				x.at++
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quoted reads up to the closing quote. Double quotes do not keep a shell from running
// what is to be substituted.
func (x *lexer) quoted(b *strings.Builder, quote byte) {
	for x.at < len(x.text) {
		c := x.text[x.at]
		if quote == '"' && x.depth < deepest && (c == '`' || x.has("$(")) {
			b.WriteString(x.substituted())
			continue
		}
		x.at++
		switch {
		case c == quote:
			return
		case quote == '"' && c == '\\' && x.at < len(x.text):
			b.WriteByte(x.text[x.at])
			x.at++
		default:
			b.WriteByte(c)
		}
	}
}

// substituted reads a substitution, whose commands are found, and returns its text.
func (x *lexer) substituted() string {
	begin := x.at
	inner := lexer{text: x.text, at: x.at + 1, depth: x.depth + 1}
	closing := byte('`')
	if x.has("$(") {
		inner.at, closing = x.at+2, ')'
	}
	for open := 1; inner.at < len(x.text); {
		c := x.text[inner.at]
		if closing == ')' && (c == '(' || inner.has("$(")) {
			open++
		}
		if c == closing {
			if open--; open == 0 {
				break
			}
		}
		inner.token()
	}
	inner.end()
	for _, words := range inner.found { // what comes of it does not become that of the line
		x.found, x.after = append(x.found, words), append(x.after, "$()")
	}
	x.at = min(inner.at+1, len(x.text))
	return x.text[begin:x.at]
}
