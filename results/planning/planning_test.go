package planning

import (
	"errors"
	"math"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/resultstest"
	"bench/results/storetest"
	"bench/stats"
)

var nothing = Guesses{Rate: stats.None(), Discordance: stats.None(), ICC: stats.None()}

// asked is the question of the runs that resultstest makes up.
func asked(tasks, attempts int) Question {
	return Question{
		Name: "q", Baseline: "solo", Configurations: resultstest.Configurations(false), Tasks: tasks,
		Attempts: attempts, Workers: bench.Workers{Agents: 8, Grading: 2}, MarginPP: 5, Alpha: 0.05,
		Seed: 42,
	}
}

// stored are the facts of a run in a real database.
func stored(t *testing.T, spec resultstest.Spec) results.Facts {
	t.Helper()
	store := storetest.Stored(t, spec)
	facts, err := store.Facts(t.Context(), spec.RunID)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func near(t *testing.T, what string, got stats.Number, want, within float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > within || math.IsNaN(float64(got)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// The reference point, with nothing but guesses: 15 % of pairs differ, one-sided
// 5 %, 80 % power.
func TestReference(t *testing.T) {
	t.Parallel()
	for margin, want := range map[float64]int{5: 382, 10: 102} {
		q := asked(50, 1)
		q.MarginPP, q.Configurations = margin, q.Configurations[:2]
		p, err := Make(q, Learn(nil, q), nothing)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Shown {
			if s.Needed[0].Tasks != want || s.Needed[0].AtWorst != 0 || s.Needed[1].Tasks <= want {
				t.Errorf("margin %g: %s takes %+v, want %d", margin, s.Name, s.Needed, want)
			}
			if margin == 10 {
				near(t, "power of 50 pairs", stats.Number(s.Power), 0.51, 0.005)
			}
		}
		for _, c := range p.Inputs.Candidates {
			if c.Discordance.Origin != Assumed || c.ICC.Origin != Assumed || c.ICC.Value != 1 {
				t.Errorf("nothing is known, and yet %+v", c)
			}
		}
		if o := p.Options[0]; o.Cost.Value.OK() || o.Hours.Value.OK() {
			t.Errorf("nobody knows what it costs, and yet %+v", o)
		}
	}
}

// Two candidates are each held to half of the level, as Holm's correction may.
func TestSeveralCandidates(t *testing.T) {
	t.Parallel()
	q := asked(50, 1)
	p, err := Make(q, Learn(nil, q), nothing)
	if err != nil {
		t.Fatal(err)
	}
	want := stats.PairsNeeded(0.05, 0.15, 0.025, 0.80)
	if got := p.Shown[1].Needed[0].Tasks; q.Level() != 0.025 || got != want || got <= 382 {
		t.Errorf("got %d tasks at level %g, want %d", got, q.Level(), want)
	}
}

// What a run tells is what its trials say, counted by hand.
func TestLearn(t *testing.T) {
	t.Parallel()
	f := stored(t, resultstest.Spec{RunID: "r", Tasks: 33, Attempts: 2, Seed: 3, Faults: true})
	q := asked(33, 2)
	p, err := Make(q, Learn([]results.Facts{f}, q), nothing)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range q.Configurations {
		var dollars, minutes, resolved, judged, n float64
		for _, tr := range f.Trials {
			if tr.Key.Configuration != c.Name || tr.Outcome == "" || tr.Blame == bench.BlameInfra ||
				tr.Blame == bench.BlameUser {
				continue
			}
			n, dollars = n+1, dollars+tr.Cost.Float()
			minutes += tr.ExtractAt.Sub(tr.StartedAt).Minutes()
			if tr.Resolved != nil {
				judged++
				if *tr.Resolved {
					resolved++
				}
			}
		}
		in := p.Inputs.Configurations[i]
		if in.Cost.N != int(n) || in.Cost.Origin != Measured || !in.Cost.Interval.OK() {
			t.Errorf("%s: %+v, want %g trials", c.Name, in.Cost, n)
		}
		near(t, c.Name+", dollars", in.Cost.Value, dollars/n, 1e-9)
		near(t, c.Name+", minutes", in.Minutes.Value, minutes/n, 1e-9)
		near(t, c.Name+", rate", in.Rate.Value, resolved/judged, 1e-9)
	}
	for _, c := range p.Inputs.Candidates {
		if d := c.Discordance; d.Origin != Measured || d.Tasks < 30 || d.N <= d.Tasks ||
			!(d.Interval.Lo <= d.Value && d.Value <= d.Interval.Hi) {
			t.Errorf("%s: %+v", c.Name, d)
		}
	}
	if s := p.Shown[0]; s.Needed[0].AtWorst <= s.Needed[0].Tasks {
		t.Errorf("the upper end takes no more tasks: %+v", s.Needed)
	}
	if pace := p.Paces[0]; pace.Workers != 8 || pace.Gaps == 0 || !pace.Median.OK() || pace.P95 < pace.Median {
		t.Errorf("got %+v", pace)
	}
}

// A run with twice the tasks costs twice as much, and its interval has what is
// expected in it, and not more than the cheapest and the dearest task allow.
func TestForecast(t *testing.T) {
	t.Parallel()
	f := stored(t, resultstest.Spec{RunID: "r", Tasks: 8, Seed: 5})
	q := asked(8, 1)
	p, err := Make(q, Learn([]results.Facts{f}, q), nothing)
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, tr := range f.Trials {
		total += tr.Cost.Float()
	}
	for _, o := range p.Options {
		if o.Attempts != 1 {
			continue
		}
		near(t, "cost", o.Cost.Value, total*float64(o.Tasks)/8, 1e-6)
		for _, e := range []Estimate{o.Cost, o.Hours} {
			if !(e.Interval.Lo < e.Value && e.Value < e.Interval.Hi) {
				t.Errorf("%d tasks: %+v", o.Tasks, e)
			}
		}
	}
	for i, s := range p.Staffings[1:] {
		if s.Hours.Value > 1.001*p.Staffings[i].Hours.Value {
			t.Errorf("%d workers take longer than %d", s.Workers, p.Staffings[i].Workers)
		}
	}
	again, _ := Make(q, Learn([]results.Facts{f}, q), nothing)
	if again.Options[0].Cost != p.Options[0].Cost || again.Options[0].Hours != p.Options[0].Hours {
		t.Error("the same question has another answer")
	}
}

// What is stated goes before what was measured, and models that have changed are
// named.
func TestStated(t *testing.T) {
	t.Parallel()
	f := stored(t, resultstest.Spec{RunID: "r", Tasks: 3, Seed: 5})
	q := asked(3, 1)
	q.Configurations[1].Main.Model = "another"
	g := Guesses{Rate: 0.4, Discordance: 0.3, ICC: 0.2,
		Cost: map[string]float64{"solo": 2}, Minutes: map[string]float64{"solo": 9}}
	p, err := Make(q, Learn([]results.Facts{f}, q), g)
	if err != nil {
		t.Fatal(err)
	}
	solo, cheap := p.Inputs.Configurations[0], p.Inputs.Configurations[1]
	if solo.Cost.Origin != Stated || solo.Cost.Value != 2 || solo.Minutes.Value != 9 ||
		solo.Rate.Value != 0.4 || cheap.Cost.Origin != Measured || cheap.Rate.Origin != Measured {
		t.Errorf("got %+v, %+v", solo, cheap)
	}
	if solo.Changed || !cheap.Changed {
		t.Error("the other model is not seen")
	}
	c := p.Inputs.Candidates[0]
	if c.Discordance.Value != 0.3 || c.Discordance.Origin != Stated || c.ICC.Value != 0.2 {
		t.Errorf("got %+v", c)
	}
	g.Rate = 0.1
	var impossible *ImpossibleError
	if _, err := Make(q, Learn(nil, q), g); !errors.As(err, &impossible) || impossible.Most != 0.2 {
		t.Errorf("a tenth resolved and three tenths that differ: %v", err)
	}
}

// Where few tasks can be resolved, few pairs can differ.
func TestAssumedDiscordance(t *testing.T) {
	t.Parallel()
	q := asked(10, 1)
	for rate, want := range map[stats.Number]float64{0.02: 0.0392, 0.5: 0.15, 0: 0.15} {
		g := nothing
		g.Rate = rate
		p, err := Make(q, Learn(nil, q), g)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "discordance", p.Inputs.Candidates[0].Discordance.Value, want, 1e-12)
	}
}

// Two workers take trials of 3, 1, 1 and 2 minutes: one is busy until 3, the other
// until 4. The patches are ready at 1, 2, 3 and 4, and one grader takes two minutes
// for each.
func TestSchedule(t *testing.T) {
	t.Parallel()
	f := forecast{in: Inputs{Configurations: []ConfigurationInputs{
		{Minutes: Input{Value: 1, Origin: Measured}},
	}}}
	var trials []drawn
	for _, m := range []time.Duration{3, 1, 1, 2} {
		trials = append(trials, drawn{trial: trial{agents: m * time.Minute, grading: 2 * time.Minute}})
	}
	for graders, want := range map[int]time.Duration{1: 9, 2: 6, 4: 6} {
		got := f.schedule(trials, bench.Workers{Agents: 2, Grading: graders})
		if got != want*time.Minute {
			t.Errorf("%d graders: %v, want %d minutes", graders, got, want)
		}
	}
}
