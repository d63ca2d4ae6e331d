package runner

import (
	"fmt"
	"testing"

	"bench"
)

// Every trial that failed is tried again once, whichever attempt it was.
func TestTrialsTriedAgain(t *testing.T) {
	t.Parallel()
	infra, ok := bench.OutcomeInfraLLM, bench.OutcomeResolved
	for _, test := range []struct {
		planned  int
		outcomes []bench.Outcome // by attempt
		want     string          // attempts that are added
	}{
		{1, []bench.Outcome{ok}, "[]"},
		{1, []bench.Outcome{infra}, "[2]"},
		{1, []bench.Outcome{infra, ok}, "[]"},
		{1, []bench.Outcome{infra, infra}, "[3]"},
		{3, []bench.Outcome{infra, ok, infra}, "[4 5]"},
		{3, []bench.Outcome{infra, ok, infra, ok, infra}, "[6]"},
	} {
		s := &History{Run: bench.NewRun("r")}
		for i, o := range test.outcomes {
			k := bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: i + 1}
			s.Run.Header.Trials = append(s.Run.Header.Trials, k)
			s.Run.Trials[k] = &bench.TrialStatus{Phase: bench.PhaseDone, Outcome: o}
		}
		got := []int{}
		for _, k := range s.newAttempts([]bench.Outcome{infra}, test.planned) {
			got = append(got, k.Attempt)
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%+v: added %v", test, got)
		}
	}
}
