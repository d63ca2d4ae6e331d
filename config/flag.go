package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"bench/internal/strictyaml"
)

// Assignment is a command line flag that stands for a key of a configuration.
type Assignment struct {
	flag   string
	path   string
	tag    string
	values []string
	list   bool
}

// Assign returns the assignment of a flag's value to the key at path. A value
// is a string, []string, int or bool. Texts are taken exactly as they are, never
// read as YAML. A mistake in the value is reported at flag, such as "--slice",
// which is what the user typed.
func Assign(flag, path string, value any) Assignment {
	a := Assignment{flag: flag, path: path, tag: "!!str"}
	switch v := value.(type) {
	case []string:
		a.list, a.values = true, v
	case int:
		a.tag, a.values = "!!int", []string{fmt.Sprint(v)}
	case bool:
		a.tag, a.values = "!!bool", []string{fmt.Sprint(v)}
	case string:
		a.values = []string{v}
	default:
		panic(fmt.Sprintf("assign a %T to %s", value, path))
	}
	return a
}

// apply puts the value into the tree.
func (a Assignment) apply(root *strictyaml.Node, order int) strictyaml.Errors {
	shown := strings.Join(a.values, ",")
	line := a.flag + " " + shown
	at := strictyaml.Place{
		Source: &strictyaml.Source{Name: line, Flag: true, Order: order, Lines: []string{line}},
		Line:   1, Column: utf8.RuneCountInString(a.flag) + 2,
		Width: max(1, utf8.RuneCountInString(shown)),
	}
	o := &override{text: a.path + "=", eq: len(a.path), src: at.Source, whole: &at}
	return o.into(root, a.node(at))
}

// node is the value in the tree.
func (a Assignment) node(at strictyaml.Place) *strictyaml.Node {
	if !a.list {
		return a.scalar(a.values[0], at)
	}
	n := &strictyaml.Node{Kind: strictyaml.Sequence, Place: at}
	for _, v := range a.values {
		n.Items = append(n.Items, a.scalar(v, at))
	}
	return n
}

func (a Assignment) scalar(text string, at strictyaml.Place) *strictyaml.Node {
	return &strictyaml.Node{
		Kind: strictyaml.Scalar, Tag: a.tag, Text: text, Quoted: a.tag == "!!str", Place: at,
	}
}
