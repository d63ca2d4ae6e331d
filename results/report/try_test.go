package report_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/report"
)

// tried is a trial in which main worked for 90.25 s, with two calls, and a
// sidekick with one.
func tried() results.Detail {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	call := func(agent string, took time.Duration, u bench.Usage, cost bench.USD) results.Call {
		return results.Call{Agent: agent, Duration: took, Usage: u, Cost: cost}
	}
	d := results.Detail{
		Agents: []results.Agent{
			{ID: "main", Role: bench.RoleMain, WireModel: "big", State: bench.AgentFinished},
			{ID: "t0001", Parent: "main", Role: bench.RoleSidekick, WireModel: "small"},
		},
		Calls: []results.Call{
			call("main", 1500*time.Millisecond, bench.Usage{Input: 10, CachedInput: 4, Output: 2}, 300),
			call("t0001", 40*time.Second, bench.Usage{Input: 7, Output: 1}, 20),
			call("main", 2250*time.Millisecond, bench.Usage{Input: 20, CachedInput: 6, Output: 3}, 500),
		},
	}
	d.Trial.SolveAt, d.Trial.ExtractAt = at, at.Add(90250*time.Millisecond)
	d.Trial.Cost = 820
	d.Configuration.Name = "fusion"
	return d
}

// Times are seconds in JSON and readable in the table, and sums are by role.
func TestTry(t *testing.T) {
	t.Parallel()
	try := report.TryOf(tried(), "Done.")
	var out strings.Builder
	if err := try.JSON(&out); err != nil {
		t.Fatal(err)
	}
	type role struct {
		Role   string
		Agents int
		Calls  int
		Model  float64 `json:"model_s"`
		Tokens struct {
			Input       int64
			CachedInput int64 `json:"cached_input"`
			Output      int64
		}
	}
	var got struct {
		Solve float64 `json:"solve_s"`
		Roles []role
	}
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Solve != 90.25 {
		t.Errorf("solve_s is %v, want 90.25", got.Solve)
	}
	if len(got.Roles) != 2 || got.Roles[0].Model != 3.75 || got.Roles[1].Model != 40 {
		t.Errorf("model_s: %+v, want 3.75 and 40", got.Roles)
	}
	if m := got.Roles[0]; m.Agents != 1 || m.Calls != 2 || m.Tokens.Input != 30 || m.Tokens.CachedInput != 10 ||
		m.Tokens.Output != 5 {
		t.Errorf("main: %+v", m)
	}
	out.Reset()
	if err := try.Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3.8s", "40.0s"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
