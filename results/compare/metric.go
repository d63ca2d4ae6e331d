package compare

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bench"
)

// Metric is one number of a configuration as data: every format, and
// docs/metrics.md, shows every metric from the list Metrics alone.
type Metric struct {
	Name    string // path in the JSON document
	Label   string // in tables
	Group   Group
	Unit    Unit
	Better  Direction
	Kind    Kind
	Formula string
	Source  string // tables it is computed from
	Of      func(c *Column) Value
	// Interval is the path of its confidence interval in the JSON document, empty
	// if it has none.
	Interval string
	// Per says what a rate or a mean is taken over. How many of them there are
	// is in the value, and stands beside the number in tables.
	Per string
	// OfUsage marks what rests on model calls, so that nothing is known where a
	// program reported none.
	OfUsage bool
	// Apart marks what does not fall short where attempts reported no usage: it is
	// about these, or about what was reported besides.
	Apart bool
	// OfRole marks what rests on who made the calls: nothing is known of it where a
	// program made some of which nobody can say whether main or a sidekick did.
	OfRole bool
	// OfSeen marks what rests on the work of all sidekicks: nothing is known of it where
	// a program delegated, and the calls of the sidekick were not seen.
	OfSeen bool
	// Timed marks what rests on when calls were made, besides what is a time itself:
	// nothing is known of it where models were not asked.
	Timed bool
	// For says which configurations have it; nil stands for all.
	For func(c Configuration) bool
	// OfMany marks what only several trials have together, or a trial beside another.
	OfMany bool
	// Extra marks what tables show only if it is asked for.
	Extra bool
}

// of is the value of a metric.
func (c *Column) of(m Metric) Value {
	if c.imported() {
		return c.importedValue(m)
	}
	v := m.Of(c)
	if m.OfUsage && c.NoUsage > 0 { // nothing in the log does not mean that nothing was spent
		return v.absent()
	}
	if m.timed() && c.secondhand() {
		return v.absent()
	}
	if m.OfRole && c.Spending.Ownerless > 0 || m.OfSeen && c.Escalations.Unseen > 0 {
		return v.absent()
	}
	switch known := c.known(); {
	case known == AllKnown || !m.short():
	case known == NothingKnown:
		v = v.absent()
		v.Unknown = true
	case m.Kind != Exact:
	case m.Unit == Percent:
		v.Kind = Estimate
	default:
		v.Kind = LowerBound
	}
	return v
}

// timed reports whether a metric rests on when things happened.
func (m Metric) timed() bool { return m.Timed || m.Unit == Seconds || m.Group == GroupTime }

// short reports whether a metric falls short where attempts reported no usage.
func (m Metric) short() bool {
	sums := m.OfUsage && (m.Group == GroupCost || m.Group == GroupWhatIf || m.Group == GroupTokens)
	return (sums || m.Unit == Dollars) && !m.Apart
}

// Has reports whether a configuration has the metric.
func (m Metric) Has(c Configuration) bool { return m.For == nil || m.For(c) }

// fusions is for what only fusions have.
func fusions(c Configuration) bool { return c.Kind == bench.KindFusion }

// delegating is for what programs have, too, whose gateway sees that they delegate.
func delegating(c Configuration) bool { return fusions(c) || c.delegates }

// delegates reports whether a configuration is a program whose gateway sees that.
func delegates(c bench.Configuration) bool {
	return c.Command != nil && c.Command.Gateway != nil && len(c.Command.Gateway.Delegating) > 0
}

// withSidekicks is for what programs that report sidekicks have, too.
func withSidekicks(c Configuration) bool {
	return fusions(c) || slices.ContainsFunc(c.Roles, func(r Role) bool {
		return r.Role == bench.RoleSidekick
	})
}

// withAdvisor is for what only configurations with an advisor have.
func withAdvisor(c Configuration) bool { return c.Kind == bench.KindAdvisor }

// routers is for what only configurations have whose model may change from turn to turn.
func routers(c Configuration) bool { return c.Kind == bench.KindRouter }

// Group is a section of a table.
type Group string

