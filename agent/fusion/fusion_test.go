package fusion

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/sandbox"
)

// Main edits, delegates two pieces at once, applies the patch of one of them,
// and finishes. The sidekicks see main's edit; main sees theirs only as a
// patch.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, configuration())
	wd := tr.box.Workdir()
	s := &script{said: map[string][]llm.Response{
		"main": {
			say("", shell("sed -i s/one/ONE/ a.txt"), brief("change two in "+wd+"/a.txt"), brief("look"), shell("sed -i s/three/THREE/ a.txt")),
			say("", shell("cat a.txt; git apply $TMPDIR/bench-t0001.patch && cat a.txt")),
			done("all done"),
		},
		"t0001": {say("", shell("cat a.txt; sed -i s/two/TWO/ a.txt; echo new > b.txt; rm -rf .cache")), report("changed " + "$WD/a.txt")},
		"t0002": {say("", shell("cat a.txt; pwd")), say("Findings: none")},
	}}
	s.hook = func(_ context.Context, req llm.Request) error {
		if req.Speaker.Agent == "t0001" && req.Speaker.Turn == 2 { // it names its own directory
			m := regexp.MustCompile(`Working directory: (\S+)`).FindStringSubmatch(req.Messages[1].Text)
			s.mu.Lock()
			s.said["t0001"][0] = report("changed " + m[1] + "/a.txt")
			s.mu.Unlock()
			if !strings.Contains(req.Messages[1].Text, "change two in "+m[1]+"/a.txt") {
				t.Errorf("the brief names main's files: %s", req.Messages[1].Text)
			}
		}
		return nil
	}
	sub := tr.run(t, t.Context(), s)
	if sub.State != bench.AgentFinished || sub.Message != "all done" {
		t.Errorf("submission %+v", sub)
	}
	if got := tr.file(t, "a.txt"); got != lines("ONE", "TWO", "THREE") {
		t.Errorf("a.txt is %q", got)
	}
	if got := tr.file(t, "b.txt"); got != "new\n" {
		t.Errorf("b.txt is %q", got)
	}
	for _, id := range ids(2) {
		contains(t, tr.observations(id, "terminal")[0], lines("ONE", "two", "three"))
	}
	tasks := tr.observations("main", "task")
	contains(t, tasks[0], "[task t0001] finished\nturns: 2\nseconds: ", "changed files: a.txt, b.txt\npatch: ",
		"/bench-t0001.patch (nothing of it is in your files yet", "Report:\nchanged /bench-box/testbed/a.txt")
	contains(t, tasks[1], "[task t0002] finished", "changed files: none\n\nReport:\nFindings: none")
	contains(t, tr.observations("main", "terminal")[2], lines("ONE", "two", "THREE"), lines("ONE", "TWO", "THREE"))

	spawned := agenttest.Of[bench.DelegationSpawned](tr.log)
	for i, e := range spawned {
		if e.DelegationID != ids(2)[i] || e.Index != i || e.BatchSize != 2 || e.BatchID != spawned[0].BatchID {
			t.Errorf("spawned %d: %+v", i, e)
		}
	}
	for _, e := range agenttest.Of[bench.DelegationEnded](tr.log) {
		if e.DelegationID == "t0001" {
			contains(t, tr.log.Body(e.Patch), "+TWO", "+new")
			if strings.Contains(tr.log.Body(e.Patch), "ONE\n+") || e.Turns != 2 || e.Usage.Input != 200 || e.Cost == 0 {
				t.Errorf("ended %+v", e)
			}
		}
	}
	if d := agenttest.Of[bench.WorkspaceDelta](tr.log); len(d) != 1 || fmt.Sprint(d[0].Paths) != "[a.txt b.txt]" {
		t.Errorf("workspace deltas %+v", d)
	}
}

