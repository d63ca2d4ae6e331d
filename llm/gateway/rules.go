package gateway

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"bench"
)

// rule is a bench.CallRule that can be asked.
type rule struct {
	role                      bench.Role
	aside                     bool
	header                    string
	value, key, model, system *regexp.Regexp // nil holds
	first, tool               *regexp.Regexp
}

func compile(rules []bench.CallRule) ([]rule, error) {
	out := make([]rule, len(rules))
	for i, r := range rules {
		out[i] = rule{role: r.Role, aside: r.Aside, header: r.Header}
		for _, c := range []struct {
			text string
			to   **regexp.Regexp
		}{
			{r.Value, &out[i].value}, {r.Key, &out[i].key}, {r.Model, &out[i].model},
			{r.System, &out[i].system}, {r.First, &out[i].first}, {r.Tool, &out[i].tool},
		} {
			if c.text == "" {
				continue
			}
			re, err := regexp.Compile(c.text)
			if err != nil {
				return nil, fmt.Errorf("rule %d: %w", i+1, err)
			}
			*c.to = re
		}
	}
	return out, nil
}

// caller is what rules look at.
type caller struct {
	*ask
	header http.Header
	alias  string // of the key
	texts  func() (system, first string)
}

// ruleOf is the first rule that holds; where none does the role is unknown.
func ruleOf(rules []rule, c caller) rule {
	for _, r := range rules {
		if r.holds(c) {
			return r
		}
	}
	return rule{role: bench.RoleUnknown}
}

func (r rule) holds(c caller) bool {
	if r.header != "" {
		values := c.header.Values(r.header)
		if len(values) == 0 || !found(r.value, strings.Join(values, ", ")) {
			return false
		}
	}
	if !found(r.key, c.alias) || !found(r.model, c.model) {
		return false
	}
	if r.tool != nil && !slices.ContainsFunc(c.names, r.tool.MatchString) {
		return false
	}
	if r.system == nil && r.first == nil {
		return true
	}
	system, first := c.texts()
	return found(r.system, system) && found(r.first, first)
}

func found(re *regexp.Regexp, in string) bool { return re == nil || re.MatchString(in) }

// modelFor is the config name of the model that a program calls by a name.
func (s *Session) modelFor(name string) (string, bool) {
	for _, n := range s.o.Gateway.Names {
		if glob(n.Name, name) {
			return n.Model, true
		}
	}
	for _, m := range s.o.Models {
		if name == m.Name || name == m.Model {
			return m.Name, true
		}
	}
	return "", false
}

// glob reports whether a pattern, in which * stands for any text, is all of a name.
func glob(pattern, name string) bool {
	head, rest, any := strings.Cut(pattern, "*")
	if !any {
		return pattern == name
	}
	if !strings.HasPrefix(name, head) {
		return false
	}
	for name = name[len(head):]; ; name = name[1:] {
		if glob(rest, name) {
			return true
		}
		if name == "" {
			return false
		}
	}
}
