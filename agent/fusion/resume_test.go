package fusion

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
)

func remembers(m bench.Memory) bench.Configuration {
	c := configuration()
	c.Sidekick.Memory = m
	return c
}

func again(id, prompt string) llm.ToolCall {
	return use("task", map[string]any{"prompt": prompt, "subagent_type": "sidekick", "resume": id})
}

// conversations are the last requests of each agent.
func conversations(s *script) map[string][]*llm.Message {
	all := map[string][]*llm.Message{}
	next := s.hook
	s.hook = func(ctx context.Context, req llm.Request) error {
		s.mu.Lock()
		all[req.Speaker.Agent] = append([]*llm.Message(nil), req.Messages...)
		s.mu.Unlock()
		if next == nil {
			return nil
		}
		return next(ctx, req)
	}
	return all
}

// A resumed sidekick continues its conversation to the byte, in a new copy of
// main's files that has its own changes too, and its limits apply again.
func TestResume(t *testing.T) {
	t.Parallel()
	c := remembers(bench.MemoryResumable)
	c.Sidekick.Limits.Iterations = 2
	tr := newTrial(t, c)
	s := &script{said: map[string][]llm.Response{
		"main": {
			say("", brief("change two")), say("", shell("sed -i s/one/ONE/ a.txt")),
			say("", again("t0001", "now three")), done("ok"),
		},
		"t0001":   {say("", shell("sed -i s/two/TWO/ a.txt")), report("did two")},
		"t0001.2": {say("", shell("sed -i s/three/THREE/ a.txt; cat a.txt")), report("did three")},
	}}
	said := conversations(s)
	tr.run(t, t.Context(), s)
	first, second := said["t0001"], said["t0001.2"]
	if !bytes.HasPrefix(wire(second), wire(first)) {
		t.Errorf("the conversation does not continue: %q", wire(second))
	}
	contains(t, string(wire(second[:len(second)-2])), "did two", "The main agent comes back to you", "with your changes in it.", "now three")
	contains(t, tr.observations("t0001.2", "terminal")[0], lines("ONE", "TWO", "THREE"))
	contains(t, tr.observations("main", "task")[1], "[task t0001] finished\nturns: 2\n", "/bench-t0001.2.patch",
		"it goes on top of what this task had changed before", "did three")
	spawned, ends := agenttest.Of[bench.DelegationSpawned](tr.log), agenttest.Of[bench.DelegationEnded](tr.log)
	if spawned[1].DelegationID != "t0001" || spawned[1].Activation != 2 || spawned[1].Limits.Iterations != 2 {
		t.Errorf("spawned %+v", spawned[1])
	}
	if ends[1].Turns != 2 || ends[1].Usage == (bench.Usage{}) || ends[1].Child != "t0001.2" {
		t.Errorf("ended %+v", ends[1])
	}
}

// Changes that no longer fit are left out, and the sidekick is told.
func TestResumeAfterMainWentAnotherWay(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, remembers(bench.MemoryResumable))
	s := &script{said: map[string][]llm.Response{
		"main": {
			say("", brief("change two")), say("", shell("sed -i s/two/zwei/ a.txt")), say("", again("t0001", "more")),
			say("", shell("sed -i s/zwei/TWO/ a.txt")), say("", again("t0001", "more still")), done("ok"),
		},
		"t0001":   {say("", shell("sed -i s/two/TWO/ a.txt")), report("did")},
		"t0001.2": {say("", shell("cat a.txt")), report("saw")},
		"t0001.3": {say("", shell("cat a.txt")), report("saw")},
	}}
	said := conversations(s)
	tr.run(t, t.Context(), s)
	contains(t, string(wire(said["t0001.2"])), "These changes of yours are not in it, because they no longer fit: a.txt.")
	contains(t, tr.observations("t0001.2", "terminal")[0], lines("one", "zwei", "three"))
	contains(t, tr.observations("t0001.3", "terminal")[0], lines("one", "TWO", "three"))
	last := said["t0001.3"]
	contains(t, last[len(last)-3].Text, "with your changes in it.") // main has made them
}

