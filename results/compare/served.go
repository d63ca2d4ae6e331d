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
func Substitutes(calls []results.Call) (out []Served) {
	asked, by := map[string]int{}, map[[2]string]int{}
	for _, c := range calls {
		asked[c.WireModel]++
		if !bench.SameModel(c.WireModel, c.ServedModel) {
			by[[2]string{c.WireModel, c.ServedModel}]++
		}
	}
	for names, n := range by {
		out = append(out, Served{Asked: names[0], By: names[1], Calls: n, Of: asked[names[0]]})
	}
	slices.SortFunc(out, func(a, b Served) int {
		return cmp.Or(cmp.Compare(a.Asked, b.Asked), cmp.Compare(a.By, b.By))
	})
	return out
}

// substituted counts the calls that another model answered.
func (c *Column) substituted() (n int) {
	for _, s := range Substitutes(c.calls()) {
		n += s.Calls
	}
	return n
}

// servedWarnings name the models that answered in place of others.
func (c *Column) servedWarnings() (out []string) {
	for _, s := range Substitutes(c.calls()) {
		out = append(out, c.name+": "+s.String())
	}
	return out
}

// calls are all model calls of the column.
func (c *Column) calls() (all []results.Call) {
	for _, t := range c.trials {
		all = append(all, t.Calls...)
	}
	return all
}
