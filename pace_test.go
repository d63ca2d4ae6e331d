package bench_test

import (
	"testing"
	"time"

	"bench"
)

// What is expected of a trial rests on the best that is known.
func TestPace(t *testing.T) {
	t.Parallel()
	key := func(configuration, task string) bench.TrialKey {
		return bench.TrialKey{Configuration: configuration, InstanceID: task, Attempt: 1}
	}
	p := bench.NewPace()
	if e := p.Expect(key("solo", "t"), 0); e != (bench.Expectation{Basis: bench.BasisNone}) {
		t.Errorf("of nothing: %+v", e)
	}
	for n := 20; n > 0; n-- {
		p.Took(key("solo", "t"+string(rune('a'+n))), time.Duration(n)*time.Minute)
	}
	p.Took(key("solo", "tb"), 3*time.Minute)
	again := key("solo", "tb")
	again.Attempt = 7
	for name, test := range map[string]struct {
		of   bench.TrialKey
		want bench.Expectation
	}{
		"this task":               {again, bench.Expectation{Takes: 3 * time.Minute, Basis: bench.BasisTask}},
		"another task":            {key("solo", "new"), bench.Expectation{Takes: 18 * time.Minute, Basis: bench.BasisConfiguration}},
		"another configuration":   {key("fusion", "tb"), bench.Expectation{Takes: time.Hour, Basis: bench.BasisLimits}},
		"the configuration alone": {key("", "tb"), bench.Expectation{Takes: time.Hour, Basis: bench.BasisLimits}},
	} {
		if got := p.Expect(test.of, time.Hour); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// A deadline lets begin what is expected to end in time, less what was done already; what
// infrastructure or the user ended says nothing of others.
func TestDeadline(t *testing.T) {
	t.Parallel()
	now := time.Now()
	trial := bench.Trial{Key: bench.TrialKey{Configuration: "solo", InstanceID: "t", Attempt: 1}}
	d := &bench.Deadline{At: now.Add(time.Hour), Pace: bench.NewPace(),
		Limit: func(bench.Trial) time.Duration { return 75 * time.Minute }}
	if l, ok := d.Allows(trial, 0, now); ok || l.Basis != bench.BasisLimits || l.Left != time.Hour {
		t.Errorf("more than is left: %+v, %v", l, ok)
	}
	if _, ok := d.Allows(trial, 15*time.Minute, now); !ok {
		t.Error("what was done already counts")
	}
	d.Took(trial.Key, time.Minute, bench.OutcomeInfraLLM)
	d.Took(trial.Key, time.Minute, bench.OutcomeCancelled)
	if _, ok := d.Allows(trial, 0, now); ok {
		t.Error("a fault of the infrastructure says how long a trial takes")
	}
	d.Took(trial.Key, 20*time.Minute, bench.OutcomeUnresolved)
	if _, ok := d.Allows(trial, 0, now.Add(40*time.Minute)); !ok {
		t.Error("it fits exactly")
	}
	if _, ok := d.Allows(trial, 0, now.Add(40*time.Minute+1)); ok {
		t.Error("it does not fit")
	}
	if _, ok := d.Allows(trial, time.Hour, now.Add(time.Hour)); ok {
		t.Error("something begins at the deadline")
	}
	var none *bench.Deadline
	if _, ok := none.Allows(trial, 0, now); !ok {
		t.Error("no deadline forbids something")
	}
	none.Took(trial.Key, time.Minute, bench.OutcomeResolved)
}
