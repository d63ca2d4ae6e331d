package openai

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"bench/llm/wire"
)

// value is a JSON value that comes in pieces. As long as there is only one
// piece it stays as it came; the next one is put together with it:
//
//   - null says nothing; what was there stays.
//   - Strings are joined. Of names (see settled) the last one counts, and a
//     signature that comes again, or longer, takes the place of the one before.
//   - Objects are put together field by field.
//   - Elements of arrays are put together where they are the same one, as
//     sameElement has it; others follow at the end.
//   - Of everything else the last one counts.
type value struct {
	raw     []byte // as it came, or the string as it grows; nil in a compound of pieces
	kind    byte   // first byte of raw; '{' or '[' of a compound
	names   []string
	members []*value // of an object, one for each name, or elements
}

func newValue(raw []byte) *value { return &value{raw: bytes.Clone(raw), kind: raw[0]} }

// settled are the names of fields that say what something is. They come whole,
// and often again with every piece.
var settled = []string{
	"id", "type", "role", "name", "format", "index", "object", "model", "status", "mime_type",
}

// add puts the next piece of the field called name to v.
func (v *value) add(raw []byte, name string) {
	switch kind := raw[0]; {
	case kind == 'n' && v.kind != 'n':
	case kind != v.kind || !strings.ContainsRune(`"{[`, rune(kind)):
		*v = *newValue(raw)
	case kind == '"':
		v.addString(raw, name)
	case kind == '{':
		v.expand()
		wire.Fields(raw, func(name, piece []byte) { v.field(string(name)).add(piece, string(name)) })
	default:
		v.expand()
		wire.Elements(raw, v.addElement)
	}
}

func (v *value) addString(raw []byte, name string) {
	old, piece := v.raw[1:len(v.raw)-1], raw[1:len(raw)-1]
	whole := slices.Contains(settled, name) ||
		strings.HasSuffix(name, "signature") && bytes.HasPrefix(piece, old)
	switch {
	case len(piece) == 0 || bytes.Equal(old, piece) && strings.HasSuffix(name, "signature"):
	case whole:
		v.raw = bytes.Clone(raw)
	default:
		v.raw = append(v.raw[:len(v.raw)-1], raw[1:]...)
	}
}

// expand takes a compound apart.
func (v *value) expand() {
	if v.raw == nil {
		return
	}
	raw := v.raw
	v.raw = nil
	if v.kind == '{' {
		wire.Fields(raw, func(name, piece []byte) { *v.field(string(name)) = *newValue(piece) })
	} else {
		wire.Elements(raw, func(piece []byte) { v.members = append(v.members, newValue(piece)) })
	}
}

// field returns a field of an object, null if it is new.
func (v *value) field(name string) *value {
	if i := slices.Index(v.names, name); i >= 0 {
		return v.members[i]
	}
	v.names = append(v.names, name)
	v.members = append(v.members, newValue([]byte("null")))
	return v.members[len(v.members)-1]
}

func (v *value) addElement(raw []byte) {
	for i, have := range slices.Backward(v.members) {
		if have.kind == '{' && raw[0] == '{' && sameElement(have, raw, i == len(v.members)-1) {
			have.add(raw, "")
			return
		}
	}
	v.members = append(v.members, newValue(raw))
}

// sameElement reports whether piece goes on with an element of an array. Both
// are of one type, and do not have different ids. With an index it is the
// element of that index; without, the last one, unless its signature says that
// it is complete, or it holds data, which comes whole. OpenRouter gives elements
// of different types one index, and LiteLLM sends thinking_blocks without any:
// openrouter.ai/docs/use-cases/reasoning-tokens, docs.litellm.ai/docs/reasoning_content
func sameElement(have *value, piece []byte, last bool) bool {
	if !agree(have, piece, "type", false) || !agree(have, piece, "id", true) {
		return false
	}
	if index := member(piece, "index"); index != nil {
		return agree(have, piece, "index", false)
	}
	return last && have.lacks("signature") && have.lacks("data") && have.lacks("id") &&
		member(piece, "data") == nil
}

// agree reports whether a field of both is the same. Where it is open, one of
// them may lack it.
func agree(have *value, piece []byte, name string, open bool) bool {
	a, b := have.get(name), member(piece, name)
	if says(a) && says(b) {
		return bytes.Equal(a, b)
	}
	return open || says(a) == says(b)
}

func (v *value) lacks(name string) bool { return !says(v.get(name)) }

func says(raw []byte) bool { return len(raw) > 0 && string(raw) != `""` && string(raw) != "null" }

// get returns a field of an object as JSON; nil if there is none.
func (v *value) get(name string) []byte {
	if v.raw != nil {
		return member(v.raw, name)
	}
	if i := slices.Index(v.names, name); i >= 0 {
		return v.members[i].append(nil)
	}
	return nil
}

// member returns a field of an object; nil if there is none.
func member(object []byte, name string) []byte {
	var found []byte
	wire.Fields(object, func(n, piece []byte) {
		if string(n) == name {
			found = piece
		}
	})
	return found
}

// append adds the value as JSON to dst.
func (v *value) append(dst []byte) []byte {
	if v.raw != nil {
		return append(dst, v.raw...)
	}
	dst = append(dst, v.kind)
	for i, m := range v.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.kind == '{' {
			dst = append(append(append(dst, '"'), v.names[i]...), '"', ':')
		}
		dst = m.append(dst)
	}
	return append(dst, v.kind+2) // the bracket that closes it
}

// object returns the fields of an object, nil if there are none. A field that is
// null says no more than one that is absent, and strict servers refuse it:
// github.com/BerriAI/litellm/pull/30850
func (v *value) object() json.RawMessage {
	var out []byte
	for i, name := range v.names {
		if m := v.members[i]; m.kind != 'n' {
			out = appendField(out, []byte(name), m.append(nil))
		}
	}
	if out == nil {
		return nil
	}
	return append(out, '}')
}
