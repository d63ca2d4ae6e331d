package fusion

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/sandbox"
)

// background is a configuration in which tasks may run in the background.
func background() bench.Configuration {
	c := configuration()
	c.Sidekick.Background = true
	return c
}

func behind(prompt string) llm.ToolCall {
	return use("task", map[string]any{"prompt": prompt, "subagent_type": "sidekick", "run_in_background": true})
}

func read(id string, more ...any) llm.ToolCall {
	a := map[string]any{"task_id": id}
	for i := 0; i < len(more); i += 2 {
		a[more[i].(string)] = more[i+1]
	}
	return use("task_output", a)
}

func stop(id string) llm.ToolCall { return use("task_stop", map[string]any{"task_id": id}) }

var seconds = regexp.MustCompile(`seconds: [0-9.]+`)

// A task in the background whose report is read at once is a task in the
// foreground, and the report can be read again.
func TestBackgroundIsForeground(t *testing.T) {
	t.Parallel()
	work := []llm.Response{say("", shell("echo x > new.txt")), report("did it")}
	one, two := newTrial(t, background()), newTrial(t, background())
	one.run(t, t.Context(), &script{said: map[string][]llm.Response{
		"main": {say("", brief("do it")), done("ok")}, "t0001": work,
	}})
	two.run(t, t.Context(), &script{said: map[string][]llm.Response{
		"main":  {say("", behind("do it")), say("", read("t0001")), say("", read("t0001", "block", false)), done("ok")},
		"t0001": slices.Clone(work),
	}})
	contains(t, two.observations("main", "task")[0], "[task t0001] started in the background")
	fore := seconds.ReplaceAllString(one.observations("main", "task")[0], "")
	fore = strings.ReplaceAll(fore, one.box.Workdir(), two.box.Workdir())
	fore = strings.ReplaceAll(fore, temp(one), temp(two))
	for _, back := range two.observations("main", "task_output") {
		if back = seconds.ReplaceAllString(back, ""); back != fore {
			t.Errorf("in the background:\n%s\nin the foreground:\n%s", back, fore)
		}
	}
	if e := agenttest.Of[bench.DelegationSpawned](two.log)[0]; !e.Background || e.Activation != 1 {
		t.Errorf("spawned %+v", e)
	}
}

// temp is where a local sandbox keeps temporary files.
func temp(tr *trial) string { return strings.TrimSuffix(tr.box.Workdir(), "testbed") + "tmp" }

func TestTaskOutputWaits(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, background())
	release := make(chan struct{})
	s := &script{said: map[string][]llm.Response{
		"main": {
			say("", read("t0001")), // there is none
			say("", behind("slow")), say("", read("t0001", "block", false)), say("", read("t0001", "timeout", 0.05)),
			say("", read("t0001", "timeout", 601)), say("", read("t0007")),
			say("", read("t0001"), shell("true")), done("ok"),
		},
		"t0001": {report("at last")},
	}}
	s.hook = func(ctx context.Context, req llm.Request) error {
		switch {
		case req.Speaker.Agent == "t0001":
			select {
			case <-release:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case req.Speaker.Turn == 7: // from now on it can end
			close(release)
		}
		return nil
	}
	tr.run(t, t.Context(), s)
	for i, want := range []string{
		`there is no task "t0001": none was started`, "[task t0001] not ended yet: ", "[task t0001] not ended yet: ",
		"timeout must be from 0 to 600", `there is no task "t0007" (known: t0001)`, "[task t0001] finished",
	} {
		contains(t, tr.observations("main", "task_output")[i], want)
	}
}

