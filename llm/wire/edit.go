package wire

import (
	"bytes"
	"errors"
	"fmt"
)

// Outline are the fields of a JSON object by name, as they are written.
type Outline map[string][]byte

// OutlineOf reads an object whose names can be trusted: one that is given twice, or
// is written with an escape, may mean one thing here and another to whom the object
// is passed on, and is an error.
func OutlineOf(object []byte) (Outline, error) {
	out := Outline{}
	var wrong error
	ok := Fields(object, func(name, value []byte) {
		key := string(name)
		switch {
		case bytes.IndexByte(name, '\\') >= 0:
			wrong = fmt.Errorf("the field %s is written with an escape", key)
		case out[key] != nil:
			wrong = fmt.Errorf("the field %s is given twice", key)
		}
		out[key] = value
	})
	if !ok {
		return nil, errors.New("the body is no JSON object")
	}
	return out, wrong
}

// SetField returns a copy of a JSON object in which a field has another value. One
// that is not there is put in front of all others. Nothing else changes, not even a
// space.
func SetField(object []byte, name string, value []byte) []byte {
	if at := fieldAt(object, name); at.to > 0 {
		return splice(object, at, value)
	}
	open := bytes.IndexByte(object, '{') + 1
	field := Concat(`"`, name, `":`, value)
	if next := space(object, open); next < len(object) && object[next] != '}' {
		field = append(field, ',')
	}
	return splice(object, extent{open, open}, field)
}

// extent is where something stands in a text: from its first byte to before to.
type extent struct{ from, to int }

func splice(text []byte, at extent, with []byte) []byte {
	out := make([]byte, 0, len(text)+len(with))
	out = append(out, text[:at.from]...)
	out = append(out, with...)
	return append(out, text[at.to:]...)
}

// fieldAt is where the value of a field stands; zero if there is none.
func fieldAt(object []byte, name string) (found extent) {
	Fields(object, func(key, value []byte) {
		if string(key) == name {
			from := cap(object) - cap(value) // a part of the same array
			found = extent{from, from + len(value)}
		}
	})
	return found
}

// Strip returns a JSON value without the fields of a name, however deep they lie, and
// the value itself if there are none. What is no JSON is left as it is.
func Strip(value []byte, name string) []byte {
	if !bytes.Contains(value, []byte(`"`+name+`"`)) {
		return value
	}
	out, ok := strip(make([]byte, 0, len(value)), value, name)
	if !ok {
		return value
	}
	return out
}

func strip(out, value []byte, name string) ([]byte, bool) {
	if len(value) == 0 || value[0] != '{' && value[0] != '[' {
		return append(out, value...), true
	}
	ok, begin := true, len(out)+1
	next := func(inner []byte) {
		var whole bool
		out, whole = strip(out, inner, name)
		ok = ok && whole
	}
	comma := func() {
		if len(out) > begin {
			out = append(out, ',')
		}
	}
	out = append(out, value[0])
	if value[0] == '[' {
		ok = Elements(value, func(e []byte) { comma(); next(e) }) && ok
		return append(out, ']'), ok
	}
	ok = Fields(value, func(key, v []byte) {
		if string(key) == name {
			return
		}
		comma()
		out = append(append(append(out, '"'), key...), '"', ':')
		next(v)
	}) && ok
	return append(out, '}'), ok
}
