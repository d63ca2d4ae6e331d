package input

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
)

const atif = `{"schema_version": "ATIF-v1.7", "agent": {"name": "x", "version": "1", "model_name": "a/big"},
"steps": [{"step_id": 1, "source": "agent", "message": "x",
 "metrics": {"prompt_tokens": 10, "completion_tokens": 2, "cost_usd": 0.5}}],
"final_metrics": {"total_cost_usd": 0.75},
"subagent_trajectories": [{"schema_version": "ATIF-v1.7", "trajectory_id": "s", "agent": {"name": "y", "version": "1",
 "model_name": "small"}, "steps": [{"step_id": 1, "source": "agent", "message": "x",
 "metrics": {"prompt_tokens": 5, "completion_tokens": 1, "cost_usd": 0.25}}]}]}`

func write(t *testing.T, path, text string) string {
	t.Helper()
	path = filepath.Join(t.TempDir(), path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Sub-agents are sidekicks; the main agent's cost is what is left of the whole.
func TestTrajectories(t *testing.T) {
	t.Parallel()
	path := write(t, "django__django-1__Ab3xYz9/agent/trajectory.json", atif)
	if !HasTrajectories(path) {
		t.Fatal("not found")
	}
	s, err := Trajectories(path, "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	x := s.Trials[0]
	main, side := x.Roles[0], x.Roles[1]
	if x.Key != (bench.TrialKey{Configuration: "a__big", InstanceID: "django__django-1", Attempt: 1}) ||
		x.Outcome != bench.OutcomeUngraded || *x.Cost != bench.Dollars(0.75) || x.Patch != nil ||
		*main.Cost != bench.Dollars(0.5) || *main.Input != 10 || *side.Cost != bench.Dollars(0.25) ||
		side.Model != "small" || *side.Calls != 1 || s.Configurations[0].Kind != bench.KindFusion {
		t.Errorf("got %+v, %+v, %+v", x, main, side)
	}
}

// A file that claims what cannot be is refused, by name and field.
func TestTrajectoryMistakes(t *testing.T) {
	t.Parallel()
	extra := func(x string) string {
		return strings.Replace(atif, `"steps"`, `"extra": {"bench": {"instance_id": "a-1", "configuration": "c",
			"attempt": 1, "outcome": "resolved", "resolved": true`+x+`}}, "steps"`, 1)
	}
	for text, want := range map[string]string{
		extra(`, "resolved": false`):                            "outcome: resolved contradicts the verdict in resolved",
		extra(`, "outcome": "won"`):                             `outcome: unknown: "won"`,
		extra(`, "attempt": 0`):                                 "attempt: expected a whole number from 1, found 0",
		extra(`, "kind": "team"`):                               `kind: unknown: "team"`,
		strings.Replace(atif, `, "model_name": "a/big"`, "", 1): "it names no model: name the configuration",
		strings.Replace(atif, "a/big", "a b", 1):                `model: ` + wantName + `, found "a b"`,
		strings.Replace(atif, "0.75", "0.05", 1):                "cost: that of sub-agents is higher than that of all",
	} {
		_, err := Trajectories(write(t, "a-1.json", text), "", "", nil)
		if err == nil || !strings.Contains(err.Error(), "a-1.json: "+want) || bench.ExitStatusOf(err) != bench.ExitUsage {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestTrajectoriesAreExamined: what agents of other programs did is judged if their tasks
// are known and what came of their calls.
func TestTrajectoriesAreExamined(t *testing.T) {
	t.Parallel()
	tasks := func(id string) (bench.Task, bool) {
		return bench.Task{InstanceID: id, Repo: "acme/shapes", Version: "2.1"}, id != "acme__shapes-3"
	}
	const call = `"tool_calls": [{"tool_call_id": "c", "function_name": "bash", "arguments": ` +
		`{"command": "pip install shapes"}}], `
	const answer = `"observation": {"results": [{"content": "Successfully installed shapes-2.4"}]}, `
	for _, c := range []struct {
		name, instance, add string
		want                bench.Severity // "-": nobody can tell
	}{
		{"with an answer", "acme__shapes-1", call + answer, bench.Touched},
		{"without answers", "acme__shapes-1", call, "-"},
		{"of a task that is not known", "acme__shapes-3", call + answer, "-"},
		{"of another task", "acme__shapes-2", strings.Replace(call, "shapes", "numpy", 1) + answer, ""},
	} {
		doc := strings.Replace(atif, `"metrics"`, c.add+`"metrics"`, 1)
		s, err := Trajectories(write(t, c.instance+"/trajectory.json", doc), "", "", tasks)
		if err != nil {
			t.Fatal(err)
		}
		got := bench.Severity("-")
		if x := s.Trials[0].Contamination; x != nil {
			got = bench.Worst(x.Findings)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
