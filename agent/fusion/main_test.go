package fusion

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
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
	"bench/sandbox/local"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // panics are contained, and loud
	os.Exit(m.Run())
}

var key = bench.TrialKey{Configuration: "fusion", InstanceID: "i", Attempt: 1}

var price = bench.Price{ID: "p", Rates: bench.Rates{
	Input: bench.PerMillion(1), CachedInput: bench.PerMillion(0.1), Output: bench.PerMillion(4),
}}

var dear = bench.Price{ID: "d", Rates: bench.Rates{
	Input: bench.PerMillion(10), CachedInput: bench.PerMillion(1), Output: bench.PerMillion(40),
}}

// configuration is what tests start from.
func configuration() bench.Configuration {
	return bench.Configuration{
		Name: "fusion", Kind: bench.KindFusion,
		Main:   bench.Model{Name: "big", Model: "big", MaxOutputTokens: 1000, Price: dear},
		Limits: bench.Limits{Iterations: 40}, MaxParallelTools: 8, CommandTimeout: time.Minute, Notice: 0.8,
		Offline: true,
		Sidekick: &bench.Sidekick{
			Model:  bench.Model{Name: "small", Model: "small", MaxOutputTokens: 1000, Price: price},
			Limits: bench.Limits{Iterations: 6}, MaxParallel: 8, MaxParallelTools: 4,
			Workspace: bench.WorkspaceSnapshot, Notice: 0.8, ReportChars: 16_000, MaxProviderFailures: 1,
		},
		Delegation: bench.DelegationMandatory, Escalation: bench.EscalationBoth,
	}
}

// script is what agents say: by the id of the agent, in turn. Models that have
// nothing left to say end with "nothing left".
type script struct {
	mu   sync.Mutex
	said map[string][]llm.Response
	hook func(ctx context.Context, req llm.Request) error
}

func (s *script) client(bench.Model) llm.Client {
	return &llmtest.Fake{Do: func(ctx context.Context, req llm.Request) (llm.Response, error) {
		start := time.Now()
		if s.hook != nil {
			if err := s.hook(ctx, req); err != nil {
				return llm.Response{Start: start, End: time.Now()}, err
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		left := s.said[req.Speaker.Agent]
		if len(left) == 0 {
			return llmtest.Answer("nothing left"), nil
		}
		s.said[req.Speaker.Agent] = left[1:]
		return left[0], nil
	}}
}

var say = llmtest.Answer

func use(name string, arguments map[string]any) llm.ToolCall {
	b, err := json.Marshal(arguments)
	if err != nil {
		panic(err)
	}
	return llm.ToolCall{ID: name + string(b), Name: name, Arguments: string(b)}
}

func shell(command string) llm.ToolCall {
	return use("terminal", map[string]any{"command": command})
}

func brief(prompt string) llm.ToolCall {
	return use("task", map[string]any{"prompt": prompt, "subagent_type": "sidekick"})
}

func report(message string) llm.Response {
	return say("", use("finish", map[string]any{"message": message, "outcome": "report"}))
}

func done(message string) llm.Response {
	return say("", use("finish", map[string]any{"message": message}))
}

// lab makes sandboxes with one file, a.txt.
type lab struct {
	pool sandbox.Pool
	tree string
}

func newLab(t testing.TB) lab {
	t.Helper()
	return newLabIn(t, t.TempDir())
}

// newLabIn makes its sandboxes below dir.
func newLabIn(t testing.TB, dir string) lab {
	t.Helper()
	pool, err := local.New(local.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	l := lab{pool, t.TempDir()}
	file, content := filepath.Join(l.tree, "a.txt"), []byte(lines("one", "two", "three"))
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l lab) fork(ctx context.Context) (sandbox.Sandbox, error) {
	return l.pool.Create(ctx, sandbox.Spec{
		RunID: "r", Trial: key, Purpose: sandbox.ForAgent,
		Task: bench.Task{InstanceID: "i", Source: bench.Source{Tree: l.tree}},
	})
}

// trial is one run of the agent.
type trial struct {
	box    sandbox.Sandbox
	log    *agenttest.Log
	budget *bench.Budget
	job    agent.Job
}

func newTrial(t testing.TB, c bench.Configuration) *trial { return newLab(t).trial(t, c) }

func (l lab) trial(t testing.TB, c bench.Configuration) *trial {
	t.Helper()
	box, err := l.fork(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close(context.Background()) })
	tr := &trial{box: box, log: &agenttest.Log{}}
	tr.budget = bench.NewBudget(bench.ScopeRun, bench.Limits{}).Child(bench.ScopeTrial,
		bench.Limits{Cost: c.Limits.Cost, Tokens: c.Limits.Tokens})
	task := bench.Task{ProblemStatement: "It is broken."}
	tr.job = agent.Job{
		Trial: bench.Trial{Key: key, Configuration: c, Task: task},
		Box:   box, Fork: l.fork, Budget: tr.budget, Record: tr.log.Recorder(key),
	}
	return tr
}

// run runs the agent and checks what is true of every run.
func (tr *trial) run(t testing.TB, ctx context.Context, s *script) agent.Submission {
	t.Helper()
	sub, err := New(Options{Clients: s.client}).Run(ctx, tr.job)
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	agenttest.CheckLog(t, tr.log)
	if got, want := tr.budget.Spent().Cost, tr.log.Cost(); got != want {
		t.Errorf("the budget spent %d, the calls cost %d", got, want)
	}
	return sub
}

func (tr *trial) file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(tr.box.Workdir(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// observations returns what an agent's calls of a tool were answered.
func (tr *trial) observations(agentID, tool string) []string {
	var all []string
	byIndex := map[string]map[int]string{}
	var batches []string
	for _, e := range tr.log.Events() {
		if p, ok := e.Payload.(bench.ToolCall); ok && e.Agent == agentID && p.Name == tool {
			if byIndex[p.BatchID] == nil {
				byIndex[p.BatchID] = map[int]string{}
				batches = append(batches, p.BatchID)
			}
			byIndex[p.BatchID][p.Index] = tr.log.Body(p.Result)
		}
	}
	for _, b := range batches {
		for i := range 20 {
			if text, ok := byIndex[b][i]; ok {
				all = append(all, text)
			}
		}
	}
	return all
}

func contains(t testing.TB, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// lines is the content of a.txt: words so far apart that patches of different
// ones do not touch.
func lines(words ...string) string { return strings.Join(words, "\n1\n2\n3\n4\n") + "\n" }

func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("t%04d", i+1)
	}
	return all
}