// A sidekick that wrecks its copy has lost its changes: main reads that as an
// error with the report, and goes on.
func TestWreckedCopy(t *testing.T) {
	t.Parallel()
	for name, wreck := range map[string]string{
		"work directory": `rm -rf "$PWD"`, "repository": "rm -rf .git",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, configuration())
			s := &script{said: map[string][]llm.Response{
				"main":  {say("", brief("change a.txt")), say("", shell("cat a.txt")), done("alone")},
				"t0001": {say("", shell("echo new >a.txt; "+wreck)), report("all done")},
			}}
			if sub := tr.run(t, t.Context(), s); sub.State != bench.AgentFinished {
				t.Errorf("submission %+v", sub)
			}
			contains(t, tr.observations("main", "task")[0], "Error: [task t0001] finished: its changes are lost: ",
				"changed files: none", "all done")
			ended := agenttest.Of[bench.DelegationEnded](tr.log)
			if len(ended) != 1 || !strings.Contains(ended[0].Error, "its changes are lost") {
				t.Errorf("ended %+v", ended)
			}
			notes := agenttest.Of[bench.Notice](tr.log)
			if !slices.ContainsFunc(notes, func(n bench.Notice) bool { return n.Code == "changes_lost" }) {
				t.Errorf("notices %+v", notes)
			}
		})
	}
}

// In main's own files sidekicks work one after the other, in call order with
// main's own calls.
func TestSharedLocked(t *testing.T) {
	t.Parallel()
	c := configuration()
	c.Sidekick.Workspace = bench.WorkspaceSharedLocked
	tr := newTrial(t, c)
	s := &script{said: map[string][]llm.Response{
		"main": {
			say("", shell("echo main1 >> log"), brief("first"), brief("second"), shell("echo main2 >> log; cat log")),
			done("ok"),
		},
		"t0001": {say("", shell("echo begin1 >> log; sleep 0.2")), say("", shell("echo end1 >> log")), report("did 1")},
		"t0002": {say("", shell("echo begin2 >> log")), say("", shell("echo end2 >> log")), report("did 2")},
	}}
	tr.run(t, t.Context(), s)
	if got, want := tr.file(t, "log"), "main1\nbegin1\nend1\nbegin2\nend2\nmain2\n"; got != want {
		t.Errorf("log is %q, want %q", got, want)
	}
	for i, text := range tr.observations("main", "task") {
		contains(t, text, "changed files: log\nthe changes are in your working directory", fmt.Sprint("did ", i+1))
	}
	for i, e := range agenttest.Of[bench.DelegationStarted](tr.log) {
		if waited := e.LockWait > 0; i == 1 && !waited {
			t.Error("the second sidekick did not wait for the workspace")
		}
	}
	for _, e := range agenttest.Of[bench.DelegationEnded](tr.log) {
		contains(t, tr.log.Body(e.Patch), "begin"+e.DelegationID[4:])
	}
}

// Eight sidekicks are at work at the same time, or as many as have a slot.
func TestSidekicksOverlap(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{8, 3} {
		t.Run(fmt.Sprint(slots), func(t *testing.T) {
			t.Parallel()
			c := configuration()
			c.Sidekick.MaxParallel = slots
			tr := newTrial(t, c)
			var mu sync.Mutex
			now, peak, met := 0, 0, make(chan struct{})
			s := &script{said: map[string][]llm.Response{"main": {
				say("", brief("1"), brief("2"), brief("3"), brief("4"), brief("5"), brief("6"), brief("7"), brief("8")), done("ok"),
			}}}
			s.hook = func(ctx context.Context, req llm.Request) error {
				if req.Speaker.Role != bench.RoleSidekick {
					return nil
				}
				mu.Lock()
				if now++; now > peak {
					peak = now
				}
				if now == slots {
					select {
					case <-met:
					default:
						close(met)
					}
				}
				mu.Unlock()
				<-met // hangs unless so many are here together
				mu.Lock()
				now--
				mu.Unlock()
				return nil
			}
			tr.run(t, t.Context(), s)
			if peak != slots {
				t.Errorf("%d at a time, want %d", peak, slots)
			}
			started := agenttest.Of[bench.DelegationStarted](tr.log)
			if slots == 3 {
				first := []string{started[0].DelegationID, started[1].DelegationID, started[2].DelegationID}
				for _, id := range first {
					if id > "t0003" {
						t.Errorf("the first to start were %v", first)
					}
				}
				if started[7].Queue == 0 {
					t.Error("waiting for a slot is not recorded")
				}
			}
		})
	}
}

