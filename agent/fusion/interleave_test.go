package fusion

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
	"bench/sandbox"
)

var stillTree = strings.Repeat("a", 40)

// stillBox is a sandbox in which nothing ever changes, without a process.
type stillBox struct{}

func (stillBox) Workdir() string                                        { return "/testbed" }
func (stillBox) CopyIn(context.Context, string, io.Reader) error        { return nil }
func (stillBox) Close(context.Context) error                            { return nil }
func (stillBox) CopyOut(context.Context, string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }

func (stillBox) Start(_ context.Context, cmd sandbox.Cmd) (sandbox.Process, error) {
	said := ""
	switch script := cmd.Args[2]; {
	case len(cmd.Args) == 8 && cmd.Args[4] == stillTree: // of repo.Diff: tree, store, limit, binary
		said = "0 0\n"
	case strings.Contains(script, "tree=$(git write-tree)"): // of repo.TakeBaseline
		said = stillTree + " /store\n"
	case strings.Contains(script, "copy.XXXXXX"): // of repo.TakeChanges: bytes of directories
		said = "0\n"
	}
	return &stillProcess{Reader: bytes.NewReader([]byte(said))}, nil
}

type stillProcess struct{ io.Reader }

func (*stillProcess) Write(p []byte) (int, error) { return len(p), nil }
func (*stillProcess) CloseInput() error           { return nil }
func (*stillProcess) Signal(string) error         { return nil }
func (*stillProcess) Kill() error                 { return nil }
func (*stillProcess) Wait() (sandbox.Exit, error) { return sandbox.Exit{}, nil }

// chance is a trial in which everything is left to chance, the same each time
// for the same seed, whatever the order in which agents get to speak.
type chance struct {
	seed   uint64
	mu     sync.Mutex
	ledger bench.USD // of what was answered
}

func (c *chance) at(who string, turn int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, who, turn)
	return rand.New(rand.NewPCG(c.seed, h.Sum64()))
}

func (c *chance) client(m bench.Model) llm.Client {
	return &llmtest.Fake{Do: func(ctx context.Context, req llm.Request) (llm.Response, error) {
		r := c.at(req.Speaker.Agent, req.Speaker.Turn)
		start := time.Now()
		select {
		case <-time.After(time.Duration(r.IntN(3000)) * time.Millisecond):
		case <-ctx.Done():
			return llm.Response{Start: start, End: time.Now()}, context.Cause(ctx)
		}
		if r.IntN(25) == 0 {
			return llm.Response{Start: start, End: time.Now()}, &llm.StatusError{Status: 500, Err: errors.New("no")}
		}
		answer := c.sidekick(r)
		if req.Speaker.Role == bench.RoleMain {
			answer = c.main(r, req.Speaker.Turn)
		}
		answer.Start = start
		c.mu.Lock()
		c.ledger += answer.Usage.Cost(m.Price)
		c.mu.Unlock()
		return answer, nil
	}}
}

func (c *chance) main(r *rand.Rand, turn int) llm.Response {
	if turn > 4+r.IntN(6) {
		return done("the end")
	}
	id := func() string { return fmt.Sprintf("t%04d", 1+r.IntN(5)) }
	var calls []llm.ToolCall
	for i := range 1 + r.IntN(4) {
		var call llm.ToolCall
		switch r.IntN(6) {
		case 0, 1:
			call = brief(fmt.Sprint("fore", turn, i))
		case 2:
			call = behind(fmt.Sprint("back", turn, i))
		case 3:
			call = read(id(), "timeout", r.IntN(4), "block", r.IntN(3) > 0)
		case 4:
			call = stop(id())
		default:
			call = again(id(), fmt.Sprint("more", turn, i))
		}
		call.ID = fmt.Sprint(turn, "-", i)
		calls = append(calls, call)
	}
	return say("", calls...)
}

func (c *chance) sidekick(r *rand.Rand) llm.Response {
	switch r.IntN(8) {
	case 0:
		return say("a report")
	case 1:
		return report("a report")
	case 2:
		return say("", use("finish", map[string]any{"message": "m", "outcome": "escalate", "reason_code": "security"}))
	case 3:
		return say("ESCALATE_TO_MAIN: not mine")
	case 4:
		return say("")
	default:
		return say("hm", use("nothing", map[string]any{"n": r.IntN(100)}))
	}
}

