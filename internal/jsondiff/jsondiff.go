// Package jsondiff finds where two JSON documents differ, and names the places by their
// paths: models.main.price.input, messages[3].content.
package jsondiff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// Difference is a place where two documents are not the same. What is not there at all
// is nil.
type Difference struct {
	Path string          `json:"path"`
	Old  json.RawMessage `json:"old"`
	New  json.RawMessage `json:"new"`
}

// Of returns the places where two documents differ: of objects by the names of their
// fields, in order, of lists by position.
func Of(old, now []byte) ([]Difference, error) {
	a, err := decode(old)
	if err != nil {
		return nil, err
	}
	b, err := decode(now)
	if err != nil {
		return nil, err
	}
	var d differ
	d.compare("", a, b)
	return d.found, nil
}

// decode reads one document. None at all is absent.
func decode(text []byte) (any, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return absent{}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode a document: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("decode a document: something follows it")
	}
	return v, nil
}

// absent stands for what is not there.
type absent struct{}

type differ struct{ found []Difference }

func (d *differ) compare(path string, a, b any) {
	switch old := a.(type) {
	case map[string]any:
		if now, ok := b.(map[string]any); ok {
			d.objects(path, old, now)
			return
		}
	case []any:
		if now, ok := b.([]any); ok {
			d.lists(path, old, now)
			return
		}
	}
	if old, now := encode(a), encode(b); !bytes.Equal(old, now) {
		d.found = append(d.found, Difference{path, old, now})
	}
}

func (d *differ) objects(path string, old, now map[string]any) {
	names := map[string]bool{}
	for name := range old {
		names[name] = true
	}
	for name := range now {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d.compare(Field(path, name), at(old, name), at(now, name))
	}
}

func at(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	return absent{}
}

func (d *differ) lists(path string, old, now []any) {
	for i := range max(len(old), len(now)) {
		var a, b any = absent{}, absent{}
		if i < len(old) {
			a = old[i]
		}
		if i < len(now) {
			b = now[i]
		}
		d.compare(fmt.Sprintf("%s[%d]", path, i), a, b)
	}
}

// encode writes a value; nothing of one that is absent.
func encode(v any) json.RawMessage {
	if _, gone := v.(absent); gone {
		return nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // what was decoded always encodes
		panic(fmt.Sprintf("encode %v: %v", v, err))
	}
	return bytes.TrimSpace(out.Bytes())
}

// plain are names of fields that stand in a path as they are.
var plain = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Field is the path of a field of the object at a path.
func Field(path, name string) string {
	switch {
	case !plain.MatchString(name):
		return path + "[" + strconv.Quote(name) + "]"
	case path == "":
		return name
	}
	return path + "." + name
}
