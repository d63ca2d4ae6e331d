package config

import (
	"bench"
	"bench/internal/strictyaml"
)

func (l *loader) checkSidekick(at strictyaml.Path, c *Configuration) {
	s, cost := c.Sidekick, at.Join("cost_usd")
	l.modelKey(at, "model", string(s.Model), "the model of the sidekicks")
	if l.Has(cost) {
		l.affordable(at.Join("model"), cost, cost, string(s.Model), s.CostUSD)
	}
	l.checkMemory(at, c)
	l.limitDefaults(at, c)
	trial := c.Limits
	l.checkBounds(at, []bound{
		{"cost_usd", "cost", "a sidekick", s.CostUSD > trial.CostUSD,
			bench.Dollars(s.CostUSD), bench.Dollars(trial.CostUSD)},
		{"tokens", "tokens", "a sidekick", trial.Tokens > 0 && s.Tokens > trial.Tokens,
			s.Tokens, trial.Tokens},
		{"wall", "wall time", "a sidekick", s.Wall > trial.Wall, s.Wall, trial.Wall},
		{"total/cost_usd", "cost", "a delegation", s.Total.CostUSD > trial.CostUSD,
			bench.Dollars(s.Total.CostUSD), bench.Dollars(trial.CostUSD)},
		{"total/tokens", "tokens", "a delegation", trial.Tokens > 0 && s.Total.Tokens > trial.Tokens,
			s.Total.Tokens, trial.Tokens},
		{"total/wall", "wall time", "a delegation", s.Total.Wall > trial.Wall,
			s.Total.Wall, trial.Wall},
	})
}

// checkBounds reports limits below at that are above the trial's.
func (l *loader) checkBounds(at strictyaml.Path, all []bound) {
	for _, b := range all {
		if b.above {
			p := at + "/" + b.key
			l.Fail(l.Value(p), "", "%s: %s's %s limit cannot be above the trial's: "+
				"expected at most %v, found %v", p, b.whose, b.what, b.trial, b.own)
		}
	}
}

// bound is a limit of a part of a trial and the trial's above it.
type bound struct {
	key         strictyaml.Path // below the part
	what, whose string
	above       bool // the limit is above the trial's
	own, trial  any
}

// limitDefaults keeps limits that are defaults at or below the total's and the
// trial's, and reports totals below the limit of one activation.
func (l *loader) limitDefaults(at strictyaml.Path, c *Configuration) {
	s := c.Sidekick
	if !l.Has(at.Join("cost_usd")) {
		s.CostUSD = min(s.CostUSD, c.Limits.CostUSD)
		if s.Total.CostUSD > 0 {
			s.CostUSD = min(s.CostUSD, s.Total.CostUSD)
		}
	}
	if !l.Has(at.Join("iterations")) && s.Total.Iterations > 0 {
		s.Iterations = min(s.Iterations, s.Total.Iterations)
	}
	below := func(key string, is bool, total, own any) {
		if p := at.Join("total").Join(key); is && l.Has(p) {
			l.Fail(l.Value(p), "", "%s: a delegation's limit cannot be below that of one activation: "+
				"expected at least %v, found %v", p, own, total)
		}
	}
	t := s.Total
	below("iterations", t.Iterations < s.Iterations, t.Iterations, s.Iterations)
	below("cost_usd", t.CostUSD < s.CostUSD, bench.Dollars(t.CostUSD), bench.Dollars(s.CostUSD))
	below("tokens", t.Tokens < s.Tokens, t.Tokens, s.Tokens)
	below("wall", t.Wall < s.Wall, t.Wall, s.Wall)
}

// checkMemory reports what the memory of the sidekicks rules out.
func (l *loader) checkMemory(at strictyaml.Path, c *Configuration) {
	s, parallel := c.Sidekick, at.Join("max_parallel")
	if s.Memory == bench.MemoryFresh {
		const hint = "remove it, or use sidekick.memory: resumable or persistent"
		if p := at.Join("total"); l.Has(p) {
			l.Fail(l.Key(p), hint, "%s: with memory: fresh each delegation has one activation, "+
				"which the limits beside this bound", p)
		}
		if p := at.Parent().Join("strict"); c.Strict {
			l.Fail(l.Key(p), hint, "%s: with sidekick.memory: fresh nothing can be resumed", p)
		}
	}
	if s.Memory != bench.MemoryPersistent {
		return
	}
	if !l.Has(parallel) {
		s.MaxParallel = 1
	}
	if s.MaxParallel > 1 {
		l.Fail(l.Value(parallel), "remove it", "%s: a persistent sidekick is one: expected 1, found %d",
			parallel, s.MaxParallel)
	}
	if p := at.Join("background"); s.Background {
		l.Fail(l.Key(p), "remove it, or use memory: resumable",
			"%s: a persistent sidekick does one thing at a time, and main waits for it", p)
	}
}
