package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"bench/internal/strictyaml"
)

// override is one "key.path=value" being applied to the tree.
type override struct {
	src  *strictyaml.Source
	text string
	at   int // byte offset of the next key in text
	eq   int // byte offset of the equals sign

	whole *strictyaml.Place // of a flag that is no --set: all mistakes are there
}

// applySet changes the tree as one --set flag says. Values are YAML.
func applySet(root *strictyaml.Node, text string, order int) strictyaml.Errors {
	o := &override{text: text, eq: strings.IndexByte(text, '='), src: &strictyaml.Source{
		Name: "--set " + text, Flag: true, Order: order, Lines: []string{text},
	}}
	if o.eq <= 0 {
		return o.fail(0, len(text), "write --set key.path=value, such as --set limits.cost_usd=5",
			"expected key.path=value")
	}
	value, errs := o.value()
	if value == nil || len(errs) > 0 {
		return errs
	}
	return o.into(root, value)
}

// value parses what stands behind the equals sign; nothing is the empty text.
func (o *override) value() (*strictyaml.Node, strictyaml.Errors) {
	text := o.text[o.eq+1:]
	at := o.place(o.eq+1, len(o.text))
	if strings.TrimSpace(text) == "" {
		at = o.place(o.eq, len(o.text))
		return &strictyaml.Node{Tag: "!!str", Quoted: true, Place: at}, nil
	}
	return strictyaml.ParseAt(o.src, []byte(text), at)
}

// into walks down from n along the keys that are left and puts value there.
func (o *override) into(n, value *strictyaml.Node) strictyaml.Errors {
	start := o.at
	switch n.Kind {
	case strictyaml.Mapping:
		key, last := o.key(n)
		if key == "" {
			return o.fail(start, o.eq, "", "the path has an empty key")
		}
		return o.intoEntry(n, o.node(key, start), value, last)
	case strictyaml.Sequence:
		return o.intoItem(n, value)
	case strictyaml.Scalar:
	}
	return o.fail(0, max(1, start-1), "set the whole of it: "+o.text[:max(0, start-1)]+"={…}",
		"%s is %s and has no keys", o.text[:max(0, start-1)], n.Describe())
}

func (o *override) intoEntry(n, key, value *strictyaml.Node, last bool) strictyaml.Errors {
	for i := range n.Entries {
		if n.Entries[i].Key.Text != key.Text {
			continue
		}
		if last {
			n.Entries[i] = strictyaml.Entry{Key: key, Value: value}
			return nil
		}
		return o.into(n.Entries[i].Value, value)
	}
	if last {
		n.Entries = append(n.Entries, strictyaml.Entry{Key: key, Value: value})
		return nil
	}
	child := &strictyaml.Node{Kind: strictyaml.Mapping, Place: key.Place}
	n.Entries = append(n.Entries, strictyaml.Entry{Key: key, Value: child})
	return o.into(child, value)
}

func (o *override) intoItem(n, value *strictyaml.Node) strictyaml.Errors {
	start := o.at
	text := o.text[o.at:o.eq]
	if i := strings.IndexAny(text, ".["); i >= 0 {
		text = text[:i]
	}
	o.advance(len(text))
	text = strings.TrimSuffix(text, "]")
	i, err := strconv.Atoi(text)
	if err != nil || i < 0 || i > len(n.Items) {
		return o.fail(start, start+len(text), fmt.Sprintf("the list has %d items; %d adds one",
			len(n.Items), len(n.Items)), "expected a position in the list, found %q", text)
	}
	switch {
	case i == len(n.Items) && o.at < o.eq:
		child := &strictyaml.Node{Kind: strictyaml.Mapping, Place: o.place(start, start+len(text))}
		n.Items = append(n.Items, child)
		return o.into(child, value)
	case i == len(n.Items):
		n.Items = append(n.Items, value)
	case o.at < o.eq:
		return o.into(n.Items[i], value)
	default:
		n.Items[i] = value
	}
	return nil
}

// key reads the next key. Keys may contain dots (model names do): the longest
// existing key that fits wins.
func (o *override) key(n *strictyaml.Node) (key string, last bool) {
	rest := o.text[o.at:o.eq]
	for _, e := range n.Entries {
		k := e.Key.Text
		fits := strings.HasPrefix(rest, k) &&
			(len(rest) == len(k) || rest[len(k)] == '.' || rest[len(k)] == '[')
		if fits && len(k) > len(key) {
			key = k
		}
	}
	if key == "" {
		key = rest
		if i := strings.IndexAny(rest, ".["); i >= 0 {
			key = rest[:i]
		}
	}
	o.advance(len(key))
	return key, o.at >= o.eq
}

// advance moves past n bytes and the dot or bracket that follows.
func (o *override) advance(n int) {
	o.at += n
	if o.at < o.eq && (o.text[o.at] == '.' || o.text[o.at] == '[') {
		o.at++
	}
}

func (o *override) node(key string, start int) *strictyaml.Node {
	return &strictyaml.Node{Tag: "!!str", Text: key, Place: o.place(start, start+len(key))}
}

// place is the range of the flag's text between two byte offsets.
func (o *override) place(from, to int) strictyaml.Place {
	if o.whole != nil {
		return *o.whole
	}
	return strictyaml.Place{
		Source: o.src, Line: 1, Column: 1 + utf8.RuneCountInString(o.text[:from]),
		Width: max(1, utf8.RuneCountInString(o.text[from:max(from, to)])),
	}
}

func (o *override) fail(from, to int, hint, format string, args ...any) strictyaml.Errors {
	return strictyaml.Errors{{
		Place: o.place(from, to), Message: fmt.Sprintf(format, args...), Hint: hint,
	}}
}
