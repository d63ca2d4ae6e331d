package report

import (
	"encoding/json"
	"fmt"
	"io"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/timeline"
	"bench/stats"
)

// comparisonDocument is a comparison as `bench compare --format json` prints it.
type comparisonDocument struct {
	Runs []string `json:"runs"`
	// A model of some configuration is a script.
	Simulated      bool           `json:"simulated"`
	Imported       bool           `json:"imported"` // trials of some configuration were made elsewhere
	Configurations []*object      `json:"configurations"`
	Pairs          []pairDocument `json:"pairs"`
	// What configurations differ by from themselves.
	Noise    []noiseDocument `json:"noise"`
	Frontier []string        `json:"frontier"` // not beaten in both rate and cost
	// How likely that is, by configuration, from drawing tasks; null for too few.
	FrontierProbability map[string]stats.Number `json:"frontier_probability"`
	NetBenefit          benefitDocument         `json:"net_benefit"`
	Axes                []compare.Axis          `json:"axes"`
	Curves              []compare.Curve         `json:"under_budget"`
	// What must be known before any number is read.
	Alarms []string `json:"alarms"`
	// About the runs; those of a pair are in Pairs.
	Warnings  []string                `json:"warnings"`
	Images    []compare.Image         `json:"images"`
	Hosts     []compare.Host          `json:"hosts"`     // machines that trials ran on
	Kinds     map[string]compare.Kind `json:"kinds"`     // metrics that are not exact, by name
	Repricing *compare.Repricing      `json:"repricing"` // null: costs are as they were recorded
	// Tasks that were left out as contaminated; null: nobody asked.
	Excluded *results.Exclusion `json:"excluded"`
	// SidekickPrice names the price behind cost_usd.sidekicks_at_other_price.
	SidekickPrice string `json:"sidekick_price,omitempty"`
}

// roleDocument is what the agents of one role with one model did. What they used
// is null where a program reported no usage.
type roleDocument struct {
	Role        bench.Role     `json:"role"`
	Model       string         `json:"model"` // config name
	WireModel   string         `json:"wire_model"`
	Agents      int            `json:"agents"`
	ToolCalls   int            `json:"tool_calls"`
	Calls       *int           `json:"calls"` // of models, failed ones included
	Tokens      *bench.Usage   `json:"tokens"`
	CachedShare stats.Number   `json:"cached_share"` // of the input
	Cost        *bench.USD     `json:"cost_usd"`
	Unreported  bench.USD      `json:"unreported_cost_usd"` // estimated, besides the cost
	Time        *timeline.Secs `json:"model_time_s"`
	Waited      *timeline.Secs `json:"waited_s"` // rate limits, back-off and failed attempts
}

// roleDocuments are those of a configuration, in the order of tables.
func roleDocuments(c compare.Configuration) []roleDocument {
	out := []roleDocument{}
	for _, r := range c.Roles {
		d := roleDocument{
			Role: r.Role, Model: r.Model, WireModel: r.WireModel, Agents: r.Agents,
			ToolCalls: r.ToolCalls, CachedShare: stats.None(), Unreported: r.Unreported,
		}
		if c.NoUsage == 0 {
			time, waited := timeline.Secs(r.Time), timeline.Secs(r.Waited)
			d.Calls, d.Tokens, d.CachedShare, d.Cost = &r.Calls, &r.Usage, r.CachedShare, &r.Cost
			d.Time, d.Waited = &time, &waited
		}
		out = append(out, d)
	}
	return out
}

// routedDocument is what came to one model of those that turns may go to.
type routedDocument struct {
	Model         string       `json:"model"` // config name
	WireModel     string       `json:"wire_model"`
	Turns         int          `json:"turns"`
	Tokens        bench.Usage  `json:"tokens"`
	Cost          bench.USD    `json:"cost_usd"`
	Unreported    bench.USD    `json:"unreported_cost_usd"` // estimated, besides the cost
	Switches      int          `json:"switches"`            // to it
	LostTokens    int64        `json:"cache_lost_tokens"`
	LostCost      stats.Number `json:"cache_lost_usd"`
	ReasoningLost int          `json:"reasoning_lost"` // blocks
}

// routedDocuments are those of a configuration, by turns; nil, which is null, where the
// model cannot change.
func routedDocuments(c compare.Configuration) (out []routedDocument) {
	for _, r := range c.Routed {
		out = append(out, routedDocument{
			Model: r.Model, WireModel: r.WireModel, Turns: r.Turns, Tokens: r.Usage, Cost: r.Cost,
			Unreported: r.Unreported, Switches: r.Switches, LostTokens: r.LostTokens,
			LostCost: r.LostCost.Number, ReasoningLost: r.ReasoningLost,
		})
	}
	return out
}

// configurationDocument is what a configuration is, and all of its metrics at the
// paths that are their names.
func configurationDocument(c compare.Configuration) *object {
	o := &object{}
	o.set("name", c.Name)
	o.set("kind", c.Kind)
	o.set("repeats", c.Repeats)
	o.set("main_model", c.MainModel)
	o.set("sidekick_model", c.SidekickModel)
	o.set("advisor_model", c.AdvisorModel)
	o.set("imported", c.Imported)
	o.set("cost_known", c.Cost)
	n := map[string]int{}
	for _, m := range compare.Metrics {
		v := c.Value(m)
		o.set(m.Name, v.Number)
		if m.Interval != "" {
			o.set(m.Interval, v.Interval)
		}
		if m.Per != "" {
			n[m.Name] = v.N
		}
	}
	o.set("outcomes", c.Outcomes)
	o.set("flags", c.Flags)
	o.set("contaminated", c.Contaminated)
	o.set("not_examined", c.Unexamined)
	o.set("roles", roleDocuments(c))
	o.set("turns_by_model", routedDocuments(c))
	o.set("n", n) // how many things a metric is taken over
	return o
}

// documentOfAll is the whole of a comparison.
func documentOfAll(c compare.Comparison) comparisonDocument {
	doc := comparisonDocument{
		Runs: c.Runs, Simulated: c.Simulated, Imported: c.Imported,
		Configurations: []*object{}, Pairs: []pairDocument{},
		Noise:    []noiseDocument{},
		Frontier: c.Frontier, Alarms: c.Alarms, Warnings: c.Warnings, Images: c.Images, Hosts: c.Hosts,
		Kinds:     c.Kinds,
		Repricing: c.Repricing, Excluded: c.Excluded, SidekickPrice: c.SidekickPrice,
		FrontierProbability: map[string]stats.Number{}, NetBenefit: benefitOf(c.NetBenefit),
		Axes: c.Axes, Curves: c.Curves,
	}
	for _, conf := range c.Configurations {
		doc.Configurations = append(doc.Configurations, configurationDocument(conf))
	}
	for _, b := range c.NetBenefit.Of {
		doc.FrontierProbability[b.Name] = b.Frontier
	}
	for _, n := range c.Noise {
		doc.Noise = append(doc.Noise, noiseOf(n))
	}
	for _, p := range c.Pairs {
		doc.Pairs = append(doc.Pairs, documentOf(p))
	}
	return doc
}

// points is the difference in percentage points.
func points(p compare.Pair) stats.Number { return 100 * p.Evidence.Difference }

// document writes something as JSON for people and programs.
func document(w io.Writer, doc any, what string) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
