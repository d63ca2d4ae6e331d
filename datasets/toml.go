package datasets

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tomlValues reads a TOML document as far as task.toml needs it: the values by
// their full keys, "environment.docker_image", as texts. Arrays and inline
// tables are checked and left out, dates stay as they are written, and what
// stands in arrays of tables is passed over.
func tomlValues(text string) (map[string]string, error) {
	p := &tomlReader{rest: text, line: 1, values: map[string]string{}}
	for p.space(true); p.rest != ""; p.space(true) {
		if err := p.statement(); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.line, err)
		}
	}
	return p.values, nil
}

type tomlReader struct {
	rest   string
	line   int
	table  string // prefix of keys, with its dot
	passed bool   // the table is one of an array
	depth  int    // of arrays and inline tables
	values map[string]string
}

func (p *tomlReader) take(prefix string) bool {
	after, ok := strings.CutPrefix(p.rest, prefix)
	if p.rest = after; ok {
		p.line += strings.Count(prefix, "\n")
	}
	return ok
}

// space passes over blanks and, if lines is set, over comments and line ends.
func (p *tomlReader) space(lines bool) {
	for p.rest != "" {
		switch c := p.rest[0]; {
		case c == ' ' || c == '\t':
		case lines && (c == '\n' || c == '\r'):
			if c == '\n' {
				p.line++
			}
		case lines && c == '#':
			end := strings.IndexByte(p.rest, '\n')
			if end < 0 {
				end = len(p.rest)
			}
			p.rest = p.rest[end:]
			continue
		default:
			return
		}
		p.rest = p.rest[1:]
	}
}

// statement reads a table's head or a key with its value, to the line's end.
func (p *tomlReader) statement() error {
	if p.take("[") {
		p.passed = p.take("[")
		key, err := p.key()
		if err != nil {
			return err
		}
		if !p.take("]") || p.passed && !p.take("]") {
			return errors.New("the name of a table does not end")
		}
		p.table = key + "."
		return p.end()
	}
	key, err := p.key()
	if err != nil {
		return err
	}
	if !p.take("=") {
		return fmt.Errorf("no = after %s", key)
	}
	value, scalar, err := p.value()
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	key = p.table + key
	if _, twice := p.values[key]; twice && !p.passed {
		return fmt.Errorf("%s is given twice", key)
	}
	if scalar && !p.passed {
		p.values[key] = value
	}
	return p.end()
}

func (p *tomlReader) end() error {
	p.space(false)
	if p.rest != "" && !strings.ContainsAny(p.rest[:1], "\r\n#") {
		return errors.New("more follows on the line")
	}
	return nil
}

// key reads a.b."c" and blanks around.
func (p *tomlReader) key() (string, error) {
	var parts []string
	for {
		p.space(false)
		part := ""
		if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
			s, err := p.text()
			if err != nil {
				return "", err
			}
			part = s
		} else {
			n := 0
			for n < len(p.rest) && isBare(p.rest[n]) {
				n++
			}
			if n == 0 {
				return "", errors.New("no key where one should be")
			}
			part, p.rest = p.rest[:n], p.rest[n:]
		}
		parts = append(parts, part)
		p.space(false)
		if !p.take(".") {
			return strings.Join(parts, "."), nil
		}
	}
}

func isBare(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// value reads any value; scalar is false for arrays and inline tables.
func (p *tomlReader) value() (value string, scalar bool, err error) {
	p.space(false)
	if p.rest == "" {
		return "", false, errors.New("no value")
	}
	switch p.rest[0] {
	case '"', '\'':
		value, err = p.text()
		return value, true, err
	case '[':
		return "", false, p.members("[", "]", func() error {
			_, _, err := p.value()
			return err
		})
	case '{':
		return "", false, p.members("{", "}", func() error {
			key, err := p.key()
			if err == nil && !p.take("=") {
				err = fmt.Errorf("no = after %s", key)
			}
			if err == nil {
				_, _, err = p.value()
			}
			return err
		})
	}
	n := strings.IndexAny(p.rest, ",]}#\r\n")
	if n < 0 {
		n = len(p.rest)
	}
	value = strings.TrimSpace(p.rest[:n])
	if p.rest = p.rest[n:]; !isPlain(value) {
		return "", false, fmt.Errorf("%q is no value", value)
	}
	return value, true, nil
}

// isPlain reports whether a value without quotes is a boolean, a number or a
// date.
func isPlain(s string) bool {
	if s == "true" || s == "false" {
		return true
	}
	_, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	_, errInt := strconv.ParseInt(s, 0, 64)
	isDate := len(s) >= 8 && s[0] >= '0' && s[0] <= '9' && strings.Trim(s, "0123456789-:.TtZz+ ") == ""
	return err == nil || errInt == nil || isDate
}

// members reads the items of an array or an inline table.
func (p *tomlReader) members(open, end string, one func() error) error {
	const most = 100
	if p.depth++; p.depth > most {
		return errors.New("arrays within arrays without end")
	}
	defer func() { p.depth-- }()
	p.take(open)
	for p.space(true); !p.take(end); p.space(true) {
		if err := one(); err != nil {
			return err
		}
		if p.space(true); !p.take(",") && !strings.HasPrefix(p.rest, end) {
			return fmt.Errorf("neither a comma nor %s follows", end)
		}
	}
	return nil
}

// text reads a string of any of the four kinds.
func (p *tomlReader) text() (string, error) {
	quote := p.rest[:1]
	long := strings.Repeat(quote, 3)
	if p.take(long) {
		if !p.take("\n") {
			p.take("\r\n")
		}
		end := closing(p.rest, long, quote == `"`)
		if end < 0 {
			return "", errors.New("the text has no end")
		}
		body := p.rest[:end]
		p.line += strings.Count(body, "\n")
		p.rest = p.rest[end+3:]
		if quote == "'" {
			return body, nil
		}
		return unescape(body)
	}
	p.rest = p.rest[1:]
	end := closing(p.rest, quote, quote == `"`)
	if end < 0 || strings.Contains(p.rest[:end], "\n") {
		return "", errors.New("the text has no end")
	}
	body := p.rest[:end]
	p.rest = p.rest[end+1:]
	if quote == "'" {
		return body, nil
	}
	return unescape(body)
}

// closing is where a text ends, escaped quotes passed over.
func closing(s, quote string, escapes bool) int {
	for i := 0; i < len(s); i++ {
		if escapes && s[i] == '\\' {
			i++
		} else if strings.HasPrefix(s[i:], quote) {
			return i
		}
	}
	return -1
}

// unescape reads the escapes of a basic string.
func unescape(s string) (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			b.WriteString(s)
			return b.String(), nil
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		const plain = "b\bt\tn\nf\fr\r\"\"\\\\"
		if at := strings.IndexByte("btnfr\"\\", s[0]); at >= 0 {
			b.WriteByte(plain[2*at+1])
			s = s[1:]
			continue
		}
		digits := map[byte]int{'u': 4, 'U': 8}[s[0]]
		if digits > 0 && len(s) > digits {
			n, err := strconv.ParseUint(s[1:1+digits], 16, 32)
			if err == nil && utf8.ValidRune(rune(n)) {
				b.WriteRune(rune(n))
				s = s[1+digits:]
				continue
			}
		}
		trimmed := strings.TrimLeft(s, " \t\r\n") // a line that goes on
		if !strings.Contains(s[:len(s)-len(trimmed)], "\n") {
			return "", errors.New("an escape that does not exist")
		}
		s = trimmed
	}
}
