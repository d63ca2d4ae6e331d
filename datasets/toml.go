package datasets

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A TOML document is read as far as task.toml needs it. Values are texts, literals,
// lists and tables; dates stay as they are written.
type (
	// tomlLiteral is a boolean, a number or a date as it is written.
	tomlLiteral string
	tomlList    []any
	// tomlTable has the line of each of its keys.
	tomlTable struct {
		values map[string]any
		lines  map[string]int
	}
)

func newTable() *tomlTable { return &tomlTable{map[string]any{}, map[string]int{}} }

// readTOML returns the root table of a document.
func readTOML(text string) (*tomlTable, error) {
	p := &tomlReader{rest: text, line: 1, root: newTable()}
	p.table = p.root
	for p.space(true); p.rest != ""; p.space(true) {
		if err := p.statement(); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.line, err)
		}
	}
	return p.root, nil
}

type tomlReader struct {
	rest   string
	line   int
	root   *tomlTable
	table  *tomlTable // that keys go to
	prefix string     // its name with a dot, for messages
	depth  int        // of lists and tables within values
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
	if !p.take("[") {
		if err := p.pair(p.table, p.prefix); err != nil {
			return err
		}
		return p.end()
	}
	array := p.take("[")
	path, err := p.key()
	if err != nil {
		return err
	}
	if !p.take("]") || array && !p.take("]") {
		return errors.New("the name of a table does not end")
	}
	p.prefix = strings.Join(path, ".") + "."
	if !array {
		p.table, err = p.within(p.root, path)
	} else {
		p.table, err = p.appended(path)
	}
	return cmp.Or(err, p.end())
}

// appended adds a table to the array of tables at a path.
func (p *tomlReader) appended(path []string) (*tomlTable, error) {
	last := len(path) - 1
	parent, err := p.within(p.root, path[:last])
	if err != nil {
		return nil, err
	}
	list, ok := parent.values[path[last]].(tomlList)
	if !ok && parent.values[path[last]] != nil {
		return nil, fmt.Errorf("%s is given twice", strings.Join(path, "."))
	}
	t := newTable()
	p.set(parent, path[last], append(list, t))
	return t, nil
}

// within finds a table by its path, or makes it. Of an array it is the last one.
func (p *tomlReader) within(t *tomlTable, path []string) (*tomlTable, error) {
	for i, name := range path {
		v := t.values[name]
		if list, ok := v.(tomlList); ok && len(list) > 0 {
			v = list[len(list)-1]
		}
		if v == nil {
			next := newTable()
			p.set(t, name, next)
			v = next
		}
		next, ok := v.(*tomlTable)
		if !ok {
			return nil, fmt.Errorf("%s is no table", strings.Join(path[:i+1], "."))
		}
		t = next
	}
	return t, nil
}

func (p *tomlReader) set(t *tomlTable, key string, value any) {
	t.values[key] = value
	if t.lines[key] == 0 {
		t.lines[key] = p.line
	}
}

// pair reads a key with its value into a table; prefix is what messages put before it.
func (p *tomlReader) pair(t *tomlTable, prefix string) error {
	path, err := p.key()
	if err != nil {
		return err
	}
	name := prefix + strings.Join(path, ".")
	if !p.take("=") {
		return fmt.Errorf("no = after %s", name)
	}
	line := p.line
	value, err := p.value()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	last := len(path) - 1
	if t, err = p.within(t, path[:last]); err != nil {
		return err
	}
	if _, twice := t.values[path[last]]; twice {
		return fmt.Errorf("%s is given twice", name)
	}
	t.values[path[last]], t.lines[path[last]] = value, line
	return nil
}

func (p *tomlReader) end() error {
	p.space(false)
	if p.rest != "" && !strings.ContainsAny(p.rest[:1], "\r\n#") {
		return errors.New("more follows on the line")
	}
	return nil
}

// key reads a.b."c" and blanks around.
func (p *tomlReader) key() ([]string, error) {
	var parts []string
	for {
		p.space(false)
		part := ""
		if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
			s, err := p.text()
			if err != nil {
				return nil, err
			}
			part = s
		} else {
			n := 0
			for n < len(p.rest) && isBare(p.rest[n]) {
				n++
			}
			if n == 0 {
				return nil, errors.New("no key where one should be")
			}
			part, p.rest = p.rest[:n], p.rest[n:]
		}
		parts = append(parts, part)
		p.space(false)
		if !p.take(".") {
			return parts, nil
		}
	}
}

func isBare(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// value reads any value.
func (p *tomlReader) value() (any, error) {
	p.space(false)
	if p.rest == "" {
		return nil, errors.New("no value")
	}
	switch p.rest[0] {
	case '"', '\'':
		return p.text()
	case '[':
		list := tomlList{}
		err := p.members("[", "]", func() error {
			v, err := p.value()
			list = append(list, v)
			return err
		})
		return list, err
	case '{':
		t := newTable()
		return t, p.members("{", "}", func() error { return p.pair(t, "") })
	}
	n := strings.IndexAny(p.rest, ",]}#\r\n")
	if n < 0 {
		n = len(p.rest)
	}
	literal := strings.TrimSpace(p.rest[:n])
	if p.rest = p.rest[n:]; !isPlain(literal) {
		return nil, fmt.Errorf("%q is no value", literal)
	}
	return tomlLiteral(literal), nil
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
