package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/advisor"
	"bench/agent/command"
	"bench/agent/fusion"
	"bench/agent/router"
	"bench/agent/single"
	"bench/llm"
	"bench/llm/llmtest"
	"bench/replay"
	"bench/runner"
	"bench/scoring"
)

// play is what models say in virtual time, by configuration and agent: the answer
// of its first turn, and so on.
type play map[string][]said

// said is one answer of a model.
type said struct {
	after time.Duration // it takes
	text  string
	calls []llm.ToolCall
	usage bench.Usage
	fails []error             // of the attempts before it
	more  func(*llm.Response) // what else it is
}

// tool is a call of a tool.
func tool(name string, arguments map[string]any) llm.ToolCall {
	text, err := json.Marshal(arguments)
	if err != nil {
		panic(err) // of a test's own maps
	}
	return llm.ToolCall{Name: name, Arguments: string(text)}
}

func terminal(command string) llm.ToolCall {
	return tool("terminal", map[string]any{"command": command, "timeout": 3000})
}

func newFile(name, text string) llm.ToolCall {
	return tool("file_editor", map[string]any{
		"command": "create", "path": memoryDir + "/" + name, "file_text": text,
	})
}

func replace(name, from, to string) llm.ToolCall {
	return tool("file_editor", map[string]any{
		"command": "str_replace", "path": memoryDir + "/" + name, "old_str": from, "new_str": to,
	})
}

func viewed(name string, from, to int) llm.ToolCall {
	return tool("file_editor", map[string]any{
		"command": "view", "path": memoryDir + "/" + name, "view_range": []int{from, to},
	})
}

func task(prompt string, more ...any) llm.ToolCall {
	all := map[string]any{"prompt": prompt, "subagent_type": "sidekick"}
	for i := 0; i < len(more); i += 2 {
		all[more[i].(string)] = more[i+1]
	}
	return tool("task", all)
}

func finish(message string, more ...string) llm.ToolCall {
	all := map[string]any{"message": message}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return tool("finish", all)
}

func reported(message, risk string) llm.ToolCall {
	if risk == "" {
		return finish(message, "outcome", "report")
	}
	return finish(message, "outcome", "report", "risk", risk)
}

// tokens is the usage of an answer.
func tokens(input, cached, written, output int64) bench.Usage {
	return bench.Usage{Input: input, CachedInput: cached, CacheWrite: written, Output: output}
}

// virtual is a run in virtual time: real agents, with everything between them and
// the network, in sandboxes of memory.
type virtual struct {
	id             string
	configurations []bench.Configuration
	tasks          []bench.Task
	attempts       int
	workers        bench.Workers
	play           play
	rateLimit      llm.RateLimit
	pool           memory
	resolved       func(job scoring.Job) bool

	player *replay.Player // answers in the place of models; nil asks them
	change func(*llm.Request)

	mu    sync.Mutex
	tried map[string]int // attempts that failed, by speaker and turn
}

// logbook is a journal in memory, whose process can die.
type logbook struct {
	mu     sync.Mutex
	events []bench.Event
	bodies map[bench.BodyHash]bench.Body
	// after, if set, hears of every event. If it returns false the process is dead:
	// nothing is recorded any more.
	after func(n int, e bench.Event) (alive bool)
	dead  bool
}

var errDead = errors.New("the process is dead")

// Append implements runner.Journal.
func (l *logbook) Append(_ context.Context, e bench.Event) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return 0, errDead
	}
	e.Seq = int64(len(l.events) + 1)
	l.events = append(l.events, e)
	if l.bodies == nil {
		l.bodies = map[bench.BodyHash]bench.Body{}
	}
	for _, b := range e.Bodies {
		l.bodies[b.Hash()] = b
	}
	if l.after != nil && !l.after(len(l.events), e) {
		l.dead = true
	}
	return e.Seq, nil
}

