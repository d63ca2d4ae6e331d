package agenttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/llm"
	"bench/sandbox"
)

// Kit is what the conformance tests need to know of an implementation of
// agent.Agent that works through models and has the tool terminal.
type Kit struct {
	// New makes the agent. All its model calls go through clients.
	New           func(clients func(bench.Model) llm.Client) agent.Agent
	Configuration bench.Configuration // without limits
	// Box makes a sandbox with a git repository in its work directory. The
	// tests close it.
	Box func(ctx context.Context) (sandbox.Sandbox, error)
}

// Run runs the conformance tests.
func Run(t *testing.T, k Kit) {
	for name, test := range map[string]func(*testing.T, Kit){
		"answers":                answers,
		"keeps work at a limit":  keepsWork,
		"tells whose limit":      tellsScope,
		"survives the provider":  survivesProvider,
		"stops when told":        stops,
		"leaves nothing running": leavesNothing,
		"needs the journal":      needsJournal,
		"works side by side":     sideBySide,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

// speaker is a client made of a function. It fills in what providers do.
type speaker func(ctx context.Context, req llm.Request) (*llm.Message, error)

// Complete implements llm.Client.
func (s speaker) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	resp := llm.Response{Start: time.Now(), FinishReason: "stop"}
	m, err := s(ctx, req)
	resp.First, resp.End, resp.Message = time.Now(), time.Now(), m
	if err == nil {
		resp.Usage = bench.Usage{Input: 100, Output: 10}
	}
	return resp, err
}

func text(s string) (*llm.Message, error) { return llm.Assistant(s, nil), nil }

func terminal(command string) (*llm.Message, error) {
	b, err := json.Marshal(map[string]string{"command": command})
	return llm.Assistant("", []llm.ToolCall{{ID: "c", Name: "terminal", Arguments: string(b)}}), err
}

// job is one trial of the agent under test.
type job struct {
	agent.Job
	log *Log
	run *bench.Budget
}

func (k Kit) job(t *testing.T, runLimits, limits bench.Limits) job {
	t.Helper()
	box, err := k.Box(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	c := k.Configuration
	c.Limits = limits
	log, run := &Log{}, bench.NewBudget(bench.ScopeRun, runLimits)
	key := bench.TrialKey{Configuration: c.Name, InstanceID: "i", Attempt: 1}
	task := bench.Task{ProblemStatement: "The problem."}
	return job{log: log, run: run, Job: agent.Job{
		Trial: bench.Trial{Key: key, Configuration: c, Task: task},
		Box:   box, Fork: k.Box, Record: log.Recorder(key),
		Budget: run.Child(bench.ScopeTrial, bench.Limits{Cost: limits.Cost, Tokens: limits.Tokens}),
	}}
}

// solve runs the agent and checks what holds for every trial.
func (k Kit) solve(t *testing.T, ctx context.Context, j job, s speaker) (agent.Submission, error) {
	t.Helper()
	sub, err := k.New(func(bench.Model) llm.Client { return s }).Run(ctx, j.Job)
	if !sub.State.IsTerminal() {
		t.Errorf("state %q is not terminal", sub.State)
	}
	if err == nil {
		CheckLog(t, j.log)
	}
	if got, want := j.run.Spent().Cost, j.log.Cost(); got != want {
		t.Errorf("the budget spent %d, the calls cost %d", got, want)
	}
	return sub, err
}

func answers(t *testing.T, k Kit) {
	j := k.job(t, bench.Limits{}, bench.Limits{})
	ask := func(_ context.Context, req llm.Request) (*llm.Message, error) {
		CheckConversation(t, req.Messages)
		first := req.Messages[1].Text
		workdir := sandbox.AliasOf(j.Box).Show(j.Box.Workdir())
		for _, want := range []string{"Working directory: " + workdir + "\n", "The problem."} {
			if !strings.Contains(first, want) {
				t.Errorf("%q is not in the first message:\n%s", want, first)
			}
		}
		if req.Speaker.Trial != j.Trial.Key || req.Speaker.Agent == "" || req.Speaker.Turn != 1 {
			t.Errorf("speaker %+v", req.Speaker)
		}
		return text("The answer.")
	}
	sub, err := k.solve(t, t.Context(), j, ask)
	if err != nil || sub.State != bench.AgentFinished || sub.Message != "The answer." {
		t.Errorf("submission %+v, %v", sub, err)
	}
	if len(Of[bench.AgentStarted](j.log)) != 1 {
		t.Error("no agent, or more than one, started")
	}
}

func keepsWork(t *testing.T, k Kit) {
	j := k.job(t, bench.Limits{}, bench.Limits{Iterations: 3})
	n := 0
	sub, err := k.solve(t, t.Context(), j, func(context.Context, llm.Request) (*llm.Message, error) {
		n++
		return terminal(fmt.Sprintf("echo %d >> work", n))
	})
	if err != nil || sub.State != bench.AgentLimitIterations || sub.Limit != bench.ResourceIterations {
		t.Errorf("submission %+v, %v", sub, err)
	}
	if got := j.shell(t, "cat work"); got != "1\n2\n3\n" {
		t.Errorf("the work is %q", got)
	}
}

// shell runs a command in the sandbox when the agent is through.
func (j job) shell(t *testing.T, command string) string {
	t.Helper()
	res, err := sandbox.Run(t.Context(), j.Box, sandbox.Shell(command), nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(res.Output)
}

func tellsScope(t *testing.T, k Kit) {
	for _, test := range []struct {
		run, trial bench.Limits
		want       bench.Scope
	}{
		{bench.Limits{Tokens: 50}, bench.Limits{}, bench.ScopeRun},
		{bench.Limits{}, bench.Limits{Tokens: 50}, bench.ScopeTrial},
	} {
		j := k.job(t, test.run, test.trial)
		sub, err := k.solve(t, t.Context(), j, func(context.Context, llm.Request) (*llm.Message, error) {
			t.Error("a call was made that cannot be paid")
			return text("x")
		})
		if err != nil || sub.State != bench.AgentLimitTokens || sub.Scope != test.want {
			t.Errorf("submission %+v, %v", sub, err)
		}
	}
}

func survivesProvider(t *testing.T, k Kit) {
	j := k.job(t, bench.Limits{}, bench.Limits{})
	sub, err := k.solve(t, t.Context(), j, func(context.Context, llm.Request) (*llm.Message, error) {
		return nil, errors.New("HTTP 503: no")
	})
	if err != nil || sub.State != bench.AgentErrorLLM || !strings.Contains(sub.Error, "HTTP 503: no") {
		t.Errorf("submission %+v, %v", sub, err)
	}
}

func stops(t *testing.T, k Kit) {
	cause := errors.New("enough")
	for _, where := range []string{"model", "command"} {
		j := k.job(t, bench.Limits{}, bench.Limits{})
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		sub, err := k.solve(t, ctx, j, func(ctx context.Context, _ llm.Request) (*llm.Message, error) {
			if where == "command" {
				time.AfterFunc(200*time.Millisecond, func() { cancel(cause) })
				return terminal("sleep 600")
			}
			cancel(cause)
			<-ctx.Done()
			return nil, context.Cause(ctx)
		})
		if !errors.Is(err, cause) || sub.State != bench.AgentCancelled {
			t.Errorf("stopped in a %s: %+v, %v", where, sub, err)
		}
	}
}

func leavesNothing(t *testing.T, k Kit) {
	j := k.job(t, bench.Limits{}, bench.Limits{})
	turn := 0
	_, err := k.solve(t, t.Context(), j, func(context.Context, llm.Request) (*llm.Message, error) {
		if turn++; turn == 1 {
			return terminal("setsid sleep 600 & echo $! > pid")
		}
		return text("done")
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := j.shell(t, "kill -0 $(cat pid) 2>/dev/null && echo alive"); got != "" {
		t.Error("a background command outlives the agent")
	}
}

func needsJournal(t *testing.T, k Kit) {
	j := k.job(t, bench.Limits{}, bench.Limits{})
	full := errors.New("disk full")
	j.log.Fail = func(e bench.Event) error {
		if _, ok := e.Payload.(bench.ToolCall); ok {
			return full
		}
		return nil
	}
	calls := 0
	_, err := k.solve(t, t.Context(), j, func(context.Context, llm.Request) (*llm.Message, error) {
		calls++
		return terminal("true")
	})
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

func sideBySide(t *testing.T, k Kit) {
	var all sync.WaitGroup
	for i := range 4 {
		j := k.job(t, bench.Limits{}, bench.Limits{})
		all.Go(func() {
			turn := 0
			sub, err := k.solve(t, t.Context(), j, func(context.Context, llm.Request) (*llm.Message, error) {
				if turn++; turn == 1 {
					return terminal(fmt.Sprintf("echo %d > mine", i))
				}
				return text(fmt.Sprint("trial ", i))
			})
			if err != nil || sub.Message != fmt.Sprint("trial ", i) {
				t.Errorf("%+v, %v", sub, err)
			}
			if got := j.shell(t, "cat mine"); got != fmt.Sprintln(i) {
				t.Errorf("trial %d finds %q", i, got)
			}
		})
	}
	all.Wait()
}
