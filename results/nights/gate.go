package nights

import (
	"maps"
	"slices"

	"bench/results"
	"bench/stats"
)

// Month is the number of nights over which false alarms are kept rare.
const Month = 30

// Alpha is the one-sided level at which a loss is ruled out, and at which a drop that
// was seen must be repeated.
const Alpha = 0.05

// Options are what a gate allows, and how sure it is to be.
type Options struct {
	MarginPP   float64 `json:"margin_pp"`   // percentage points of resolved rate that may be lost
	CostMargin float64 `json:"cost_margin"` // share of its cost by which a trial may be dearer
	TimeMargin float64 `json:"time_margin"` // and slower
	RuleOutPP  float64 `json:"rule_out_pp"` // a loss of so many points must be ruled out for a pass
	// FalseAlarms is the chance that quality raises one or more in a month without any
	// change, over all configurations.
	FalseAlarms float64 `json:"false_alarms"`
}

// Finding is what a gate says.
type Finding string

// The findings. Regression means that a loss beyond the margin is shown; inconclusive
// that it is not, but that a loss to be ruled out is not ruled out either; unmeasured
// that neither the baseline nor the night knows the measure.
const (
	Pass         Finding = "pass"
	Regression   Finding = "regression"
	Inconclusive Finding = "inconclusive"
	Unmeasured   Finding = "unmeasured"
)

// Verdict is what a gate says of a night.
type Verdict struct {
	Baseline, Night results.Run
	Name            string   // that the baseline is known by; empty if it has none
	Changed         bool     // the baseline's run went on after it was named
	History         []string // runs of the nights between them, in order
	Options         Options
	Configurations  []Configuration
	Missing         []string // configurations of the baseline that the night does not have
	// Excluded are tasks that were left out of all nights; nil: nobody asked.
	Excluded *results.Exclusion
	all      []Night
}

// Configuration is what it says of one.
type Configuration struct {
	Name      string
	Trials    []results.Measured // of the night
	NoVerdict int                // verdicts that are missing
	Tasks     int                // with a verdict on both sides
	Checks    []Check            // by measure
	Lost      []string           // tasks that the baseline resolved more often, by id
	Gained    []string           // and less often
}

// Check is the verdict on one measure.
type Check struct {
	Measure Measure  `json:"measure"`
	Finding Finding  `json:"finding"`
	Level   float64  `json:"level"`   // of each window
	Windows []Window `json:"windows"` // the last night, the last 2, 4, … and all
	// Dispersion is how much more nights vary than tasks by themselves; absent for few.
	Dispersion stats.Number `json:"dispersion"`
	// Before and After are the means of the baseline and the night over tasks that both
	// have; Change is their difference for quality, the ratio of totals for the others.
	Before stats.Number `json:"baseline"`
	After  stats.Number `json:"night"`
	Change stats.Number `json:"change"`
	// RuledOut is the p value of a loss of RuleOutPP or more against the baseline; of
	// quality only.
	RuledOut stats.Number `json:"ruled_out_p"`
	// Confirmation is what came of the tasks that were run again; nil if none were.
	Confirmation *Confirmation `json:"confirmation"`
}

// Window is a comparison of the last nights with all before.
type Window struct {
	Nights int          `json:"nights"`
	Since  string       `json:"since"`  // the first run of these
	Before stats.Number `json:"before"` // means
	After  stats.Number `json:"after"`  // means of tasks on both sides
	Change stats.Number `json:"change"` // after − before of quality, after / before of the others
	P      stats.Number `json:"p"`      // that the loss is not beyond the margin
	Alarm  bool         `json:"alarm"`
}

// Shown is the window that speaks most clearly.
func (c Check) Shown() Window {
	if len(c.Windows) == 0 {
		return Window{}
	}
	return slices.MinFunc(c.Windows, func(a, b Window) int {
		switch {
		case a.P < b.P:
			return -1
		case a.P > b.P:
			return 1
		}
		return 0
	})
}

// Judge judges a night by a baseline and the nights between them, in order.
// Configurations are known by their names; those that the night and the baseline do
// not both have are left out.
func Judge(baseline Night, history []Night, night Night, o Options) Verdict {
	v := Verdict{Baseline: baseline.Run, Night: night.Run, Options: o,
		all: slices.Concat([]Night{baseline}, history, []Night{night})}
	for _, n := range history {
		v.History = append(v.History, n.Run.ID)
	}
	names := configurations([]Night{baseline, night})
	for _, name := range configurations([]Night{baseline}) {
		if !slices.Contains(names, name) {
			v.Missing = append(v.Missing, name)
		}
	}
	for _, name := range names {
		v.Configurations = append(v.Configurations, v.configuration(name, len(names)))
	}
	return v
}

// configuration judges one of several.
func (v Verdict) configuration(name string, of int) Configuration {
	c := Configuration{Name: name}
	for _, t := range v.all[len(v.all)-1].Trials {
		if t.Key.Configuration != name {
			continue
		}
		c.Trials = append(c.Trials, t)
	}
	c.NoVerdict = v.withoutVerdict(name, c.Trials)
	c.Lost, c.Gained = v.flips(name)
	for _, m := range Measures {
		c.Checks = append(c.Checks, v.check(m, name, of))
	}
	c.Tasks = v.split(Quality, name).Units()
	return c
}

