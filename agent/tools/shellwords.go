package tools

import "strings"

// word is one word of a command line.
type word struct {
	text  string
	plain bool // nothing in it is expanded: the program gets it as it is written
}

// command is one program with its arguments.
type command struct {
	words  []word
	writes []word // targets of > and >>
	silent bool   // its output goes to a file
}

// step is a pipeline and what joins it to the next one: ";", "&&", "||" or
// nothing at the end.
type step struct {
	pipe []command
	join string
}

// lexer reads a command line as far as it is simple. The parts of a shell's
// language that would need a shell to understand make it give up.
type lexer struct {
	text  string
	at    int
	steps []step
	pipe  []command
	now   command
	ends  []string // delimiters of here-documents that begin after this line
	stuck bool
}

// split splits a command line into steps, or reports that it is not simple
// enough: substitutions, groups, loops, jobs in the background.
func split(line string) ([]step, bool) {
	x := lexer{text: line}
	for x.at < len(x.text) && !x.stuck {
		x.token()
	}
	x.end("")
	return x.steps, !x.stuck && len(x.ends) == 0
}

func (x *lexer) has(prefix string) bool { return strings.HasPrefix(x.text[x.at:], prefix) }

// token reads a word, an operator or a blank.
func (x *lexer) token() {
	switch c := x.text[x.at]; {
	case c == ' ' || c == '\t' || x.has("\\\n"):
		x.at++
		if c == '\\' {
			x.at++
		}
	case c == '\n':
		x.at++
		x.end(";")
		x.documents()
	case c == '#':
		if i := strings.IndexByte(x.text[x.at:], '\n'); i >= 0 {
			x.at += i
		} else {
			x.at = len(x.text)
		}
	case x.has("&&") || x.has("||"):
		x.at += 2
		x.end(x.text[x.at-2 : x.at])
	case c == ';':
		x.at++
		x.end(";")
	case c == '|':
		x.at++
		x.pipe = append(x.pipe, x.now)
		x.now = command{}
	case c == '<' || c == '>' || x.has("&>") || x.has("1>") || x.has("2>"):
		x.redirect()
	case strings.IndexByte("&(){}", c) >= 0:
		x.stuck = true
	default:
		x.now.words = append(x.now.words, x.word())
	}
}

// end ends a command, and the pipeline it is the last of.
func (x *lexer) end(join string) {
	if len(x.now.words)+len(x.now.writes) > 0 {
		x.pipe = append(x.pipe, x.now)
	}
	if len(x.pipe) > 0 {
		x.steps = append(x.steps, step{x.pipe, join})
	}
	x.pipe, x.now = nil, command{}
}

// redirect reads a redirection and its target.
func (x *lexer) redirect() {
	all, errors := x.has("&>"), x.has("2>")
	if !x.has(">") && !x.has("<") {
		x.at++
	}
	switch {
	case x.has("<<<"), x.has("<("), x.has(">("):
		x.stuck = true
		return
	case x.has("<<"):
		x.at += 2
		x.at += len("-") * strings.Count(x.text[x.at:min(x.at+1, len(x.text))], "-")
		x.blank()
		x.ends = append(x.ends, x.word().text)
		return
	case x.has(">&"):
		x.at += 2
		x.word() // another output
		return
	}
	reads := x.has("<")
	for x.at < len(x.text) && strings.IndexByte("<>|", x.text[x.at]) >= 0 {
		x.at++
	}
	x.blank()
	target := x.word()
	switch {
	case target.text == "":
		x.stuck = true
	case reads:
	default:
		x.now.silent = x.now.silent || all || !errors
		x.now.writes = append(x.now.writes, target)
	}
}

func (x *lexer) blank() {
	for x.at < len(x.text) && (x.text[x.at] == ' ' || x.text[x.at] == '\t') {
		x.at++
	}
}

// documents skips the here-documents of the line that has ended.
func (x *lexer) documents() {
	for len(x.ends) > 0 && x.at < len(x.text) {
		line, _, _ := strings.Cut(x.text[x.at:], "\n")
		x.at = min(len(x.text), x.at+len(line)+1)
		if strings.TrimLeft(line, "\t") == x.ends[0] {
			x.ends = x.ends[1:]
		}
	}
}

// word reads a word and takes its quotes away.
func (x *lexer) word() word {
	w := word{plain: true}
	var b strings.Builder
	for x.at < len(x.text) && !x.stuck {
		c := x.text[x.at]
		if strings.IndexByte(" \t\n;|&<>()", c) >= 0 {
			break
		}
		x.at++
		switch c {
		case '\'':
			b.WriteString(x.until('\''))
		case '"':
			x.quoted(&b, &w)
		case '\\':
			if x.at < len(x.text) {
				b.WriteByte(x.text[x.at])
				x.at++
			}
		default:
			x.expands(c, &w)
			if strings.IndexByte("*?[~{", c) >= 0 {
				w.plain = false
			}
			b.WriteByte(c)
		}
	}
	w.text = b.String()
	return w
}

// quoted reads up to the closing double quote.
func (x *lexer) quoted(b *strings.Builder, w *word) {
	for x.at < len(x.text) && !x.stuck {
		c := x.text[x.at]
		x.at++
		switch {
		case c == '"':
			return
		case c == '\\' && x.at < len(x.text) && strings.IndexByte("$`\"\\\n", x.text[x.at]) >= 0:
			b.WriteByte(x.text[x.at])
			x.at++
		default:
			x.expands(c, w)
			b.WriteByte(c)
		}
	}
	x.stuck = true
}

// expands notes what the shell would put something else in the place of.
func (x *lexer) expands(c byte, w *word) {
	switch {
	case c == '`', c == '$' && x.has("("):
		x.stuck = true
	case c == '$' && x.at < len(x.text) && strings.IndexByte(" \t\n\"'/", x.text[x.at]) < 0:
		w.plain = false
	}
}

// until reads up to a closing quote.
func (x *lexer) until(quote byte) string {
	inside, _, ok := strings.Cut(x.text[x.at:], string(quote))
	x.stuck = x.stuck || !ok
	x.at = min(len(x.text), x.at+len(inside)+1)
	return inside
}
