package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bench"
	"bench/datasets"
)

// object is a JSON object whose fields are taken one by one; what is left in the
// end is unknown.
type object struct {
	where  string // file and line
	prefix string // of its fields in messages
	fields map[string]json.RawMessage
	errs   *datasets.Errors
}

func (o object) fail(field, format string, args ...any) {
	o.errs.Add(&datasets.Error{
		Where: o.where, Field: o.prefix + field, Message: fmt.Sprintf(format, args...),
	})
}

// noNumber finds what some programs write for numbers that JSON does not have.
var noNumber = regexp.MustCompile(`"([^"\\]*)"\s*:\s*(-?(?:NaN|Infinity|inf|nan))\b`)

// parse reads an object; ok is false if it is none.
func parse(where string, raw []byte, errs *datasets.Errors) (o object, ok bool) {
	o = object{where: where, errs: errs}
	switch m := noNumber.FindSubmatch(raw); {
	case !utf8.Valid(raw):
		o.fail("", "not UTF-8 text")
		return o, false
	case m != nil && !json.Valid(raw):
		o.fail(string(m[1]), "%s is no number of JSON; write null where it is not known", m[2])
		return o, false
	}
	err := json.Unmarshal(raw, &o.fields)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong), err == nil && o.fields == nil:
		o.fail("", "expected an object, found %s", clip(raw))
	case err != nil:
		o.fail("", "no JSON: %v", err)
	case twice(raw) != "":
		o.fail(twice(raw), "stands in the object twice")
	default:
		return o, true
	}
	return o, false
}

// twice is a key that an object has more than once.
func twice(raw []byte) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return ""
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		name, _ := key.(string)
		if err != nil || seen[name] {
			return name
		}
		seen[name] = true
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return ""
		}
	}
	return ""
}

// take reads a field into a pointer; a field that is missing or null leaves it as
// it is. given says that the field is there, even as null.
func (o object) take(field, want string, into any) (given bool) {
	raw, given := o.fields[field]
	delete(o.fields, field)
	if given && json.Unmarshal(raw, into) != nil {
		o.fail(field, "expected %s, found %s", want, clip(raw))
	}
	return given
}

// text is a field that must be there, and not empty.
func (o object) text(field string) string {
	var s *string
	given := o.take(field, "a text", &s)
	switch {
	case !given:
		o.fail(field, "missing")
	case s == nil:
		o.fail(field, "expected a text, found null")
	case *s == "":
		o.fail(field, "expected a text, found an empty one")
	default:
		return *s
	}
	return ""
}

// amount is a number that is not negative and at most most; nil if it is not known.
func (o object) amount(field, want string, most float64) *float64 {
	var f *float64
	o.take(field, want+", or null", &f)
	if f != nil && !(*f >= 0 && *f <= most) {
		o.fail(field, "expected %s from 0 to %g, found %g", want, most, *f)
		return nil
	}
	return f
}

// The most that is believed: beyond it, numbers are in another unit.
const (
	mostDollars = 1e6
	mostSeconds = 1e8
	mostTokens  = 1e13
)

func (o object) dollars(field string) *bench.USD {
	f := o.amount(field, "dollars", mostDollars)
	if f == nil {
		return nil
	}
	usd := bench.Dollars(*f)
	return &usd
}

func (o object) count(field string) *int64 {
	f := o.amount(field, "a whole number", mostTokens)
	if f == nil {
		return nil
	}
	if *f != math.Trunc(*f) {
		o.fail(field, "expected a whole number, found %g", *f)
		return nil
	}
	n := int64(*f)
	return &n
}

// object is a field that is an object; ok is false if it is missing or null.
func (o object) object(field string) (inner object, ok bool) {
	var fields map[string]json.RawMessage
	o.take(field, "an object", &fields)
	return object{o.where, o.prefix + field + ".", fields, o.errs}, fields != nil
}

// end refuses what nobody took.
func (o object) end(known ...string) {
	for _, field := range slices.Sorted(maps.Keys(o.fields)) {
		o.fail(field, "unknown; there are %s", strings.Join(known, ", "))
	}
}

// clip shortens a value for messages.
func clip(raw []byte) string {
	const most = 40
	if text := []rune(string(raw)); len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(raw)
}
