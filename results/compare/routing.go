package compare

import (
	"cmp"
	"slices"
	"strconv"

	"bench"
	"bench/results"
)

// routing is what the work of an agent comes to whose model may change from turn to
// turn; nothing of all others.
type routing struct {
	Models map[string]routed // by config name
	By     map[string]int    // turns by what chose their model
	Rules  map[string]int    // turns by the number of the rule that chose
}

// routed is what came to one model.
type routed struct {
	Wire             string // name at the provider
	Turns            int
	Usage            bench.Usage
	Cost, Unreported bench.USD
	Switches         int // to it from another one
	Seen             int // of these, whose call says what it read
	LostTokens       int64
	LostCost         bench.USD
	ReasoningLost    int // blocks
}

// add adds up what came to several models.
func (r *routed) add(more routed) {
	r.Turns += more.Turns
	r.Usage = r.Usage.Add(more.Usage)
	r.Cost, r.Unreported = r.Cost+more.Cost, r.Unreported+more.Unreported
	r.Switches, r.Seen = r.Switches+more.Switches, r.Seen+more.Seen
	r.LostTokens, r.LostCost = r.LostTokens+more.LostTokens, r.LostCost+more.LostCost
	r.ReasoningLost += more.ReasoningLost
}

func (w *work) routing() routing {
	out := routing{Models: map[string]routed{}, By: map[string]int{}, Rules: map[string]int{}}
	chosen := map[int]results.Route{}
	for _, r := range w.Routes {
		chosen[r.Turn] = r
	}
	taken := map[int]bool{}
	var before results.Call // the last one that was answered
	for _, call := range w.mainCalls() {
		route, ok := chosen[call.Turn]
		if !ok {
			continue
		}
		m := out.Models[call.Model]
		m.Wire = call.WireModel
		m.Usage = m.Usage.Add(call.Usage)
		m.Cost, m.Unreported = m.Cost+call.Cost, m.Unreported+call.EstimatedUnknown
		if !taken[call.Turn] {
			taken[call.Turn] = true
			m.Turns++
			out.chose(route)
			if route.From != "" {
				m.Switches, m.ReasoningLost = m.Switches+1, m.ReasoningLost+route.ReasoningLost
			}
		}
		if answer(call).Usage.Input > 0 { // else it failed: nothing was read
			if before.ID != "" && before.Model != call.Model {
				m.lose(before, call, w.prices.byID[call.PriceID])
			}
			before = call
		}
		out.Models[call.Model] = m
	}
	return out
}

// chose counts what chose the model of a turn.
func (r *routing) chose(route results.Route) {
	r.By[string(route.By)]++
	if route.Rule > 0 {
		r.Rules[strconv.Itoa(route.Rule)]++
	}
}

// lose adds what the first answered call after a switch read or wrote anew of what the
// call before it, of another model, had sent.
func (r *routed) lose(before, now results.Call, p bench.Price) {
	got := answer(now)
	u, known := got.Usage, min(answer(before).Usage.Input, got.Usage.Input)
	lost := bench.Usage{Input: max(0, known-u.CachedInput)}
	// What is new had to be written anyway.
	lost.CacheWrite = min(lost.Input, max(0, u.CacheWrite-(u.Input-known)))
	if u.CacheWrite > 0 {
		lost.CacheWrite1h = lost.CacheWrite * u.CacheWrite1h / u.CacheWrite
	}
	rates := flat(p, got)
	r.Seen++
	r.LostTokens += lost.Input
	warm := bench.Usage{Input: lost.Input, CachedInput: lost.Input}
	r.LostCost += lost.Cost(rates) - warm.Cost(rates)
}

// all adds up what came to all models.
func (r routing) all() (sum routed) {
	for _, m := range r.Models {
		sum.add(m)
	}
	return sum
}

// Routed is what came to one model of a configuration whose model may change from turn
// to turn.
type Routed struct {
	Model         string // config name
	WireModel     string
	Turns         int
	Usage         bench.Usage
	Cost          bench.USD
	Unreported    bench.USD // estimate of what it cost besides
	Switches      int       // to it from another one
	LostTokens    int64     // of caches, by these
	LostCost      Value
	ReasoningLost int // blocks that it was not shown, after these
}

// routed are the models of such a configuration by turns; nil of all others.
func (c *Column) routed() []Routed {
	if c.config.Router == nil || c.imported() {
		return nil
	}
	out := []Routed{}
	for model, m := range c.Routing.Models {
		out = append(out, Routed{
			Model: model, WireModel: m.Wire, Turns: m.Turns, Usage: m.Usage, Cost: m.Cost,
			Unreported: m.Unreported, Switches: m.Switches, LostTokens: m.LostTokens,
			LostCost: c.ifPriced(m.LostCost), ReasoningLost: m.ReasoningLost,
		})
	}
	slices.SortFunc(out, func(a, b Routed) int {
		return cmp.Or(b.Turns-a.Turns, cmp.Compare(a.Model, b.Model))
	})
	return out
}
