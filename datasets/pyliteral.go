package datasets

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// pythonList reads a list of texts as Python's repr writes it: ['a', "b's"].
// It takes no more of the language than that: lists of plain string literals,
// with the escapes of the Python reference, 2.4.1.1.
func pythonList(s string) ([]string, error) {
	p := pyReader{rest: strings.TrimSpace(s)}
	if !p.take("[") || !strings.HasSuffix(p.rest, "]") {
		return nil, errors.New("it does not begin with [ and end with ]")
	}
	items := []string{}
	for p.blanks(); !p.take("]"); p.blanks() {
		item, err := p.text()
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", len(items)+1, err)
		}
		items = append(items, item)
		if p.blanks(); !p.take(",") && !strings.HasPrefix(p.rest, "]") {
			return nil, fmt.Errorf("item %d: neither a comma nor ] follows", len(items))
		}
	}
	if p.rest != "" {
		return nil, errors.New("more follows the list")
	}
	return items, nil
}

type pyReader struct{ rest string }

func (p *pyReader) take(prefix string) bool {
	after, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = after
	return ok
}

func (p *pyReader) blanks() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// text reads one string literal in single or double quotes.
func (p *pyReader) text() (string, error) {
	if p.rest == "" || p.rest[0] != '\'' && p.rest[0] != '"' {
		return "", errors.New("not a string in quotes")
	}
	quote := p.rest[0]
	if strings.HasPrefix(p.rest[1:], string([]byte{quote, quote})) {
		return "", errors.New("a string in triple quotes")
	}
	var b strings.Builder
	for p.rest = p.rest[1:]; ; {
		i := strings.IndexAny(p.rest, string([]byte{quote, '\\', '\n'}))
		if i < 0 || p.rest[i] == '\n' {
			return "", errors.New("the string has no end")
		}
		b.WriteString(p.rest[:i])
		c := p.rest[i]
		p.rest = p.rest[i+1:]
		if c == quote {
			return b.String(), nil
		}
		if err := p.escape(&b); err != nil {
			return "", err
		}
	}
}

// plainEscapes are those of one character.
const plainEscapes = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v"

// escape reads what follows a backslash. A backslash before anything that has
// no meaning stays, as in Python.
func (p *pyReader) escape(b *strings.Builder) error {
	if p.rest == "" {
		return errors.New("the string has no end")
	}
	c := p.rest[0]
	for i := 0; i < len(plainEscapes); i += 2 {
		if c == plainEscapes[i] {
			b.WriteByte(plainEscapes[i+1])
			p.rest = p.rest[1:]
			return nil
		}
	}
	switch {
	case c == '\n':
		p.rest = p.rest[1:]
	case c >= '0' && c <= '7':
		n := 1
		for n < 3 && n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '7' {
			n++
		}
		return p.code(b, p.rest[:n], 8, n)
	case c == 'x':
		return p.hex(b, 2)
	case c == 'u':
		return p.hex(b, 4)
	case c == 'U':
		return p.hex(b, 8)
	case c == 'N':
		return errors.New(`\N{…} is not read`)
	default:
		b.WriteByte('\\')
	}
	return nil
}

func (p *pyReader) hex(b *strings.Builder, digits int) error {
	if len(p.rest) < 1+digits {
		return fmt.Errorf(`\%c needs %d digits`, p.rest[0], digits)
	}
	return p.code(b, p.rest[1:1+digits], 16, 1+digits)
}

// code writes the character of a number and passes over the escape.
func (p *pyReader) code(b *strings.Builder, digits string, base, length int) error {
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !utf8.ValidRune(rune(n)) {
		return fmt.Errorf("no character has the number %s", digits)
	}
	b.WriteRune(rune(n))
	p.rest = p.rest[length:]
	return nil
}
