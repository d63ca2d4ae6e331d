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
// within `sh -c` included. What here-documents hold is none.
func commands(line string) (out []command) {
	x := lexer{text: line}
	for x.at < len(x.text) {
		x.token()
	}
	x.end()
	for _, words := range x.found {
		c := stripped(words)
		if len(c) == 0 {
			continue
		}
		out = append(out, c)
		if i := slices.IndexFunc(c, runsText); i > 0 && i+1 < len(c) && isShell(c.name()) {
			out = append(out, commands(c[i+1])...)
		}
	}
	return out
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

// lexer splits a command line at everything that ends a command.
type lexer struct {
	text  string
	at    int
	words command
	found []command
	ends  []string // delimiters of here-documents that begin after this line
}

func (x *lexer) has(prefix string) bool { return strings.HasPrefix(x.text[x.at:], prefix) }

func (x *lexer) end() {
	if len(x.words) > 0 {
		x.found = append(x.found, x.words)
	}
	x.words = nil
}

func (x *lexer) token() {
	switch c := x.text[x.at]; {
	case c == ' ' || c == '\t' || c == '\r':
		x.at++
	case x.has("\\\n"):
		x.at += 2
	case c == '\n':
		x.at++
		x.end()
		x.documents()
	case c == '#':
		x.comment()
	case x.has("<<") && !x.has("<<<"):
		x.document()
	case x.has(">&"), x.has("<&"):
		x.at += 2
		x.word()
	case c == '<' || c == '>':
		x.at++
	case x.has("$("):
		x.at += 2
		x.end()
	case strings.IndexByte(";|&()`", c) >= 0:
		x.at++
		x.end()
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

// quoted reads up to the closing quote.
func (x *lexer) quoted(b *strings.Builder, quote byte) {
	for x.at < len(x.text) {
		c := x.text[x.at]
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
