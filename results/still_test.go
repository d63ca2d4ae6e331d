package results

import (
	"slices"
	"testing"
	"time"

	"bench"
)

// A trial that is resumed stands still until all its agents go on. What is told of that
// by several is one dead time where it overlaps, so that the sum of dead times is right;
// and where no agent had begun before, the solve phase begins anew.
func TestStill(t *testing.T) {
	t.Parallel()
	s := open(t)
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	key := bench.TrialKey{Configuration: "fusion", InstanceID: "a", Attempt: 1}
	add := func(seconds float64, agent string, p bench.Payload) {
		e := bench.Event{RunID: "r", Time: begin.Add(time.Duration(seconds * 1e9)), Agent: agent, Payload: p}
		if _, ok := p.(bench.RunStarted); !ok {
			e.Trial = key
		}
		if _, err := s.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	still := func(seconds float64) bench.AgentResumed {
		return bench.AgentResumed{Still: time.Duration(seconds * 1e9)}
	}
	add(0, "", bench.RunStarted{
		Configurations: []bench.Configuration{{Name: "fusion"}}, Tasks: []bench.TaskRef{{InstanceID: "a"}},
		Trials: []bench.TrialKey{key},
	})
	add(1, "", bench.PhaseStarted{Phase: bench.PhaseSolve})
	add(2, "", bench.TrialResumed{})
	add(10, "", bench.PhaseStarted{Phase: bench.PhaseSolve})
	for _, agent := range []string{"main", "t1", "t2", "t3"} {
		add(11, agent, bench.AgentStarted{})
	}
	add(20, "", bench.TrialResumed{})
	add(30, "main", still(0))
	add(35, "t1", still(4.5)) // a moment after main
	add(35, "t2", still(6))   // before main
	add(50, "t3", still(3))   // later, and alone
	f, err := s.Facts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if at := f.Trials[0].SolveAt; !at.Equal(begin.Add(10 * time.Second)) {
		t.Errorf("the solve phase begins %v after the run", at.Sub(begin))
	}
	var got []float64
	for _, p := range f.Pauses {
		if p.Agent == "" {
			got = append(got, p.From.Sub(begin).Seconds(), p.To.Sub(begin).Seconds())
		}
	}
	if want := []float64{11, 35, 47, 50}; !slices.Equal(got, want) {
		t.Errorf("dead times %v, want %v", got, want)
	}
}
