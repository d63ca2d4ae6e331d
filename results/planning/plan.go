package planning

import (
	"math"
	"slices"

	"bench"
	"bench/results/compare"
	"bench/stats"
)

// Inputs are the numbers that a plan rests on.
type Inputs struct {
	Rate           Input                 `json:"-"` // of the baseline
	Configurations []ConfigurationInputs `json:"configurations"`
	Candidates     []CandidateInputs     `json:"candidates"`
}

// ConfigurationInputs are those about one configuration: the share of trials that
// it resolves, and the dollars and minutes of one.
type ConfigurationInputs struct {
	Name    string `json:"name"`
	Rate    Input  `json:"resolved_rate"`
	Cost    Input  `json:"cost_usd"`
	Minutes Input  `json:"minutes"`
	Changed bool   `json:"other_models"` // than in the prior runs
}

func (c ConfigurationInputs) cost() Input { return c.Cost }

func (c ConfigurationInputs) minutes() Input { return c.Minutes }

// CandidateInputs are those about a candidate and the baseline: the share of pairs
// that differ, and how alike the pairs of a task are.
type CandidateInputs struct {
	Name        string `json:"name"`
	Discordance Input  `json:"discordance"`
	ICC         Input  `json:"icc"`
}

// Powers are those that the numbers of tasks are given for.
var Powers = [...]float64{0.80, 0.90}

// Shown is what can be shown about a candidate with the attempts planned.
type Shown struct {
	Name   string `json:"name"`
	Needed []Need `json:"needed"`
	// Power is that of the present selection, IfIndependent what it were if attempts
	// at a task were independent of one another; absent with one attempt.
	Power         float64      `json:"power"`
	IfIndependent stats.Number `json:"power_if_independent"`
	// SmallestMarginPP is what the present selection shows with the first of Powers,
	// in percentage points; absent above MostMarginPP.
	SmallestMarginPP stats.Number `json:"smallest_margin_pp"`
}

// MostMarginPP is the largest margin that a comparison may have, in points.
const MostMarginPP = 50

// Need is how many tasks a power takes, and at the upper end of the interval of
// the discordance; 0 if that has none.
type Need struct {
	Power   float64 `json:"power"`
	Tasks   int     `json:"tasks"`
	AtWorst int     `json:"at_worst"`
}

// Option is a selection that could be run. Power is by candidate, in order.
type Option struct {
	Tasks    int       `json:"tasks"`
	Attempts int       `json:"attempts"`
	Trials   int       `json:"trials"`
	Power    []float64 `json:"power"`
	Cost     Estimate  `json:"cost_usd"`
	Hours    Estimate  `json:"hours"`
}

// Staffing is how long the present selection takes with a number of workers.
type Staffing struct {
	Workers int      `json:"workers"`
	Hours   Estimate `json:"hours"`
}

// Plan is what a comparison will be able to show and what it takes.
type Plan struct {
	Question  Question
	Runs      []string // prior ones
	Simulated bool
	Inputs    Inputs
	Shown     []Shown
	Options   []Option
	Bound     bench.USD // of the present selection, by the trials' cost limits
	Programs  []string  // configurations that no limit bounds
	Staffings []Staffing
	Paces     []Pace // of prior runs
}

// Make computes a plan. It fails if what is stated cannot be.
func Make(q Question, p Prior, g Guesses) (Plan, error) {
	in := inputs(q, p, g)
	if err := in.check(); err != nil {
		return Plan{}, err
	}
	f := newForecast(q, in, p)
	out := Plan{
		Question: q, Runs: p.Runs, Simulated: p.Simulated, Inputs: in, Shown: []Shown{},
		Paces: p.paces,
	}
	for _, c := range in.Candidates {
		out.Shown = append(out.Shown, q.shown(c))
	}
	for _, n := range q.sizes(out.Shown) {
		for _, attempts := range q.attempts() {
			out.Options = append(out.Options, f.option(n, attempts))
		}
	}
	for _, c := range q.Configurations {
		if c.Unbounded() {
			out.Programs = append(out.Programs, c.Name)
			continue
		}
		out.Bound += c.Limits.Cost * bench.USD(q.Tasks*q.Attempts)
	}
	for _, n := range staffings(q.Workers.Agents) {
		w := q.Workers
		w.Agents = n
		_, hours := f.run(q.Tasks, q.Attempts, w)
		out.Staffings = append(out.Staffings, Staffing{n, hours})
	}
	return out, nil
}

// check refuses a stated discordance that two sides with the same rate cannot
// have: no more pairs differ than both sides of them are wrong and right.
func (in Inputs) check() error {
	for _, c := range in.Candidates {
		r, d := float64(in.Rate.Value), c.Discordance
		if most := 2 * min(r, 1-r); in.Rate.Origin == Stated && d.Origin == Stated &&
			float64(d.Value) > most {
			return &ImpossibleError{Rate: r, Discordance: float64(d.Value), Most: most}
		}
	}
	return nil
}

// shown is what the question's attempts show about a candidate.
func (q Question) shown(c CandidateInputs) Shown {
	d := q.design(c, q.Tasks, q.Attempts)
	out := Shown{
		Name: c.Name, Power: d.Power(), IfIndependent: stats.None(),
		SmallestMarginPP: 100 * d.SmallestMargin(compare.Power, MostMarginPP/100.0),
	}
	if q.Attempts > 1 && d.ICC > 0 {
		apart := d
		apart.ICC = 0
		out.IfIndependent = stats.Number(apart.Power())
	}
	for _, power := range Powers {
		n := Need{Power: power, Tasks: d.TasksNeeded(power)}
		if c.Discordance.Interval.OK() {
			worst := d
			worst.Discordance = float64(c.Discordance.Interval.Hi)
			n.AtWorst = worst.TasksNeeded(power)
		}
		out.Needed = append(out.Needed, n)
	}
	return out
}

// sizes are the numbers of tasks to choose from: the present one, twice it, and
// what each candidate takes, at most.
func (q Question) sizes(all []Shown) []int {
	out := []int{q.Tasks, 2 * q.Tasks}
	for i := range Powers {
		most := 0
		for _, s := range all {
			most = max(most, s.Needed[i].Tasks)
		}
		if most > 0 {
			out = append(out, most)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// attempts are the numbers of attempts to choose from.
func (q Question) attempts() []int {
	out := []int{1, 2, 3, q.Attempts}
	slices.Sort(out)
	return slices.Compact(out)
}

// option is what a selection would show and take.
func (f *forecast) option(tasks, attempts int) Option {
	out := Option{
		Tasks: tasks, Attempts: attempts, Trials: tasks * attempts * len(f.q.Configurations),
		Power: []float64{},
	}
	out.Cost, out.Hours = f.run(tasks, attempts, f.q.Workers)
	for _, c := range f.in.Candidates {
		out.Power = append(out.Power, f.q.design(c, tasks, attempts).Power())
	}
	return out
}

// staffings are the numbers of workers to choose from, around the planned one.
func staffings(planned int) []int {
	out := []int{1, int(math.Ceil(float64(planned) / 2)), planned, 2 * planned, 4 * planned}
	slices.Sort(out)
	return slices.Compact(out)
}
