package compare

import (
	"cmp"
	"fmt"
	"slices"

	"bench"
	"bench/results"
)

// Served is a model that answered calls in place of the one they asked for.
type Served struct {
	Asked, By string // names at the provider
	Calls, Of int    // calls that it answered, of all that asked for the model
}

// String is a remark on it.
func (s Served) String() string {
	return fmt.Sprintf("%s answered %d of %d calls that asked for %s", s.By, s.Calls, s.Of, s.Asked)
}

// Substitutes are the models that answered calls in place of others, by name.
func Substitutes(calls []results.Call) []Served { return substitutes(served(calls)) }

// served counts calls by the model they asked for and the one that answered, as
// the provider names them.
func served(calls []results.Call) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, c := range calls {
		if out[c.WireModel] == nil {
			out[c.WireModel] = map[string]int{}
		}
		out[c.WireModel][c.ServedModel]++
	}
	return out
}

func substitutes(served map[string]map[string]int) (out []Served) {
	for asked, by := range served {
		all := 0
		for _, n := range by {
			all += n
		}
		for name, n := range by {
			if !bench.SameModel(asked, name) {
				out = append(out, Served{Asked: asked, By: name, Calls: n, Of: all})
			}
		}
	}
	slices.SortFunc(out, func(a, b Served) int {
		return cmp.Or(cmp.Compare(a.Asked, b.Asked), cmp.Compare(a.By, b.By))
	})
	return out
}

// substituted counts the calls that another model answered.
func (c *Column) substituted() (n int) {
	for _, s := range substitutes(c.Served) {
		n += s.Calls
	}
	return n
}

// servedWarnings name the models that answered in place of others.
func (c *Column) servedWarnings() (out []string) {
	for _, s := range substitutes(c.Served) {
		out = append(out, c.name+": "+s.String())
	}
	return out
}
