package timeline

import (
	"testing"
	"time"

	"bench"
	"bench/results"
)

// The run of a program is what it did only where nothing of it was seen: otherwise its
// model calls and tools are on the critical path, and what lies between them is other.
// Calls of which nobody knows whose they are lie on no path.
func TestProgramPath(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return begin.Add(seconds(s)) }
	run := results.ToolCall{ID: "command", Agent: "command", Name: "command", Start: at(0), End: at(10)}
	call := results.Call{ID: "c1", Agent: "command", Start: at(1), End: at(4)}
	tool := results.ToolCall{ID: "x", BatchID: "c1", Agent: "command", Name: "shell", Start: at(4), End: at(9)}
	reported := call
	reported.Start, reported.End = time.Time{}, at(10) // from a usage file: nobody knows when
	foreign := call
	foreign.Agent = "u0001"
	agents := map[string]results.Agent{
		"command": {ID: "command", Role: bench.RoleCommand}, "u0001": {ID: "u0001", Role: bench.RoleUnknown},
	}
	for _, test := range []struct {
		name  string
		calls []results.Call
		tools []results.ToolCall
		want  map[SegmentKind]time.Duration
	}{
		{"unseen", nil, []results.ToolCall{run}, map[SegmentKind]time.Duration{SegmentTool: seconds(10)}},
		{"reported", []results.Call{reported}, []results.ToolCall{run},
			map[SegmentKind]time.Duration{SegmentTool: seconds(10)}},
		{"seen", []results.Call{call}, []results.ToolCall{run, tool}, map[SegmentKind]time.Duration{
			SegmentCall: seconds(3), SegmentTool: seconds(5), SegmentOther: seconds(2),
		}},
		{"nobody's", []results.Call{foreign}, []results.ToolCall{run},
			map[SegmentKind]time.Duration{SegmentOther: seconds(10)}},
	} {
		for range 20 { // agents come in any order
			trial := &Trial{Agents: agents, Calls: test.calls, Tools: test.tools}
			trial.SolveAt, trial.ExtractAt = begin, at(10)
			got := trial.Path().ByKind()
			for kind, d := range test.want {
				if got[kind] != d || len(got) != len(test.want) {
					t.Fatalf("%s: %v, want %v", test.name, got, test.want)
				}
			}
		}
	}
}

// A program waits for its sidekick in the tool by which it handed work on: the sidekick's
// calls are on the path then, also if its end was known only afterwards.
func TestProgramDelegates(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return begin.Add(seconds(s)) }
	trial := &Trial{
		handing: []string{"delegate"},
		Agents: map[string]results.Agent{
			"command": {ID: "command", Role: bench.RoleCommand},
			"s0001":   {ID: "s0001", Role: bench.RoleSidekick, Parent: "command", StartedAt: at(2), EndedAt: at(10)},
		},
		Calls: []results.Call{
			{ID: "c1", Agent: "command", Start: at(0), End: at(2)},
			{ID: "s1", Agent: "s0001", Start: at(2), End: at(7)},
			{ID: "c2", Agent: "command", Start: at(8), End: at(10)},
		},
		Tools: []results.ToolCall{
			{ID: "command", Agent: "command", Name: "command", Start: at(0), End: at(10)},
			{ID: "x", BatchID: "c1", Agent: "command", Name: "look", Start: at(2), End: at(8)},
			{ID: "y", BatchID: "c1", Agent: "command", Name: "delegate", Index: 1, Start: at(2), End: at(8)},
		},
		Delegations: []results.Delegation{{
			ID: "t0001", Activation: 1, Agent: "command", Child: "s0001", BatchID: "c1", BatchSize: 1,
			SpawnedAt: at(2), StartedAt: at(2), EndedAt: at(8.001), State: bench.AgentFinished,
		}},
	}
	trial.SolveAt, trial.ExtractAt = begin, at(10)
	p := trial.Path()
	if len(p.Joins) != 1 || p.ByRole()[bench.RoleSidekick] != seconds(6) || p.ByKind()[SegmentCall] != seconds(9) {
		t.Errorf("joins %+v, %v, %v", p.Joins, p.ByRole(), p.ByKind())
	}
	if times := trial.Times(); times.Peak != 1 || times.Sum != 6000 {
		t.Errorf("times %+v", times)
	}
}
