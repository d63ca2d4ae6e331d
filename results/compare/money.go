package compare

import (
	"slices"
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
	"bench/stats"
)

// spent is what the agents of one part of a trial used.
type spent struct {
	cost    bench.USD
	tokens  bench.Usage
	seconds float64 // in model calls
	tools   int
}

func (s *spent) add(c results.Call) {
	s.cost += c.Cost
	s.tokens = s.tokens.Add(c.Usage)
	s.seconds += c.Duration.Seconds()
}

// money sums up what was spent, exactly, and turns it into dollars last.
func (c *column) money(out *Configuration, r stats.Resampling) {
	var all, main, sidekick, advisor spent
	var uncached, atMain, atOther, reported, unknown bench.USD
	priced := true
	tasks := newUnits()
	for _, t := range c.trials {
		before := all.cost
		for _, call := range t.Calls {
			all.add(call)
			cost := call.Cost
			switch {
			case t.Main(call.Agent):
				main.add(call)
			case t.Advisor(call.Agent):
				advisor.add(call)
			case t.Sidekick(call.Agent):
				sidekick.add(call)
				cost = call.CostAt(c.config.Main.Price)
				atOther += call.CostAt(c.otherPrice)
			}
			atMain += cost
			price, ok := c.prices[call.PriceID]
			priced = priced && (ok || call.Usage == bench.Usage{})
			uncached += bench.CostOf(cold(call.Billed()), price)
			out.Calls.add(call)
			if call.ReportedCost != nil {
				reported += *call.ReportedCost
			}
			unknown += call.EstimatedUnknown
		}
		for _, tool := range t.Tools {
			all.tools++
			if t.Sidekick(tool.Agent) {
				sidekick.tools++
			}
		}
		if t.Counts() {
			tasks.add(t.Key.InstanceID, (all.cost - before).Float())
		}
	}
	perTask, ci := r.Mean(tasks.totals)
	out.Tokens = &all.tokens
	out.Cost = Cost{
		Total: dollars(all.cost), PerTask: stats.Number(perTask), PerTaskCI: ci,
		PerResolved: stats.Over(all.cost.Float(), out.Resolved), Main: dollars(main.cost),
		Sidekick: dollars(sidekick.cost), Advisor: dollars(advisor.cost), WithoutCache: dollars(uncached),
		Reported: dollars(reported), UnknownEstimate: dollars(unknown),
		SidekicksAtMainPrice: dollars(atMain), SidekicksAtOtherPrice: stats.None(),
	}
	out.Cost.absent(priced, out.Calls.Reported > 0)
	if c.otherPrice.ID != "" {
		out.Cost.SidekicksAtOtherPrice = dollars(all.cost - sidekick.cost + atOther)
	}
	out.N["cost_usd.unknown_estimate"] = out.Calls.UnknownUsage
	out.shares(all, main, sidekick)
}

// cold are attempts as they would have been without caches.
func cold(attempts []bench.Attempt) []bench.Attempt {
	out := make([]bench.Attempt, len(attempts))
	for i, a := range attempts {
		out[i] = bench.Attempt{
			Usage: bench.Usage{Input: a.Usage.Input, Output: a.Usage.Output}, Start: a.Start,
		}
	}
	return out
}

func dollars(u bench.USD) stats.Number { return stats.Number(u.Float()) }

// add counts a call.
func (n *Calls) add(c results.Call) {
	n.Total++
	n.UnknownUsage += c.UnknownUsage
	if c.ReportedCost != nil {
		n.Reported++
	}
}

// absent takes out what there is no price or no report for, and completes what
// follows from the rest.
func (c *Cost) absent(priced, reported bool) {
	if !priced {
		c.WithoutCache = stats.None()
	}
	if !reported {
		c.Reported = stats.None()
	}
	c.SavedByCache = 1 - stats.Over(c.Total, c.WithoutCache)
}

// shares are the parts of main and sidekicks.
func (out *Configuration) shares(all, main, sidekick spent) {
	out.SidekickShare = Share{
		Cost:       stats.Over(sidekick.cost, all.cost),
		Tokens:     stats.Over(sidekick.tokens.Tokens(), all.tokens.Tokens()),
		LLMSeconds: stats.Over(sidekick.seconds, all.seconds),
		ToolCalls:  stats.Over(sidekick.tools, all.tools),
	}
	out.N["sidekick_share.tool_calls"] = all.tools
	out.CachedShare = CachedShare{
		Main:     stats.Over(main.tokens.CachedInput, main.tokens.Input),
		Sidekick: stats.Over(sidekick.tokens.CachedInput, sidekick.tokens.Input),
	}
}

// cacheTTL is how long a prompt cache lives that nobody reads: the default of
// Anthropic's (docs.anthropic.com, "Prompt caching"), and the lower end of what
// OpenAI states for its own (5 to 10 minutes, platform.openai.com, "Prompt
// caching").
const cacheTTL = 5 * time.Minute

// flat is a price whose rates are those of an attempt, whatever part of it is
// priced.
func flat(p bench.Price, a bench.Attempt) bench.Price {
	return bench.Price{Rates: p.At(a.Start).For(a.Usage.Input)}
}

// answer is the attempt that brought a call's answer.
func answer(c results.Call) bench.Attempt {
	if all := c.Billed(); len(all) > 0 {
		return all[len(all)-1]
	}
	return bench.Attempt{}
}

// writePremium is what writing to caches cost a call more than not to.
func writePremium(c results.Call, p bench.Price) (sum bench.USD) {
	for _, a := range c.Billed() {
		written := bench.Usage{Input: a.Usage.CacheWrite}
		plain := written.Cost(flat(p, a))
		written.CacheWrite, written.CacheWrite1h = a.Usage.CacheWrite, a.Usage.CacheWrite1h
		sum += written.Cost(flat(p, a)) - plain
	}
	return sum
}

// caches measures what writing to caches cost, and what their expiry did.
func (c *column) caches(out *Configuration) {
	var premium, penalty bench.USD
	late := 0
	for _, t := range c.trials {
		last := map[string]results.Call{} // by agent
		calls := slices.Clone(t.Calls)
		slices.SortStableFunc(calls, func(a, b results.Call) int { return timeline.SentAt(a).Compare(timeline.SentAt(b)) })
		for _, call := range calls {
			got := answer(call)
			u := got.Usage
			if u.Input == 0 {
				continue // it failed: nothing was read
			}
			price := flat(c.prices[call.PriceID], got)
			premium += writePremium(call, c.prices[call.PriceID])
			before, ok := last[call.Agent]
			last[call.Agent] = call
			if !ok || timeline.SentAt(call).Sub(before.End) <= cacheTTL {
				continue
			}
			late++
			lost := max(0, min(answer(before).Usage.Input, u.Input)-u.CachedInput)
			penalty += bench.Usage{Input: lost}.Cost(price) -
				bench.Usage{Input: lost, CachedInput: lost}.Cost(price)
		}
	}
	out.Cost.WritePremium, out.Cost.ExpiryPenalty = dollars(premium), dollars(penalty)
	if !out.Cost.WithoutCache.OK() { // a price is not known
		out.Cost.WritePremium, out.Cost.ExpiryPenalty = stats.None(), stats.None()
	}
	out.N["cost_usd.expiry_penalty"] = late
}
