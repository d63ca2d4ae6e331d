package config

import (
	"bytes"
	"encoding/json"
	"regexp"

	"bench"
	"bench/internal/strictyaml"
)

// Map is a mapping from names to values that keeps the order of the file.
type Map[T any] []Named[T]

// Named is one entry of a Map.
type Named[T any] struct {
	Name  string
	Value T
}

var nameRE = regexp.MustCompile(bench.NamePattern)

// Get returns the value of a name, to be changed in place; nil if there is
// none.
func (m Map[T]) Get(name string) *T {
	for i := range m {
		if m[i].Name == name {
			return &m[i].Value
		}
	}
	return nil
}

// Names returns the names in order.
func (m Map[T]) Names() []string {
	names := make([]string, len(m))
	for i, e := range m {
		names[i] = e.Name
	}
	return names
}

// DecodeNode reads the mapping, defaults first in every value.
func (m *Map[T]) DecodeNode(d *strictyaml.Decoder, n *strictyaml.Node, p strictyaml.Path) {
	for at, e := range d.Entries(n, p, 1, "a mapping from names to "+p.String()) {
		if !nameRE.MatchString(e.Key.Text) {
			d.Fail(e.Key.Place, "", "the name %q in %s: expected up to 64 letters, digits, "+
				"dots, dashes and underscores, a letter or digit first", e.Key.Text, p)
		}
		var v T
		d.Into(e.Value, &v, at)
		*m = append(*m, Named[T]{e.Key.Text, v})
	}
}

// MarshalJSON writes an object whose keys are in order.
func (m Map[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, e := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := encode(e.Name)
		if err != nil {
			return nil, err
		}
		value, err := encode(e.Value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode is json.Marshal without the escapes meant for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// ModelName is the name of a model. In a file a list may stand in its place,
// which is expanded before values are decoded.
type ModelName string

// DecodeNode reads a text.
func (m *ModelName) DecodeNode(d *strictyaml.Decoder, n *strictyaml.Node, p strictyaml.Path) {
	if n.Kind != strictyaml.Scalar {
		d.Expected(n, p, "the name of a model, or a list of names")
		return
	}
	var name string
	d.Into(n, &name, p)
	*m = ModelName(name)
}
