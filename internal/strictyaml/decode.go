package strictyaml

import (
	"cmp"
	"fmt"
	"iter"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Path names a value by the keys that lead to it, joined by slashes, which
// keys do not contain; its String joins them by dots.
type Path string

// Join returns the path of a key below p.
func (p Path) Join(key string) Path {
	key = strings.ReplaceAll(key, "/", "∕")
	if p == "" {
		return Path(key)
	}
	return p + "/" + Path(key)
}

// Parent returns the path without its last key.
func (p Path) Parent() Path {
	return p[:max(0, strings.LastIndexByte(string(p), '/'))]
}

// String is the path as users write it: limits.cost_usd.
func (p Path) String() string {
	if p == "" {
		return "the top level"
	}
	return strings.ReplaceAll(string(p), "/", ".")
}

// NodeDecoder is implemented by types that decode themselves.
type NodeDecoder interface {
	DecodeNode(d *Decoder, n *Node, p Path)
}

// ScalarDecoder is implemented by types written as one scalar. The error says
// what is expected: "a duration such as 45m".
type ScalarDecoder interface {
	DecodeScalar(text string) error
}

// Chooser is implemented by string types that have a few possible values.
type Chooser interface{ Choices() []string }

// Decoder decodes a tree into Go values and collects every mistake.
type Decoder struct {
	// Errors are the mistakes so far, in no particular order.
	Errors Errors
	// Synonyms are keys that other tools use for ours, by their wrong name.
	Synonyms map[string]string
	// Missing are hints for required keys that are not given, by key.
	Missing map[string]string
	// Choices are hints for values that are none of those a key may have, by key.
	Choices map[string]string
	// Shown says under which path messages show what lies below another: where
	// one entry of a file is decoded several times, under names of the program's
	// making.
	Shown map[Path]Path

	entries map[Path]Entry
	root    *Node
}

// Decode sets defaults in the struct that v points to and then decodes n.
func (d *Decoder) Decode(n *Node, v any) {
	d.root, d.entries = n, map[Path]Entry{}
	d.Into(n, v, "")
}

// Into decodes a node of the tree into what v points to, defaults first.
func (d *Decoder) Into(n *Node, v any, p Path) {
	rv := reflect.ValueOf(v).Elem()
	SetDefaults(v)
	d.value(n, rv, p, rules{})
}

// SetDefaults sets the default of every field of the struct that v points to,
// nested structs included, pointers excluded. Other values are left alone.
func SetDefaults(v any) {
	rv := reflect.ValueOf(v).Elem()
	if rv.Kind() != reflect.Struct {
		return
	}
	for i := range rv.NumField() {
		f, fv := rv.Type().Field(i), rv.Field(i)
		if !f.IsExported() {
			continue
		}
		if def := rulesOf(f).def; def != "" {
			var d Decoder
			d.value(&Node{Text: def, Expanded: true}, fv, "", rules{})
			if len(d.Errors) > 0 { // a tag of this program is wrong; a test decodes them all
				panic(fmt.Sprintf("default of %s.%s: %v", rv.Type(), f.Name, d.Errors))
			}
		}
		SetDefaults(fv.Addr().Interface())
	}
}

// Has reports whether the file gives the value at p.
func (d *Decoder) Has(p Path) bool {
	_, ok := d.entries[p]
	return ok
}

// Note records that the file gives the value at p. NodeDecoders call it for
// what lies below them, unless they read it with Entries.
func (d *Decoder) Note(p Path, e Entry) { d.entries[p] = e }

// Entries are the entries of a mapping with the paths of their values, each noted. What is
// no mapping, or has fewer entries than least, is a mistake: expected says what is one.
func (d *Decoder) Entries(n *Node, p Path, least int, expected string) iter.Seq2[Path, Entry] {
	return func(yield func(Path, Entry) bool) {
		if n.Kind != Mapping || len(n.Entries) < least {
			d.Expected(n, p, expected)
			return
		}
		for _, e := range n.Entries {
			at := p.Join(e.Key.Text)
			d.Note(at, e)
			if !yield(at, e) {
				return
			}
		}
	}
}

// Key is the place of the key at p, or of the nearest key above it.
func (d *Decoder) Key(p Path) Place { return d.entryAt(p).Key.Place }

// Value is the place of the value at p, or of the nearest key above it.
func (d *Decoder) Value(p Path) Place {
	e, ok := d.entries[p]
	if !ok || e.Value.Kind != Scalar {
		return d.entryAt(p).Key.Place
	}
	return e.Value.Place
}

// Text is the text of the scalar at p as it is after expansion, or "".
func (d *Decoder) Text(p Path) string {
	if e, ok := d.entries[p]; ok {
		return e.Value.Text
	}
	return ""
}

// Source is the text of the scalar at p as the file has it, or "".
func (d *Decoder) Source(p Path) string {
	if e, ok := d.entries[p]; ok {
		return cmp.Or(e.Value.Source, e.Value.Text)
	}
	return ""
}

// Values are what variables in the scalar at p stood for.
func (d *Decoder) Values(p Path) []string {
	if e, ok := d.entries[p]; ok {
		return e.Value.Values
	}
	return nil
}

func (d *Decoder) entryAt(p Path) Entry {
	for ; p != ""; p = p.Parent() {
		if e, ok := d.entries[p]; ok {
			return e
		}
	}
	if d.root != nil && len(d.root.Entries) > 0 {
		return d.root.Entries[0]
	}
	if d.root != nil {
		return Entry{Key: d.root, Value: d.root}
	}
	return Entry{Key: &Node{}, Value: &Node{}}
}

// Fail reports a mistake. Paths among the arguments are shown as Shown says.
func (d *Decoder) Fail(at Place, hint, format string, args ...any) {
	e := &Error{Place: at, Hint: hint}
	args = slices.Clone(args)
	for i, a := range args {
		if p, ok := a.(Path); ok {
			shown, under := d.shown(p)
			args[i] = shown
			e.Under = cmp.Or(e.Under, under)
		}
	}
	e.Message = fmt.Sprintf(format, args...)
	d.Errors = append(d.Errors, e)
}

// shown is a path as messages have it, and the key of Shown that it lies below.
func (d *Decoder) shown(p Path) (shown, under Path) {
	for above := p; above != ""; above = above.Parent() {
		if as, ok := d.Shown[above]; ok {
			return as + p[len(above):], above
		}
	}
	return p, ""
}

// Expected reports a node that is not what it should be.
func (d *Decoder) Expected(n *Node, p Path, what string) {
	if p == "" {
		d.Fail(n.Place, "", "expected %s, found %s", what, n.Describe())
		return
	}
	d.Fail(n.Place, "", "%s: expected %s, found %s", p, what, n.Describe())
}

func (d *Decoder) value(n *Node, v reflect.Value, p Path, c rules) {
	if n.Broken {
		return
	}
	switch t := v.Addr().Interface().(type) {
	case NodeDecoder:
		t.DecodeNode(d, n, p)
		return
	case ScalarDecoder:
		d.scalar(n, t, p)
		return
	case Chooser:
		c.enum = t.Choices()
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		SetDefaults(fresh.Interface())
		d.value(n, fresh.Elem(), p, c)
		v.Set(fresh)
	case reflect.Struct:
		d.mapping(n, v, p)
	case reflect.Slice:
		d.sequence(n, v, p)
	case reflect.String:
		d.text(n, v, p, c)
	case reflect.Bool:
		d.boolean(n, v, p)
	case reflect.Int, reflect.Int64:
		d.integer(n, v, p, c)
	case reflect.Float64:
		d.float(n, v, p, c)
	default: // a type of this program is wrong; a test decodes every field
		panic(fmt.Sprintf("decode %s: no rule for %s", p, v.Type()))
	}
}

func (d *Decoder) scalar(n *Node, t ScalarDecoder, p Path) {
	if n.Kind != Scalar || n.isNull() {
		d.Expected(n, p, t.DecodeScalar("").Error())
		return
	}
	if err := t.DecodeScalar(n.Text); err != nil {
		d.Expected(n, p, err.Error())
	}
}

func (d *Decoder) mapping(n *Node, v reflect.Value, p Path) {
	if n.Kind != Mapping {
		d.Expected(n, p, "a mapping with keys such as "+strings.Join(firstKeys(v.Type()), ", "))
		return
	}
	fields := fieldsOf(v)
	for _, e := range n.Entries {
		f, ok := fields[e.Key.Text]
		if !ok {
			d.unknownKey(e.Key, p, v.Type())
			continue
		}
		at := p.Join(e.Key.Text)
		d.Note(at, e)
		d.value(e.Value, f.value, at, f.rules)
	}
	for _, key := range keysOf(v.Type()) {
		if fields[key].required && !d.Has(p.Join(key)) {
			place := n.Place
			if p != "" {
				place = d.Key(p)
			}
			d.Fail(place, d.Missing[key], "missing key %q in %s", key, p)
		}
	}
}

func (d *Decoder) unknownKey(key *Node, p Path, t reflect.Type) {
	keys := keysOf(t)
	slices.Sort(keys)
	hint := DidYouMean(key.Text, "the keys here are", keys)
	if s, ok := d.Synonyms[strings.ToLower(key.Text)]; ok && slices.Contains(keys, s) {
		hint = "did you mean " + s + "? the keys here are " + all(keys)
	}
	d.Fail(key.Place, hint, "unknown key %q in %s", key.Text, p)
}

func (d *Decoder) sequence(n *Node, v reflect.Value, p Path) {
	if n.Kind != Sequence {
		d.Expected(n, p, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		at := p.Join(strconv.Itoa(i))
		d.Note(at, Entry{Key: item, Value: item})
		SetDefaults(v.Index(i).Addr().Interface())
		d.value(item, v.Index(i), at, rules{})
	}
}

func (d *Decoder) text(n *Node, v reflect.Value, p Path, c rules) {
	what := c.describe("text")
	isText := n.Quoted || n.Expanded || n.Tag == "!!str" || n.Tag == "!!timestamp"
	if n.Kind != Scalar || !isText {
		d.Expected(n, p, what)
		if n.Kind == Scalar && !n.isNull() && len(c.enum) == 0 && c.fits(n.Text) {
			d.Errors[len(d.Errors)-1].Hint = fmt.Sprintf("put it in quotes: %q", n.Text)
		}
		return
	}
	switch {
	case len(c.enum) > 0 && !slices.Contains(c.enum, n.Text):
		d.Expected(n, p, what)
		if near := Near(n.Text, c.enum); near != "" {
			d.Errors[len(d.Errors)-1].Hint = "did you mean " + near + "?"
		} else {
			d.Errors[len(d.Errors)-1].Hint = d.Choices[string(p[len(p.Parent())+min(1, len(p.Parent())):])]
		}
		return
	case !c.fits(n.Text):
		d.Expected(n, p, what)
		return
	case c.minLength > len(n.Text):
		d.Expected(n, p, "text that is not empty")
		return
	}
	v.SetString(n.Text)
}

func (d *Decoder) boolean(n *Node, v reflect.Value, p Path) {
	isBool := n.Kind == Scalar && (!n.Quoted || n.Expanded)
	if !isBool || n.Text != "true" && n.Text != "false" {
		d.Expected(n, p, "true or false")
		return
	}
	v.SetBool(n.Text == "true")
}

var (
	integerRE = regexp.MustCompile(`^[-+]?(0|[1-9](_?[0-9])*)$`)
	floatRE   = regexp.MustCompile(
		`^[-+]?([0-9](_?[0-9])*(\.[0-9]*)?([eE][-+]?[0-9]+)?|\.[0-9]+)$`)
)

func (d *Decoder) integer(n *Node, v reflect.Value, p Path, c rules) {
	what := c.describe("a whole number")
	if n.Kind == Scalar && (!n.Quoted || n.Expanded) && integerRE.MatchString(n.Text) {
		i, err := strconv.ParseInt(strings.ReplaceAll(n.Text, "_", ""), 10, 64)
		if err == nil && c.inRange(float64(i)) {
			v.SetInt(i)
			return
		}
	}
	d.Expected(n, p, what)
	d.hintNumber(n, integerRE)
}

func (d *Decoder) float(n *Node, v reflect.Value, p Path, c rules) {
	what := c.describe("a number")
	if n.Kind == Scalar && (!n.Quoted || n.Expanded) && floatRE.MatchString(n.Text) {
		f, err := strconv.ParseFloat(strings.ReplaceAll(n.Text, "_", ""), 64)
		if err == nil && c.inRange(f) {
			v.SetFloat(f)
			return
		}
	}
	d.Expected(n, p, what)
	d.hintNumber(n, floatRE)
}

func (n *Node) isNull() bool { return n.Tag == "!!null" && !n.Quoted && !n.Expanded }