func (c *chance) configuration(r *rand.Rand) bench.Configuration {
	one := func(n int) int { return 1 + r.IntN(n) }
	conf := configuration()
	conf.MaxParallelTools, conf.Strict = one(4), r.IntN(2) == 0
	conf.Escalation = []bench.EscalationMode{bench.EscalationOff, bench.EscalationVoluntary, bench.EscalationForced, bench.EscalationBoth}[r.IntN(4)]
	s := conf.Sidekick
	s.MaxParallel, s.Background, s.Memory, s.WrapUp = one(3), true, bench.MemoryResumable, r.IntN(2) == 0
	s.Workspace = []bench.Workspace{bench.WorkspaceSnapshot, bench.WorkspaceSharedLocked, bench.WorkspaceSharedFree}[r.IntN(3)]
	s.Limits = bench.Limits{Iterations: int64(one(5)), Wall: time.Duration(one(8)) * time.Second}
	s.Total = bench.Limits{Iterations: int64(5 + r.IntN(6))}
	if r.IntN(3) == 0 {
		conf.Limits.Cost = bench.Dollars(0.03 * float64(one(6)))
	}
	return conf
}

// In a thousand trials of chance every one ends, in a legal state: all that was
// accepted has ended, no more sidekicks work than may, none says a word after
// its end, nothing is overdrawn, and the events, the budget and the provider
// agree on what it cost.
func TestInterleavings(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		synctest.Test(t, func(t *testing.T) { interleave(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func interleave(t *testing.T, seed uint64) {
	c := &chance{seed: seed}
	r := c.at("configuration", 0)
	conf, log, wide := c.configuration(r), &agenttest.Log{}, NewSlots(2)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	interrupted := errors.New("interrupted")
	if r.IntN(5) == 0 {
		timer := time.AfterFunc(time.Duration(r.IntN(20_000))*time.Millisecond, func() { cancel(interrupted) })
		defer timer.Stop()
	}
	budget := bench.NewBudget(bench.ScopeRun, bench.Limits{}).Child(bench.ScopeTrial, bench.Limits{Cost: conf.Limits.Cost})
	sub, err := New(Options{Clients: c.client, Slots: wide}).Run(ctx, agent.Job{
		Trial: bench.Trial{Key: key, Configuration: conf, Task: bench.Task{ProblemStatement: "p"}},
		Box:   stillBox{}, Fork: func(context.Context) (sandbox.Sandbox, error) { return stillBox{}, nil },
		Budget: budget, Record: log.Recorder(key),
	})
	if err != nil && !errors.Is(err, interrupted) || !sub.State.IsTerminal() {
		t.Errorf("submission %+v, %v", sub, err)
	}
	agenttest.CheckLog(t, log)
	checkOrder(t, log, min(conf.Sidekick.MaxParallel, 2))
	if spent := budget.Spent().Cost; spent != log.Cost() || spent != c.ledger {
		t.Errorf("the budget spent %v, the events say %v, the provider %v", spent, log.Cost(), c.ledger)
	}
	if limit := conf.Limits.Cost; limit > 0 && (budget.Spent().Cost > limit || budget.Left().Cost != limit-budget.Spent().Cost) {
		t.Errorf("spent %v of %v, left %v", budget.Spent().Cost, limit, budget.Left().Cost)
	}
	if wide.free != 2 || len(wide.queue) != 0 {
		t.Errorf("%d of 2 slots are free, %d wait", wide.free, len(wide.queue))
	}
}

// checkOrder looks at who was at work when.
func checkOrder(t *testing.T, log *agenttest.Log, most int) {
	t.Helper()
	now, over := map[string]bool{}, map[string]bool{}
	for _, e := range log.Events() {
		switch p := e.Payload.(type) {
		case bench.DelegationStarted:
			if now[p.Child] = true; len(now) > most {
				t.Errorf("%d sidekicks at once, %d may", len(now), most)
			}
		case bench.DelegationEnded:
			if over[p.Child] && p.Child != "" {
				t.Errorf("%s ended twice", p.Child)
			}
			delete(now, p.Child)
			over[p.Child] = true
		case bench.LLMCall:
			if e.Agent != "main" && (over[e.Agent] || !now[e.Agent]) {
				t.Errorf("%s speaks when it is not at work", e.Agent)
			}
		}
	}
	if len(now) > 0 {
		t.Errorf("still at work: %v", now)
	}
}
