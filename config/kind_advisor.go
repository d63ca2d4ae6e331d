package config

import (
	"bench"
	"bench/internal/strictyaml"
)

// advisor is one agent that may ask a stronger model.
func advisor() kind {
	return kind{
		name: bench.KindAdvisor,
		keys: []string{"model", "max_parallel_tools", "notice", "show_costs", "advisor"},
		check: func(l *loader, at strictyaml.Path, c *Configuration) {
			l.lead(at, "model", c.Model, "the model of the agent", c)
			if l.block(at, "advisor", "advisor: {model: NAME}", "the model that the agent may ask") &&
				c.Advisor != nil {
				l.checkAdvisor(at.Join("advisor"), c)
			}
		},
		models: func(c *Configuration) []string {
			if c.Advisor == nil {
				return []string{c.Model}
			}
			return []string{c.Model, c.Advisor.Model}
		},
		convert: func(cfg *Config, c *Configuration, to *bench.Configuration) {
			a := c.Advisor
			to.Advisor = &bench.Advisor{
				Model: cfg.BenchModel(a.Model), Consults: a.Consults,
				Limits: benchLimits(0, a.CostUSD, a.Tokens, 0),
			}
		},
	}
}

// Advisor describes the model that an agent may ask. A consultation is one call, which is shown the
// agent's conversation and draws from the trial's limits too.
type Advisor struct {
	// Model of the advisor.
	Model string `json:"model,omitzero" jsonschema:"minLength=1"`
	// Consults is how often a trial may ask. Default: no limit.
	Consults int64 `json:"consults,omitzero" jsonschema:"minimum=1"`
	// CostUSD is what one consultation may cost, in USD; not above the trial's limit. Default: no
	// limit but the trial's.
	CostUSD float64 `json:"cost_usd,omitzero" jsonschema:"exclusiveMinimum=0,maximum=1e6"`
	// Tokens is how many tokens, input plus output, one consultation may use; not above the
	// trial's limit. Of a longer conversation the middle is left out. Default: no limit but the
	// trial's.
	Tokens int64 `json:"tokens,omitzero" jsonschema:"minimum=1"`
}

// checkAdvisor checks the block of the advisor.
func (l *loader) checkAdvisor(at strictyaml.Path, c *Configuration) {
	a, cost := c.Advisor, at.Join("cost_usd")
	l.modelKey(at, "model", a.Model, "the model of the advisor")
	if l.Has(cost) {
		l.affordable(at.Join("model"), cost, cost, a.Model, a.CostUSD)
	}
	l.checkBounds(at, []bound{
		{"cost_usd", "cost", "a consultation", a.CostUSD > c.Limits.CostUSD,
			bench.Dollars(a.CostUSD), bench.Dollars(c.Limits.CostUSD)},
		{"tokens", "tokens", "a consultation", c.Limits.Tokens > 0 && a.Tokens > c.Limits.Tokens,
			a.Tokens, c.Limits.Tokens},
	})
}
