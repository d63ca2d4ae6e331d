package compare

import (
	"bench"
	"bench/stats"
)

// resource is something that trials take.
type resource struct {
	name string
	of   func(t *trial) float64
}

// The resources that a resolved rate is seen under a budget of.
var (
	dollarsTaken = resource{"cost_usd", func(t *trial) float64 { return t.Cost.Float() }}
	tokensTaken  = resource{"tokens", func(t *trial) float64 {
		return float64(t.sums.Spending.All.Tokens.Tokens())
	}}
	minutesTaken = resource{"minutes", func(t *trial) float64 {
		return float64(t.sums.Teamwork.Times.Wall) / 60_000
	}}
	resources = []resource{dollarsTaken, tokensTaken, minutesTaken}
)

// graded are the trials that a resolved rate is of.
func (c *Column) graded() (out []*trial) {
	for _, t := range c.trials {
		if t.Resolved != nil && t.Counts() {
			out = append(out, t)
		}
	}
	return out
}

// findMost tells each column the most that a trial of any of them took, up to which
// resolved rates under a budget are seen.
func findMost(cols []*Column) {
	most := map[string]float64{}
	for _, c := range cols {
		c.most = most
		for _, t := range c.graded() {
			for _, r := range resources {
				if r.name == minutesTaken.name && t.secondhand() {
					continue
				}
				most[r.name] = max(most[r.name], r.of(t))
			}
		}
	}
}

// area is that below the curve of resolved rates over budgets from nothing to the
// most that a trial of the comparison took, as a share of the whole. A trial that
// was resolved for x adds to all budgets from x on.
//
// SWE-Effi: arXiv 2509.09853, 3.
func (c *Column) area(r resource) Value {
	trials, sum := c.graded(), 0.0
	most := c.most[r.name]
	if most == 0 {
		return Value{}.absent()
	}
	for _, t := range trials {
		if *t.Resolved {
			sum += 1 - r.of(t)/most
		}
	}
	return overN(sum, len(trials))
}

// Curve is the resolved rate of each configuration under budgets of one resource.
type Curve struct {
	Resource string    `json:"resource"` // cost_usd, tokens or minutes, of one trial
	Budgets  []float64 `json:"budgets"`
	// Rates are by the name of the configuration, 0 to 1; empty where the resource is
	// not known.
	Rates map[string][]stats.Number `json:"resolved_rate"`
}

// steps is how many budgets a curve has.
const steps = 10

// curves are those of all resources that trials took any of.
func curves(cols []*Column) []Curve {
	out := []Curve{}
	for _, r := range resources {
		curve := Curve{Resource: r.name, Rates: map[string][]stats.Number{}}
		for i := range steps {
			if most := mostOf(cols, r); most > 0 {
				curve.Budgets = append(curve.Budgets, most*float64(i+1)/steps)
			}
		}
		if len(curve.Budgets) == 0 {
			continue
		}
		for _, c := range cols {
			curve.Rates[c.name] = c.under(r, curve.Budgets)
		}
		out = append(out, curve)
	}
	return out
}

func mostOf(cols []*Column, r resource) float64 {
	if len(cols) == 0 {
		return 0
	}
	return cols[0].most[r.name]
}

// under are the resolved rates under budgets.
func (c *Column) under(r resource, budgets []float64) []stats.Number {
	out := []stats.Number{}
	if r.name == minutesTaken.name && c.secondhand() ||
		r.name != minutesTaken.name && c.known() != AllKnown {
		return out
	}
	trials := c.graded()
	for _, most := range budgets {
		resolved := 0
		for _, t := range trials {
			if *t.Resolved && r.of(t) <= most {
				resolved++
			}
		}
		out = append(out, stats.Over(resolved, len(trials)))
	}
	return out
}

// failedShare is the share of the cost of graded trials that went into those that
// are not resolved.
func (c *Column) failedShare() Value {
	var failed, all bench.USD
	trials := c.graded()
	for _, t := range trials {
		if all += t.Cost; !*t.Resolved {
			failed += t.Cost
		}
	}
	return over(failed, all).per(len(trials))
}

// perTask is the mean of what trials that count took.
func (c *Column) perTask(of func(t *trial) float64) Value {
	var m mean
	for _, t := range c.trials {
		if t.Counts() {
			m.add(of(t))
		}
	}
	return number(m.value().Number)
}
