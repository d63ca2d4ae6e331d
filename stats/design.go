package stats

import (
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Design is a paired comparison that is planned: tasks that both sides attempt
// equally often, with no true difference between them.
type Design struct {
	Tasks, Attempts int
	Discordance     float64 // share of pairs of attempts that differ
	// ICC is how alike the pairs of a task are: the correlation of their
	// differences, 0 to 1. With one attempt it means nothing.
	ICC    float64
	Margin float64 // share of 1
	Alpha  float64 // of the one-sided test
}

// Power is the chance with which the comparison shows non-inferiority. With one
// attempt, or attempts that are all the same, it is exact. Otherwise comparisons
// are drawn, the same at each call, and decided as Clustered does; the standard
// error is at most 0.5 points. Of the tasks a share ICC has the same difference in
// all attempts, while those of the others are independent.
func (d Design) Power() float64 {
	if d.Attempts == 1 || d.ICC >= 1 {
		return Power(d.Tasks, d.Margin, d.Discordance, d.Alpha)
	}
	rng := rand.New(rand.NewPCG(uint64(d.Tasks), uint64(d.Attempts)))
	chances, bar := d.means(), newBar(d)
	shown := 0
	for range designRuns {
		if bar.passed(d.drawn(rng, chances)) {
			shown++
		}
	}
	return float64(shown) / designRuns
}

// designRuns is how many comparisons are drawn.
const designRuns = 10_000

// drawn is how many attempts a comparison of tasks whose mean differences have
// these chances gains and loses, where those of a task cancel.
func (d Design) drawn(rng *rand.Rand, chances []float64) (gained, lost int) {
	left, rest := float64(d.Tasks), 1.0
	for i, p := range chances { // how many tasks have the mean, of those that have no other yet
		if left == 0 {
			break
		}
		n := left
		if p < rest {
			n = distuv.Binomial{N: left, P: p / rest, Src: rng}.Rand()
		}
		gained += int(n) * max(0, i-d.Attempts)
		lost += int(n) * max(0, d.Attempts-i)
		left, rest = left-n, rest-p
	}
	return gained, lost
}

// bar is what a comparison has to gain to be shown non-inferior, by how much is
// gained and lost in all: more does for certain if less does.
type bar struct {
	d     Design
	logs  logFactorials
	least map[int]int
}

func newBar(d Design) bar { return bar{d, logFactorialsTo(d.Tasks), map[int]int{}} }

// passed reports whether so many attempts gained and lost are enough, as
// Clustered.NonInferior has it.
func (b bar) passed(gained, lost int) bool {
	all := gained + lost
	least, ok := b.least[all]
	if !ok {
		least = sort.Search(all+1, func(gained int) bool {
			m := float64(b.d.Attempts)
			s := score{float64(b.d.Tasks), float64(gained) / m, float64(all-gained) / m}
			return s.at(-b.d.Margin) > 0 && s.p(-b.d.Margin, b.logs) <= b.d.Alpha
		})
		b.least[all] = least
	}
	return gained >= least
}

// means are the chances of a task's mean difference to have each of its possible
// values, −1 to 1 in steps of one attempt.
func (d Design) means() []float64 {
	m, half := d.Attempts, d.Discordance/2
	p := []float64{1}
	for range m { // one attempt more moves the sum by −1, 0 or 1
		next := make([]float64, len(p)+2)
		for i, v := range p {
			next[i] += v * half
			next[i+1] += v * (1 - d.Discordance)
			next[i+2] += v * half
		}
		p = next
	}
	for i := range p {
		p[i] *= 1 - d.ICC
	}
	p[0] += d.ICC * half
	p[m] += d.ICC * (1 - d.Discordance)
	p[2*m] += d.ICC * half
	return p
}

// TasksNeeded is how many tasks show non-inferiority with the given power, each
// with the attempts of the design. It takes no more than with one attempt, at
// powers of a half and above.
func (d Design) TasksNeeded(power float64) int {
	enough := PairsNeeded(d.Margin, d.Discordance, d.Alpha, power)
	if d.Attempts == 1 || d.ICC >= 1 {
		return enough
	}
	return 1 + sort.Search(enough-1, func(i int) bool {
		d.Tasks = i + 1
		return d.Power() >= power
	})
}

// SmallestMargin is the smallest margin, to a tenth of a percentage point, that
// the comparison shows with the given power; absent if not even most, a share
// of 1, is shown.
func (d Design) SmallestMargin(power, most float64) Number {
	const step = 0.001
	steps := int(most/step + 0.5)
	i := sort.Search(steps, func(i int) bool {
		d.Margin = float64(i+1) * step
		return d.Power() >= power
	})
	if i == steps {
		return None()
	}
	return Number(float64(i+1) * step)
}
