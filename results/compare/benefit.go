package compare

import (
	"slices"

	"bench/stats"
)

// NetBenefit weighs quality against cost: what configurations are worth if one
// more resolved task is worth lambda dollars. It is about the tasks on which all of
// them have verdicts, of those whose cost is known.
type NetBenefit struct {
	Tasks   int
	Lambda  stats.Number // asked for, or absent
	Lambdas []float64    // of the curves
	Of      []Benefit
	// Turns are where the choice changes as lambda rises. Below the first it is
	// Cheapest.
	Cheapest string
	Turns    []Turn
}

// Benefit is that of one configuration.
type Benefit struct {
	Name       string
	Rate       float64      // resolved, mean over tasks
	Cost       float64      // dollars per task
	NetBenefit stats.Number // dollars per task at lambda
	// Best is the probability that none has more net benefit, at lambda and along
	// the curve, and Frontier that no other is at least as good and as cheap. They
	// are from drawing tasks, and absent for fewer than six.
	Best      stats.Number
	BestCurve []float64
	Frontier  stats.Number
}

// Turn is a value of lambda from which on To has more net benefit than From.
type Turn struct {
	From, To string
	Lambda   float64
}

// lambdas are the points of acceptability curves, in dollars.
var lambdas = []float64{0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100}

// netBenefit compares columns by what they are worth.
func netBenefit(cols []*Column, o Options) (out NetBenefit) {
	out = NetBenefit{Lambda: stats.None(), Lambdas: lambdas, Of: []Benefit{}, Turns: []Turn{}}
	if o.Lambda > 0 {
		out.Lambda = stats.Number(o.Lambda)
	}
	cols = slices.DeleteFunc(slices.Clone(cols), func(c *Column) bool { return !c.priced() })
	units := outcomes(cols)
	if out.Tasks = len(units); out.Tasks == 0 {
		return out
	}
	means := stats.MeanOutcomes(units, everyOne(units))
	draws := o.resampling().Outcomes(units)
	for i, c := range cols {
		out.Of = append(out.Of, Benefit{
			Name: c.name, Rate: means[i].Resolved, Cost: means[i].Cost,
			NetBenefit: stats.Number(means[i].NetBenefit(float64(out.Lambda))),
			Best:       stats.None(), Frontier: stats.None(), BestCurve: []float64{},
		})
	}
	out.draw(draws)
	out.turn(means)
	return out
}

// draw adds what resamples say.
func (n *NetBenefit) draw(draws stats.Outcomes) {
	if draws == nil {
		return
	}
	for i, p := range draws.OnFrontier() {
		n.Of[i].Frontier = stats.Number(p)
	}
	for _, lambda := range n.Lambdas {
		for i, p := range draws.Best(lambda) {
			n.Of[i].BestCurve = append(n.Of[i].BestCurve, p)
		}
	}
	if n.Lambda.OK() {
		for i, p := range draws.Best(float64(n.Lambda)) {
			n.Of[i].Best = stats.Number(p)
		}
	}
}

// turn adds where the choice changes.
func (n *NetBenefit) turn(means []stats.Outcome) {
	turns := stats.Turns(means)
	n.Cheapest = n.Of[stats.Cheapest(means)].Name
	for _, t := range turns {
		n.Turns = append(n.Turns, Turn{n.Of[t.From].Name, n.Of[t.To].Name, t.Lambda})
	}
}

// outcomes are those of each task on which all columns have verdicts, one for each
// column: the means of its attempts.
func outcomes(cols []*Column) (units [][]stats.Outcome) {
	if len(cols) == 0 {
		return nil
	}
	byColumn := make([]map[string][]*trial, len(cols))
	var tasks []string
	for i, c := range cols {
		names, trials := c.judged()
		byColumn[i] = trials
		if i == 0 {
			tasks = names
		}
	}
	for _, task := range tasks {
		unit := make([]stats.Outcome, 0, len(cols))
		for _, trials := range byColumn {
			if len(trials[task]) > 0 {
				unit = append(unit, outcome(trials[task]))
			}
		}
		if len(unit) == len(cols) {
			units = append(units, unit)
		}
	}
	return units
}

// outcome is the mean of trials with verdicts.
func outcome(trials []*trial) (o stats.Outcome) {
	for _, t := range trials {
		if *t.Resolved {
			o.Resolved++
		}
		o.Cost += t.Cost.Float()
	}
	o.Resolved /= float64(len(trials))
	o.Cost /= float64(len(trials))
	return o
}
