package planning

import (
	"fmt"

	"bench"
	"bench/results/verdict"
	"bench/stats"
)

// Origin says where an input comes from.
type Origin string

// The origins.
const (
	Measured Origin = "measured" // in prior runs
	Stated   Origin = "stated"   // by whoever plans
	Assumed  Origin = "assumed"  // as nobody knows
	Unknown  Origin = "unknown"  // and nothing is assumed
)

// Input is a number that a plan rests on. Interval, Tasks and N are those of
// measured ones: N counts trials, or pairs of them.
type Input struct {
	Value    stats.Number   `json:"value"`
	Interval stats.Interval `json:"ci"`
	Origin   Origin         `json:"origin"`
	Tasks    int            `json:"tasks"`
	N        int            `json:"n"`
}

// unknown is the input that nobody knows.
func unknown() Input {
	return Input{Value: stats.None(), Interval: stats.NoInterval(), Origin: Unknown}
}

// Guesses are what whoever plans states. Absent numbers are not stated; dollars and
// minutes are per trial, by configuration.
type Guesses struct {
	Rate, Discordance, ICC stats.Number
	Cost, Minutes          map[string]float64
}

// over is what is stated, or else what was measured.
func over(stated stats.Number, measured Input) Input {
	if !stated.OK() {
		return measured
	}
	return Input{Value: stated, Interval: stats.NoInterval(), Origin: Stated}
}

// stated is the number of a configuration or of the one that it repeats, if there is
// one.
func stated(of map[string]float64, c bench.Configuration) stats.Number {
	for _, name := range []string{c.Name, c.Repeats} {
		if v, ok := of[name]; ok {
			return stats.Number(v)
		}
	}
	return stats.None()
}

// inputs are those of a plan.
func inputs(q Question, p Prior, g Guesses) (out Inputs) {
	for _, c := range q.Configurations {
		rate := p.rate(c.Name)
		if c.Name == q.Baseline {
			rate = over(g.Rate, rate)
		}
		out.Configurations = append(out.Configurations, ConfigurationInputs{
			Name: c.Name, Rate: rate,
			Cost:    over(stated(g.Cost, c), p.cost(c.Name)),
			Minutes: over(stated(g.Minutes, c), p.minutes(c.Name)),
			Changed: p.changed[c.Name],
		})
		if c.Name == q.Baseline {
			out.Rate = rate
		}
	}
	for _, c := range q.candidates() {
		out.Candidates = append(out.Candidates, CandidateInputs{
			Name:        c,
			Discordance: discordance(over(g.Discordance, p.discordance(c)), out.Rate),
			ICC:         assume(enough(over(g.ICC, p.icc(c))), safeICC),
		})
	}
	return out
}

// safeICC is the correlation within tasks that is assumed where nobody knows it:
// further attempts then add nothing.
const safeICC = 1

// discordance is the one given, or the usual one. Of a rate, that is bounded by
// what two sides have that resolve tasks independently of one another.
func discordance(given, rate Input) Input {
	usual := stats.Number(verdict.UsualDiscordance)
	if r := rate.Value; r > 0 && r < 1 {
		usual = min(usual, 2*r*(1-r))
	}
	if given = enough(given); given.Value == 0 { // what has agreed so far need not go on to
		given.Value = stats.None()
	}
	return assume(given, usual)
}

// enough is the input without its number if that was measured on too few tasks to
// tell, as verdicts have it.
func enough(i Input) Input {
	if i.Origin == Measured && i.Tasks < verdict.EnoughTasks {
		i.Value = stats.None()
	}
	return i
}

// assume gives a number to what has none.
func assume(i Input, value stats.Number) Input {
	if i.Value.OK() {
		return i
	}
	return Input{
		Value: value, Interval: stats.NoInterval(), Origin: Assumed, Tasks: i.Tasks, N: i.N,
	}
}

// ImpossibleError is a share of pairs that differ which two sides that resolve the
// same share of tasks cannot have. All are shares of 1.
type ImpossibleError struct{ Rate, Discordance, Most float64 }

// Error implements error.
func (e *ImpossibleError) Error() string {
	return fmt.Sprintf("of two configurations that resolve %g of the tasks, at most %g of the pairs "+
		"differ, not %g", e.Rate, e.Most, e.Discordance)
}
