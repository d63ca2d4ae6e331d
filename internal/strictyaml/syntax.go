package strictyaml

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntaxErrors translates the errors of the YAML library.
func syntaxErrors(src *Source, err error, at Place) Errors {
	var all Errors
	add := func(e *yaml.LoadError) {
		m := e.Mark
		if e.ContextMark.Line > 0 && src.blank(m.Line) { // something is not closed
			m = e.ContextMark
		}
		text := strings.TrimPrefix(e.Message, "yaml: ")
		if m.Line <= 0 {
			all = append(all, unplaced(src, text, at))
			return
		}
		place := shift(Place{src, m.Line, max(1, m.Column), 1}, at)
		if e.ContextMsg != "" {
			text = e.ContextMsg + ", " + text
		}
		all = append(all, &Error{
			Place: place, Message: "not YAML: " + text, Hint: syntaxHint(place, text),
		})
	}
	if strings.Contains(err.Error(), "no documents in stream") {
		return Errors{{Place: Place{Source: src}, Message: "the file is empty"}}
	}
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			add(e)
		}
	case errors.As(err, &one):
		add(one)
	}
	if len(all) == 0 {
		all = Errors{unplaced(src, strings.TrimPrefix(err.Error(), "yaml: "), at)}
	}
	return all
}

// unplaced is an error of which the library does not say where it is.
func unplaced(src *Source, text string, at Place) *Error {
	e := &Error{Place: Place{Source: src}, Message: "not YAML: " + text}
	find := func(in func(line string) int) {
		for i, line := range src.Lines {
			if column := in(line); column >= 0 {
				e.Place = shift(Place{src, i + 1, 1 + utf8.RuneCountInString(line[:column]), 1}, at)
				return
			}
		}
	}
	switch {
	case strings.Contains(text, "control characters"):
		find(func(line string) int {
			return strings.IndexFunc(line, func(r rune) bool {
				return r != '\t' && r != '\r' && r != 0x85 && unicode.IsControl(r)
			})
		})
		e.Hint = "remove the character, or write it as an escape in double quotes, such as \"\\e\""
	case strings.Contains(text, "found multiple"):
		begun := false
		find(func(line string) int {
			if begun && strings.HasPrefix(line, "---") {
				return 0
			}
			begun = begun || strings.TrimSpace(line) != "" && line[0] != '#'
			return -1
		})
		e.Hint = "a line of --- begins another document: a file is one"
	}
	return e
}

// blank reports whether there is nothing to see at a line.
func (s *Source) blank(line int) bool {
	return line < 1 || line > len(s.Lines) || strings.TrimSpace(s.Lines[line-1]) == ""
}

// syntaxHint says in plain words what the usual syntax errors come of.
func syntaxHint(p Place, text string) string {
	if p.Line < 1 || p.Line > len(p.Source.Lines) {
		return ""
	}
	line := p.Source.Lines[p.Line-1]
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	above := p.Source.Lines[max(0, p.Line-2)]
	odd := func(r rune) bool { return r > unicode.MaxASCII && unicode.IsSpace(r) }
	switch {
	case strings.Contains(indent, "\t"):
		return "YAML is indented by blanks, not by tabs"
	case strings.ContainsFunc(line, odd) || strings.ContainsFunc(above, odd):
		return "the line, or the one above, has a blank that is not an ordinary one, such as a " +
			"no-break space: type it anew"
	case strings.Contains(text, "expected ',' or") && strings.Contains(line, "${"):
		return "between { } and [ ] a ${NAME} goes in quotes: \"${NAME}\""
	case strings.Contains(text, "expected ',' or"):
		return "a comma or a closing bracket is missing before this"
	case strings.Contains(text, "quoted scalar"):
		return "the quote that begins here is never closed"
	case strings.Contains(text, "did not find expected key"):
		return "all keys of a mapping begin in the same column: this one, or one above, is " +
			"indented otherwise"
	case strings.Contains(text, "mapping values are not allowed"):
		return "a text that holds a colon and a blank goes in quotes; a key is indented like those " +
			"beside it"
	}
	return ""
}
