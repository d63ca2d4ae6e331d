package compare

import (
	"slices"

	"bench"
	"bench/results"
)

// said says which models have another price; nil if there are no other prices.
func (r *repricer) said(file string) *Repricing {
	if r == nil {
		return nil
	}
	said := &Repricing{File: file, Models: []string{}, Kept: []string{}}
	for model, changed := range r.models {
		if changed {
			said.Models = append(said.Models, model)
		} else {
			said.Kept = append(said.Kept, model)
		}
	}
	slices.Sort(said.Models)
	slices.Sort(said.Kept)
	return said
}

// repricer holds the prices that take the place of others, so that runs stand as
// they would have been at these. Prices that a configuration's models have change
// with those of its calls.
type repricer struct {
	prices map[string]bench.Price
	models map[string]bool // config names seen: whether they have a new price
}

// of is the new price of a model, by its config name, its name on the wire or
// the id of its price.
func (r repricer) of(model, wire, id string) (bench.Price, bool) {
	for _, name := range []string{model, wire, id} {
		if p, ok := r.prices[name]; ok {
			r.models[model] = true
			p.ID = "re-priced:" + name // the file's own ids may mean another price in the run
			return p, true
		}
	}
	if !r.models[model] {
		r.models[model] = false
	}
	return bench.Price{}, false
}

// model gives a configuration's model its price.
func (r repricer) model(m bench.Model) bench.Model {
	if p, ok := r.of(m.Name, m.Model, m.Price.ID); ok {
		m.Price = p
	}
	return m
}

// configurations gives the models of configurations their prices.
func (r repricer) configurations(cs []bench.Configuration) []bench.Configuration {
	cs = slices.Clone(cs)
	for i, c := range cs {
		c.Main = r.model(c.Main)
		if c.Sidekick != nil {
			s := *c.Sidekick
			s.Model = r.model(s.Model)
			c.Sidekick = &s
		}
		if c.Advisor != nil {
			a := *c.Advisor
			a.Model = r.model(a.Model)
			c.Advisor = &a
		}
		cs[i] = c
	}
	return cs
}

// head is a run without its work, with its trials as they are at the other prices.
func (r repricer) head(f results.Facts, trials map[int64]results.Trial) results.Facts {
	f.Configurations = r.configurations(f.Configurations)
	f.Trials = slices.Clone(f.Trials)
	for i, t := range f.Trials {
		f.Trials[i] = trials[t.ID]
	}
	return f
}

// facts are those of one run, or of some of its trials.
func (r repricer) facts(f results.Facts) results.Facts {
	byID := make(map[string]bench.Price, len(f.Prices))
	for id, p := range f.Prices {
		byID[id] = p
	}
	f.Configurations = r.configurations(f.Configurations)
	byTrial, unreported := map[int64]bench.USD{}, map[int64]bench.USD{}
	f.Calls = slices.Clone(f.Calls)
	for i := range f.Calls {
		c := &f.Calls[i]
		if p, ok := r.of(c.Model, c.WireModel, c.PriceID); ok {
			c.EstimatedUnknown = estimatedAt(*c, byID[c.PriceID], p)
			c.Cost, c.PriceID = c.CostAt(p), p.ID
			byID[p.ID] = p
		}
		byTrial[c.Trial] += c.Cost
		unreported[c.Trial] += c.EstimatedUnknown
	}
	f.Trials = slices.Clone(f.Trials)
	for i := range f.Trials {
		t := &f.Trials[i]
		t.Cost, t.Unreported = byTrial[t.ID], unreported[t.ID]
	}
	f.Prices = byID
	return f
}

// estimatedAt is what a call's attempts without usage would cost at another
// price. Where only the dollars were kept, they are those of input.
func estimatedAt(c results.Call, from, to bench.Price) bench.USD {
	if len(c.Unreported) > 0 || from.Input == 0 {
		return bench.CostOf(c.Unreported, to)
	}
	return bench.USD(float64(c.EstimatedUnknown) * float64(to.Input) / float64(from.Input))
}
