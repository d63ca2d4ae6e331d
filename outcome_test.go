package bench_test

import (
	"encoding/json"
	"slices"
	"testing"

	"bench"
)

func TestPhases(t *testing.T) {
	t.Parallel()
	order := []bench.Phase{
		bench.PhaseQueued, bench.PhasePrepare, bench.PhaseSolve, bench.PhaseExtract,
		bench.PhaseGrade, bench.PhaseDone,
	}
	for i, p := range order {
		for j, q := range order {
			want := j == i+1 || q == bench.PhaseDone && p != bench.PhaseDone ||
				p == bench.PhaseQueued && q == bench.PhaseGrade // resumed with its patch
			if got := p.Next(q); got != want {
				t.Errorf("from %s to %s: %v", p, q, got)
			}
		}
		if p.Next("elsewhere") || bench.Phase("elsewhere").Next(p) {
			t.Errorf("an unknown phase is next to %s", p)
		}
	}
}

func TestTrialKey(t *testing.T) {
	t.Parallel()
	if got := key.String(); got != "fusion/a__b-1#1" {
		t.Error(got)
	}
	if key.IsZero() || !(bench.TrialKey{}).IsZero() {
		t.Error("IsZero")
	}
}

func TestBlame(t *testing.T) {
	t.Parallel()
	want := map[bench.Outcome]bench.Blame{
		"resolved": "", "unresolved": "agent", "empty_patch": "agent", "patch_failed": "agent", "ungraded": "",
		"limit_iterations": "agent", "limit_cost": "agent", "limit_tokens": "agent", "limit_context": "agent",
		"limit_wall": "agent", "limit_disk": "agent", "grading_timeout": "agent", "infra_llm": "infra",
		"infra_sandbox": "infra", "infra_grading": "infra", "internal": "infra",
		"cancelled": "user",
	}
	if len(bench.Outcomes) != len(want) {
		t.Errorf("%d outcomes, want %d", len(bench.Outcomes), len(want))
	}
	for _, o := range bench.Outcomes {
		blame, known := want[o]
		if got := o.Blame(); !known || got != blame {
			t.Errorf("%s is held against %q, want %q", o, got, blame)
		}
	}
	if bench.Outcome("meteorite").Blame() != bench.BlameInfra {
		t.Error("the unexplained is held against an agent")
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, r := range []bench.Resource{
		bench.ResourceIterations, bench.ResourceCost, bench.ResourceTokens, bench.ResourceWall,
	} {
		if o := bench.LimitOutcome(r); !slices.Contains(bench.Outcomes, o) {
			t.Errorf("%s is no outcome", o)
		}
		s := bench.LimitState(r)
		if got, ok := s.Limit(); !ok || got != r || !s.IsTerminal() {
			t.Errorf("%s is the limit of %s", s, got)
		}
	}
	for s, terminal := range map[bench.AgentState]bool{
		"": false, bench.AgentRunning: false, bench.AgentFinished: true, bench.AgentStuck: true,
		bench.AgentErrorLLM: true,
	} {
		if _, limit := s.Limit(); limit || s.IsTerminal() != terminal {
			t.Errorf("%q: limit %v, terminal %v", s, limit, s.IsTerminal())
		}
	}
}

func TestEscalationModes(t *testing.T) {
	t.Parallel()
	for m, want := range map[bench.EscalationMode][2]bool{
		bench.EscalationOff: {false, false}, bench.EscalationVoluntary: {true, false},
		bench.EscalationForced: {false, true}, bench.EscalationBoth: {true, true},
	} {
		if got := [2]bool{m.Voluntary(), m.Forced()}; got != want {
			t.Errorf("%s: voluntary and forced are %v", m, got)
		}
	}
}

// TestTaskJSON: the names are the columns of SWE-bench rows, and a task without
// a source of its own says nothing about one.
func TestTaskJSON(t *testing.T) {
	t.Parallel()
	row := `{"instance_id":"a__b-1","repo":"a/b","problem_statement":"p",` +
		`"FAIL_TO_PASS":["f"],"PASS_TO_PASS":null}`
	var task bench.Task
	if err := json.Unmarshal([]byte(row), &task); err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(task); err != nil || string(b) != row {
		t.Errorf("%s\nbecame\n%s\n%v", row, b, err)
	}
	for _, s := range []bench.Source{
		{Repository: "r"}, {Tree: "t"}, {BaseImage: "i"}, {Setup: []string{"true"}},
	} {
		if s.IsZero() {
			t.Errorf("%+v is zero", s)
		}
	}
}
