package strictyaml

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bench/internal/width"
)

// Source is a text that nodes come from: a file, or a command line flag.
type Source struct {
	Name  string // as shown to the user
	Flag  bool   // one line without line numbers
	Order int    // sources are reported in this order
	Lines []string
}

// Place is a range within one line of a source. Line and Column start at 1
// and count characters; Line 0 is the source as a whole.
type Place struct {
	Source *Source
	Line   int
	Column int
	Width  int // characters to underline, at least 1
}

// String is "file:line:column".
func (p Place) String() string {
	switch {
	case p.Source == nil:
		return ""
	case p.Source.Flag:
		return mask(p.Source.Name)
	case p.Line == 0:
		return p.Source.Name
	}
	return fmt.Sprintf("%s:%d:%d", p.Source.Name, p.Line, p.Column)
}

// Error is one mistake.
type Error struct {
	Place
	Message string // what was found and what was expected
	Hint    string // what to write instead, or ""
	Secret  bool   // the place may hold a secret: it is not printed
	Under   Path   // the key of Decoder.Shown that it was found below, or ""
}

// Error returns the message with its place, source line, caret and hint.
func (e *Error) Error() string {
	var b strings.Builder
	if at := e.Place.String(); at != "" {
		b.WriteString(at + ": ")
	}
	b.WriteString(e.Message)
	e.excerpt(&b)
	if e.Hint != "" {
		fmt.Fprintf(&b, "\n%s = %s", gutter, wrap(e.Hint, 92, "\n"+gutter+"   "))
	}
	return b.String()
}

// gutter is the indentation of the lines that belong to a message.
const gutter = "    "

// excerpt writes the source line and the caret below it.
func (e *Error) excerpt(b *strings.Builder) {
	if e.Source == nil || e.Line < 1 || e.Line > len(e.Source.Lines) {
		return
	}
	number := fmt.Sprintf("%4d", e.Line)
	if e.Source.Flag {
		number = gutter
	}
	line := mask(e.Source.Lines[e.Line-1])
	if e.Secret {
		line = maskFrom(line, e.Column)
	}
	line, column := clip(line, e.Column)
	fmt.Fprintf(b, "\n%s | %s\n     | %s^%s", number, line, padding(line, column),
		strings.Repeat("~", max(0, marked(line, column, e.Width)-1)))
}

// maxLine is how much of a source line is shown.
const maxLine = 160

// clip shortens a very long line around the column.
func clip(line string, column int) (string, int) {
	runes := []rune(line)
	if len(runes) <= maxLine {
		return line, column
	}
	from := max(0, min(column-1-maxLine/2, len(runes)-maxLine))
	return string(runes[from:min(len(runes), from+maxLine)]), column - from
}

// marked is how wide n characters of the line are from a column on.
func marked(line string, column, n int) int {
	runes := []rune(line)
	from := min(column-1, len(runes))
	return width.Of(string(runes[from:min(len(runes), from+max(0, n))]))
}

// padding is as wide as the first column-1 characters of the line, tabs kept.
func padding(line string, column int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i >= column-1 {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", width.Of(string(r))))
	}
	return b.String()
}

// secrets finds what must not be printed although it stands in the file: the
// user information of a URL, and values of keys that hold credentials.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`://()([^/@\s"']+)@`),
	regexp.MustCompile(`(?i)\b(api_?key|secret|password|passwd|token|authorization)` +
		`["']?\s*[:=]\s*(\S+)`),
	regexp.MustCompile(`()\b((?:sk|pk|ghp|gho|hf|xai|AIza)[-_][A-Za-z0-9_-]{8,})`),
}

// mask replaces secrets by as many stars.
func mask(line string) string {
	for _, re := range secrets {
		for _, m := range slices.Backward(re.FindAllStringSubmatchIndex(line, -1)) {
			if found := line[m[4]:m[5]]; !strings.HasPrefix(found, "${") {
				stars := strings.Repeat("*", utf8.RuneCountInString(found))
				line = line[:m[4]] + stars + line[m[5]:]
			}
		}
	}
	return line
}

// maskFrom replaces everything from the column on.
func maskFrom(line string, column int) string {
	runes := []rune(line)
	for i := max(0, column-1); i < len(runes); i++ {
		runes[i] = '*'
	}
	return string(runes)
}

// wrap breaks a text into lines of at most width bytes, at blanks.
func wrap(text string, width int, newline string) string {
	var b strings.Builder
	used := 0
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case used+1+len(word) > width:
			b.WriteString(newline)
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	return b.String()
}

// Errors are all mistakes of a file, in the order of their places.
type Errors []*Error

// Error lists all mistakes, separated by empty lines where there are several.
func (e Errors) Error() string {
	texts := make([]string, len(e))
	for i, err := range e {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "\n\n")
}

// ExitStatus is 2: all of them are mistakes in what the user wrote.
func (e Errors) ExitStatus() int { return 2 }

// Unwrap gives errors.As and errors.Is access to the single mistakes.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, err := range e {
		all[i] = err
	}
	return all
}

// Sorted returns the mistakes by source, line and column, without repetitions.
func (e Errors) Sorted() Errors {
	sorted := slices.Clone(e)
	slices.SortStableFunc(sorted, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(sorted, func(a, b *Error) bool {
		return a.Place == b.Place && a.Message == b.Message
	})
}

func (e *Error) order() int {
	if e.Source == nil {
		return -1
	}
	return e.Source.Order
}
