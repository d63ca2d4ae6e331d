package nights

import (
	"cmp"
	"math"
	"slices"

	"bench/results"
	"bench/stats"
)

// Grouping says which nights are one occasion of a trend.
type Grouping string

// The groupings: each night by itself, or all nights of a version of bench, or of a
// config, together.
const (
	ByNight   Grouping = "night"
	ByVersion Grouping = "version"
	ByConfig  Grouping = "config"
)

// Groupings are all groupings.
var Groupings = []Grouping{ByNight, ByVersion, ByConfig}

// key names the occasion of a night.
func (g Grouping) key(n Night) string {
	switch g {
	case ByNight:
	case ByVersion:
		return n.Run.Version
	case ByConfig:
		return string(n.Run.Config)[:min(8, len(n.Run.Config))]
	}
	return n.Run.ID
}

// Confidence is that of the intervals of a trend.
const Confidence = 0.95

// Trend is how configurations did on several occasions, and from when on otherwise.
type Trend struct {
	By        Grouping
	Occasions []Occasion
	Series    []Series
	// Looks is how many tests were made at most. The p value of a change is multiplied
	// with it, so that the chance that anything is called a change where there is none
	// is at most Alpha.
	Looks int
	// Excluded are tasks that were left out of all nights; nil: nobody asked.
	Excluded *results.Exclusion
}

// Occasion is a night, or nights that count as one.
type Occasion struct {
	Name   string
	Nights []results.Run
	// Setup is what differs from the occasion before in how runs were made, in words
	// of the config; empty of imported ones.
	Setup []string
}

// Series is a configuration on all occasions.
type Series struct {
	Name    string
	Points  []Point  // one for each occasion
	Changes []Change // by measure, then in order
	// Dispersion is how much more occasions vary than tasks by themselves, by measure
	// in order; absent for fewer than six.
	Dispersion []stats.Number
}

// Point is what a configuration did on an occasion. Of one that it was not part of all
// is 0 or absent.
type Point struct {
	Tasks    int // with a verdict
	Trials   int
	Verdicts int
	Resolved int
	Rate     Estimate // share of trials with a verdict
	Cost     Estimate // dollars of such a trial
	Seconds  Estimate // for which agents worked on one
}

// Estimate is a mean over so many trials.
type Estimate struct {
	stats.Number
	Interval stats.Interval
	Trials   int
}

// Change is a moment from which on a measure is another.
type Change struct {
	Measure Measure
	At      int // the first occasion of the new state
	// Before and After are the means of quality on tasks on both sides, between the
	// changes around; absent for the others.
	Before, After stats.Number
	Change        stats.Number // of quality their difference, else the geometric mean of tasks' ratios
	P             stats.Number // two-sided
	Corrected     stats.Number // for all looks
}

// Trends finds how configurations did on the occasions that nights make, in order.
func Trends(all []Night, by Grouping, r stats.Resampling) Trend {
	t := Trend{By: by}
	grouped := group(all, by)
	for i, nights := range grouped {
		o := Occasion{Name: by.key(nights[0])}
		for _, n := range nights {
			o.Nights = append(o.Nights, n.Run)
		}
		if i > 0 {
			o.Setup = setup(grouped[i-1], nights)
		}
		t.Occasions = append(t.Occasions, o)
	}
	names := anyConfigurations(all)
	t.Looks = max(1, (len(grouped)-1)*len(names)*len(Measures))
	for _, name := range names {
		t.Series = append(t.Series, t.series(pooled(grouped), name, r))
	}
	return t
}

// Origin reports whether some night is simulated, and whether some was imported.
func (t Trend) Origin() (simulated, imported bool) {
	for _, o := range t.Occasions {
		for _, run := range o.Nights {
			simulated, imported = simulated || run.Simulated, imported || run.Imported != ""
		}
	}
	return simulated, imported
}

// Estimate is what is known of a measure.
func (p Point) Estimate(m Measure) Estimate {
	switch m {
	case Quality:
		return p.Rate
	case Cost:
		return p.Cost
	case Time:
	}
	return p.Seconds
}

// group has the nights of each occasion, in the order of their first ones.
func group(all []Night, by Grouping) (groups [][]Night) {
	place := map[string]int{}
	for _, n := range all {
		i, ok := place[by.key(n)]
		if !ok {
			i = len(groups)
			place[by.key(n)] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], n)
	}
	return groups
}

// pooled has the trials of the nights of each occasion together.
func pooled(groups [][]Night) []Night {
	out := make([]Night, len(groups))
	for i, nights := range groups {
		out[i].Run = nights[0].Run
		for _, n := range nights {
			out[i].Trials = append(out[i].Trials, n.Trials...)
		}
	}
	return out
}

// setup is what the first night of an occasion has that the last night of the one
// before had not.
func setup(before, after []Night) (differs []string) {
	a, b := before[len(before)-1].Run, after[0].Run
	if a.Imported != "" || b.Imported != "" {
		return nil
	}
	for _, x := range []struct {
		what string
		same bool
	}{
		{"bench", a.Version == b.Version}, {"config", a.Config == b.Config},
		{"tasks", a.DatasetFingerprint == b.DatasetFingerprint}, {"rules", a.Rules == b.Rules},
		{"sandbox", a.SandboxKind == b.SandboxKind}, {"workers", a.Workers == b.Workers},
	} {
		if !x.same {
			differs = append(differs, x.what)
		}
	}
	return differs
}