// Stop returns when nothing is left of the sidekick: no goroutine, no request,
// no process; and it can be called again.
func TestTaskStop(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"model", "command"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			c := background()
			c.Sidekick.Workspace = bench.WorkspaceSharedFree
			tr := newTrial(t, c)
			busy, ended := make(chan struct{}), make(chan struct{})
			s := &script{said: map[string][]llm.Response{
				"main":  {say("", behind("hang")), say("", stop("t0001")), say("", stop("t0001")), say("", read("t0001")), done("ok")},
				"t0001": {say("found a trace", shell("sleep 998 & echo $! >> pids; setsid sleep 998 & echo $! >> pids; touch busy; sleep 999"))},
			}}
			s.hook = func(ctx context.Context, req llm.Request) error {
				switch {
				case req.Speaker.Agent == "t0001" && where == "model":
					defer close(ended)
					close(busy)
					<-ctx.Done()
					return context.Cause(ctx)
				case req.Speaker.Agent == "main" && req.Speaker.Turn == 2 && where == "command":
					tr.wait(t, "test -e busy")
				case req.Speaker.Agent == "main" && req.Speaker.Turn == 2:
					<-busy
				case req.Speaker.Agent == "main" && req.Speaker.Turn == 3 && where == "command":
					if out := tr.shell(t, "for p in $(cat pids); do kill -0 $p 2>/dev/null && echo $p; done"); out != "" {
						t.Errorf("processes outlive their task: %s", out)
					}
				case req.Speaker.Agent == "main" && req.Speaker.Turn == 3:
					select {
					case <-ended:
					default:
						t.Error("a request outlives its task")
					}
				}
				return nil
			}
			if sub := tr.run(t, t.Context(), s); sub.State != bench.AgentFinished {
				t.Errorf("submission %+v", sub)
			}
			for _, text := range append(tr.observations("main", "task_stop"), tr.observations("main", "task_output")...) {
				contains(t, text, "[task t0001] stopped: stopped by the main agent")
				if strings.Contains(text, "Error") {
					t.Errorf("a task that was stopped as it should be reads as an error: %s", text)
				}
				if where == "command" {
					contains(t, text, "Partial report:\nfound a trace")
				}
			}
			e := agenttest.Of[bench.DelegationEnded](tr.log)
			if len(e) != 1 || e[0].State != bench.AgentCancelled || e[0].Escalation != bench.NotEscalated ||
				e[0].Reason != bench.ReasonCancelledByMain || e[0].Abandoned || e[0].Error != "" {
				t.Errorf("ended %+v", e)
			}
		})
	}
}

func (tr *trial) shell(t testing.TB, command string) string {
	t.Helper()
	res, err := sandbox.Run(t.Context(), tr.box, sandbox.Shell(command), nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(res.Output)
}

// wait waits until a command in the sandbox succeeds.
func (tr *trial) wait(t testing.TB, command string) {
	tr.shell(t, "until "+command+"; do sleep 0.02; done")
}

// Main is told once that tasks are at work; if it ends nevertheless, it stops
// them, and what they had cost is booked as abandoned.
func TestFinishOverLiveTasks(t *testing.T) {
	t.Parallel()
	for name, ending := range map[string]llm.Response{"call": done("early"), "text": say("early")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, background())
			s := &script{said: map[string][]llm.Response{
				"main":  {say("", behind("1"), behind("2")), say("", shell("true")), ending, ending},
				"t0001": {say("", shell("true"))}, "t0002": {report("quick")},
			}}
			atWork := make(chan struct{}) // the slow one is, and has cost something
			s.hook = func(ctx context.Context, req llm.Request) error {
				if req.Speaker.Agent == "t0001" && req.Speaker.Turn == 2 {
					close(atWork)
					<-ctx.Done()
					return context.Cause(ctx)
				}
				if req.Speaker.Agent != "main" || req.Speaker.Turn != 3 {
					return nil
				}
				<-atWork
				for len(agenttest.Of[bench.DelegationEnded](tr.log)) == 0 { // the quick one has ended
					time.Sleep(time.Millisecond)
				}
				return nil
			}
			sub := tr.run(t, t.Context(), s)
			if sub.State != bench.AgentFinished || sub.Message != "early" {
				t.Errorf("submission %+v", sub)
			}
			if name == "call" {
				contains(t, tr.observations("main", "finish")[0], "Error: Not yet: t0001 is still at work")
			}
			for _, e := range agenttest.Of[bench.DelegationEnded](tr.log) {
				if abandoned := e.DelegationID == "t0001"; e.Abandoned != abandoned || abandoned && e.Cost == 0 {
					t.Errorf("ended %+v", e)
				}
			}
		})
	}
}

