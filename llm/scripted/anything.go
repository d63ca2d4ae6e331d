package scripted

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// anything is a value of any form, of which null is one.
type anything struct {
	given bool
	is    any
}

// UnmarshalYAML reads the value. Null never comes here: see orNull.
func (a *anything) UnmarshalYAML(n *yaml.Node) (err error) {
	a.given = true
	a.is, err = tree(n)
	return err
}

// orNull makes a value null whose key is there and was not read.
func (a *anything) orNull(parent *yaml.Node, key string) {
	a.given = a.given || hasKey(parent, key)
}

// textOrNull refuses values of any other form.
func (a *anything) textOrNull(key string) error {
	switch a.is.(type) {
	case nil, string:
		return nil
	}
	return fmt.Errorf("%s is a text or null", key)
}

// or returns the value, or another one if none is given.
func (a *anything) or(otherwise any) any {
	if a != nil && a.given {
		return a.is
	}
	return otherwise
}

// fields are put into an object of an answer.
type fields map[string]any

// UnmarshalYAML reads a mapping.
func (f *fields) UnmarshalYAML(n *yaml.Node) error {
	v, err := tree(n)
	if err != nil {
		return err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return errors.New("want a mapping")
	}
	*f = m
	return nil
}

// absent takes a field out of an answer.
type absent struct{}

// MarshalJSON is null where there is no field to take out: in lists.
func (absent) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// tree makes of YAML what JSON can say; !absent is absent.
func tree(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.AliasNode:
		return tree(n.Alias)
	case yaml.MappingNode:
		return treeMap(n)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, e := range n.Content {
			v, err := tree(e)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	default: // a scalar
	}
	if n.Tag == "!absent" {
		return absent{}, nil
	}
	var v any
	if err := n.Load(&v); err != nil {
		return nil, err
	}
	if _, err := json.Marshal(v); err != nil {
		return nil, fmt.Errorf("%s cannot be written as JSON", n.Value)
	}
	return v, nil
}

func treeMap(n *yaml.Node) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		v, err := tree(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		m[n.Content[i].Value] = v
	}
	return m, nil
}

// doc is a JSON object of an answer.
type doc = map[string]any

// merge puts fields into an object: mappings are merged, everything else is
// replaced, and what is absent goes.
func merge(into doc, more map[string]any) doc {
	for name, v := range more {
		switch v := v.(type) {
		case absent:
			delete(into, name)
		case map[string]any:
			old, ok := into[name].(map[string]any)
			if !ok {
				old = doc{}
			}
			into[name] = merge(old, v)
		default:
			into[name] = v
		}
	}
	return into
}
