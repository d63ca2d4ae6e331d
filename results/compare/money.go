package compare

import (
	"fmt"
	"time"

	"bench"
	"bench/results"
	"bench/stats"
)

// spent is what the agents of one part of a trial used.
type spent struct {
	Cost   bench.USD
	Tokens bench.Usage
	Time   time.Duration // in model calls
	Tools  int
}

func (s *spent) add(c results.Call) {
	s.Cost += c.Cost
	s.Tokens = s.Tokens.Add(c.Usage)
	s.Time += c.Duration
}

// spending is what was spent, exactly. Metrics turn it into dollars last.
type spending struct {
	All, Main, Sidekick, Advisor, Router spent
	Unattributed                         spent // of whom nobody knows
	Ownerless                            int   // calls of theirs

	Uncached bench.USD // with caches always cold
	Unpriced int       // calls with tokens whose price is not known
	AtMain   bench.USD // with the sidekicks at main's price
	AtOther  bench.USD // the sidekicks at the other price

	Calls, Reports int       // calls, and those whose cost the provider reports
	Reported       bench.USD // by the provider
	Computed       bench.USD // of the same calls by their prices

	UnknownCalls   int       // attempts that were perhaps billed without a usage report
	Unknown        bench.USD // estimate of what these cost
	Silent         int       // answers that did not say what they used
	SilentEstimate bench.USD
	Open           int // calls of which only the beginning is known

	// Secondhand are the calls whose answers no model gave for this run.
	Secondhand map[bench.CallSource]secondhand
}

// secondhand are calls that somebody else has paid for.
type secondhand struct {
	Calls int
	Cost  bench.USD
}

func (w *work) spending() (s spending) {
	for _, call := range w.Calls {
		s.role(w, call.Agent).add(call)
		if w.Unknown(call.Agent) {
			s.Ownerless++
		}
		s.All.add(call)
		s.count(call)
		w.whatIf(&s, call)
	}
	for _, tool := range w.Tools {
		s.All.Tools++
		if w.Sidekick(tool.Agent) {
			s.Sidekick.Tools++
		}
	}
	return s
}

// role is the part of the spending that an agent's belongs to.
func (s *spending) role(w *work, agent string) *spent {
	switch {
	case w.Main(agent):
		return &s.Main
	case w.Advisor(agent):
		return &s.Advisor
	case w.Router(agent):
		return &s.Router
	case w.Unknown(agent):
		return &s.Unattributed
	}
	return &s.Sidekick
}

// count notes what the provider says of a call.
func (s *spending) count(c results.Call) {
	s.Calls++
	s.UnknownCalls += c.UnknownUsage
	if c.Open {
		s.Open++
	}
	s.Unknown += c.EstimatedUnknown
	if c.Source != bench.SourceModel {
		if s.Secondhand == nil {
			s.Secondhand = map[bench.CallSource]secondhand{}
		}
		x := s.Secondhand[c.Source]
		s.Secondhand[c.Source] = secondhand{x.Calls + 1, x.Cost + c.Cost}
	}
	if silent(c) {
		s.Silent++
		s.SilentEstimate += c.EstimatedUnknown
	}
	if c.ReportedCost != nil {
		s.Reports++
		s.Reported += *c.ReportedCost
		s.Computed += c.Cost
	}
}

// whatIf prices a call otherwise.
func (w *work) whatIf(s *spending, call results.Call) {
	if w.Sidekick(call.Agent) {
		s.AtMain += call.CostAt(w.prices.main)
		s.AtOther += call.CostAt(w.prices.other)
	} else {
		s.AtMain += call.Cost
	}
	price, ok := w.prices.byID[call.PriceID]
	if !ok && call.Usage != (bench.Usage{}) {
		s.Unpriced++
	}
	s.Uncached += bench.CostOf(cold(call.Billed()), price)
}

// cold is the cost with caches always cold, absent if a price is not known.
func (s spending) cold() stats.Number {
	if s.Unpriced > 0 {
		return stats.None()
	}
	return dollars(s.Uncached)
}

// ifPriced is money, absent if a price of the configuration's is not known.
func (c *Column) ifPriced(u bench.USD) Value {
	if c.Spending.Unpriced > 0 {
		return number(stats.None())
	}
	return usd(u)
}

// costPerTask has an interval from drawing tasks.
func (c *Column) costPerTask() Value {
	mean, ci := c.draw.Mean(c.ends.costs.totals)
	return Value{Number: stats.Number(mean), Interval: ci}
}

// reportedCost is absent if the provider reports none.
func (c *Column) reportedCost() Value {
	s := c.Spending
	v := usd(s.Reported)
	if s.Reports == 0 {
		v = v.absent()
	}
	v.Beside = fmt.Sprintf(" (%d of %d calls)", s.Reports, s.Calls)
	return v
}

// atOtherPrice is the cost with the sidekicks at the other price, if there is
// one.
func (c *Column) atOtherPrice() Value {
	if !c.otherPrice {
		return number(stats.None())
	}
	s := c.Spending
	return usd(s.All.Cost - s.Sidekick.Cost + s.AtOther)
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
