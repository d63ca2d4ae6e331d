package strictyaml

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// rules are what the jsonschema tag of a field asks for.
type rules struct {
	enum          []string
	pattern, like string // like describes the pattern: it is the field's first example
	minimum       *float64
	above         *float64 // exclusiveMinimum
	maximum       *float64
	below         *float64 // exclusiveMaximum
	minLength     int
	required      bool
	def           string
}

// rulesOf reads the tag of a field.
func rulesOf(f reflect.StructField) rules {
	var r rules
	for _, part := range splitTag(f.Tag.Get("jsonschema")) {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "enum":
			r.enum = append(r.enum, value)
		case "pattern":
			r.pattern = value
		case "example":
			if r.like == "" {
				r.like = value
			}
		case "minimum":
			r.minimum = number(value)
		case "exclusiveMinimum":
			r.above = number(value)
		case "maximum":
			r.maximum = number(value)
		case "exclusiveMaximum":
			r.below = number(value)
		case "minLength":
			r.minLength = int(*number(value))
		case "required":
			r.required = true
		case "default":
			r.def = value
		}
	}
	return r
}

// number parses a bound; a tag that is no number is a mistake of this program.
func number(s string) *float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic("jsonschema tag: " + err.Error())
	}
	return &f
}

// splitTag splits at commas that no backslash precedes.
func splitTag(tag string) []string {
	if tag == "" {
		return nil
	}
	parts := strings.Split(strings.ReplaceAll(tag, `\,`, "\x00"), ",")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "\x00", ",")
	}
	return parts
}

func (r rules) inRange(f float64) bool {
	return (r.minimum == nil || f >= *r.minimum) && (r.above == nil || f > *r.above) &&
		(r.maximum == nil || f <= *r.maximum) && (r.below == nil || f < *r.below)
}

// fits reports whether a text has the form that is asked for.
func (r rules) fits(text string) bool {
	return r.pattern == "" || regexp.MustCompile(r.pattern).MatchString(text)
}

// describe says what the rules allow: "a whole number of at least 1".
func (r rules) describe(what string) string {
	if len(r.enum) > 0 {
		return List(r.enum)
	}
	if r.pattern != "" && r.like != "" {
		what += " like " + r.like
	}
	var bounds []string
	add := func(word string, bound *float64) {
		if bound != nil {
			bounds = append(bounds, word+" "+strconv.FormatFloat(*bound, 'f', -1, 64))
		}
	}
	add("of at least", r.minimum)
	add("above", r.above)
	add("up to", r.maximum)
	add("below", r.below)
	if len(bounds) > 0 {
		what += " " + strings.Join(bounds, " and ")
	}
	return what
}

// field is a struct field and what its tag asks for.
type field struct {
	value reflect.Value
	rules
}

// fieldsOf returns the fields of a struct by their keys, embedded ones too.
func fieldsOf(v reflect.Value) map[string]field {
	fields := map[string]field{}
	eachField(v.Type(), nil, func(index []int, key string, f reflect.StructField) {
		fields[key] = field{v.FieldByIndex(index), rulesOf(f)}
	})
	return fields
}

// keysOf returns the keys of a struct in the order of its fields.
func keysOf(t reflect.Type) []string {
	var keys []string
	eachField(t, nil, func(_ []int, key string, _ reflect.StructField) {
		keys = append(keys, key)
	})
	return keys
}

// firstKeys returns some keys of a struct, for messages.
func firstKeys(t reflect.Type) []string {
	keys := keysOf(t)
	return keys[:min(3, len(keys))]
}

func eachField(t reflect.Type, index []int, do func([]int, string, reflect.StructField)) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int{}, index...), i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || key == "-":
		case f.Anonymous && key == "":
			eachField(f.Type, at, do)
		case key != "":
			do(at, key, f)
		}
	}
}