// withoutVerdict is how many verdicts are missing of those planned. What was tried
// again has more trials than were planned: these are no more than the task with the
// fewest has, nor than the verdicts that any task has, of the night or the baseline.
func (v Verdict) withoutVerdict(name string, trials []results.Measured) (n int) {
	planned, most := map[string]int{}, 1
	for _, t := range trials {
		planned[t.Key.InstanceID]++
	}
	judged := v.all[len(v.all)-1].totals(Quality, name)
	for _, totals := range []map[string]stats.Total{judged, v.all[0].totals(Quality, name)} {
		for _, t := range totals {
			most = max(most, t.N)
		}
	}
	each := min(most, slices.Min(slices.Collect(maps.Values(planned))))
	for task := range planned {
		n += max(0, each-judged[task].N)
	}
	return n
}

// split compares the night with the baseline alone.
func (v Verdict) split(m Measure, name string) stats.Strata {
	return series([]Night{v.all[0], v.all[len(v.all)-1]}, m, name).Split(1)
}

// check judges one measure of one of several configurations.
func (v Verdict) check(m Measure, name string, of int) Check {
	rows := series(v.all, m, name)
	last := len(rows) - 1
	c := Check{Measure: m, RuledOut: stats.None(), Dispersion: stats.None()}
	s := v.split(m, name)
	c.Before, c.After = s.Means()
	c.Change = m.change(s)
	if !measured(rows[0]) && !measured(rows[last]) {
		c.Finding = Unmeasured
		return c
	}
	sizes := windows(last)
	c.Level = v.Options.FalseAlarms / float64(Month*len(sizes)*of)
	c.Finding, c.Dispersion = Pass, rows.Dispersion()
	for _, nights := range sizes {
		w := v.window(m, rows, nights, c.Dispersion)
		if w.Alarm = float64(w.P) <= c.Level; w.Alarm {
			c.Finding = Regression
		}
		c.Windows = append(c.Windows, w)
	}
	v.ruleOut(&c, name)
	return c
}

// windows are the numbers of last nights that are looked at, of all since the
// baseline.
func windows(all int) (sizes []int) {
	for n := 1; n < all; n *= 2 {
		sizes = append(sizes, n)
	}
	return append(sizes, all)
}

// window compares the last nights of a series with all before.
func (v Verdict) window(m Measure, rows stats.Repeated, nights int, spread stats.Number) Window {
	s := rows.Split(len(rows) - nights)
	w := Window{Nights: nights, Since: v.all[len(v.all)-nights].Run.ID, Change: m.change(s)}
	w.Before, w.After = s.Means()
	w.P = stats.Number(v.Options.p(m, s, atLeastOne(spread)))
	return w
}

// atLeastOne is a dispersion, or 1 if it is not known.
func atLeastOne(dispersion stats.Number) float64 {
	if !dispersion.OK() {
		return 1
	}
	return max(1, float64(dispersion))
}

// change is what became of a measure.
func (m Measure) change(s stats.Strata) stats.Number {
	if m != Quality {
		return s.Ratio()
	}
	before, after := s.Means()
	return after - before
}

// p is the p value of no loss beyond the margin.
func (o Options) p(m Measure, s stats.Strata, dispersion float64) float64 {
	switch m {
	case Quality:
		return s.Fewer(o.MarginPP/100, dispersion)
	case Cost:
		return s.Greater(1+o.CostMargin, dispersion)
	case Time:
		return s.Greater(1+o.TimeMargin, dispersion)
	}
	return 1
}

// ruleOut makes a pass inconclusive where too little is known for it. Quality must
// not be worse than the baseline by what is to be ruled out, by the test of
// non-inferiority with tasks as units. The others must be known on both sides of a
// few tasks.
func (v Verdict) ruleOut(c *Check, name string) {
	s := v.split(c.Measure, name)
	known := s.Units() >= 3
	if c.Measure == Quality {
		c.RuledOut = stats.Number(clustered(s).NonInferiority(v.Options.RuleOutPP / 100))
		known = float64(c.RuledOut) <= Alpha
	}
	if c.Finding == Pass && !known {
		c.Finding = Inconclusive
	}
}

// clustered are the differences of tasks that have a verdict on both sides.
func clustered(s stats.Strata) (units stats.Clustered) {
	for _, x := range s {
		if x.Before.N > 0 && x.After.N > 0 {
			units.Add(x.After.Sum/float64(x.After.N) - x.Before.Sum/float64(x.Before.N))
		}
	}
	return units
}

// flips are the tasks that the night resolved less often than the baseline, and more
// often.
func (v Verdict) flips(name string) (lost, gained []string) {
	before, after := v.all[0].totals(Quality, name), v.all[len(v.all)-1].totals(Quality, name)
	for _, task := range sorted(after) {
		b, a := before[task], after[task]
		if b.N == 0 {
			continue
		}
		switch change := a.Sum/float64(a.N) - b.Sum/float64(b.N); {
		case change < 0:
			lost = append(lost, task)
		case change > 0:
			gained = append(gained, task)
		}
	}
	return lost, gained
}

// Finding is the worst of all: a regression, then what is inconclusive.
func (v Verdict) Finding() Finding {
	worst := Pass
	for _, c := range v.Configurations {
		for _, check := range c.Checks {
			switch {
			case check.Finding == Regression:
				return Regression
			case check.Finding == Inconclusive:
				worst = Inconclusive
			}
		}
	}
	return worst
}

// NoVerdict is how many trials of the night have no verdict.
func (v Verdict) NoVerdict() (n int) {
	for _, c := range v.Configurations {
		n += c.NoVerdict
	}
	return n
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
