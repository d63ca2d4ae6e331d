package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bench/internal/strictyaml"
)

// named is the name that a variant gets: the values of the axes that have more
// than one, in their order.
func (v variant) named(base string) string {
	for i, a := range v.axes {
		if v.several(i) {
			base += "-" + word(v.values[i], v.label(a))
		}
	}
	return base
}

// word is a value as part of a name. What says nothing without its key gets
// the key's label.
func word(v *strictyaml.Node, label string) string {
	_, err := strconv.ParseFloat(strings.ReplaceAll(v.Text, "_", ""), 64)
	switch {
	case v.Text == "true":
		return label
	case v.Text == "false" || v.Text == "off":
		return "no-" + label
	case err == nil && strings.IndexAny(v.Text, "0123456789.-") == 0:
		return label + "-" + v.Text
	}
	return v.Text
}

// label is the shortest ending of an axis's path that no other axis has.
func (v variant) label(a axis) string {
	parts := strings.Split(a.knob, ".")
	for i := len(parts) - 1; i > 0; i-- {
		ending := strings.Join(parts[i:], ".")
		shared := func(o axis) bool {
			return o.knob != a.knob && len(o.values) > 1 &&
				(o.knob == ending || strings.HasSuffix(o.knob, "."+ending))
		}
		if !slices.ContainsFunc(v.axes, shared) {
			return ending
		}
	}
	return a.knob
}

// collision reports a name that is made a second time.
func (l *loader) collision(e strictyaml.Entry, v, other variant) {
	l.unclear = true
	if v.base == other.base {
		l.Fail(e.Key.Place, "", "%s makes a configuration %q twice: with %s, and with %s",
			v.base, v.name, other.combination(other.several), v.combination(v.several))
		return
	}
	l.Fail(e.Key.Place, "", "%s makes a configuration %q, which %s makes too",
		v.base, v.name, other.base)
}

// combination is the values of those axes.
func (v variant) combination(of func(i int) bool) string {
	var all []string
	for i, a := range v.axes {
		if of(i) {
			all = append(all, a.knob+"="+v.values[i].Text)
		}
	}
	return strings.Join(all, ", ")
}

// several reports whether an axis has more than one value.
func (v variant) several(i int) bool { return len(v.axes[i].values) > 1 }

// node is the configuration with the values of the variant and no matrix.
func (v variant) node(n *strictyaml.Node) *strictyaml.Node {
	if n.Kind != strictyaml.Mapping {
		return n
	}
	c := *n
	c.Entries = slices.DeleteFunc(slices.Clone(n.Entries), func(e strictyaml.Entry) bool {
		return e.Key.Text == "matrix"
	})
	n = &c
	for i, a := range v.axes {
		n = with(n, strings.Split(a.knob, "."), a.key, v.values[i])
	}
	return n
}

// with is a copy of a mapping in which the value at a path is set. What is no
// mapping stays: decoding reports it.
func with(n *strictyaml.Node, path []string, key, value *strictyaml.Node) *strictyaml.Node {
	if n.Kind != strictyaml.Mapping {
		return n
	}
	c := *n
	c.Entries = slices.Clone(n.Entries)
	i := slices.IndexFunc(c.Entries, func(e strictyaml.Entry) bool { return e.Key.Text == path[0] })
	if i < 0 {
		i = len(c.Entries)
		named := *key
		named.Text = path[0]
		c.Entries = append(c.Entries, strictyaml.Entry{
			Key: &named, Value: &strictyaml.Node{Kind: strictyaml.Mapping, Place: key.Place},
		})
	}
	if len(path) > 1 {
		value = with(c.Entries[i].Value, path[1:], key, value)
	}
	c.Entries[i].Value = value
	return &c
}

// lookup finds the entry at a path with dots below a mapping.
func lookup(n *strictyaml.Node, path string) (strictyaml.Entry, bool) {
	key, rest, more := strings.Cut(path, ".")
	e, ok := n.Get(key)
	if ok && more {
		return lookup(e.Value, rest)
	}
	return e, ok
}

// mistakes are the errors found. What several variants of a configuration have
// in common is said once, with the values that it comes from.
func (l *loader) mistakes() Errors {
	type mistake struct {
		strictyaml.Place
		message string
	}
	found := map[mistake]map[string]variant{}
	for _, e := range l.Errors {
		m := mistake{e.Place, e.Message}
		if v, ok := l.variants[e.Under]; ok {
			if found[m] == nil {
				found[m] = map[string]variant{}
			}
			found[m][v.name] = v
		}
	}
	for _, e := range l.Errors {
		if v, ok := l.variants[e.Under]; ok {
			cause := l.cause(v.base, e.Place, found[mistake{e.Place, e.Message}])
			e.Hint = strings.TrimPrefix(strings.TrimSuffix(e.Hint+"; "+cause, "; "), "; ")
		}
	}
	return l.Errors
}

// cause says which values variants of a configuration have in common, if these
// are what makes the mistake at a place; otherwise how many make it.
func (l *loader) cause(base strictyaml.Path, at strictyaml.Place, of map[string]variant) string {
	names := slices.Sorted(maps.Keys(of))
	first := of[names[0]]
	common := func(i int) bool {
		for _, v := range of {
			if v.values[i] != first.values[i] {
				return false
			}
		}
		return first.several(i)
	}
	alike, in := 0, strings.Split(first.combination(common), ", ")
	for _, v := range l.variants {
		if v.base == base && v.combination(common) == first.combination(common) {
			alike++
		}
	}
	itself := func(n *strictyaml.Node) bool { return n.Place == at }
	switch {
	case alike > len(of):
		return fmt.Sprintf("in %d combinations, such as %s", len(of), first.combination(first.several))
	case in[0] == "" || len(in) == 1 && slices.ContainsFunc(first.values, itself):
		return ""
	}
	return "in the combination " + strings.Join(in, ", ")
}
