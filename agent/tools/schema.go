package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Schema describes the arguments of a tool: always an object, whose fields
// are checked strictly.
type Schema []Field

// Field is one argument.
type Field struct {
	Name        string
	Type        Type
	Description string
	Required    bool
	Enum        []string // strings only; empty allows any

	// Checked here and told in words: not every provider accepts the keywords.
	NotEmpty bool    // strings only
	MaxChars int     // strings only; 0 is unlimited
	Min, Max float64 // numbers only; a Max of 0 is unlimited
	Length   int     // arrays only: exact number of elements
}

// Type is the JSON type of a field.
type Type string

// The types.
const (
	String   Type = "string"
	Boolean  Type = "boolean"
	Number   Type = "number"
	Integer  Type = "integer"
	Integers Type = "array" // of integers
)

// MarshalJSON renders the plain JSON Schema that providers are sent.
func (s Schema) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"type":"object","properties":{`)
	required := []string{}
	for i, f := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		property, err := json.Marshal(f.property())
		if err != nil {
			return nil, fmt.Errorf("encode field %s: %w", f.Name, err)
		}
		fmt.Fprintf(&b, "%q:%s", f.Name, property)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	list, err := json.Marshal(required)
	if err != nil {
		return nil, fmt.Errorf("encode required fields: %w", err)
	}
	fmt.Fprintf(&b, `},"required":%s}`, list)
	return b.Bytes(), nil
}

func (f Field) property() any {
	type items struct {
		Type Type `json:"type"`
	}
	p := struct {
		Type        Type     `json:"type"`
		Description string   `json:"description,omitempty"`
		Enum        []string `json:"enum,omitempty"`
		Items       *items   `json:"items,omitempty"`
	}{Type: f.Type, Description: f.Description, Enum: f.Enum}
	if f.Type == Integers {
		p.Items = &items{Integer}
	}
	return p
}

// Decode checks arguments against the schema and puts them into the struct
// that into points to, by its json tags. Every mistake is reported, in words
// for a model. A null stands for a field that is left out, and a text for the
// number, truth value or list that it writes out.
func (s Schema) Decode(arguments string, into any) error {
	if strings.TrimSpace(arguments) == "" {
		arguments = "{}" // what some models send for a call without arguments
	}
	given, err := object(arguments)
	if err != nil {
		return err
	}
	var wrong []error
	for name := range given {
		if !slices.ContainsFunc(s, func(f Field) bool { return f.Name == name }) {
			wrong = append(wrong, fmt.Errorf("unknown field %q (known: %s)", name, s.names()))
		}
	}
	slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	for _, f := range s {
		if meant, ok := f.meant(given[f.Name]); ok {
			given[f.Name] = meant
		}
		if err := f.check(given[f.Name]); err != nil {
			wrong = append(wrong, err)
		}
	}
	if len(wrong) > 0 {
		return join(wrong)
	}
	read, err := json.Marshal(given)
	if err == nil {
		err = json.Unmarshal(read, into)
	}
	if err != nil {
		return fmt.Errorf("arguments: %w", err)
	}
	return nil
}

// meant is what a text stands for in a field of another type: "2", "true",
// "[1, 2]" or "1,2". An empty list of integers is one that is left out.
func (f Field) meant(raw json.RawMessage) (json.RawMessage, bool) {
	var text string
	var list []json.RawMessage
	switch {
	case f.Type == String:
		return nil, false
	case json.Unmarshal(raw, &text) == nil:
		text = strings.ToLower(strings.TrimSpace(text))
		if f.Type == Integers && !strings.HasPrefix(text, "[") {
			text = "[" + text + "]"
		}
		if text == "" || text == "[]" {
			text = "null"
		}
		return json.RawMessage(text), json.Valid([]byte(text))
	case f.Type == Integers && json.Unmarshal(raw, &list) == nil && !f.Required:
		return f.numbers(list)
	}
	return nil, false
}

// numbers is a list whose elements may be numbers as texts.
func (f Field) numbers(list []json.RawMessage) (json.RawMessage, bool) {
	if len(list) == 0 {
		return json.RawMessage("null"), true
	}
	for i, raw := range list {
		if meant, ok := (Field{Type: Integer}).meant(raw); ok {
			list[i] = meant
		}
	}
	b, err := json.Marshal(list)
	return b, err == nil
}

// object splits a JSON object into its fields.
func object(arguments string) (map[string]json.RawMessage, error) {
	var given map[string]json.RawMessage
	d := json.NewDecoder(strings.NewReader(arguments))
	if err := d.Decode(&given); err != nil || given == nil {
		return nil, fmt.Errorf("arguments are not a JSON object: %w", orNull(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("arguments are not one JSON object: there is more after it")
	}
	return given, nil
}

func orNull(err error) error {
	switch {
	case err == nil:
		return errors.New("they are null")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("they end too early")
	}
	return err
}

// join is errors.Join on one line.
func join(errs []error) error {
	texts := make([]string, len(errs))
	for i, err := range errs {
		texts[i] = err.Error()
	}
	return errors.New(strings.Join(texts, "; "))
}

func (s Schema) names() string {
	names := make([]string, len(s))
	for i, f := range s {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

func (f Field) check(raw json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		if f.Required {
			return fmt.Errorf("%s is missing", f.Name)
		}
		return nil
	}
	switch f.Type {
	case String:
		return f.checkString(raw)
	case Boolean:
		var v bool
		return f.decode(raw, &v, "true or false")
	case Number:
		return f.checkNumber(raw, new(float64), "a number")
	case Integer:
		return f.checkNumber(raw, new(int64), "a whole number")
	case Integers:
		return f.checkIntegers(raw)
	}
	return fmt.Errorf("%s has no type", f.Name)
}

func (f Field) decode(raw json.RawMessage, into any, want string) error {
	if json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("%s must be %s", f.Name, want)
	}
	return nil
}

func (f Field) checkString(raw json.RawMessage) error {
	var v string
	if err := f.decode(raw, &v, "a string"); err != nil {
		return err
	}
	switch {
	case f.NotEmpty && strings.TrimSpace(v) == "":
		return fmt.Errorf("%s must not be empty", f.Name)
	case f.MaxChars > 0 && utf8.RuneCountInString(v) > f.MaxChars:
		return fmt.Errorf("%s is longer than %d characters", f.Name, f.MaxChars)
	case len(f.Enum) > 0 && !slices.Contains(f.Enum, v):
		return fmt.Errorf("%s must be one of %s, not %q", f.Name, strings.Join(f.Enum, ", "), v)
	}
	return nil
}

func (f Field) checkNumber(raw json.RawMessage, into any, want string) error {
	if err := f.decode(raw, into, want); err != nil {
		return err
	}
	var v float64
	switch n := into.(type) {
	case *float64:
		v = *n
	case *int64:
		v = float64(*n)
	}
	if v < f.Min || f.Max > 0 && v > f.Max {
		return fmt.Errorf("%s must be %s", f.Name, f.bounds())
	}
	return nil
}

func (f Field) bounds() string {
	if f.Max == 0 {
		return fmt.Sprintf("at least %v", f.Min)
	}
	return fmt.Sprintf("from %v to %v", f.Min, math.Trunc(f.Max))
}

func (f Field) checkIntegers(raw json.RawMessage) error {
	var v []int64
	want := fmt.Sprintf("a list of %d whole numbers", f.Length)
	if err := f.decode(raw, &v, want); err != nil {
		return err
	}
	if len(v) != f.Length {
		return fmt.Errorf("%s must be %s", f.Name, want)
	}
	return nil
}
