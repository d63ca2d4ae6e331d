package nights

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bench"
	"bench/results"
)

// usual are the defaults of bench gate.
var usual = Options{CostMargin: 0.1, TimeMargin: 0.25, RuleOutPP: 10, FalseAlarms: 0.01}

// world makes nights of the same tasks up: each has a chance to be resolved, a cost
// and a time of its own.
type world struct {
	rng         *rand.Rand
	rate        []float64
	cost        []float64
	nights      int
	dearer      float64 // factor of cost
	slower      float64 // spread of whole nights, as a logarithm
	unsteady    float64 // spread of whole nights' rates
	infra       float64
	nightEffect float64
}

// newWorld has hopeless, flaky and easy tasks, so that two runs without a change differ
// at about 15 % of them.
func newWorld(seed uint64, tasks int) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 60)), dearer: 1}
	for range tasks {
		w.rate = append(w.rate, w.draw())
		w.cost = append(w.cost, math.Exp(w.rng.NormFloat64()))
	}
	return w
}

func (w *world) draw() float64 {
	switch u := w.rng.Float64(); {
	case u < 0.3:
		return 0.02 * w.rng.Float64()
	case u < 0.6:
		return w.rng.Float64()
	}
	return 1 - 0.1*w.rng.Float64()
}

// night is a run in which the rate is lower by drop.
func (w *world) night(drop float64) Night {
	w.nights++
	n := Night{Run: results.Run{ID: fmt.Sprintf("night-%02d", w.nights)}}
	w.nightEffect = w.unsteady * w.rng.NormFloat64()
	slow := math.Exp(w.slower * w.rng.NormFloat64())
	mean := 0.0
	for _, p := range w.rate {
		mean += p / float64(len(w.rate))
	}
	for i, p := range w.rate {
		// A drop takes tasks away in proportion to how often they are resolved.
		p = min(1, max(0, p*(1-drop/mean)+w.nightEffect))
		n.Trials = append(n.Trials, w.trial(i, p, slow))
	}
	return n
}

func (w *world) trial(task int, p, slow float64) results.Measured {
	resolved := w.rng.Float64() < p
	cost := bench.Dollars(w.dearer * w.cost[task] * math.Exp(0.4*w.rng.NormFloat64()))
	worked := time.Duration(float64(time.Minute) * slow * w.cost[task] * math.Exp(0.4*w.rng.NormFloat64()))
	m := results.Measured{
		Key: bench.TrialKey{
			Configuration: "solo", InstanceID: fmt.Sprintf("a__b-%03d", task), Attempt: 1,
		},
		Outcome: bench.OutcomeUnresolved, Resolved: &resolved, Cost: &cost, Worked: &worked,
	}
	if w.rng.Float64() < w.infra {
		return results.Measured{Key: m.Key, Outcome: bench.OutcomeInfraLLM, Blame: bench.BlameInfra}
	}
	return m
}

// firstAlarm is the night, from 1, on which a gate first finds a regression, or 0.
func (w *world) firstAlarm(history []Night, nights int, drop func(night int) float64) int {
	for i := range nights {
		n := w.night(drop(i + 1))
		if Judge(history[0], history[1:], n, usual).Finding() == Regression {
			return i + 1
		}
		history = append(history, n)
	}
	return 0
}

// quiet are a baseline and nights without a change. False alarms on the way are
// counted.
func (w *world) quiet(nights int) (all []Night, alarms int) {
	all = []Night{w.night(0)}
	for range nights {
		n := w.night(0)
		if Judge(all[0], all[1:], n, usual).Finding() == Regression {
			alarms++
		}
		all = append(all, n)
	}
	return all, alarms
}

// TestSixtyNights: at the defaults 30 quiet nights of 300 tasks raise no alarm. On the
// 31st a drop of 10 points is found at once, and one of 4 points, at once or creeping
// over a week, within a fortnight.
func TestSixtyNights(t *testing.T) {
	t.Parallel()
	const worlds = 10
	for seed := range uint64(worlds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(20+seed, 300)
			history, alarms := w.quiet(30)
			if alarms > 0 {
				t.Errorf("%d false alarms in 30 quiet nights", alarms)
			}
			for _, c := range []struct {
				what   string
				drop   func(int) float64
				within int
			}{
				{"10 points", func(int) float64 { return 0.10 }, 1},
				{"4 points", func(int) float64 { return 0.04 }, 14},
				{"4 points in a week", func(n int) float64 { return 0.04 * min(1, float64(n)/7) }, 14},
			} {
				found := w.firstAlarm(slices.Clone(history), 30, c.drop)
				if found == 0 || found > c.within {
					t.Errorf("a drop of %s is found on night %d, want within %d", c.what, found, c.within)
				}
			}
		})
	}
}

// TestLossesStay: a loss that nobody mends is found night after night, however long:
// it does not become the new normal.
func TestLossesStay(t *testing.T) {
	t.Parallel()
	w := newWorld(1, 100)
	all := []Night{w.night(0)}
	for range 10 {
		all = append(all, w.night(0))
	}
	for range 50 {
		all = append(all, w.night(0.15))
	}
	if got := Judge(all[0], all[1:60], all[60], usual).Finding(); got != Regression {
		t.Errorf("after 50 nights at 15 points less: %s", got)
	}
}

