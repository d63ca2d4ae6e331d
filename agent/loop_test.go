package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
	"bench/sandbox"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // panics are contained, and loud
	os.Exit(m.Run())
}

var key = bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: 1}

// tool is a tool made of functions.
type tool struct {
	name   string
	accept func(c agent.Call) (agent.Work, error)
}

func (f tool) Definition() agent.Definition {
	return agent.Definition{Name: f.name, Parameters: json.RawMessage(`{"type":"object"}`)}
}

func (f tool) Accept(_ context.Context, c agent.Call) (agent.Work, error) { return f.accept(c) }

// does returns a tool that runs f.
func does(name string, f func(ctx context.Context, c agent.Call) agent.Observation) tool {
	return tool{name, func(c agent.Call) (agent.Work, error) {
		if !json.Valid([]byte(c.Arguments)) {
			return agent.Work{}, errors.New("arguments are not JSON")
		}
		return agent.Work{Run: func(ctx context.Context, _ *agent.Hold) agent.Observation {
			return f(ctx, c)
		}}, nil
	}}
}

// echo answers with its arguments; finish ends; fail fails.
var echo = does("echo", func(_ context.Context, c agent.Call) agent.Observation {
	if text, ok := strings.CutPrefix(c.Arguments, `{"v":`); ok {
		return agent.Observation{Text: "echo " + strings.TrimSuffix(text, "}")}
	}
	return agent.Observation{Text: "echo " + c.Arguments}
})

var fail = does("fail", func(context.Context, agent.Call) agent.Observation {
	return agent.Failure(agent.ClassTool, "no")
})

var finish = tool{"finish", func(c agent.Call) (agent.Work, error) {
	if c.Arguments != "{}" {
		return agent.Work{}, errors.New("bad finish")
	}
	return agent.Work{Final: &agent.Final{Message: "the end"}}, nil
}}

var bomb = does("bomb", func(context.Context, agent.Call) agent.Observation { panic("boom") })

// use calls a tool. Arguments without a brace are put into an object.
func use(name, arguments string) llm.ToolCall {
	id := name + "-" + arguments
	if arguments != "" && !strings.Contains(arguments, "{") {
		arguments = `{"v":` + arguments + "}"
	}
	return llm.ToolCall{ID: id, Name: name, Arguments: arguments}
}

func same(r llm.Response, n int) []llm.Response {
	all := make([]llm.Response, n)
	for i := range all {
		all[i] = r
	}
	return all
}

func cut(r llm.Response) llm.Response { return ended(llm.FinishLength, r) }

func ended(f llm.Finish, r llm.Response) llm.Response { r.Finish = f; return r }

// outcome is how a loop ended, and what is left of it.
type outcome struct {
	agent.Result
	err      error
	log      *agenttest.Log
	requests []llm.Request
}

// run runs a loop on a client and checks what is true of all of them.
func run(t testing.TB, ctx context.Context, c *llmtest.Fake, change func(*agent.Loop)) outcome {
	t.Helper()
	log := &agenttest.Log{}
	l := &agent.Loop{
		Agent: "main", Role: bench.RoleMain, Client: c, Record: log.Recorder(key).For("main"),
		Model:  bench.Model{Name: "m", Model: "wire", MaxOutputTokens: 1000, Price: price},
		Limits: bench.Limits{Iterations: 50}, Scope: bench.ScopeAgent,
		System: "system", First: "first", MaxParallelTools: 8, Notice: 0.8,
		Tools: []agent.Tool{echo, fail, finish, bomb},
	}
	if change != nil {
		change(l)
	}
	if l.Budget == nil {
		l.Budget = bench.NewBudget(bench.ScopeAgent, l.Limits)
	}
	var o outcome
	o.Result, o.err = l.Run(ctx)
	o.log, o.requests = log, c.Requests()
	if o.err == nil {
		agenttest.CheckConversation(t, o.Messages)
		agenttest.CheckLog(t, log)
	}
	if got := log.Cost(); got != o.Cost+o.Unreported {
		t.Errorf("events cost %v, the result says %v", got, o.Cost+o.Unreported)
	}
	if !o.State.IsTerminal() {
		t.Errorf("state %q is not terminal", o.State)
	}
	return o
}

