package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// object is a JSON object that keeps the order in which its members were set.
type object struct{ members []member }

type member struct {
	key   string
	value any
}

// set gives the member at a path of keys, with dots between them, its value.
func (o *object) set(path string, value any) {
	key, rest, nested := strings.Cut(path, ".")
	if !nested {
		o.members = append(o.members, member{key, value})
		return
	}
	i := slices.IndexFunc(o.members, func(m member) bool { return m.key == key })
	if i < 0 {
		i = len(o.members)
		o.members = append(o.members, member{key, &object{}})
	}
	o.members[i].value.(*object).set(rest, value)
}

// MarshalJSON writes the members in order.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(m.key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
