package planning

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"bench"
	"bench/stats"
)

// Estimate is what something will take. Without tasks enough to draw from, or with
// stated numbers alone, it has no interval.
type Estimate struct {
	Value    stats.Number   `json:"value"`
	Interval stats.Interval `json:"ci"`
}

// forecastResamples is how many runs are drawn for an estimate.
const forecastResamples = 200

// forecast draws runs as prior ones were: prior tasks as a bootstrap has them, so
// that it is uncertain what a task takes, and of these the tasks of the run, so
// that it is uncertain which tasks it has.
type forecast struct {
	q     Question
	in    Inputs
	draw  stats.Resampling
	tasks int         // prior ones
	prior [][][]trial // by configuration and prior task

	// What drawing a run fills, again for each.
	chosen  []int
	trials  []drawn
	patches []patch
}

// patch is when agents are done with a trial, and how long judging it takes.
type patch struct{ at, grading time.Duration }

func newForecast(q Question, in Inputs, p Prior) *forecast {
	f := &forecast{q: q, in: in, draw: p.draw, tasks: len(p.tasks)}
	f.draw.Resamples = forecastResamples
	for _, c := range q.Configurations {
		var byTask [][]trial
		if p.trials[c.Name] != nil {
			byTask = make([][]trial, len(p.tasks))
			for i, task := range p.tasks {
				byTask[i] = p.trials[c.Name][task]
			}
		}
		f.prior = append(f.prior, byTask)
	}
	return f
}

// known are the parts of inputs that have a number, and that were measured.
func (f *forecast) known(of func(ConfigurationInputs) Input) (known, measured int) {
	for _, c := range f.in.Configurations {
		i := of(c)
		if i.Value.OK() {
			known++
		}
		if i.Origin == Measured && i.Value.OK() {
			measured++
		}
	}
	return known, measured
}

// run is what a run costs, without configurations whose cost nobody knows, and its
// hours: the median of what is drawn, absent if nobody knows how long the trials of
// a configuration take.
func (f *forecast) run(tasks, attempts int, workers bench.Workers) (cost, hours Estimate) {
	cost = Estimate{f.expected(tasks * attempts), stats.NoInterval()}
	hours = Estimate{stats.None(), stats.NoInterval()}
	var all []float64
	ofCost := f.interval(tasks, attempts, func(trials []drawn) float64 {
		all = append(all, f.schedule(trials, workers).Hours())
		return f.dollars(trials)
	})
	if _, measured := f.known(ConfigurationInputs.cost); measured > 0 {
		cost.Interval = ofCost
	}
	known, measured := f.known(ConfigurationInputs.minutes)
	if known < len(f.in.Configurations) {
		return cost, hours
	}
	if all == nil { // no prior tasks, or too few for intervals
		all = f.few(tasks, attempts, workers)
	}
	hours.Value = stats.Number(stats.Percentile(all, 0.5))
	if measured > 0 && ofCost.OK() {
		tail := (1 - f.draw.Confidence) / 2
		hours.Interval = stats.Interval{
			Lo: stats.Number(stats.Percentile(all, tail)), Hi: stats.Number(stats.Percentile(all, 1-tail)),
		}
	}
	return cost, hours
}

// expected is what so many trials of each configuration cost; absent if the cost of
// none is known.
func (f *forecast) expected(trials int) (sum stats.Number) {
	known, _ := f.known(ConfigurationInputs.cost)
	if known == 0 {
		return stats.None()
	}
	for _, c := range f.in.Configurations {
		if c.Cost.Value.OK() {
			sum += c.Cost.Value * stats.Number(trials)
		}
	}
	return sum
}

// interval is that of a number of drawn runs.
func (f *forecast) interval(tasks, attempts int, of func([]drawn) float64) stats.Interval {
	rng := f.rng(tasks, attempts)
	return f.draw.Interval(f.tasks, func(units []int) float64 {
		return of(f.drawRun(rng, tasks, attempts, units))
	})
}