func TestResumeIsRefused(t *testing.T) {
	t.Parallel()
	c := remembers(bench.MemoryResumable)
	c.Strict, c.Sidekick.Background = true, true
	tr := newTrial(t, c)
	hold := make(chan struct{})
	s := &script{said: map[string][]llm.Response{
		"main": {
			say("", again("t0001", "x")), say("", behind("slow")), say("", again("t0001", "x")),
			say("", read("t0001")), say("", again("t0001", "a"), again("t0001", "b")), say("", again("t0001", "c")), done("ok"),
		},
		"t0001": {report("ok")}, "t0001.2": {say("ESCALATE_TO_MAIN: low confidence")},
	}}
	s.hook = func(_ context.Context, req llm.Request) error {
		switch {
		case req.Speaker.Agent == "t0001":
			<-hold
		case req.Speaker.Agent == "main" && req.Speaker.Turn == 4:
			close(hold)
		}
		return nil
	}
	tr.run(t, t.Context(), s)
	for i, want := range []string{
		`there is no task "t0001": none was started`, "started in the background", "task t0001 has not ended: it is ",
		"escalated (voluntary, low_confidence)", "task t0001 has not ended: it is ",
		"task t0001 was escalated and cannot be resumed: take it over",
	} {
		contains(t, tr.observations("main", "task")[i], want)
	}
}

// The limits of a task hold for all its activations together.
func TestTotalOfATask(t *testing.T) {
	t.Parallel()
	c := remembers(bench.MemoryResumable)
	c.Sidekick.Total = bench.Limits{Iterations: 3}
	c.Sidekick.Limits.Iterations = 2
	tr := newTrial(t, c)
	s := &script{said: map[string][]llm.Response{
		"main":    {say("", brief("1")), say("", again("t0001", "2")), say("", again("t0001", "3")), done("ok")},
		"t0001":   {say("", shell("true")), report("did")},
		"t0001.2": {say("", shell("true")), report("never said")},
	}}
	tr.run(t, t.Context(), s)
	ends := agenttest.Of[bench.DelegationEnded](tr.log)
	for i, want := range []struct {
		turns  int64
		reason bench.Reason
	}{{2, ""}, {1, bench.ReasonIterations}, {0, bench.ReasonIterations}} {
		if ends[i].Turns != want.turns || ends[i].Reason != want.reason {
			t.Errorf("activation %d ended %+v, want %+v", i+1, ends[i], want)
		}
	}
	if l := agenttest.Of[bench.DelegationSpawned](tr.log)[1].Limits.Iterations; l != 1 {
		t.Errorf("the second activation may make %d calls, want 1", l)
	}
}

// The one persistent sidekick does what it is sent one after the other and
// remembers all of it.
func TestPersistent(t *testing.T) {
	t.Parallel()
	for _, w := range []bench.Workspace{bench.WorkspaceSnapshot, bench.WorkspaceSharedLocked} {
		c := remembers(bench.MemoryPersistent)
		c.Sidekick.Workspace, c.Sidekick.MaxParallel = w, 1
		tr := newTrial(t, c)
		s := &script{said: map[string][]llm.Response{
			"main":    {say("", brief("first"), brief("second")), say("", brief("third")), done("ok")},
			"t0001":   {say("", shell("echo 1 >> log")), report("one")},
			"t0001.2": {say("", shell("echo 2 >> log; cat log")), report("two")},
			"t0001.3": {say("", shell("echo 3 >> log; cat log")), report("three")},
		}}
		said := conversations(s)
		tr.run(t, t.Context(), s)
		contains(t, tr.observations("t0001.2", "terminal")[0], "1\n2\n")
		contains(t, tr.observations("t0001.3", "terminal")[0], "1\n2\n3\n")
		for n := 2; n <= 3; n++ {
			now, then := said[fmt.Sprintf("t0001.%d", n)], said["t0001"]
			if n == 3 {
				then = said["t0001.2"]
			}
			if !bytes.HasPrefix(wire(now), wire(then)) {
				t.Errorf("%s: activation %d does not remember", w, n)
			}
		}
		for i, word := range []string{"one", "two", "three"} {
			contains(t, tr.observations("main", "task")[i], "[task t0001] finished", word)
		}
	}
}
