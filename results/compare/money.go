package compare

import (
	"fmt"

	"bench"
	"bench/results"
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

// spending is what was spent, exactly. Metrics turn it into dollars last.
type spending struct {
	all, main, sidekick, advisor spent

	uncached bench.USD // with caches always cold
	priced   bool      // all calls with tokens have a known price
	atMain   bench.USD // with the sidekicks at main's price
	atOther  bench.USD // the sidekicks at the other price
	reported bench.USD // by the provider
	unknown  bench.USD // perhaps billed without a usage report

	calls, reports, unknownCalls int
	byTask                       units // dollars, of the trials that count
}

func (c *Column) spending() spending { return c.kept.spending.or(c.foldSpending) }

func (c *Column) foldSpending() spending {
	s := spending{priced: true}
	for _, t := range c.trials {
		before := s.all.cost
		for _, call := range t.Calls {
			s.role(t, call.Agent).add(call)
			s.all.add(call)
			s.count(call)
			c.whatIf(&s, t, call)
		}
		for _, tool := range t.Tools {
			s.all.tools++
			if t.Sidekick(tool.Agent) {
				s.sidekick.tools++
			}
		}
		if t.Counts() {
			s.byTask.add(t.Key.InstanceID, (s.all.cost - before).Float())
		}
	}
	return s
}

// role is the part of the spending that an agent's belongs to.
func (s *spending) role(t *trial, agent string) *spent {
	switch {
	case t.Main(agent):
		return &s.main
	case t.Advisor(agent):
		return &s.advisor
	}
	return &s.sidekick
}

// count notes what the provider says of a call.
func (s *spending) count(c results.Call) {
	s.calls++
	s.unknownCalls += c.UnknownUsage
	s.unknown += c.EstimatedUnknown
	if c.ReportedCost != nil {
		s.reports++
		s.reported += *c.ReportedCost
	}
}

// whatIf prices a call otherwise.
func (c *Column) whatIf(s *spending, t *trial, call results.Call) {
	if t.Sidekick(call.Agent) {
		s.atMain += call.CostAt(c.config.Main.Price)
		s.atOther += call.CostAt(c.otherPrice)
	} else {
		s.atMain += call.Cost
	}
	price, ok := c.prices[call.PriceID]
	s.priced = s.priced && (ok || call.Usage == bench.Usage{})
	s.uncached += bench.CostOf(cold(call.Billed()), price)
}

// cold is the cost with caches always cold, absent if a price is not known.
func (s spending) cold() stats.Number {
	if !s.priced {
		return stats.None()
	}
	return dollars(s.uncached)
}

// ifPriced is money, absent if a price of the configuration's is not known.
func (c *Column) ifPriced(u bench.USD) Value {
	if !c.spending().priced {
		return number(stats.None())
	}
	return usd(u)
}

// costPerTask has an interval from drawing tasks.
func (c *Column) costPerTask() Value {
	mean, ci := c.draw.Mean(c.spending().byTask.totals)
	return Value{Number: stats.Number(mean), Interval: ci}
}

// reportedCost is absent if the provider reports none.
func (c *Column) reportedCost() Value {
	s := c.spending()
	v := usd(s.reported)
	if s.reports == 0 {
		v = v.absent()
	}
	v.Beside = fmt.Sprintf(" (%d of %d calls)", s.reports, s.calls)
	return v
}

// atOtherPrice is the cost with the sidekicks at the other price, if there is
// one.
func (c *Column) atOtherPrice() Value {
	if c.otherPrice.ID == "" {
		return number(stats.None())
	}
	s := c.spending()
	return usd(s.all.cost - s.sidekick.cost + s.atOther)
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