var price = bench.Price{ID: "p", Rates: bench.Rates{
	Input: bench.PerMillion(1), CachedInput: bench.PerMillion(0.1), Output: bench.PerMillion(4),
}}

// said is the conversation as text, one line per message, from the first answer.
func (o outcome) said() string {
	var b strings.Builder
	for _, m := range o.Messages[2:] {
		text := m.Text
		for _, c := range m.ToolCalls {
			text += "<" + c.Name + ">"
		}
		fmt.Fprintf(&b, "%s: %s\n", m.Role, text)
	}
	return b.String()
}

func TestLoop(t *testing.T) {
	t.Parallel()
	say := llmtest.Answer
	for _, test := range []struct {
		name    string
		answers []llm.Response
		change  func(*agent.Loop)
		state   bench.AgentState
		message string
		turns   int64
		said    []string // in this order
	}{
		{name: "text ends the work", answers: []llm.Response{say(" done \n")},
			state: bench.AgentFinished, message: "done", turns: 1},
		{name: "finish ends the work", answers: []llm.Response{say("hm", use("echo", "1")), say("", use("finish", "{}"))},
			state: bench.AgentFinished, message: "the end", turns: 2, said: []string{"tool: echo 1", "tool: The work has ended."}},
		{name: "blank is asked again, twice", answers: []llm.Response{say(""), say("\n "), say("ok")},
			state: bench.AgentFinished, message: "ok", turns: 3,
			said: []string{"user: [harness] Your reply was empty", "user: [harness] Your reply was empty", "assistant: ok"}},
		{name: "three times blank is stuck", answers: same(say(" "), 5), state: bench.AgentStuck, turns: 3},
		{name: "a call in between counts blanks anew",
			answers: []llm.Response{say(""), say(""), say("", use("echo", "1")), say(""), say(""), say("ok")},
			state:   bench.AgentFinished, message: "ok", turns: 6},
		{name: "a text cut off is no answer", answers: []llm.Response{cut(say("half of")), say("whole")},
			state: bench.AgentFinished, message: "whole", turns: 2, said: []string{"user: [harness] Your reply was cut off"}},
		{name: "a call cut off", answers: []llm.Response{cut(say("", use("echo", `{"a":`))), say("ok")},
			state: bench.AgentFinished, message: "ok", turns: 2,
			said: []string{"tool: Error: echo: the arguments are not a JSON object: they end too early; they were:\n{\"a\":\nYour reply was cut off at the output limit within this call"}},
		{name: "unknown tool and bad arguments stay in the conversation",
			answers: []llm.Response{say("", use("nosuch", "{}"), use("echo", "{"), use("echo", "2")), say("ok")},
			state:   bench.AgentFinished, message: "ok", turns: 2,
			said: []string{`tool: Error: there is no tool "nosuch"; the tools are: bomb, echo, fail, finish`, "tool: Error: echo: the arguments are not a JSON object", "tool: echo 2"}},
		{name: "a text with no end is no answer", answers: []llm.Response{ended("spoiled", say("<tool_call>")), say("whole")},
			state: bench.AgentFinished, message: "whole", turns: 2, said: []string{"user: [harness] Your reply could not be used"}},
		{name: "calls that are announced only, three times", answers: same(ended(llm.FinishToolCalls, say("I call echo.")), 5),
			state: bench.AgentStuck, message: "I call echo.", turns: 3},
		{name: "all thoughts, three times", answers: same(cut(say("")), 5), state: bench.AgentStuck, turns: 3,
			said: []string{"user: [harness] Your reply reached the output limit before it said anything"}},
		{name: "a refusal is final", answers: []llm.Response{ended(llm.FinishRefusal, say("I will not."))},
			state: bench.AgentRefused, message: "I will not.", turns: 1},
		{name: "a refusal without words is final", answers: []llm.Response{say("a", use("echo", "1")), ended(llm.FinishRefusal, say(""))},
			state: bench.AgentRefused, message: "a", turns: 2},
		{name: "calls without ids of their own",
			answers: []llm.Response{say("", llm.ToolCall{Name: "echo", Arguments: `{"v":1}`}, llm.ToolCall{ID: "x", Name: "echo", Arguments: `{"v":2}`},
				llm.ToolCall{ID: "x", Name: "echo", Arguments: `{"v":3}`}, llm.ToolCall{Name: "echo", Arguments: `{"v":4}`}), say("ok")},
			state: bench.AgentFinished, message: "ok", turns: 2,
			said: []string{"tool: echo 1", "tool: echo 2", "tool: echo 3", "tool: echo 4"}},
		{name: "finish waits for its batch and drops what follows",
			answers: []llm.Response{say("", use("echo", "1"), use("finish", "{}"), use("echo", "2"), use("finish", "{}"))},
			state:   bench.AgentFinished, message: "the end", turns: 1,
			said: []string{"tool: echo 1", "tool: The work has ended.", "tool: Error: not executed", "tool: Error: not executed"}},
		{name: "a bad finish ends nothing",
			answers: []llm.Response{say("", use("finish", `{"x":1}`), use("echo", "1")), say("", use("finish", "{}"))},
			state:   bench.AgentFinished, message: "the end", turns: 2,
			said: []string{"tool: Error: finish: bad finish", "tool: echo 1"}},
		{name: "a panic stays in its call", answers: []llm.Response{say("", use("bomb", "1"), use("echo", "1")), say("ok")},
			state: bench.AgentFinished, message: "ok", turns: 2, said: []string{"tool: Error: bomb broke down inside", "tool: echo 1"}},
		{name: "a panic on acceptance", answers: []llm.Response{say("", use("mine", "1"), use("echo", "1")), say("ok")},
			change: func(l *agent.Loop) {
				l.Tools = append(l.Tools, tool{"mine", func(agent.Call) (agent.Work, error) { panic("boom") }})
			},
			state: bench.AgentFinished, message: "ok", turns: 2, said: []string{"tool: Error: mine broke down inside", "tool: echo 1"}},
		{name: "the same four times is stuck", answers: same(say("", use("echo", "1")), 9), state: bench.AgentStuck, turns: 4},
		{name: "the same with other spelling is stuck",
			answers: []llm.Response{say("", use("fix", `{"a":1,"b":2}`)), say("", use("fix", `{"b":2, "a":1}`)),
				say("", use("fix", `{ "a":1,"b":2}`)), say("", use("fix", `{"b":2,"a":1}`)), say("no")},
			change: func(l *agent.Loop) {
				l.Tools = append(l.Tools, does("fix", func(context.Context, agent.Call) agent.Observation {
					return agent.Observation{Text: fmt.Sprint(time.Now().UnixNano()), Stable: "stable"}
				}))
			},
			state: bench.AgentStuck, turns: 4},
		{name: "the same calls with other results are not stuck", answers: append(same(say("", use("clock", "1")), 9), say("ok")),
			change: func(l *agent.Loop) {
				n := 0
				l.Tools = append(l.Tools, does("clock", func(context.Context, agent.Call) agent.Observation {
					n++
					return agent.Observation{Text: fmt.Sprint(n)}
				}))
			},
			state: bench.AgentFinished, message: "ok", turns: 10},
		{name: "twins in one batch are no circle", answers: append(same(say("", use("echo", "1"), use("echo", "1")), 3), say("ok")),
			state: bench.AgentFinished, message: "ok", turns: 4},
		{name: "waiting is no circle", answers: append(same(say("", use("wait", "1")), 9), say("ok")),
			change: func(l *agent.Loop) {
				l.Tools = append(l.Tools, does("wait", func(context.Context, agent.Call) agent.Observation {
					return agent.Observation{Text: "still running", Waiting: true}
				}))
			},
			state: bench.AgentFinished, message: "ok", turns: 10},
		{name: "errors are mentioned the third time and end the work the fourth", answers: same(say("", use("fail", "1")), 9),
			state: bench.AgentStuck, turns: 4, said: []string{"tool: Error: no\n\n[harness] The same call has now failed 3 times"}},
		{name: "who listens goes on",
			answers: append(same(say("", use("fail", "1")), 3), say("", use("echo", "1")), say("", use("fail", "1")),
				say("", use("fail", "2")), say("", use("fail", "1")), say("ok")),
			state: bench.AgentFinished, message: "ok", turns: 8},
		{name: "two taking turns are stuck",
			answers: []llm.Response{say("", use("echo", "1")), say("", use("echo", "2")), say("", use("echo", "1")), say("", use("echo", "2")),
				say("", use("echo", "1")), say("", use("echo", "2")), say("no")},
			state: bench.AgentStuck, turns: 6},
		{name: "iterations", answers: []llm.Response{say("thinking", use("echo", "1")), say("", use("echo", "2")), say("no")},
			change: func(l *agent.Loop) { l.Limits.Iterations = 2 },
			state:  bench.AgentLimitIterations, message: "thinking", turns: 2,
			said: []string{"tool: echo 1", "[harness] This is the last model call in which you can use tools. Bring the files", "tool: echo 2"}},
		{name: "a sidekick wraps up", answers: []llm.Response{say("a", use("echo", "1")), say("my report")},
			change: func(l *agent.Loop) { l.Limits.Iterations, l.WrapUp, l.Role = 1, true, bench.RoleSidekick },
			state:  bench.AgentLimitIterations, message: "my report", turns: 2,
			said: []string{"tool: echo 1\n\n[harness] Your limit is reached", "assistant: my report"}},
		{name: "a wrap-up that asks for tools gets none", answers: []llm.Response{say("a", use("echo", "1")), say("", use("echo", "2"))},
			change: func(l *agent.Loop) { l.Limits.Iterations, l.WrapUp = 1, true },
			state:  bench.AgentLimitIterations, message: "a", turns: 2, said: []string{
				"assistant: <echo>", "tool: Error: not executed: no tool can be used any more"}},
		{name: "context overflow", answers: []llm.Response{say("so far", use("echo", "1"))},
			change: func(l *agent.Loop) {
				l.Client = first(l.Client, fmt.Errorf("status 400: %w", llm.ErrContextOverflow))
			},
			state: bench.AgentLimitContext, message: "so far", turns: 2},
		{name: "the provider is gone", answers: []llm.Response{say("so far", use("echo", "1"))},
			change: func(l *agent.Loop) { l.Client = first(l.Client, errors.New("HTTP 500")) },
			state:  bench.AgentErrorLLM, message: "so far", turns: 2},
		{name: "the sandbox is gone", answers: same(say("", use("gone", "1"), use("echo", "1")), 2),
			change: func(l *agent.Loop) {
				l.Tools = append(l.Tools, does("gone", func(context.Context, agent.Call) agent.Observation {
					return agent.Observation{Text: "lost", IsError: true, Fault: fmt.Errorf("run: %w", sandbox.ErrLost)}
				}))
			},
			state: bench.AgentErrorSandbox, turns: 1},
		{name: "a fault on acceptance", answers: same(say("", use("gone", "1"), use("echo", "1")), 2),
			change: func(l *agent.Loop) {
				l.Tools = append(l.Tools, tool{"gone", func(agent.Call) (agent.Work, error) {
					return agent.Work{}, &agent.Fault{Err: errors.New("disk full")}
				}})
			},
			state: bench.AgentErrorInternal, turns: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := run(t, t.Context(), llmtest.Sequence(test.answers...), test.change)
			if o.err != nil || o.State != test.state || o.Message != test.message || o.Turns != test.turns {
				t.Errorf("got %s %q after %d turns (%v, %v), want %s %q after %d",
					o.State, o.Message, o.Turns, o.Err, o.err, test.state, test.message, test.turns)
			}
			rest := o.said()
			for _, want := range test.said {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("%q is not said in\n%s", want, rest)
				}
				rest = after
			}
		})
	}
}

// first returns a client that passes one call through and fails all others.
func first(next llm.Client, err error) llm.Client {
	var once sync.Once
	return &llmtest.Fake{Do: func(ctx context.Context, req llm.Request) (resp llm.Response, _ error) {
		resp, failed := llm.Response{Start: time.Now(), End: time.Now()}, err
		once.Do(func() { resp, failed = next.Complete(ctx, req) })
		return resp, failed
	}}
}