// anyConfigurations are those of any night, in order of appearance.
func anyConfigurations(all []Night) (names []string) {
	seen := map[string]bool{}
	for _, n := range all {
		for _, t := range n.Trials {
			if name := t.Key.Configuration; !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// series is what one configuration did.
func (t Trend) series(occasions []Night, name string, r stats.Resampling) Series {
	s := Series{Name: name}
	for _, o := range occasions {
		s.Points = append(s.Points, o.point(name, r))
	}
	for _, m := range Measures {
		rows := series(occasions, m, name)
		if m != Quality {
			rows = rows.Logs()
		}
		f := finder{Trend: t, measure: m, rows: rows}
		for i, row := range rows {
			if measured(row) {
				f.at = append(f.at, i)
			}
		}
		s.Dispersion = append(s.Dispersion, f.part(f.at).Dispersion())
		f.find(f.at, noise{stats.None(), 0})
		s.Changes = append(s.Changes, f.changes()...)
	}
	return s
}

// point is what a configuration did on an occasion.
func (n Night) point(name string, r stats.Resampling) (p Point) {
	for _, t := range n.Trials {
		if t.Key.Configuration == name {
			p.Trials++
		}
	}
	verdicts := n.totals(Quality, name)
	p.Tasks = len(verdicts)
	for _, t := range verdicts {
		p.Verdicts, p.Resolved = p.Verdicts+t.N, p.Resolved+int(t.Sum)
	}
	p.Rate = Estimate{stats.Over(p.Resolved, p.Verdicts), stats.NoInterval(), p.Verdicts}
	if p.Rate.OK() {
		p.Rate.Interval = stats.WilsonMean(float64(p.Rate.Number), p.Tasks, Confidence)
	}
	p.Cost, p.Seconds = estimate(n.totals(Cost, name), r), estimate(n.totals(Time, name), r)
	return p
}

// estimate is the mean of all values of tasks.
func estimate(totals map[string]stats.Total, r stats.Resampling) Estimate {
	e := Estimate{stats.None(), stats.NoInterval(), 0}
	units := make([]stats.Total, 0, len(totals))
	for _, task := range sorted(totals) {
		units = append(units, totals[task])
		e.Trials += totals[task].N
	}
	if len(units) > 0 {
		mean, interval := r.Mean(units)
		e.Number, e.Interval = stats.Number(mean), interval
	}
	return e
}

// finder finds the changes of one measure of a configuration.
type finder struct {
	Trend
	measure Measure
	rows    stats.Repeated // by occasion
	at      []int          // occasions with values
	found   []Change
}

// part are the rows of some occasions.
func (f *finder) part(at []int) stats.Repeated {
	rows := make(stats.Repeated, len(at))
	for i, occasion := range at {
		rows[i] = f.rows[occasion]
	}
	return rows
}

// noise is how much more occasions vary than tasks by themselves, absent if nobody
// knows, and the degrees of freedom that this is estimated with.
type noise struct {
	dispersion stats.Number
	freedom    int
}

// find looks for a change at every moment between some occasions, and, if the clearest
// one is shown, for others before and after it (binary segmentation: A. J. Scott,
// M. Knott, Biometrics 30 (1974) 507). A series without changes has any found only if
// the first search finds one, and that makes no more than the looks counted. Too few
// occasions vary as the part does that they were found in.
func (f *finder) find(at []int, around noise) {
	rows := f.part(at)
	best, split, spread := Change{Measure: f.measure, P: 1}, 0, around
	for i := 1; i < len(at); i++ {
		now := around
		if d := rows.DispersionAround(i); d.OK() {
			now = noise{d, len(at) - 2}
		}
		if p := stats.Number(f.another(rows.Split(i), now)); p < best.P {
			best.At, best.P, split, spread = at[i], p, i, now
		}
	}
	best.Corrected = min(1, best.P*stats.Number(f.Looks))
	if best.Corrected > Alpha {
		return
	}
	f.found = append(f.found, best)
	f.find(at[:split], spread)
	f.find(at[split:], spread)
}

// changes are those found, in order, with what is before and after each, up to the next.
func (f *finder) changes() []Change {
	slices.SortFunc(f.found, func(a, b Change) int { return cmp.Compare(a.At, b.At) })
	for i := range f.found {
		from, to := 0, len(f.rows)
		if i > 0 {
			from = f.found[i-1].At
		}
		if i+1 < len(f.found) {
			to = f.found[i+1].At
		}
		f.found[i].describe(f.rows[from:to].Split(f.found[i].At - from))
	}
	return f.found
}

// describe says what a change is from what is before and after it.
func (c *Change) describe(s stats.Strata) {
	c.Before, c.After = stats.None(), stats.None()
	if c.Measure == Quality {
		c.Before, c.After = s.Means()
		c.Change = c.After - c.Before
		return
	}
	c.Change = stats.Number(math.Exp(float64(s.Shift()))) // values are logarithms
}

// another is the two-sided p value of no change.
func (f *finder) another(s stats.Strata, spread noise) float64 {
	d := atLeastOne(spread.dispersion)
	p := s.Apart(d)
	if f.measure == Quality {
		p = min(1, 2*min(s.Fewer(0, d), s.More(0, d)))
	}
	if !spread.dispersion.OK() {
		return p
	}
	return stats.Estimated(p, spread.freedom) // what looks like no noise may be luck
}
