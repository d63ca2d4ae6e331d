package trajectory

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bench"
)

// A file as mini-swe-agent writes it for a model that has tool calls, after LiteLLM.
const miniTools = `{"info": {"model_stats": {"instance_cost": 0.05, "api_calls": 2},
 "config": {"agent": {"step_limit": 250}, "agent_type": "minisweagent.agents.default.DefaultAgent",
  "model": {"model_name": "anthropic/claude", "model_kwargs": {"drop_params": true}}, "model_type": "x",
  "environment": {"image": "i", "cwd": "/testbed"}, "environment_type": "x"},
 "mini_version": "2.4.6", "exit_status": "Submitted", "submission": "diff --git a/a b/a\n"},
 "messages": [
 {"role": "system", "content": "You are helpful."},
 {"role": "user", "content": [{"type": "text", "text": "Fix it. Your working directory is /testbed"}]},
 {"role": "assistant", "content": null, "reasoning_content": "Look.", "function_call": null,
  "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "bash", "arguments": "{\"command\": \"ls\"}"}}],
  "extra": {"actions": [{"command": "ls", "tool_call_id": "c1"}], "cost": 0.02, "timestamp": 1.5,
   "response": {"id": "r", "model": "claude-1", "object": "chat.completion", "choices": [{}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110,
     "prompt_tokens_details": {"cached_tokens": 40, "audio_tokens": null},
     "completion_tokens_details": {"reasoning_tokens": 4}, "cache_creation_input_tokens": 20}}}},
 {"role": "tool", "tool_call_id": "c1", "content": "a", "extra": {"returncode": 0, "timestamp": 2.0}},
 {"role": "assistant", "content": "Done.", "tool_calls": null, "extra": {"cost": 0.03, "response": {"model": "claude-1",
  "usage": {"prompt_tokens": 120, "completion_tokens": 5, "total_tokens": 125, "prompt_tokens_details": null}}}},
 {"role": "exit", "content": "diff", "extra": {"exit_status": "Submitted", "submission": "diff"}}],
 "trajectory_format": "mini-swe-agent-1.1", "instance_id": "a__b-1"}`

func TestMini(t *testing.T) {
	t.Parallel()
	got, err := Parse([]byte(miniTools))
	if err != nil {
		t.Fatal(err)
	}
	want := bench.Usage{Input: 220, CachedInput: 40, CacheWrite: 20, Output: 15, Reasoning: 4}
	if got.Instance != "a__b-1" || got.Model != "anthropic/claude" || got.Workdir != "/testbed" ||
		*got.Usage != want || *got.Cost != bench.Dollars(0.05) || *got.Calls != 2 ||
		*got.Patch != "diff --git a/a b/a\n" || got.Status != "Submitted" || got.Bench != nil {
		t.Errorf("got %+v", got)
	}
	first := got.Turns[0]
	if first.Text != "" || first.Reasoning != "Look." || !reflect.DeepEqual(first.Calls[0], Call{"c1", "bash", `{"command": "ls"}`,
		&Answer{"a", new(bool)}}) {
		t.Errorf("got %+v", first)
	}
}

// Models without tool calls have their commands in the text; mini-swe-agent says which.
// Calls that left no message have a usage that is not known.
func TestMiniText(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a__b-2.traj.json")
	doc := `{"info": {"model_stats": {"instance_cost": 0, "api_calls": 3}}, "messages": [
		{"role": "assistant", "content": "I look.", "extra": {"actions": [{"command": "cat <a>"}],
		"response": {"usage": {"prompt_tokens": 1, "completion_tokens": 1}}}},
		{"role": "user", "content": "<output>hm</output>", "extra": {"raw_output": "hm", "returncode": 1}}],
		"trajectory_format": "mini-swe-agent-1.1"}`
	if err := os.WriteFile(path, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Instance != "a__b-2" || got.Usage != nil || *got.Calls != 3 || got.Turns[0].Usage == nil ||
		got.Turns[0].Cost != nil || got.Turns[0].Calls[0].Name != "bash" ||
		!strings.Contains(got.Turns[0].Calls[0].Arguments, `"command":`) ||
		got.Turns[0].Calls[0].Answer.Text != "hm" || !*got.Turns[0].Calls[0].Answer.Failed {
		t.Errorf("got %+v", got)
	}
}

const atif = `{"schema_version": "ATIF-v1.5", "session_id": "s", "agent": {"name": "other", "version": "1",
 "model_name": "m"}, "steps": [
 {"step_id": 1, "source": "user", "message": [{"type": "text", "text": "Working directory: /repo"},
  {"type": "image", "source": {"media_type": "image/png", "path": "a.png"}}]},
 {"step_id": 2, "source": "agent", "message": "", "tool_calls": [
   {"tool_call_id": "c", "function_name": "bash_command", "arguments": {"keystrokes": "ls\n"}}],
  "observation": {"results": [{"source_call_id": "c", "content": "a"}]},
  "metrics": {"prompt_tokens": 10, "completion_tokens": 2, "cached_tokens": 4, "cost_usd": 0.5}}],
 "final_metrics": {"total_cost_usd": 0.75, "total_steps": 2}, "unknown": true}`

func TestATIF(t *testing.T) {
	t.Parallel()
	got, err := Parse([]byte(atif))
	if err != nil {
		t.Fatal(err)
	}
	if got.Model != "m" || got.Workdir != "/repo" || *got.Usage != (bench.Usage{Input: 10, Output: 2, CachedInput: 4}) ||
		*got.Cost != bench.Dollars(0.75) || *got.Calls != 1 || got.Patch != nil || got.Instance != "" ||
		!reflect.DeepEqual(got.Turns[0].Calls[0], Call{"c", "bash_command", `{"keystrokes": "ls\n"}`, &Answer{Text: "a"}}) {
		t.Errorf("got %+v", got)
	}
}

// Mistakes name the field and what stands there.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{`"step_id": 2`, `"step_id": 3`, "steps[1].step_id: expected 2, found 3"},
		{`"source": "user"`, `"source": "tool"`, `steps[0].source: expected system, user or agent, found "tool"`},
		{`"function_name": "bash_command"`, `"name": "x"`, "steps[1].tool_calls[0].function_name: missing"},
		{`"ATIF-v1.5"`, `"ATIF-v2.0"`, `schema_version: expected ATIF-v1.x, found "ATIF-v2.0"`},
		{`"prompt_tokens": 10`, `"prompt_tokens": "10"`, "expected a number, found string"},
		{`"schema_version"`, `"version"`, "neither schema_version (ATIF-v1.x) nor trajectory_format"},
		{`"steps": [`, `"steps": [], "x": [`, "steps: missing or empty"},
		{atif, "[]", "the document: expected an object, found array"},
		{atif, "{", "no JSON: unexpected end"},
		{atif, `{"trajectory_format": "mini-swe-agent-1"}`, `expected mini-swe-agent-1.1, found "mini-swe-agent-1"`},
		{atif, strings.Replace(miniTools, `"role": "tool"`, `"x": 1`, 1), "messages[3].role: missing"},
	} {
		_, err := Parse([]byte(strings.Replace(atif, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	_, err := Read(filepath.Join(t.TempDir(), "none"))
	if bench.ExitStatusOf(err) != bench.ExitUsage {
		t.Errorf("got %v", err)
	}
}
