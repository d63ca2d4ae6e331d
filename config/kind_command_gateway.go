package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// Gateway says how a program's model calls are passed on, and whose they are.
type Gateway struct {
	// Names are what the program calls its models, each with the one of model and models that it
	// stands for; * stands for any text. The first that fits counts. Default: models by their names
	// here and at the endpoint.
	Names Names `json:"names,omitzero"`
	// Agents say whose a call is: the first whose conditions all hold. Default: nobody knows.
	Agents []CallRule `json:"agents,omitzero"`
	// Delegating are the tools by which an agent of the program hands work to another.
	Delegating []string `json:"delegating,omitzero"`
	// Bodies says whether what was said is stored.
	Bodies *bool `json:"bodies,omitzero" jsonschema:"default=true"`
}

// CallRule says whose a call is for which all of its conditions hold. Conditions are regular
// expressions that must be found.
type CallRule struct {
	// Role is main or sidekick.
	Role CallRole `json:"role" jsonschema:"required"`
	// Header is the name of a header that the call must have.
	Header string `json:"header,omitzero" jsonschema:"minLength=1"`
	// Value is in the header.
	Value string `json:"value,omitzero" jsonschema:"minLength=1"`
	// Key is in what stands behind the token and a dot in the key that is sent.
	Key string `json:"key,omitzero" jsonschema:"minLength=1"`
	// Model is in what the program calls the model.
	Model string `json:"model,omitzero" jsonschema:"minLength=1"`
	// System is in the system prompt.
	System string `json:"system,omitzero" jsonschema:"minLength=1"`
	// First is in the first message of the user.
	First string `json:"first,omitzero" jsonschema:"minLength=1"`
	// Tool is in the name of a tool that is offered.
	Tool string `json:"tool,omitzero" jsonschema:"minLength=1"`
	// Aside says that such calls of main are beside its conversation, as one for a title is.
	Aside bool `json:"aside,omitzero" jsonschema:"default=false"`
}

// CallRole is a part of a program that calls are made by.
type CallRole string

// Choices returns main and sidekick.
func (CallRole) Choices() []string {
	return []string{string(bench.RoleMain), string(bench.RoleSidekick)}
}

// Names are what a program calls its models, in order.
type Names []Named[string]

// DecodeNode reads a mapping from names to models.
func (n *Names) DecodeNode(d *strictyaml.Decoder, node *strictyaml.Node, p strictyaml.Path) {
	for at, e := range d.Entries(node, p, 0, "a mapping from the program's names to models") {
		var model string
		d.Into(e.Value, &model, at)
		*n = append(*n, Named[string]{e.Key.Text, model})
	}
}

// MarshalJSON writes an object whose keys are in order.
func (n Names) MarshalJSON() ([]byte, error) { return Map[string](n).MarshalJSON() }

// Variables are variables of a program, in order.
type Variables []Named[string]

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// DecodeNode reads a mapping from names to values.
func (v *Variables) DecodeNode(d *strictyaml.Decoder, n *strictyaml.Node, p strictyaml.Path) {
	for at, e := range d.Entries(n, p, 0, "a mapping from variables to values") {
		switch {
		case e.Value.Kind != strictyaml.Scalar:
			d.Expected(e.Value, at, "a text")
		case e.Value.Expanded:
			d.Fail(e.Value.Place, "", "%s: nothing of your environment goes into a sandbox, "+
				"where no key is safe", at)
			d.Errors[len(d.Errors)-1].Secret = true
		case !variableName.MatchString(e.Key.Text) || strings.HasPrefix(e.Key.Text, "BENCH_"):
			d.Fail(e.Key.Place, "", "%s: expected letters, digits and underscores, "+
				"and no BENCH_ at the beginning, found %q", p, e.Key.Text)
		default:
			*v = append(*v, Named[string]{e.Key.Text, e.Value.Text})
		}
	}
}

// MarshalJSON writes an object whose keys are in order.
func (v Variables) MarshalJSON() ([]byte, error) { return Map[string](v).MarshalJSON() }

func (v Variables) list() (out []string) {
	for _, e := range v {
		out = append(out, e.Name+"="+e.Value)
	}
	return out
}

// checkEnv checks what stands for something in the values of variables.
func (l *loader) checkEnv(at strictyaml.Path, c *Command) {
	for _, e := range c.Env {
		allowed := []string{"{model}", "{small_model}"}
		if c.Gateway != nil {
			allowed = append(allowed, "{gateway_url}", "{gateway_token}")
		}
		if p := at.Join(e.Name); l.Has(p) {
			for _, found := range []string{"{gateway_url}", "{gateway_token}"} {
				if strings.Contains(e.Value, found) && !slices.Contains(allowed, found) {
					l.Fail(l.Value(p), "add command.gateway", "%s: there is no gateway for %s", p, found)
				}
			}
		}
	}
}

// checkGateway checks how a program's calls are passed on.
func (l *loader) checkGateway(at strictyaml.Path, c *Configuration) {
	g := c.Command.Gateway
	for _, n := range g.Names {
		p := at.Join("names").Join(n.Name)
		if n.Value != c.Model && !slices.Contains(c.Models, n.Value) && l.Has(p) {
			l.Fail(l.Value(p), strictyaml.DidYouMean(n.Value, "the program has",
				append([]string{c.Model}, c.Models...)), "%s: the program has no model %q", p, n.Value)
		}
	}
	for i, r := range g.Agents {
		p := at.Join("agents").Join(strconv.Itoa(i))
		if r.Value != "" && r.Header == "" && l.Has(p) {
			l.Fail(l.Value(p), "", "%s: a value is that of a header, and there is none", p)
		}
		if r.Aside && r.Role != mainAgent && l.Has(p) {
			l.Fail(l.Value(p.Join("aside")), "", "%s: only main has calls beside its conversation", p)
		}
		for key, text := range map[string]string{
			"value": r.Value, "key": r.Key, "model": r.Model, "system": r.System, "first": r.First,
			"tool": r.Tool,
		} {
			if _, err := regexp.Compile(text); err != nil {
				l.Fail(l.Value(p.Join(key)), "", "%s: expected a regular expression: %s", p.Join(key),
					strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			}
		}
	}
	limit := c.Limits.CostUSD
	l.affordable(at.Parent().Parent().Join("model"), at.Parent().Parent()+"/limits/cost_usd",
		"limits/cost_usd", c.Model, limit)
}

// bench is the gateway as everybody uses it; nil of nil.
func (g *Gateway) bench() *bench.Gateway {
	if g == nil {
		return nil
	}
	out := &bench.Gateway{Delegating: g.Delegating, DropBodies: g.Bodies != nil && !*g.Bodies}
	for _, n := range g.Names {
		out.Names = append(out.Names, bench.ModelName{Name: n.Name, Model: n.Value})
	}
	for _, r := range g.Agents {
		out.Rules = append(out.Rules, bench.CallRule{
			Role: bench.Role(r.Role), Header: r.Header, Value: r.Value, Key: r.Key, Model: r.Model,
			System: r.System, First: r.First, Tool: r.Tool, Aside: r.Aside,
		})
	}
	return out
}
