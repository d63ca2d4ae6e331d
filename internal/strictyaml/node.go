package strictyaml

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Kind is the shape of a node.
type Kind int

// The kinds.
const (
	Scalar Kind = iota
	Mapping
	Sequence
)

// Node is a value and its place. Aliases and merge keys are already resolved:
// a node that came through an alias is a copy with the anchor's place.
type Node struct {
	Kind    Kind
	Tag     string // of a scalar: !!str, !!int, !!float, !!bool, !!null, …
	Text    string // of a scalar
	Quoted  bool   // a scalar in quotes or in block style
	Block   bool   // a scalar in block style: its text begins on another line
	Entries []Entry
	Items   []*Node
	Place   Place

	// Expanded is set on a scalar whose text is not what the file says,
	// because variables were replaced; Text may then be of any type.
	Expanded bool
	// Source is what the file says where variables were looked for, else empty.
	Source string
	// Values are what variables in it stood for.
	Values []string
	// Broken is set on a node whose mistake has been reported: it is not
	// decoded.
	Broken bool
}

// Entry is a key of a mapping and its value, in the order of the file.
type Entry struct{ Key, Value *Node }

// maxCopied bounds by how many nodes aliases can blow up a small file.
const maxCopied = 100_000

// NewSource returns a file's text as a source of nodes.
func NewSource(name string, text []byte) *Source {
	lines := strings.Split(strings.ToValidUTF8(string(text), "\uFFFD"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return &Source{Name: name, Lines: lines}
}

// Parse reads one YAML document. It returns nil where there is no tree to go
// on with; errors may come with a tree (keys given twice).
func Parse(src *Source, text []byte) (*Node, Errors) {
	return ParseAt(src, text, Place{Source: src, Line: 1, Column: 1})
}

// ParseAt is Parse for a text that begins at a place within src, which is a
// single line.
func ParseAt(src *Source, text []byte, at Place) (*Node, Errors) {
	if !utf8.Valid(text) {
		return nil, Errors{{Place: invalidUTF8(src, text), Message: "not UTF-8 text"}}
	}
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		return nil, syntaxErrors(src, err, at)
	}
	if len(doc.Content) == 0 {
		return nil, Errors{{Place: Place{Source: src}, Message: "the file is empty"}}
	}
	r := resolver{src: src, at: at, open: map[*yaml.Node]bool{}}
	n := r.node(doc.Content[0])
	if r.copied > maxCopied {
		return nil, Errors{{Place: n.Place, Message: fmt.Sprintf(
			"the file grows by more than %d values through its aliases", maxCopied)}}
	}
	return n, r.errs
}

func invalidUTF8(src *Source, text []byte) Place {
	line := 1
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		i += n
	}
	return Place{Source: src, Line: line, Column: 1, Width: 1}
}

// shift moves a place of a text's first line to where the text begins.
func shift(p, at Place) Place {
	if p.Line == 1 {
		p.Column += at.Column - 1
	} else if p.Source.Flag {
		p.Column = at.Column
	}
	if p.Source.Flag {
		p.Line = 1
	}
	return p
}

// resolver turns the library's nodes into ours.
type resolver struct {
	src  *Source
	at   Place
	errs Errors
	open map[*yaml.Node]bool // being resolved: an alias to one of these is a loop

	within int // aliases that are being resolved
	copied int // nodes that came through one
}

func (r *resolver) fail(p Place, format string, args ...any) {
	r.errs = append(r.errs, &Error{Place: p, Message: fmt.Sprintf(format, args...)})
}

