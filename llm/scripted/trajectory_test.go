package scripted

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/trajectory"
)

const miniFile = `{"trajectory_format": "mini-swe-agent-1.1", "info": {"config": {"environment": {"cwd": "/testbed"}}},
"messages": [{"role": "assistant", "content": "I look.", "extra": {"actions": [{"command": "ls /testbed/a /testbeds"}],
 "response": {"usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}}}},
{"role": "assistant", "content": "", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "bash",
 "arguments": "{\"command\": \"echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\"}"}}]}]}`

// Each task is answered from its own file, turn by turn, with the recorded usage; what
// comes after is the end.
func TestTrajectories(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{"a__b-1/a__b-1.traj.json", "a__b-2/a__b-2.traj.json", "a__b-3/other.traj.json"} {
		text := strings.Replace(miniFile, "I look.", "I look at "+path, 1)
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := LoadTrajectory(filepath.Join(dir, "{instance_id}", "{instance_id}.traj.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.rules) != 6 {
		t.Fatalf("%d rules", len(s.rules))
	}
	r := s.rules[3]
	if *r.Say != "I look at a__b-2/a__b-2.traj.json" || *r.When.Turn != 1 || !r.When.Task.re.MatchString("a__b-2") ||
		*r.Usage.Input != 9 || *r.Usage.CachedInput != 4 || *r.Usage.Output != 2 || *r.Calls[0].Tool != "terminal" ||
		*r.Calls[0].Raw != `{"command":"ls ${bench_workdir}/a /testbeds"}` {
		t.Errorf("got %+v, %s", r, *r.Calls[0].Raw)
	}
	if r := s.rules[4]; *r.Calls[0].Tool != "finish" || r.Usage.Report == nil {
		t.Errorf("got %+v", r)
	}
	if r := s.rules[5]; r.When.Turn != nil || *r.Calls[0].Tool != "finish" || *r.Usage.Input != 0 {
		t.Errorf("got %+v", r)
	}
	if _, err := LoadTrajectory(filepath.Join(dir, "{instance_id}.json")); bench.ExitStatusOf(err) != bench.ExitUsage {
		t.Errorf("got %v", err)
	}
}

// Sub-agents answer for the sidekicks of their ids, or else of their number.
func TestSubagents(t *testing.T) {
	t.Parallel()
	turns := []trajectory.Turn{{Text: "x", Calls: []trajectory.Call{{Name: "file_editor", Arguments: "{not JSON"}}}}
	s, err := ofTrajectories("f", []trajectory.Trajectory{{Turns: turns, Subagents: []trajectory.Trajectory{
		{ID: "t0007", Turns: turns}, {ID: "call_1", Turns: turns},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "t0007", "t0002"} {
		r := s.rules[2*i]
		if want != "" && (!r.When.Agent.re.MatchString(want) || !r.When.Role.re.MatchString("sidekick")) ||
			want == "" && !r.When.Role.re.MatchString("main") || *r.Calls[0].Raw != "{not JSON" {
			t.Errorf("%s: got %+v", want, r.When)
		}
	}
}
