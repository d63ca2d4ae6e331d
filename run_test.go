package bench_test

import (
	"testing"
	"time"

	"bench"
)

var t0 = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// folded appends payloads a second apart and returns the folded run.
func folded(t *testing.T, events ...bench.Event) *bench.Run {
	t.Helper()
	r := bench.NewRun("r1")
	for i, e := range events {
		e.RunID, e.Seq, e.Time = "r1", int64(i+1), t0.Add(time.Duration(i)*time.Second)
		if err := r.Apply(e); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
	}
	return r
}

var key = bench.TrialKey{Configuration: "fusion", InstanceID: "a__b-1", Attempt: 1}

func of(agent string, p bench.Payload) bench.Event {
	return bench.Event{Trial: key, Agent: agent, Payload: p}
}

func phase(p bench.Phase) bench.Event { return of("", bench.PhaseStarted{Phase: p}) }

func opened() bench.Event {
	other := bench.TrialKey{Configuration: "solo", InstanceID: "a__b-1", Attempt: 1}
	return bench.Event{Payload: bench.RunStarted{Name: "n", Trials: []bench.TrialKey{key, other}}}
}

func TestRunFold(t *testing.T) {
	resolved := true
	r := folded(t, opened(),
		phase(bench.PhasePrepare), phase(bench.PhaseSolve),
		of("main", bench.AgentStarted{Role: bench.RoleMain}),
		of("main", bench.LLMCall{Turn: 1, Cost: bench.Dollars(0.25)}),
		of("main", bench.DelegationStarted{DelegationID: "t0001", Child: "s1"}),
		of("s1", bench.AgentStarted{Role: bench.RoleSidekick}),
		of("s1", bench.LLMCall{Turn: 3, Cost: bench.Dollars(0.05)}),
	)
	trial := r.Trials[key]
	if trial.Role != bench.RoleSidekick || trial.Turn != 3 || trial.Sidekicks != 1 {
		t.Errorf("speaker %s turn %d, %d sidekicks", trial.Role, trial.Turn, trial.Sidekicks)
	}
	if got := r.Totals(); got.Running != 1 || got.Cost != bench.Dollars(0.30) || got.Trials != 2 {
		t.Errorf("under way: %+v", got)
	}
	r = folded(t, opened(),
		phase(bench.PhasePrepare), phase(bench.PhaseSolve), phase(bench.PhaseExtract),
		phase(bench.PhaseGrade),
		of("", bench.TrialEnded{Outcome: bench.OutcomeResolved, Resolved: &resolved}),
	)
	got := r.Totals()
	if got.Done != 1 || got.Graded != 1 || got.Resolved != 1 || got.Running != 0 {
		t.Errorf("ended: %+v", got)
	}
	if left, ok := r.Left(t0.Add(10 * time.Second)); !ok || left != 10*time.Second {
		t.Errorf("left %v, %v", left, ok)
	}
}

func TestRunCountsInfraApart(t *testing.T) {
	r := folded(t, opened(), phase(bench.PhasePrepare),
		of("", bench.TrialEnded{Outcome: bench.OutcomeInfraSandbox, Error: "daemon is gone"}))
	if got := r.Totals(); got.Infra != 1 || got.Graded != 0 || got.Done != 1 {
		t.Errorf("%+v", got)
	}
}

func TestRunRefusesImpossiblePhases(t *testing.T) {
	r := folded(t, opened(), phase(bench.PhasePrepare))
	e := phase(bench.PhaseGrade)
	e.Seq = 3
	if err := r.Apply(e); err == nil {
		t.Error("grade after prepare was accepted")
	}
}

func TestRunPassesOverWhatItKnows(t *testing.T) {
	r := folded(t, opened(), phase(bench.PhasePrepare))
	e := phase(bench.PhasePrepare)
	e.Seq = 2
	if err := r.Apply(e); err != nil {
		t.Errorf("replayed event: %v", err)
	}
}

// TestRunCountsSidekicks: only those that started can end.
func TestRunCountsSidekicks(t *testing.T) {
	r := folded(t, opened(), phase(bench.PhasePrepare), phase(bench.PhaseSolve),
		of("main", bench.DelegationStarted{DelegationID: "t0001", Child: "t0001"}),
		of("main", bench.DelegationStarted{DelegationID: "t0002", Child: "t0002"}),
		of("main", bench.DelegationEnded{DelegationID: "t0003", State: bench.AgentCancelled}),
		of("main", bench.DelegationEnded{DelegationID: "t0001", Child: "t0001"}),
	)
	if got := r.Trials[key].Sidekicks; got != 1 {
		t.Errorf("%d sidekicks are running, want 1", got)
	}
}
