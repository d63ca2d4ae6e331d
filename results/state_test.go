package results

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bench"
	"bench/results/resultstest"
)

// At every moment of a run, its state is what all of its events fold to. Of trials
// that have ended it lacks who spoke last.
func TestState(t *testing.T) {
	t.Parallel()
	s := open(t)
	events := resultstest.Events(resultstest.Spec{RunID: "r", Tasks: 3, Seed: 2, Faults: true})
	for i, e := range events {
		more := []bench.Event{e}
		if c, ok := e.Payload.(bench.LLMCall); ok {
			begun := e
			begun.Payload, begun.Bodies = bench.LLMCallStarted{LLMCall: c}, nil
			if more = []bench.Event{begun, e}; i%41 == 0 { // one that is never heard of again
				c.CallID = "lost"
				begun.Payload = bench.LLMCallStarted{LLMCall: c}
				more = append(more, begun)
			}
		}
		if _, ok := e.Payload.(bench.TrialEnded); ok && i%3 == 0 {
			notice := e
			notice.Payload = bench.Notice{Code: "x", Text: "of a trial"}
			more = append(more, notice, notice)
		}
		for _, x := range more {
			if _, err := s.Append(t.Context(), x); err != nil {
				t.Fatal(err)
			}
		}
		if i%50 == 0 || i == len(events)-1 {
			sameState(t, s)
		}
	}
	for key, trial := range state(t, s).Trials { // those that the user ended are resumed
		if trial.Outcome != bench.OutcomeCancelled {
			continue
		}
		for _, p := range []bench.Payload{
			bench.TrialResumed{}, bench.PhaseStarted{Phase: bench.PhasePrepare},
		} {
			_, err := s.Append(t.Context(), bench.Event{RunID: "r", Time: time.UnixMilli(1), Trial: key, Payload: p})
			if err != nil {
				t.Fatal(err)
			}
			sameState(t, s)
		}
	}
	if _, err := s.State(t.Context(), "none"); err == nil {
		t.Error("a run that does not exist has a state")
	}
}

func state(t *testing.T, s *Store) *bench.Run {
	t.Helper()
	r, err := s.State(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sameState(t *testing.T, s *Store) {
	t.Helper()
	want, err := resultstest.Replay("r", s.Events(t.Context(), "r", 1))
	if err != nil {
		t.Fatal(err)
	}
	got := state(t, s)
	for _, r := range []*bench.Run{got, want} {
		for _, trial := range r.Trials {
			if trial.Phase == bench.PhaseDone {
				trial.Agent, trial.Role, trial.Turn = "", "", 0
			}
		}
	}
	hidden := cmpopts.IgnoreUnexported(bench.TrialStatus{})
	if diff := cmp.Diff(want, got, hidden, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("event %d: want -, got +\n%s", want.LastSeq, diff)
	}
	if a, b := want.LoseCalls(), got.LoseCalls(); a != b {
		t.Errorf("%d calls are lost, want %d", b, a)
	}
	if diff := cmp.Diff(want.Totals(), got.Totals()); diff != "" {
		t.Errorf("with the lost calls: want -, got +\n%s", diff)
	}
}