// Eight sidekicks together never spend more than the trial has, to the
// nano-dollar, although each alone could spend it all.
func TestSidekicksCannotOverdraw(t *testing.T) {
	t.Parallel()
	c := configuration()
	c.Limits.Cost = bench.Dollars(0.02)
	c.Sidekick.Limits = bench.Limits{Iterations: 100, Cost: bench.Dollars(0.015)}
	tr := newTrial(t, c)
	s := &script{said: map[string][]llm.Response{"main": {
		say("", brief("1"), brief("2"), brief("3"), brief("4"), brief("5"), brief("6"), brief("7"), brief("8")),
	}}}
	for _, id := range ids(8) {
		for i := range 100 {
			r := say("", shell(fmt.Sprint("echo ", i)))
			r.Usage = bench.Usage{Input: 300, Output: 137}
			s.said[id] = append(s.said[id], r)
		}
	}
	sub := tr.run(t, t.Context(), s)
	if spent := tr.budget.Spent().Cost; spent > c.Limits.Cost {
		t.Errorf("spent %d of %d nano-dollars", spent, c.Limits.Cost)
	}
	if left := tr.budget.Left(); left.Cost != c.Limits.Cost-tr.budget.Spent().Cost {
		t.Errorf("something is still reserved: %+v", left)
	}
	if sub.State != bench.AgentLimitCost || sub.Scope != bench.ScopeTrial {
		t.Errorf("submission %+v", sub)
	}
	for _, e := range agenttest.Of[bench.DelegationEnded](tr.log) {
		if e.Escalation != bench.EscalatedByHarness || e.Reason != bench.ReasonCost {
			t.Errorf("%s: %s %s", e.DelegationID, e.Escalation, e.Reason)
		}
	}
}

// What breaks inside one delegation stays there, and its slot is free again.
func TestPanicStaysInItsDelegation(t *testing.T) {
	t.Parallel()
	c := configuration()
	c.Sidekick.MaxParallel = 1
	tr := newTrial(t, c)
	next, n := tr.job.Fork, 0
	tr.job.Fork = func(ctx context.Context) (sandbox.Sandbox, error) {
		if n++; n == 1 { // one slot: one at a time
			panic("boom")
		}
		return next(ctx)
	}
	s := &script{said: map[string][]llm.Response{
		"main": {say("", brief("1"), brief("2")), done("ok")}, "t0002": {report("fine")},
	}}
	if sub := tr.run(t, t.Context(), s); sub.State != bench.AgentFinished {
		t.Errorf("submission %+v", sub)
	}
	tasks := tr.observations("main", "task")
	contains(t, tasks[0], "Error: task broke down inside")
	contains(t, tasks[1], "finished", "fine")
	e := agenttest.Of[bench.DelegationEnded](tr.log)[0]
	if e.Escalation != bench.NotEscalated || e.Error == "" {
		t.Errorf("ended %+v", e)
	}
}

// unreachable is a sandbox whose machine is gone once off is set.
type unreachable struct {
	sandbox.Sandbox
	off *atomic.Bool
}

func (u unreachable) Start(ctx context.Context, c sandbox.Cmd) (sandbox.Process, error) {
	if u.off.Load() {
		return nil, fmt.Errorf("start: %w", sandbox.ErrLost)
	}
	return u.Sandbox.Start(ctx, c)
}