// In the background nobody waits for a slot.
func TestBackgroundNeedsAFreeSlot(t *testing.T) {
	t.Parallel()
	c := background()
	c.Sidekick.MaxParallel = 1
	tr := newTrial(t, c)
	s := &script{said: map[string][]llm.Response{
		"main":  {say("", behind("1"), behind("2")), say("", read("t0001")), say("", behind("3")), say("", read("t0002")), done("ok")},
		"t0001": {report("one")}, "t0002": {report("three")},
	}}
	tr.run(t, t.Context(), s)
	tasks := tr.observations("main", "task")
	contains(t, tasks[1], "Error: task: no sidekick is free for a task in the background: 1 are at work")
	contains(t, tasks[2], "[task t0002] started")
}

// A bound on the whole run holds for all of its trials together.
func TestSlotsOfARun(t *testing.T) {
	t.Parallel()
	l, slots := newLab(t), NewSlots(2)
	var mu sync.Mutex
	var now, peak int
	var all sync.WaitGroup
	met := make(chan struct{}) // two were at work at once
	for range 3 {
		tr := l.trial(t, configuration())
		s := &script{said: map[string][]llm.Response{"main": {say("", brief("1"), brief("2"), brief("3")), done("ok")}}}
		s.hook = func(ctx context.Context, req llm.Request) error {
			if req.Speaker.Role == bench.RoleSidekick {
				mu.Lock()
				if now++; now == 2 && peak < 2 {
					close(met)
				}
				peak = max(peak, now)
				mu.Unlock()
				select {
				case <-met:
				case <-ctx.Done():
				}
				mu.Lock()
				now--
				mu.Unlock()
			}
			return nil
		}
		all.Go(func() {
			if _, err := New(Options{Clients: s.client, Slots: slots}).Run(t.Context(), tr.job); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if peak != 2 || slots.free != 2 {
		t.Errorf("%d at once, %d free at the end", peak, slots.free)
	}
}

// What sidekicks know, and what main is shown, is as configured.
func TestContexts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		context   bench.Context
		has, lack []string
	}{
		{bench.ContextBrief, []string{"the brief"}, []string{"It is broken", "looked around"}},
		{bench.ContextIssue, []string{"the brief", "It is broken."}, []string{"looked around"}},
		{bench.ContextFork, []string{"the brief", "It is broken.", "looked around", "echo seen"}, []string{"You are an experienced"}},
	} {
		c := configuration()
		c.Sidekick.Context, c.ShowCosts, c.Sidekick.ReportChars = test.context, true, 10
		tr := newTrial(t, c)
		first := ""
		s := &script{said: map[string][]llm.Response{
			"main":  {say("looked around", shell("echo seen")), say("", brief("the brief")), done("ok")},
			"t0001": {report("a report that is too long")},
		}}
		s.hook = func(_ context.Context, req llm.Request) error {
			if req.Speaker.Agent == "t0001" {
				first = req.Messages[1].Text
			}
			return nil
		}
		tr.run(t, t.Context(), s)
		contains(t, first, test.has...)
		for _, no := range test.lack {
			if strings.Contains(first, no) {
				t.Errorf("%s: %q is in %s", test.context, no, first)
			}
		}
		cost := agenttest.Of[bench.DelegationEnded](tr.log)[0].Cost
		contains(t, tr.observations("main", "task")[0], fmt.Sprintf("cost: %v\n", cost), "Report:\na report t\n[the report goes on")
	}
}
