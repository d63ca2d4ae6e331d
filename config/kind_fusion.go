package config

import (
	"bench"
	"bench/internal/strictyaml"
)

// fusion is a main agent that may delegate to sidekicks.
func fusion() kind {
	return kind{
		name: bench.KindFusion,
		keys: []string{"main", "max_parallel_tools", "notice", "sidekick", "delegation",
			"escalation", "strict", "show_costs"},
		check: func(l *loader, at strictyaml.Path, c *Configuration) {
			l.lead(at, "main", c.Main, "the model of the main agent", c)
			if l.block(at, "sidekick", "sidekick: {model: NAME}", "the agents that main delegates to") &&
				c.Sidekick != nil {
				l.checkSidekick(at.Join("sidekick"), c)
			}
		},
		models: func(c *Configuration) []string {
			if c.Sidekick == nil {
				return []string{c.Main}
			}
			return []string{c.Main, string(c.Sidekick.Model)}
		},
		convert: func(cfg *Config, c *Configuration, to *bench.Configuration) {
			to.Delegation, to.Escalation, to.Strict = c.Delegation, c.Escalation, c.Strict
			to.Sidekick = cfg.benchSidekick(c.Sidekick)
		},
	}
}

// Sidekick describes the agents that a main agent delegates to. Its limits are those of one
// activation; all of them draw from the trial's limits too. A delegation has one activation, and
// one more each time that it is resumed.
type Sidekick struct {
	// Model of the sidekicks; must be given, here or in the matrix. A list makes one configuration
	// per entry, named configuration-model.
	Model ModelName `json:"model"`
	// Iterations is how many model calls one activation may make. The default is the total's
	// where that is lower.
	Iterations int64 `json:"iterations" jsonschema:"minimum=1,default=6"`
	// CostUSD is what one activation may spend, in USD; not above the trial's limit. The default
	// is the trial's or the total's where that is lower.
	CostUSD float64 `json:"cost_usd" jsonschema:"exclusiveMinimum=0,maximum=1e6,default=0.1"`
	// Tokens is how many tokens, input plus output, one activation may use. Default: no limit.
	Tokens int64 `json:"tokens,omitzero" jsonschema:"minimum=1"`
	// Wall is how long one activation may take, outages of models not counted. Default: no limit.
	Wall Duration `json:"wall,omitzero"`
	// Total limits one delegation over all its activations. Not with memory: fresh.
	Total Total `json:"total,omitzero"`
	// MaxParallel is how many sidekicks of a trial work at once. With memory: persistent the
	// default is 1, and so is the most.
	MaxParallel int `json:"max_parallel" jsonschema:"minimum=1,default=3"`
	// MaxParallelTools is how many tool calls of one response run at once.
	MaxParallelTools int `json:"max_parallel_tools" jsonschema:"minimum=1,default=3"`
	// Workspace is snapshot (a sandbox of its own with the main agent's changes; edits come back
	// as a patch), shared_locked (the main agent's sandbox, one sidekick at a time) or
	// shared_free (the main agent's sandbox, all at once; conflicts are recorded).
	Workspace bench.Workspace `json:"workspace" jsonschema:"default=snapshot"`
	// ReadOnly tells sidekicks to change no files.
	ReadOnly bool `json:"read_only,omitzero"`
	// Memory is fresh (every delegation starts anew), resumable (the main agent may resume a
	// delegation that has ended) or persistent (one sidekick, which every delegation resumes).
	Memory bench.Memory `json:"memory" jsonschema:"default=fresh"`
	// Background lets the main agent go on while a sidekick works. Not with memory: persistent.
	Background bool `json:"background,omitzero"`
	// Context is what a sidekick knows at first: brief (the main agent's brief), issue (the
	// problem statement too) or fork (a transcript of the main agent's conversation too).
	Context bench.Context `json:"context" jsonschema:"default=brief"`
	// Brief is what the main agent is asked to write: complete (goal, place, constraints, edge
	// cases, definition of done) or short (the goal, in a sentence or two).
	Brief bench.BriefStyle `json:"brief" jsonschema:"default=complete"`
	// Notice is the share of a limit at which a sidekick is told that it is nearly spent; 0 is
	// never.
	Notice float64 `json:"notice" jsonschema:"minimum=0,maximum=1,default=0.8"`
	// ReportChars is how many characters of a report the main agent is shown.
	ReportChars int `json:"report_chars" jsonschema:"minimum=500,default=16000"`
	// WrapUp allows a sidekick at its limit one last call, in which no tool may be used, to report.
	WrapUp bool `json:"wrap_up" jsonschema:"default=true"`
	// MaxProviderFailures is the share of a trial's delegations that may end by faults of the
	// sidekicks' provider. Above it the trial's outcome is infra_llm: it would say nothing of
	// the configuration.
	MaxProviderFailures float64 `json:"max_provider_failures" jsonschema:"minimum=0,maximum=1,default=0.2"` //nolint:lll // a tag is one word
}

// Total limits one delegation over all its activations. No limit is below that of one activation
// or above the trial's.
type Total struct {
	// Iterations is how many model calls one delegation may make.
	Iterations int64 `json:"iterations,omitzero" jsonschema:"minimum=1"`
	// CostUSD is what one delegation may spend, in USD.
	CostUSD float64 `json:"cost_usd,omitzero" jsonschema:"exclusiveMinimum=0,maximum=1e6"`
	// Tokens is how many tokens, input plus output, one delegation may use.
	Tokens int64 `json:"tokens,omitzero" jsonschema:"minimum=1"`
	// Wall is how long the activations of one delegation may take together.
	Wall Duration `json:"wall,omitzero"`
}

// checkSidekick checks the block of the sidekicks.
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

// benchSidekick is the block with its models resolved.
func (c *Config) benchSidekick(s *Sidekick) *bench.Sidekick {
	t := s.Total
	return &bench.Sidekick{
		Model:               c.BenchModel(string(s.Model)),
		Limits:              benchLimits(s.Iterations, s.CostUSD, s.Tokens, s.Wall),
		Total:               benchLimits(t.Iterations, t.CostUSD, t.Tokens, t.Wall),
		MaxParallel:         s.MaxParallel,
		MaxParallelTools:    s.MaxParallelTools,
		Workspace:           s.Workspace,
		ReadOnly:            s.ReadOnly,
		Memory:              s.Memory,
		Background:          s.Background,
		Context:             s.Context,
		Brief:               s.Brief,
		Notice:              s.Notice,
		ReportChars:         s.ReportChars,
		MaxProviderFailures: s.MaxProviderFailures,
		WrapUp:              s.WrapUp,
	}
}