// A fault of the machine is nobody's escalation: wherever it hits a sidekick, the trial is
// worth nothing, as it is where it hits main; also where main does not wait for
// the sidekick.
func TestFaultsOfTheMachine(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"create", "command", "changes"} {
		for _, background := range []bool{false, true} {
			t.Run(fmt.Sprint(where, background), func(t *testing.T) {
				t.Parallel()
				c := configuration()
				c.Sidekick.Background = true
				tr := newTrial(t, c)
				next := tr.job.Fork
				var off atomic.Bool
				tr.job.Fork = func(ctx context.Context) (sandbox.Sandbox, error) {
					if where == "create" {
						return nil, errors.New("no space left on device")
					}
					box, err := next(ctx)
					return unreachable{box, &off}, err
				}
				first := brief("1")
				if background {
					first = behind("1")
				}
				s := &script{said: map[string][]llm.Response{
					"main":  {say("", first), say("", read("t0001")), done("ok")},
					"t0001": {say("", shell("true")), report("fine")},
				}}
				s.hook = func(_ context.Context, req llm.Request) error {
					if req.Speaker.Agent == "t0001" && (where == "command" || req.Speaker.Turn == 2) {
						off.Store(true)
					}
					return nil
				}
				sub := tr.run(t, t.Context(), s)
				if sub.State != bench.AgentErrorSandbox || sub.Error == "" {
					t.Errorf("submission %+v", sub)
				}
				e := agenttest.Of[bench.DelegationEnded](tr.log)[0]
				if e.Escalation != bench.NotEscalated || e.Reason != bench.ReasonSandboxLost || e.Error == "" {
					t.Errorf("ended %+v", e)
				}
			})
		}
	}
}

// When the trial is stopped every delegation ends, nothing is escalated to a
// main that is no more, and every call has its observation.
func TestCancelled(t *testing.T) {
	t.Parallel()
	c := configuration()
	c.Sidekick.MaxParallel = 2
	tr := newTrial(t, c)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var both sync.WaitGroup
	both.Add(2)
	s := &script{said: map[string][]llm.Response{"main": {say("", brief("1"), brief("2"), brief("3"), shell("sleep 66.5"))}}}
	s.hook = func(ctx context.Context, req llm.Request) error {
		if req.Speaker.Role == bench.RoleSidekick {
			both.Done()
			<-ctx.Done()
			return context.Cause(ctx)
		}
		return nil
	}
	go func() { // ends with both sidekicks at work
		both.Wait()
		cancel(errors.New("interrupted"))
	}()
	begin := time.Now()
	sub := tr.run(t, ctx, s)
	if sub.State != bench.AgentCancelled || time.Since(begin) > 30*time.Second {
		t.Errorf("submission %+v after %v", sub, time.Since(begin))
	}
	if n := len(agenttest.Of[bench.ToolCall](tr.log)); n != 4 {
		t.Errorf("%d observations of 4 calls", n)
	}
	for _, e := range agenttest.Of[bench.DelegationEnded](tr.log) {
		if e.Escalation != bench.NotEscalated || e.State != bench.AgentCancelled {
			t.Errorf("%+v", e)
		}
	}
}

// Fields of later features are unknown, and sidekicks have no task tool.
func TestTaskArguments(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, configuration())
	s := &script{said: map[string][]llm.Response{
		"main": {
			say("", use("task", map[string]any{"prompt": "p", "subagent_type": "sidekick", "resume": "t0001"})),
			say("", use("task", map[string]any{"prompt": "p", "subagent_type": "sidekick", "run_in_background": true})),
			say("", use("task", map[string]any{"prompt": "p", "subagent_type": "expert"})),
			say("", use("task_output", map[string]any{"task_id": "t0001"})),
			say("", use("task", map[string]any{"prompt": " ", "subagent_type": "sidekick", "description": strings.Repeat("x", 81)})),
			say("", brief("real")), done("ok"),
		},
		"t0001": {say("", brief("deeper")), report("no")},
	}}
	tr.run(t, t.Context(), s)
	wants := []string{`unknown field "resume"`, `unknown field "run_in_background"`,
		`subagent_type must be one of sidekick, not "expert"`,
		"description is longer than 80 characters; prompt must not be empty", "[task t0001] finished"}
	for i, text := range tr.observations("main", "task") {
		contains(t, text, wants[i])
	}
	contains(t, tr.observations("main", "task_output")[0], `there is no tool "task_output"`)
	contains(t, tr.observations("t0001", "task")[0], `there is no tool "task"`)
	if n := len(agenttest.Of[bench.DelegationSpawned](tr.log)); n != 1 {
		t.Errorf("%d delegations", n)
	}
}
