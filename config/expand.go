package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"bench/internal/strictyaml"
)

// expandTree replaces variables in every scalar value of the tree: ${NAME} by
// the variable's value, ${NAME:-default} by the default where the variable is
// unset or empty, $$ by a dollar sign. Defaults may contain variables. Keys
// are left alone.
func expandTree(n *strictyaml.Node, env func(string) (string, bool)) strictyaml.Errors {
	var errs strictyaml.Errors
	for _, e := range n.Entries {
		errs = append(errs, expandTree(e.Value, env)...)
	}
	for _, item := range n.Items {
		errs = append(errs, expandTree(item, env)...)
	}
	if n.Kind != strictyaml.Scalar || !strings.Contains(n.Text, "$") {
		return errs
	}
	x := expander{env: env, text: n.Text, node: n}
	text := x.run(false)
	n.Source, n.Text, n.Expanded, n.Broken = n.Text, text, x.replaced, len(x.errs) > 0
	n.Values = x.values
	return append(errs, x.errs...)
}

// expander reads one scalar from left to right.
type expander struct {
	env      func(string) (string, bool)
	text     string
	at       int // byte offset of what is read next
	node     *strictyaml.Node
	replaced bool
	values   []string // of the variables, but for defaults
	errs     strictyaml.Errors
}

// run returns the expanded text up to the end, or up to the closing brace of
// the variable whose default it is reading.
func (x *expander) run(inDefault bool) string {
	var b strings.Builder
	for x.at < len(x.text) {
		rest := x.text[x.at:]
		switch {
		case strings.HasPrefix(rest, "$$"):
			b.WriteByte('$')
			x.at += 2
		case strings.HasPrefix(rest, "${"):
			b.WriteString(x.variable())
		case inDefault && rest[0] == '}':
			return b.String()
		default:
			b.WriteByte(rest[0])
			x.at++
		}
	}
	return b.String()
}

// variable reads one ${…}, the offset being at its dollar sign.
func (x *expander) variable() string {
	start := x.at
	x.at += 2
	end := strings.IndexAny(x.text[x.at:], "}:")
	if end < 0 {
		x.at = len(x.text)
		x.fail(start, "close it with }, or write $${ for the characters ${ themselves",
			"the variable has no end")
		return ""
	}
	name := x.text[x.at : x.at+end]
	x.at += end
	hasDefault := strings.HasPrefix(x.text[x.at:], ":-")
	fallback, errs, values := "", len(x.errs), len(x.values)
	if hasDefault {
		x.at += 2
		fallback = x.run(true)
	} else if i := strings.IndexByte(x.text[x.at:], '}'); i > 0 { // ":" and something else
		x.at += i
		name = x.text[start+2 : x.at]
	}
	if x.at >= len(x.text) || x.text[x.at] != '}' {
		x.at = len(x.text)
		x.fail(start, "close it with }", "the variable has no end")
		return ""
	}
	x.at++
	if value, ok := x.env(name); hasDefault && ok && value != "" {
		x.errs, x.values = x.errs[:errs], x.values[:values] // of a default that is not used
	}
	return x.value(start, name, fallback, hasDefault)
}

func (x *expander) value(start int, name, fallback string, hasDefault bool) string {
	if !envNameRE.MatchString(name) {
		x.fail(start, "write ${NAME} or ${NAME:-default}, or $${ for the characters themselves",
			"%q is not the name of a variable", name)
		return ""
	}
	x.replaced = true
	value, ok := x.env(name)
	if hasDefault && value == "" {
		return fallback
	}
	if !ok {
		x.fail(start, fmt.Sprintf("set it (export %s=…) or give a default: ${%s:-…}", name, name),
			"the variable %s is not set in the environment", name)
	}
	if value != "" {
		x.values = append(x.values, value)
	}
	return value
}

// fail reports a mistake at what has been read since start.
func (x *expander) fail(start int, hint, format string, args ...any) {
	place := x.node.Place
	if !x.node.Block {
		place.Column += utf8.RuneCountInString(x.text[:start])
		if x.node.Quoted {
			place.Column++
		}
		place.Width = utf8.RuneCountInString(x.text[start:x.at])
	}
	x.errs = append(x.errs, &strictyaml.Error{
		Place: place, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}
