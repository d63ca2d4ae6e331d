package sdktest

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/agent/command"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/local"
)

// example builds the agent that the protocol's Go library has as an example.
func example(t *testing.T) string {
	t.Helper()
	require.Program(t, "go")
	program := filepath.Join(t.TempDir(), "agent")
	build := exec.Command("go", "build", "-o", program, "github.com/coder/acp-go-sdk/example/agent")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// drive runs the example as the program of a trial.
func drive(
	t *testing.T, ctx context.Context, log *agenttest.Log, program string, p bench.Permission,
) (agent.Submission, error) {
	t.Helper()
	pool, err := local.New(local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	key := bench.TrialKey{Configuration: "example", InstanceID: "a", Attempt: 1}
	task := bench.Task{InstanceID: "a", ProblemStatement: "Do it.", Source: bench.Source{Tree: t.TempDir()}}
	box, err := pool.Create(t.Context(), sandbox.Spec{
		RunID: "test", Trial: key, Purpose: sandbox.ForAgent, Task: task,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close(context.Background()) })
	sub, err := command.New(nil, "0").Run(ctx, agent.Job{
		Trial: bench.Trial{Key: key, Task: task, Configuration: bench.Configuration{
			Name: "example", Kind: bench.KindCommand,
			Command: &bench.Command{Run: "exec " + program, ACP: &bench.ACP{Permission: p}},
		}},
		Box: box, Record: log.Recorder(key), Budget: bench.NewBudget(bench.ScopeRun, bench.Limits{}),
	})
	agenttest.CheckLog(t, log)
	return sub, err
}

// An agent that is not ours is driven from its greeting to its stop reason, allowed or not.
func TestACPExample(t *testing.T) {
	t.Parallel()
	program := example(t)
	for p, want := range map[bench.Permission]struct{ status, last string }{
		bench.AllowOnce: {"", " Perfect! I've successfully updated the configuration. The changes have been applied."},
		bench.Reject: {"unfinished", " I understand you prefer not to make that change. " +
			"I'll skip the configuration update."}, // it never says that its call is over
	} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			log := &agenttest.Log{}
			sub, err := drive(t, t.Context(), log, program, p)
			if err != nil || sub.State != bench.AgentFinished || sub.Error != "" ||
				!strings.HasSuffix(sub.Message, want.last) {
				t.Errorf("submission %+v, %v", sub, err)
			}
			var edit, read bench.ToolCall
			for _, c := range agenttest.Of[bench.ToolCall](log) {
				switch c.CallID {
				case "call_1":
					read = c
				case "call_2":
					edit = c
				}
			}
			if read.Name != "read" || read.Title != "Reading project files" || read.Permission != "" ||
				!strings.Contains(log.Body(read.Result), "This is a sample project...") ||
				len(read.Touched) != 1 || read.Touched[0].Path != "/project/README.md" {
				t.Errorf("first call %+v", read)
			}
			kind := map[bench.Permission]string{bench.AllowOnce: "allow_once", bench.Reject: "reject_once"}[p]
			if edit.Name != "edit" || edit.Permission != kind || edit.ErrorClass != want.status ||
				!edit.Touched[0].Write {
				t.Errorf("second call %+v", edit)
			}
			ended := agenttest.Of[bench.AgentEnded](log)
			if len(ended) != 1 || ended[0].StopReason != "end_turn" {
				t.Errorf("ended %+v", ended)
			}
			for _, n := range agenttest.Of[bench.Notice](log) {
				if n.Code != bench.NoticeNoUsage {
					t.Errorf("notice %+v", n)
				}
			}
		})
	}
}

// It stops when it is asked to, and says so.
func TestACPExampleCancelled(t *testing.T) {
	t.Parallel()
	program := example(t)
	limit := &bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	log := &agenttest.Log{Fail: func(e bench.Event) error {
		if _, ok := e.Payload.(bench.ToolCall); ok { // the first of two, in mid-turn
			cancel(limit)
		}
		return nil
	}}
	sub, err := drive(t, ctx, log, program, bench.AllowOnce)
	ended := agenttest.Of[bench.AgentEnded](log)
	if err != nil || sub.State != bench.AgentLimitWall || len(ended) != 1 || ended[0].StopReason != "cancelled" {
		t.Errorf("submission %+v, %v, ended %+v", sub, err, ended)
	}
}
