package report

import (
	"encoding/json"
	"fmt"
	"io"

	"bench/results/compare"
	"bench/results/verdict"
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
	Frontier       []string       `json:"frontier"` // not beaten in both rate and cost
	// What must be known before any number is read.
	Alarms []string `json:"alarms"`
	// About the runs; those of a pair are in Pairs.
	Warnings  []string                `json:"warnings"`
	Images    []compare.Image         `json:"images"`
	Kinds     map[string]compare.Kind `json:"kinds"`     // metrics that are not exact, by name
	Repricing *compare.Repricing      `json:"repricing"` // null: costs are as they were recorded
	// SidekickPrice names the price behind cost_usd.sidekicks_at_other_price.
	SidekickPrice string `json:"sidekick_price,omitempty"`
}

// pairDocument is what is known of a candidate beside the baseline.
type pairDocument struct {
	Baseline      string          `json:"baseline"`
	Candidate     string          `json:"candidate"`
	N             int             `json:"n_pairs"`
	Both          int             `json:"both"` // resolved by both
	OnlyBaseline  int             `json:"only_baseline"`
	OnlyCandidate int             `json:"only_candidate"`
	Neither       int             `json:"neither"`
	DeltaPP       stats.Number    `json:"delta_pp"` // candidate minus baseline, percentage points
	DeltaCI       stats.Interval  `json:"delta_ci"`
	PValue        stats.Number    `json:"p_value"`
	Test          verdict.Test    `json:"test"`
	MarginPP      stats.Number    `json:"margin_pp"`
	NonInferior   bool            `json:"non_inferior"`
	CostRatio     stats.Number    `json:"cost_ratio"` // candidate over baseline
	CostRatioCI   stats.Interval  `json:"cost_ratio_ci"`
	Verdict       string          `json:"verdict"`
	Word          verdict.Word    `json:"word"` // the same for programs
	Quality       verdict.Quality `json:"quality"`
	Cost          verdict.Cost    `json:"cost"`
	Warnings      []string        `json:"warnings"`
}

// configurationDocument is what a configuration is, and all of its metrics at the
// paths that are their names.
func configurationDocument(c compare.Configuration) *object {
	o := &object{}
	o.set("name", c.Name)
	o.set("kind", c.Kind)
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
	o.set("n", n) // how many things a metric is taken over
	return o
}

// JSON writes a comparison as one document.
func JSON(w io.Writer, c compare.Comparison) error {
	doc := comparisonDocument{
		Runs: c.Runs, Simulated: c.Simulated, Imported: c.Imported, Configurations: []*object{}, Pairs: []pairDocument{},
		Frontier: c.Frontier, Alarms: c.Alarms, Warnings: c.Warnings, Images: c.Images, Kinds: c.Kinds,
		Repricing: c.Repricing, SidekickPrice: c.SidekickPrice,
	}
	for _, conf := range c.Configurations {
		doc.Configurations = append(doc.Configurations, configurationDocument(conf))
	}
	for _, p := range c.Pairs {
		doc.Pairs = append(doc.Pairs, documentOf(p))
	}
	return document(w, doc, "comparison")
}

func documentOf(p compare.Pair) pairDocument {
	e := p.Evidence
	return pairDocument{
		Baseline: p.Baseline, Candidate: p.Candidate, N: e.N(), Both: e.Both,
		OnlyBaseline: e.OnlyBaseline, OnlyCandidate: e.OnlyCandidate, Neither: e.Neither,
		DeltaPP: points(p), DeltaCI: e.DifferenceInterval.Scaled(100), PValue: e.PValue, Test: e.Test,
		MarginPP: stats.Number(p.Assumptions.MarginPP), NonInferior: e.NonInferior,
		CostRatio: e.CostRatio, CostRatioCI: e.CostRatioInterval, Verdict: inWords(p.Verdict),
		Word: p.Word, Quality: p.Quality, Cost: p.Cost,
		Warnings: warnings(p),
	}
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