// TestBadNights: where whole nights are good or bad, the gate learns it from them.
func TestBadNights(t *testing.T) {
	t.Parallel()
	alarms := func(unsteady float64) (n int) {
		w := newWorld(3, 100)
		w.unsteady = unsteady
		all := []Night{w.night(0)}
		for i := range 40 {
			night := w.night(0)
			if i >= 10 && Judge(all[0], all[1:], night, usual).Finding() == Regression {
				n++
			}
			all = append(all, night)
		}
		return n
	}
	if n := alarms(0.08); n > 1 {
		t.Errorf("%d of 30 nights that vary by 8 points raise an alarm", n)
	}
}

func TestCostAndTime(t *testing.T) {
	t.Parallel()
	w := newWorld(5, 200)
	history, _ := w.quiet(8)
	finding := func(v Verdict, m int) Finding { return v.Configurations[0].Checks[m].Finding }
	w.dearer = 1.05
	if v := Judge(history[0], history[1:], w.night(0), usual); finding(v, 1) != Pass {
		t.Errorf("5 %% dearer, within the margin: %s", finding(v, 1))
	}
	w.dearer = 1.5
	v := Judge(history[0], history[1:], w.night(0), usual)
	if finding(v, 1) != Regression || finding(v, 2) != Pass {
		t.Errorf("50 %% dearer: cost %s, time %s", finding(v, 1), finding(v, 2))
	}
	w.dearer = 1
	slow := w.night(0)
	for i := range slow.Trials {
		*slow.Trials[i].Worked *= 2
	}
	if v := Judge(history[0], history[1:], slow, usual); finding(v, 2) != Regression {
		t.Errorf("twice as slow: %s", finding(v, 2))
	}
	unknown := w.night(0)
	for i := range unknown.Trials {
		unknown.Trials[i].Cost = nil
	}
	if v := Judge(history[0], history[1:], unknown, usual); finding(v, 1) != Inconclusive {
		t.Errorf("a night without costs: %s", finding(v, 1))
	}
	if v := Judge(unknown, nil, unknown, usual); finding(v, 1) != Unmeasured {
		t.Errorf("nobody knows costs: %s", finding(v, 1))
	}
}

// TestFew: five tasks can pass nothing and show nothing.
func TestFew(t *testing.T) {
	t.Parallel()
	w := newWorld(7, 5)
	v := Judge(w.night(0), nil, w.night(0), usual)
	if got := v.Configurations[0].Checks[0].Finding; got != Inconclusive {
		t.Errorf("five tasks: %s", got)
	}
}

// TestMargin: a loss within the margin is no regression.
func TestMargin(t *testing.T) {
	t.Parallel()
	w := newWorld(9, 300)
	history, _ := w.quiet(10)
	o, night := usual, w.night(0.12)
	if got := Judge(history[0], history[1:], night, o).Finding(); got != Regression {
		t.Errorf("12 points less: %s", got)
	}
	if o.MarginPP = 15; Judge(history[0], history[1:], night, o).Finding() == Regression {
		t.Error("12 points less with a margin of 15 are a regression")
	}
}

// TestConfirm: re-runs of the tasks that flipped tell a night that was unlucky from
// one that lost something.
func TestConfirm(t *testing.T) {
	t.Parallel()
	w := newWorld(11, 300)
	history, _ := w.quiet(12)
	night := w.night(0.15)
	rerun := func(v Verdict, drop float64) Verdict {
		n := w.night(drop)
		more := w.night(drop)
		n.Run.ID, n.Trials = "reruns", append(n.Trials, more.Trials...)
		v.Configurations = slices.Clone(v.Configurations)
		v.Configurations[0].Checks = slices.Clone(v.Configurations[0].Checks)
		v.Confirm(n)
		return v
	}
	v := Judge(history[0], history[1:], night, usual)
	if got := v.Doubtful(); !slices.Equal(got, []string{"solo"}) {
		t.Fatalf("doubtful: %v", got)
	}
	c := v.Configurations[0]
	if n := len(v.Flipped("solo")); n != len(c.Lost)+len(c.Gained) || n == 0 || n > 150 {
		t.Errorf("%d tasks flipped, %d lost and %d gained", n, len(c.Lost), len(c.Gained))
	}
	stays, goes := rerun(v, 0.15), rerun(v, 0)
	if got := stays.Configurations[0].Checks[0]; got.Finding != Regression ||
		got.Confirmation.Tasks != len(v.Flipped("solo")) {
		t.Errorf("what stays lost: %s after %+v", got.Finding, got.Confirmation)
	}
	if got := goes.Configurations[0].Checks[0]; got.Finding != Inconclusive {
		t.Errorf("what was bad luck: %s after %+v", got.Finding, got.Confirmation)
	}
}

func TestNoVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(13, 100)
	base := w.night(0)
	w.infra = 0.1
	night := w.night(0)
	lost := 0
	for _, trial := range slices.Clone(night.Trials) {
		if trial.Resolved != nil {
			continue
		}
		if lost++; lost <= 2 { // tried again
			yes := true
			trial.Key.Attempt, trial.Resolved, trial.Blame = 2, &yes, bench.BlameNone
			trial.Outcome = bench.OutcomeResolved
			night.Trials = append(night.Trials, trial)
		}
	}
	v := Judge(base, nil, night, usual)
	if lost < 3 || v.NoVerdict() != lost-2 {
		t.Errorf("%d without a verdict, want %d", v.NoVerdict(), lost-2)
	}
}