func (r *resolver) node(y *yaml.Node) *Node {
	n := &Node{Tag: y.ShortTag(), Text: y.Value, Place: r.place(y)}
	if r.within > 0 {
		r.copied++
	}
	if r.copied > maxCopied {
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		return r.alias(y)
	case yaml.MappingNode:
		n.Kind = Mapping
		r.open[y] = true
		n.Entries = r.entries(y)
		delete(r.open, y)
	case yaml.SequenceNode:
		n.Kind = Sequence
		r.open[y] = true
		for _, c := range y.Content {
			n.Items = append(n.Items, r.node(c))
		}
		delete(r.open, y)
	default:
		block := yaml.LiteralStyle | yaml.FoldedStyle
		n.Block = y.Style&block != 0
		n.Quoted = n.Block || y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	}
	return n
}

func (r *resolver) alias(y *yaml.Node) *Node {
	if r.open[y.Alias] {
		r.fail(r.place(y), "the alias *%s stands within what it refers to", y.Value)
		return &Node{Tag: "!!null", Place: r.place(y)}
	}
	r.within++
	defer func() { r.within-- }()
	return r.node(y.Alias)
}

// entries resolves a mapping's content: keys given twice are refused, and
// merge keys add what is not given explicitly.
func (r *resolver) entries(y *yaml.Node) []Entry {
	var entries, merged []Entry
	first := map[string]Place{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		if y.Content[i].ShortTag() == "!!merge" {
			merged = append(merged, r.merge(y.Content[i+1])...)
			continue
		}
		e := Entry{r.node(y.Content[i]), r.node(y.Content[i+1])}
		if e.Key.Kind != Scalar {
			r.fail(e.Key.Place, "a key must be a single word")
			continue
		}
		if p, ok := first[e.Key.Text]; ok {
			r.fail(e.Key.Place, "the key %q is given twice, first at line %d", e.Key.Text, p.Line)
			continue
		}
		first[e.Key.Text] = e.Key.Place
		entries = append(entries, e)
	}
	for _, e := range merged {
		if _, ok := first[e.Key.Text]; !ok {
			first[e.Key.Text] = e.Key.Place
			entries = append(entries, e)
		}
	}
	return entries
}

// merge returns the entries behind a merge key: those of a mapping, or of a
// list of mappings where earlier ones win.
func (r *resolver) merge(y *yaml.Node) []Entry {
	n := r.node(y)
	switch n.Kind {
	case Mapping:
		return n.Entries
	case Sequence:
		var all []Entry
		for _, item := range n.Items {
			if item.Kind != Mapping {
				r.fail(item.Place, "<< expects mappings, found %s", item.Describe())
				continue
			}
			all = append(all, item.Entries...)
		}
		return all
	case Scalar:
		if n.Tag != "!!null" { // a loop has been reported
			r.fail(r.place(y), "<< expects a mapping, found %s", n.Describe())
		}
	}
	return nil
}

func (r *resolver) place(y *yaml.Node) Place {
	p := Place{Source: r.src, Line: max(1, y.Line), Column: max(1, y.Column), Width: 1}
	if y.Kind == yaml.ScalarNode {
		p.Width = utf8.RuneCountInString(y.Value)
		switch {
		case y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
			p.Width += 2
		case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
			p.Width = 1
		}
	}
	if y.Kind == yaml.AliasNode {
		p.Width = 1 + utf8.RuneCountInString(y.Value)
	}
	p.Width = max(1, p.Width)
	return shift(p, r.at)
}

// Describe says what a node is, for messages.
func (n *Node) Describe() string {
	switch {
	case n.Kind == Mapping:
		return "a mapping"
	case n.Kind == Sequence:
		return "a list"
	case n.Expanded:
		return fmt.Sprintf("%q (after variables were replaced)", n.Text)
	case n.Quoted:
		return fmt.Sprintf("the text %q", n.Text)
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + n.Text
	case "!!bool":
		return n.Text
	}
	return fmt.Sprintf("%q", n.Text)
}

// Get returns the entry of a mapping with the given key.
func (n *Node) Get(key string) (Entry, bool) {
	if n == nil {
		return Entry{}, false
	}
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e, true
		}
	}
	return Entry{}, false
}
