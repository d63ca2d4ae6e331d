package datasets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	byteOrderMark   = "\uFEFF"
	noByteOrderMark = "begins with a byte order mark (BOM), which JSON does not have: " +
		"save the file as UTF-8 without it"
)

// readObject reads a row, which must be an object. The error has no instance yet.
func readObject(where string, raw []byte, fields *map[string]json.RawMessage) *Error {
	e := &Error{Where: where}
	err := json.Unmarshal(raw, fields)
	var wrong *json.UnmarshalTypeError
	switch {
	case !utf8.Valid(raw):
		e.Message = "unreadable: not UTF-8 text"
	case errors.As(err, &wrong):
		e.Message = "expected a row, an object, found " + describeJSON(raw)
	case err != nil:
		*e = misread(where, raw, err)
	case *fields == nil:
		e.Message = "expected a row, an object, found null"
	default:
		return nil
	}
	return e
}

// constantRE matches what Python writes for numbers that JSON does not have.
var constantRE = regexp.MustCompile(`^-?(NaN|Infinity)\b`)

// misread says why a text that begins with a row is no JSON. cause is what the
// decoder says.
func misread(where string, raw []byte, cause error) Error {
	e := Error{Where: where, Message: fmt.Sprintf("unreadable: %v", cause)}
	if bytes.HasPrefix(raw, []byte(byteOrderMark)) {
		e.Message = noByteOrderMark
		return e
	}
	var at *json.SyntaxError
	if !errors.As(json.Unmarshal(raw, new(any)), &at) || at.Offset < 1 {
		return e
	}
	before := bytes.TrimSuffix(raw[:at.Offset-1], []byte("-")) // of a number
	if found := constantRE.Find(raw[len(before):]); found != nil {
		e.Field = fieldBehind(before)
		e.Message = fmt.Sprintf("expected a JSON value, found %s, which JSON does not have: write null",
			found)
	}
	return e
}

// level is an object or list that is open where a text breaks off.
type level struct {
	list  bool
	name  string // of the field that was read last
	value bool   // its value comes next
}

// fieldBehind is the field whose value begins where a text breaks off: the names
// of the objects around it, joined by dots.
func fieldBehind(text []byte) string {
	levels := []level{{list: true}}
	d := json.NewDecoder(bytes.NewReader(text))
	for token, err := d.Token(); err == nil; token, err = d.Token() {
		top := &levels[len(levels)-1]
		delim, _ := token.(json.Delim)
		switch {
		case delim == '}' || delim == ']':
			levels = levels[:len(levels)-1]
		case !top.list && !top.value:
			top.name, top.value = fmt.Sprint(token), true
		default:
			top.value = false
			if delim != 0 {
				levels = append(levels, level{list: delim == '['})
			}
		}
	}
	var names []string
	for _, l := range levels {
		if l.name != "" {
			names = append(names, l.name)
		}
	}
	return strings.Join(names, ".")
}

var likelyIDRE = regexp.MustCompile(`"instance_id"\s*:\s*"([A-Za-z0-9._+@-]+)"`)

// likelyID finds the id in a row that is no JSON.
func likelyID(raw []byte) string {
	if m := likelyIDRE.FindSubmatch(raw); m != nil && IsID(string(m[1])) {
		return string(m[1])
	}
	return ""
}
