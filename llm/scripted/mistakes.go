package scripted

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Error is one mistake in a script.
type Error struct {
	File      string
	Line, Col int
	Text      string
}

func (e Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Text)
}

// Errors are all mistakes of a script, in the order of its lines.
type Errors []Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

var (
	unknownField = regexp.MustCompile(`^field (\S+) not found in type .+$`)
	wrongType    = regexp.MustCompile("^cannot construct !!(\\S+)(?: `(.*)`)? into (.+)$")
)

// convert turns the decoder's errors into ours.
func convert(file string, err error) error {
	var all *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &all):
		out := make(Errors, len(all.Errors))
		for i, e := range all.Errors {
			out[i] = position(file, e)
		}
		slices.SortStableFunc(out, func(a, b Error) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
		})
		return out
	case errors.As(err, &one):
		return Errors{position(file, one)}
	}
	return Errors{{File: file, Line: 1, Col: 1, Text: err.Error()}}
}

func position(file string, e *yaml.LoadError) Error {
	return Error{
		File: file, Line: max(1, e.Mark.Line), Col: max(1, e.Mark.Column), Text: plainWords(e.Message),
	}
}

func plainWords(message string) string {
	if m := unknownField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("unknown key %q", m[1])
	}
	if m := wrongType.FindStringSubmatch(message); m != nil {
		return strings.TrimSpace(
			fmt.Sprintf("want %s, not %s %s", typeWord(m[3]), yamlWord(m[1]), m[2]))
	}
	return message
}

func typeWord(goType string) string {
	switch {
	case strings.HasPrefix(goType, "int"):
		return "a whole number"
	case strings.HasPrefix(goType, "float"):
		return "a number"
	case goType == "string":
		return "a text"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	}
	return "a mapping"
}

func yamlWord(tag string) string {
	switch tag {
	case "seq":
		return "a list"
	case "map":
		return "a mapping"
	case "str":
		return "the text"
	}
	return "the " + tag
}