// The groups, in order.
const (
	GroupResult     Group = "result"
	GroupCost       Group = "cost"
	GroupWhatIf     Group = "cost, if"
	GroupTokens     Group = "tokens"
	GroupDelegation Group = "delegation"
	GroupEscalation Group = "escalation"
	GroupRouting    Group = "routing"
	GroupFiles      Group = "reads and edits"
	GroupTime       Group = "time"
)

// Unit says how a number is written.
type Unit string

// The units.
const (
	Count   Unit = "n"
	Dollars Unit = "USD"
	Percent Unit = "%" // of a share, 0 to 1
	Tokens  Unit = "tokens"
	Bytes   Unit = "bytes"
	Times   Unit = "×"
	Seconds Unit = "s"
)

// Direction says which way a number is better.
type Direction string

// The directions. Neither is for numbers that explain rather than judge.
const (
	Higher  Direction = "higher"
	Lower   Direction = "lower"
	Neither Direction = ""
)

// Kind says how a number stands to what it is about.
type Kind string

// The kinds. An association is exact, too, but says nothing about causes.
const (
	Exact       Kind = ""
	Estimate    Kind = "estimate"
	LowerBound  Kind = "lower bound"
	UpperBound  Kind = "upper bound"
	Association Kind = "association"
)

// String names the kind; the zero one is exact.
func (k Kind) String() string {
	if k == Exact {
		return "exact"
	}
	return string(k)
}

// Mark is what stands before a number of this kind in tables.
func (k Kind) Mark() string {
	return map[Kind]string{Estimate: "~", LowerBound: "≥", UpperBound: "≤"}[k]
}

// Metrics are all metrics of a configuration in the order of the tables. M and
// S stand for the main agent and the sidekicks; k for an activation, s and e for
// when its sidekick starts and stops working, less the time it only waited or its
// process was dead; U for the length of the union of these.
var Metrics = slices.Concat(resultMetrics, budgetMetrics, costMetrics, whatIfMetrics, tokenMetrics,
	delegationMetrics, riskMetrics(), overheadMetrics, escalationMetrics, sentinelMetrics(),
	routingMetrics, fileMetrics, patchMetrics, timeMetrics)

// usual are the metrics that tables show unless others are asked for.
func usual() []Metric {
	return slices.DeleteFunc(slices.Clone(Metrics), func(m Metric) bool { return m.Extra })
}

// Select returns the metrics whose names match: "all", or names and regular
// expressions of whole names, separated by commas. The empty text stands for
// the usual ones. It fails on an expression that is malformed or matches none.
func Select(pattern string) ([]Metric, error) {
	switch pattern {
	case "":
		return usual(), nil
	case "all":
		return Metrics, nil
	}
	chosen := map[string]bool{}
	for one := range strings.SplitSeq(pattern, ",") {
		re, err := regexp.Compile("^(?:" + strings.TrimSpace(one) + ")$")
		if err != nil {
			return nil, fmt.Errorf("metrics %q: %w", one, err)
		}
		matched := false
		for _, m := range Metrics {
			if re.MatchString(m.Name) {
				chosen[m.Name], matched = true, true
			}
		}
		if !matched {
			return nil, fmt.Errorf("no metric is called %q: docs/metrics.md lists them", one)
		}
	}
	return among(chosen), nil
}

// Named is the metric with a name, of which there must be one.
func Named(name string) Metric {
	i := slices.IndexFunc(Metrics, func(m Metric) bool { return m.Name == name })
	return Metrics[i]
}

// With are the metrics given, nil being the usual ones, and one more.
func With(metrics []Metric, name string) []Metric {
	if metrics == nil {
		metrics = usual()
	}
	chosen := map[string]bool{name: true}
	for _, m := range metrics {
		chosen[m.Name] = true
	}
	return among(chosen)
}

// among are the metrics with some names, in the usual order.
func among(chosen map[string]bool) []Metric {
	return slices.DeleteFunc(slices.Clone(Metrics), func(m Metric) bool { return !chosen[m.Name] })
}
