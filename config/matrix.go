package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"bench/internal/strictyaml"
)

// Matrix stands for a key of the file that is gone when values are decoded:
// expandMatrices has replaced it by what it makes.
type Matrix struct{}

// maxVariants is how many configurations one of the file may make.
const maxVariants = 256

// listed is the knob that may have a list without a matrix.
const listed = "sidekick.model"

// axis is a knob and the values that it takes in turn.
type axis struct {
	knob   string           // path below the configuration
	key    *strictyaml.Node // where the file names it
	values []*strictyaml.Node
}

// variant is one combination of values.
type variant struct {
	name   string          // of the configuration it makes
	base   strictyaml.Path // of the configuration in the file
	axes   []axis
	values []*strictyaml.Node // one of each axis
}

// knobs are the paths that a matrix may vary: every single value below a
// configuration, except its kind.
func knobs() []string {
	var all []string
	leaves(reflect.TypeFor[Configuration](), "", &all)
	return slices.DeleteFunc(all, func(k string) bool { return k == "kind" })
}

func leaves(t reflect.Type, prefix string, all *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		key, at := jsonKey(f), f.Type
		if at.Kind() == reflect.Pointer {
			at = at.Elem()
		}
		switch {
		case at.Kind() == reflect.Struct:
			leaves(at, prefix+key+".", all)
		case at.Kind() != reflect.Slice:
			*all = append(*all, prefix+key)
		}
	}
}

// expandMatrices replaces each configuration that has a matrix, or a list of
// sidekick models, by one per combination of values. They are decoded like any
// other; mistakes() then says once what is wrong with all of them.
func (l *loader) expandMatrices(root *strictyaml.Node) {
	block, ok := root.Get("configurations")
	if !ok {
		return
	}
	l.Shown, l.variants = map[strictyaml.Path]strictyaml.Path{}, map[strictyaml.Path]variant{}
	var all []strictyaml.Entry
	taken := map[string]variant{}
	for _, e := range block.Value.Entries {
		for _, v := range l.variantsOf(e) {
			if other, ok := taken[v.name]; ok {
				l.collision(e, v, other)
				continue
			}
			taken[v.name] = v
			key := *e.Key
			key.Text = v.name
			all = append(all, strictyaml.Entry{Key: &key, Value: v.node(e.Value)})
			if v.name != e.Key.Text {
				at := strictyaml.Path("configurations").Join(v.name)
				l.Shown[at], l.variants[at] = v.base, v
			}
		}
	}
	block.Value.Entries = all
}

// variantsOf are the configurations that one of the file makes: at least one.
func (l *loader) variantsOf(e strictyaml.Entry) []variant {
	v := variant{name: e.Key.Text, base: strictyaml.Path("configurations").Join(e.Key.Text)}
	if !nameRE.MatchString(v.name) { // reported where names are decoded
		return []variant{v}
	}
	if list, ok := lookup(e.Value, listed); ok && list.Value.Kind == strictyaml.Sequence {
		v.axes = l.addAxis(v.axes, v.base, listed, list)
	}
	if m, ok := e.Value.Get("matrix"); ok {
		v.axes = l.matrixAxes(v.axes, v.base.Join("matrix"), "", m.Value, e.Value)
	}
	l.checkSize(e, v)
	all := []variant{v}
	for _, a := range v.axes {
		all = multiplied(all, a)
	}
	for i := range all {
		name := all[i].named(e.Key.Text)
		if !nameRE.MatchString(name) {
			l.unclear = true
			l.Fail(e.Key.Place, "shorten the names of models, or use several configurations",
				"%s makes a configuration %q: expected a name of up to 64 characters", v.base, name)
			all[0].name = v.name
			return all[:1]
		}
		all[i].name = name
	}
	return all
}