// few are the hours of drawn runs where there are no intervals.
func (f *forecast) few(tasks, attempts int, workers bench.Workers) []float64 {
	rng := f.rng(tasks, attempts)
	units := make([]int, f.tasks)
	for i := range units {
		units[i] = i
	}
	all := make([]float64, forecastResamples)
	for i := range all {
		all[i] = f.schedule(f.drawRun(rng, tasks, attempts, units), workers).Hours()
	}
	return all
}

func (f *forecast) rng(tasks, attempts int) *rand.Rand {
	return rand.New(rand.NewPCG(f.draw.Seed, uint64(tasks*attempts)))
}

// dollars are what drawn trials cost; nothing where it is not known.
func (f *forecast) dollars(trials []drawn) float64 {
	var sum float64
	for _, t := range trials {
		switch c := f.in.Configurations[t.configuration].Cost; {
		case c.Origin == Measured:
			sum += t.dollars
		case c.Value.OK():
			sum += float64(c.Value)
		}
	}
	return sum
}

// drawn is a trial of a drawn run.
type drawn struct {
	configuration int
	trial
}

// drawRun makes the trials of a run in the order in which they start. Units are the
// prior tasks to draw from; without any, trials have nothing measured. They are
// the forecast's until it draws again.
func (f *forecast) drawRun(rng *rand.Rand, tasks, attempts int, units []int) []drawn {
	n := len(f.prior)
	f.chosen, f.trials = f.chosen[:0], f.trials[:0]
	for range tasks {
		task := 0
		if len(units) > 0 {
			task = units[rng.IntN(len(units))]
		}
		f.chosen = append(f.chosen, task)
	}
	for range attempts {
		for i := range tasks {
			for j := range n {
				d := drawn{configuration: (i + j) % n}
				d.trial = f.drawTrial(rng, f.prior[d.configuration], f.chosen[i], units)
				f.trials = append(f.trials, d)
			}
		}
	}
	return f.trials
}

// drawTrial draws one of a configuration's at a prior task, or at another of the
// units if it has none at that.
func (f *forecast) drawTrial(rng *rand.Rand, byTask [][]trial, task int, units []int) trial {
	if byTask == nil || len(units) == 0 {
		return trial{}
	}
	of := byTask[task]
	for range 4 * len(units) {
		if len(of) > 0 {
			break
		}
		of = byTask[units[rng.IntN(len(units))]]
	}
	switch len(of) {
	case 0:
		return trial{}
	case 1:
		return of[0]
	}
	return of[rng.IntN(len(of))]
}

// schedule is when the last of the trials ends: agents' workers take them in
// order, graders as agents are done.
func (f *forecast) schedule(trials []drawn, workers bench.Workers) time.Duration {
	agents := make(pool, max(1, workers.Agents))
	f.patches = f.patches[:0]
	for _, t := range trials {
		agent, grading := t.agents, t.grading
		if m := f.in.Configurations[t.configuration].Minutes; m.Origin != Measured {
			agent, grading = time.Duration(float64(m.Value)*float64(time.Minute)), 0
		}
		f.patches = append(f.patches, patch{agents.take(0, agent), grading})
	}
	slices.SortStableFunc(f.patches, func(a, b patch) int { return cmp.Compare(a.at, b.at) })
	graders := make(pool, max(1, workers.Grading))
	var end time.Duration
	for _, p := range f.patches {
		end = max(end, graders.take(p.at, p.grading))
	}
	return end
}

// pool is when each of some workers is free.
type pool []time.Duration

// take has the first free worker work, from a time on, and returns when it is done.
func (p pool) take(from, work time.Duration) time.Duration {
	first := 0
	for i := range p {
		if p[i] < p[first] {
			first = i
		}
	}
	p[first] = max(p[first], from) + work
	return p[first]
}
