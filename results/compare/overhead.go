package compare

import (
	"time"

	"bench"
	"bench/results/timeline"
)

// overhead is what delegating cost main, and what it had to spare main to pay.
type overhead struct {
	Briefs  bench.USD // written by main
	Reports bench.USD // read by main, once and again in each of its later calls
	// Prefix is what a million tokens in front of main's conversation would have cost
	// in all of its calls.
	Prefix    bench.USD
	BreakEven breakEven
}

// breakEven is over the activations after whose end main called its model again.
type breakEven struct {
	Needed   float64 // tokens that main had to read itself for the same money
	Observed float64 // tokens that the sidekicks were shown
	N        int
}

// reporting are the tools whose observations are what sidekicks report.
var reporting = map[string]bool{"task": true, "task_output": true, "task_stop": true}

func (w *work) overhead() (out overhead) {
	for _, tool := range w.Tools {
		if w.Main(tool.Agent) && reporting[tool.Name] {
			out.Reports += w.carried(tool.Agent, tool.End, (tool.Bytes-tool.Clipped)/bytesPerToken)
		}
	}
	for _, a := range w.Activations() {
		brief := w.briefCost(a)
		out.Briefs += brief
		out.BreakEven.add(w, a, brief)
	}
	out.Prefix = w.prefixCost()
	return out
}

// briefCost is what main paid to write the brief of an activation.
func (w *work) briefCost(a *timeline.Activation) bench.USD {
	for _, c := range w.Calls {
		if c.Agent == a.Agent && c.ID == a.BatchID {
			u := bench.Usage{Output: a.PromptBytes / bytesPerToken}
			return u.Cost(flat(w.prices.byID[c.PriceID], answer(c)))
		}
	}
	return 0
}

const million = 1_000_000

// add sets what an activation cost, its brief and report included, against what
// main pays for a token that it reads at that time.
func (b *breakEven) add(w *work, a *timeline.Activation, brief bench.USD) {
	end := w.EndOf(a.Delegation)
	rate := w.carried(a.Agent, end, million)
	if rate == 0 {
		return
	}
	report := w.carried(a.Agent, end, a.ReportBytes/bytesPerToken)
	b.Needed += float64(a.Spent()+brief+report) / float64(rate) * million
	b.Observed += float64(observedBy(a)) / bytesPerToken
	b.N++
}

// carried is what tokens cost that an agent reads at some time: full input once, in
// its next call, and cached input in every later one.
func (w *work) carried(agent string, at time.Time, tokens int64) (sum bench.USD) {
	if tokens == 0 {
		return 0
	}
	first := true
	for _, call := range w.mainCalls() {
		if call.Agent != agent || call.Start.Before(at) || call.Usage.Input == 0 {
			continue
		}
		u := bench.Usage{Input: tokens, CachedInput: tokens}
		if first {
			u.CachedInput, first = 0, false
		}
		sum += u.Cost(flat(w.prices.byID[call.PriceID], answer(call)))
	}
	return sum
}

// prefixCost is what a million tokens in front of main's conversation cost: cached
// input where a call read from the cache at least what the first call sent, and
// full input elsewhere.
func (w *work) prefixCost() (sum bench.USD) {
	var first int64
	for _, call := range w.mainCalls() {
		got := answer(call)
		if got.Usage.Input == 0 {
			continue
		}
		u := bench.Usage{Input: million}
		if first > 0 && got.Usage.CachedInput >= first {
			u.CachedInput = million
		}
		if first == 0 {
			first = got.Usage.Input
		}
		sum += u.Cost(flat(w.prices.byID[call.PriceID], got))
	}
	return sum
}
