package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench"
	"bench/results/compare"
	"bench/results/verdict"
	"bench/stats"
)

// Column is something that is known of configurations, or of candidates beside the
// baseline: what tables, CSV and documents can be made of.
type Column struct {
	name   string
	better compare.Direction
	heads  []string                   // of its cells in CSV
	plain  func(l entry) []string     // these cells, "" for what is absent
	shown  func(l entry) string       // its cell in tables
	number func(e entry) stats.Number // what to sort by; nil stands for the first plain cell
	paths  []string                   // in the JSON documents of configurations, or of pairs
	ofPair bool
	judged bool           // made for a claim: a repeat has none
	metric compare.Metric // unless it is none
}

// entry is what a row is about.
type entry struct {
	configuration compare.Configuration
	of            *compare.Pair // nil for the baseline
	pair          pairDocument
	repeat        bool // of is what it differs by from the configuration that it repeats
}

// entries are a comparison's, in the order of its configurations.
func entries(c compare.Comparison) []entry {
	out := make([]entry, len(c.Configurations))
	for i, conf := range c.Configurations {
		out[i].configuration = conf
		for _, p := range c.Pairs {
			if p.Candidate == conf.Name {
				out[i].of, out[i].pair = &p, documentOf(p)
			}
		}
		for _, n := range c.Noise {
			if n.Repeat == conf.Name {
				p := compare.Pair{
					Baseline: n.Configuration, Candidate: n.Repeat,
					Verdict: verdict.Verdict{Evidence: n.Evidence},
				}
				out[i].of, out[i].pair, out[i].repeat = &p, documentOf(p), true
			}
		}
	}
	return out
}

// absent tells whether a row has nothing in the column.
func (c Column) absent(e entry) bool {
	return c.ofPair && e.of == nil || c.judged && e.repeat
}

// cells are those of a row in CSV.
func (c Column) cells(e entry) []string {
	if c.absent(e) {
		return make([]string, len(c.heads))
	}
	return c.plain(e)
}

// cell is that of a row in tables.
func (c Column) cell(e entry) string {
	if c.absent(e) {
		return none
	}
	return c.shown(e)
}

// allColumns are those of the CSV, in order.
func allColumns() []Column {
	all := slices.Clone(identity)
	for _, m := range compare.Metrics {
		all = append(all, ofMetric(m))
	}
	for _, o := range bench.Outcomes {
		count := func(e entry) string { return strconv.Itoa(e.configuration.Outcomes[o]) }
		c := worded("outcomes."+string(o), "outcomes."+string(o), count)
		c.number = func(e entry) stats.Number { return stats.Number(e.configuration.Outcomes[o]) }
		all = append(all, c)
	}
	known := worded("cost_known", "cost_known", func(e entry) string {
		return string(e.configuration.Cost)
	})
	return slices.Concat(all, []Column{known}, pairColumns)
}

// Columns are those whose names match, in the order of the names: names and regular
// expressions of whole names, separated by commas. It fails on an expression that is
// malformed or matches none.
func Columns(pattern string) ([]Column, error) {
	var chosen []Column
	for one := range strings.SplitSeq(pattern, ",") {
		re, err := regexp.Compile("^(?:" + strings.TrimSpace(one) + ")$")
		if err != nil {
			return nil, fmt.Errorf("columns %q: %w", one, err)
		}
		matched := false
		for _, c := range allColumns() {
			if !re.MatchString(c.name) {
				continue
			}
			matched = true
			same := func(o Column) bool { return o.name == c.name }
			if c.name != naming && !slices.ContainsFunc(chosen, same) {
				chosen = append(chosen, c)
			}
		}
		if !matched {
			return nil, fmt.Errorf("no column is called %q: docs/compare.md and docs/metrics.md list them",
				strings.TrimSpace(one))
		}
	}
	return chosen, nil
}

// naming is the column that says what a row is about. All rows begin with it.
const naming = "configuration"

// identity says what a configuration is.
var identity = []Column{
	worded("run", "", func(e entry) string { return e.configuration.Run }),
	worded(naming, "name", func(e entry) string { return e.configuration.Name }),
	worded("kind", "kind", func(e entry) string { return string(e.configuration.Kind) }),
	worded("main_model", "main_model", func(e entry) string { return e.configuration.MainModel }),
	worded("sidekick_model", "sidekick_model", func(e entry) string {
		return optional(e.configuration.SidekickModel)
	}),
	worded("advisor_model", "advisor_model", func(e entry) string {
		return optional(e.configuration.AdvisorModel)
	}),
	worded("simulated", "", func(e entry) string {
		return strconv.FormatBool(e.configuration.Simulated)
	}),
	worded("imported", "imported", func(e entry) string {
		return strconv.FormatBool(e.configuration.Imported)
	}),
	worded("repeats", "repeats", func(e entry) string { return optional(e.configuration.Repeats) }),
}

// worded is a column of words about configurations.
func worded(name, path string, of func(e entry) string) Column {
	c := Column{
		name: name, heads: []string{name},
		plain: func(e entry) []string { return []string{of(e)} },
		shown: func(e entry) string { return or(of(e)) },
	}
	if path != "" {
		c.paths = []string{path}
	}
	return c
}

// optional is a text that may be absent.
func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// ofMetric is the column of a metric: the number, the ends of its interval, and how
// many things it is taken over.
func ofMetric(m compare.Metric) Column {
	c := Column{
		name: m.Name, better: m.Better, heads: []string{m.Name}, paths: []string{m.Name}, metric: m,
		shown:  func(e entry) string { return cell(m, e.configuration) },
		number: func(e entry) stats.Number { return e.configuration.Value(m).Number },
	}
	if m.Interval != "" {
		c.heads = append(c.heads, m.Name+".lo", m.Name+".hi")
		c.paths = append(c.paths, m.Interval)
	}
	if m.Per != "" {
		c.heads = append(c.heads, m.Name+".n")
	}
	c.plain = func(e entry) []string {
		v := e.configuration.Value(m)
		out := []string{plain(v.Number)}
		if m.Interval != "" {
			out = append(out, limits(v.Interval)...)
		}
		if m.Per != "" {
			out = append(out, strconv.Itoa(v.N))
		}
		return out
	}
	return c
}
