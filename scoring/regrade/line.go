package regrade

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	errNoInstance = errors.New("the line has no instance_id")
	errNoLog      = errors.New("the line has no log")
)

// parseLine returns instance_id and log of a line, which it overwrites: a log
// that is a hundred megabytes long need not exist twice. encoding/json would
// take longer for a line than judging the log does.
func parseLine(line []byte) (instance string, log []byte, err error) {
	id, raw, ok := fields(line)
	if !ok {
		var v struct {
			InstanceID string  `json:"instance_id"`
			Log        *string `json:"log"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			return "", nil, fmt.Errorf("parse line: %w", err)
		}
		if v.InstanceID == "" {
			return "", nil, errNoInstance
		}
		if v.Log == nil {
			return v.InstanceID, nil, errNoLog
		}
		return v.InstanceID, []byte(*v.Log), nil
	}
	if id, ok = unescape(id); !ok || len(id) == 0 {
		return "", nil, errNoInstance
	}
	instance = string(id)
	if raw == nil {
		return instance, nil, errNoLog
	}
	if raw, ok = unescape(raw); !ok {
		return instance, nil, errors.New("parse line: the log has an escape that JSON has not")
	}
	return instance, raw, nil
}

// fields finds the strings of an object's instance_id and log, without their
// quotes; nil stands for null or none. Other values are passed over rather than
// checked. What is no object it reports as false, for others to explain.
func fields(line []byte) (id, log []byte, ok bool) {
	s := scanner{line}
	if !s.take('{') {
		return nil, nil, false
	}
	for first := true; !s.take('}'); first = false {
		if !first && !s.take(',') {
			return nil, nil, false
		}
		key, ok := s.text()
		if !ok || !s.take(':') || bytes.IndexByte(key, '\\') >= 0 {
			return nil, nil, false
		}
		var value []byte
		if s.peek() == '"' {
			value, ok = s.text()
		} else {
			ok = s.skip()
		}
		if !ok {
			return nil, nil, false
		}
		switch string(key) {
		case "instance_id":
			id = value
		case "log":
			log = value
		}
	}
	return id, log, len(bytes.TrimSpace(s.rest)) == 0
}

// scanner walks through JSON.
type scanner struct{ rest []byte }

// peek returns the next byte that is not a blank, 0 at the end.
func (s *scanner) peek() byte {
	for i, c := range s.rest {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			s.rest = s.rest[i:]
			return c
		}
	}
	s.rest = nil
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// text reads a string and returns what is between its quotes, never nil.
func (s *scanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for i := 0; ; i++ {
		n := bytes.IndexByte(s.rest[i:], '"')
		if n < 0 {
			return nil, false
		}
		i += n
		slashes := 0
		for slashes < i && s.rest[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			text := s.rest[:i:i]
			s.rest = s.rest[i+1:]
			return text, true
		}
	}
}

// skip passes over a value that is not a string.
func (s *scanner) skip() bool {
	for depth := 0; ; {
		switch c := s.peek(); c {
		case 0:
			return false
		case '"':
			if _, ok := s.text(); !ok {
				return false
			}
		case '{', '[':
			depth++
			s.rest = s.rest[1:]
		case '}', ']':
			depth--
			if depth < 0 {
				return false
			}
			s.rest = s.rest[1:]
		case ',', ':':
			if depth == 0 {
				return false
			}
			s.rest = s.rest[1:]
		default:
			n := bytes.IndexAny(s.rest, ",:{}[]\" \t\r\n")
			if n <= 0 || !json.Valid(s.rest[:n]) {
				return false
			}
			s.rest = s.rest[n:]
		}
		if depth == 0 {
			return true
		}
	}
}

// unescape resolves the escapes of a JSON string in its own memory: no escape
// is shorter than what it stands for.
func unescape(s []byte) ([]byte, bool) {
	i := bytes.IndexByte(s, '\\')
	if i < 0 {
		return s, true
	}
	out := s[:i]
	for s = s[i:]; len(s) > 1; {
		if s[1] == 'u' {
			r, n := unicode(s)
			if n == 0 {
				return nil, false
			}
			out, s = utf8.AppendRune(out, r), s[n:]
		} else {
			c := escapes[s[1]]
			if c == 0 {
				return nil, false
			}
			out, s = append(out, c), s[2:]
		}
		n := bytes.IndexByte(s, '\\')
		if n < 0 {
			return append(out, s...), true
		}
		out, s = append(out, s[:n]...), s[n:]
	}
	return nil, false
}

var escapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unicode reads one \uXXXX, or two that make a pair, and says how long they
// are: 0 if they are none. Half a pair stands for no character.
func unicode(s []byte) (r rune, n int) {
	if r = hex4(s); r < 0 {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if pair := utf16.DecodeRune(r, hex4(s[6:])); pair != utf8.RuneError {
			return pair, 12
		}
		r = utf8.RuneError
	}
	return r, 6
}

// hex4 is the number after \u, or -1.
func hex4(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(n)
}