// checkSize reports too many combinations, and keeps the first one.
func (l *loader) checkSize(e strictyaml.Entry, v variant) {
	n := 1
	for _, a := range v.axes {
		n = min(n*len(a.values), maxVariants+1)
	}
	if n <= maxVariants {
		return
	}
	l.unclear = true
	l.Fail(e.Key.Place, "", "%s makes more than %d configurations", v.base, maxVariants)
	for i := range v.axes {
		v.axes[i].values = v.axes[i].values[:1]
	}
}

// multiplied are all variants with each value of an axis, that axis fastest.
func multiplied(all []variant, a axis) []variant {
	var more []variant
	for _, v := range all {
		for _, value := range a.values {
			v.values = append(slices.Clip(v.values), value)
			more = append(more, v)
			v.values = v.values[:len(v.values)-1]
		}
	}
	return more
}

// matrixAxes reads what stands below a key of a matrix, whose path is prefix.
func (l *loader) matrixAxes(
	axes []axis, at strictyaml.Path, prefix string, n, base *strictyaml.Node,
) []axis {
	if n.Kind != strictyaml.Mapping || len(n.Entries) == 0 {
		l.unclear = true
		l.Expected(n, at, "a mapping from keys such as sidekick.model to lists of values")
		return axes
	}
	known := knobs()
	for _, e := range n.Entries {
		knob := prefix + e.Key.Text
		set, isSet := lookup(base, knob)
		switch {
		case e.Value.Kind == strictyaml.Mapping && !slices.Contains(known, knob):
			axes = l.matrixAxes(axes, at, knob+".", e.Value, base)
		case !slices.Contains(known, knob):
			l.refuseAxis(e, strictyaml.DidYouMean(knob, "the keys are", known),
				"unknown key %q in %s", knob, at)
		case isSet:
			l.refuseAxis(e, "remove one of them", "%s: %s is given in the configuration too, %s",
				at, knob, where(set.Key.Place, e.Key.Place))
		case slices.ContainsFunc(axes, func(a axis) bool { return a.knob == knob }):
			l.refuseAxis(e, "", "%s: %s is given twice", at, knob)
		default:
			axes = l.addAxis(axes, at, knob, e)
		}
	}
	return axes
}

// refuseAxis reports what is wrong with an entry of a matrix.
func (l *loader) refuseAxis(e strictyaml.Entry, hint, format string, args ...any) {
	l.unclear = true
	l.Fail(e.Key.Place, hint, format, args...)
}

// where says where another place is, seen from one.
func where(other, from strictyaml.Place) string {
	if other.Source == from.Source && !other.Source.Flag {
		return fmt.Sprintf("at line %d", other.Line)
	}
	return "at " + other.String()
}

// addAxis adds an axis. What is wrong with its values has been reported when it
// returns; a single broken value then stands for them.
func (l *loader) addAxis(axes []axis, at strictyaml.Path, knob string, e strictyaml.Entry) []axis {
	values := e.Value.Items
	if !l.checkValues(at.Join(knob), e.Value) {
		l.unclear = true
		values = []*strictyaml.Node{{Broken: true, Place: e.Value.Place}}
	}
	return append(axes, axis{knob, e.Key, values})
}

var wordRE = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// checkValues reports the first value that cannot be told apart by a name.
func (l *loader) checkValues(p strictyaml.Path, n *strictyaml.Node) bool {
	if n.Kind != strictyaml.Sequence {
		l.Expected(n, p, "a list of values")
		return false
	}
	if len(n.Items) == 0 {
		l.Fail(n.Place, "", "%s: expected a list of values, found an empty one", p)
		return false
	}
	seen := map[string]bool{}
	for _, v := range n.Items {
		switch {
		case v.Broken:
			return false
		case v.Kind != strictyaml.Scalar || !wordRE.MatchString(v.Text):
			l.Expected(v, p, "a value of letters, digits, dots, dashes and underscores, "+
				"since names are made of it")
			return false
		case seen[v.Text]:
			l.Fail(v.Place, "", "%s: %s is listed twice", p, v.Text)
			return false
		}
		seen[v.Text] = true
	}
	return true
}