// State implements runner.Log.
func (l *logbook) State(_ context.Context, run string) (*bench.Run, error) {
	r := bench.NewRun(run)
	for _, e := range l.events {
		if err := r.Apply(e); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// TrialEvents implements runner.Log.
func (l *logbook) TrialEvents(_ context.Context, _ string, k bench.TrialKey) ([]bench.Event, error) {
	return slices.DeleteFunc(slices.Clone(l.events), func(e bench.Event) bool { return e.Trial != k }), nil
}

// Body implements runner.Log.
func (l *logbook) Body(_ context.Context, h bench.BodyHash) (bench.Body, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.bodies[h]; ok || h == "" {
		return b, nil
	}
	return nil, fmt.Errorf("no body %s", h)
}

// options is the run as runner.Run takes it, in a process of its own.
func (v *virtual) options(l *logbook) runner.Options {
	clients := map[string]llm.Client{}
	for _, c := range v.configurations {
		for _, m := range c.Models() {
			if clients[m.Name] == nil {
				clients[m.Name] = llm.Shared(&llmtest.Fake{Do: v.answer}, v.rateLimit, llm.RetryOptions{})
			}
		}
	}
	client := func(m bench.Model) llm.Client {
		if v.player == nil {
			return clients[m.Name]
		}
		return v.changed(v.player.Client(m, clients[m.Name]))
	}
	slots := fusion.NewSlots(v.workers.Sidekicks)
	return runner.Options{
		RunID: v.id, Journal: l, Pool: &v.pool, Grader: v,
		Header: bench.RunStarted{
			Name: "virtual", Workers: v.workers, Rules: "v5", SandboxKind: "memory", Simulated: true,
		},
		Trials: runner.Plan(v.tasks, v.configurations, max(1, v.attempts)),
		Agents: func(k bench.Kind) (agent.Agent, error) {
			switch k {
			case bench.KindFusion:
				return fusion.New(fusion.Options{Clients: client, Slots: slots}), nil
			case bench.KindAdvisor:
				return advisor.New(advisor.Options{Clients: client}), nil
			case bench.KindRouter:
				return router.New(router.Options{Clients: client}), nil
			case bench.KindCommand:
				return command.New(nil, "0"), nil
			case bench.KindSingle:
			}
			return single.New(single.Options{Clients: client}), nil
		},
	}
}

// Grade implements scoring.Grader.
func (v *virtual) Grade(ctx context.Context, job scoring.Job) (bench.Grade, []bench.Body, error) {
	if err := pass(ctx, 3*time.Second); err != nil {
		return bench.Grade{}, nil, err
	}
	if v.pool.fault != nil {
		if err := v.pool.fault("grade", &memoryBox{pool: &v.pool}); err != nil {
			return bench.Grade{}, nil, err
		}
	}
	resolved := v.resolved(job)
	return bench.Grade{Rules: "v5", PatchApplied: true, Found: true, Resolved: &resolved}, nil, nil
}

// answer is what a model says.
func (v *virtual) answer(ctx context.Context, req llm.Request) (llm.Response, error) {
	who := req.Speaker.Trial.Configuration + " " + req.Speaker.Agent
	if special := who + " " + req.Speaker.Trial.InstanceID; v.play[special] != nil {
		who = special
	}
	turns := v.play[who]
	start := time.Now()
	if req.Speaker.Turn > len(turns) {
		return llm.Response{Start: start, End: start}, fmt.Errorf("%s has nothing to say in turn %d",
			who, req.Speaker.Turn)
	}
	turn := turns[req.Speaker.Turn-1]
	if err := v.fault(fmt.Sprint(req.Speaker, req.Purpose), turn.fails); err != nil {
		end := time.Now()
		return llm.Response{Start: start, End: end, UnknownUsage: billed(err)}, err
	}
	if err := pass(ctx, turn.after); err != nil {
		return llm.Response{Start: start, End: time.Now(), UnknownUsage: 1}, err
	}
	calls := make([]llm.ToolCall, len(turn.calls))
	for i, c := range turn.calls {
		c.ID = fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(req.Speaker.Agent, ".", "-"), req.Speaker.Turn, i)
		calls[i] = c
	}
	resp := llmtest.Answer(turn.text, calls...)
	resp.Start, resp.First, resp.Usage, resp.ServedModel = start, start, turn.usage, req.Model
	if turn.more != nil {
		turn.more(&resp)
	}
	return resp, nil
}

func billed(err error) int {
	var status *llm.StatusError
	if errors.As(err, &status) && status.Billed {
		return 1
	}
	return 0
}

// fault is the next of the faults before an answer.
func (v *virtual) fault(who string, fails []error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := v.tried[who]
	if n >= len(fails) {
		return nil
	}
	if v.tried == nil {
		v.tried = map[string]int{}
	}
	v.tried[who]++
	return fails[n]
}

// start runs the run in a process of its own.
func (v *virtual) start(ctx context.Context, l *logbook) (runner.Summary, error) {
	return runner.Run(ctx, v.options(l))
}

// resume takes the run up again in another process, with new attempts of trials that
// ended with one of the outcomes.
func (v *virtual) resume(
	ctx context.Context, l *logbook, outcomes ...bench.Outcome,
) (runner.Summary, error) {
	l.dead = false
	h, err := runner.ReadHistory(ctx, l, v.id)
	if err != nil {
		return runner.Summary{}, err
	}
	o := v.options(l)
	o.Header = h.Run.Header
	if o.Trials, o.Resume, err = h.Plan(ctx, outcomes, max(1, v.attempts)); err != nil {
		return runner.Summary{}, err
	}
	if len(o.Trials) == 0 {
		return runner.Summary{State: h.Run.State}, nil
	}
	return runner.Run(ctx, o)
}

// stored appends a run to a database under a name.
func (l *logbook) stored(t *testing.T, store interface {
	AppendAll(ctx context.Context, events []bench.Event) (int64, error)
}, name string) {
	t.Helper()
	events := make([]bench.Event, len(l.events))
	for i, e := range l.events {
		e.RunID = name
		events[i] = e
	}
	if _, err := store.AppendAll(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

// virtualModel is a model of virtual runs.
func virtualModel(name string, input, cached, write, output float64) bench.Model {
	return bench.Model{
		Name: name, Model: name + "-1", Provider: "scripted", Simulated: true, MaxOutputTokens: 1000,
		Price: bench.Price{ID: "price:" + name, Rates: bench.Rates{
			Input: bench.PerMillion(input), CachedInput: bench.PerMillion(cached),
			CacheWrite: bench.PerMillion(write), Output: bench.PerMillion(output),
		}},
	}
}
