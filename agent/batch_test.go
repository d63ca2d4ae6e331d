package agent_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

// Eight calls of one response are in their work at the same time, and their
// observations come back in call order whichever ends first.
func TestBatchOverlaps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 8
		var arrived sync.WaitGroup
		arrived.Add(n)
		meet := does("meet", func(_ context.Context, c agent.Call) agent.Observation {
			arrived.Done()
			arrived.Wait()                                     // hangs unless all eight are here
			time.Sleep(time.Duration(n-c.Index) * time.Second) // and they end in reverse order
			return agent.Observation{Text: fmt.Sprint("seen ", c.Index)}
		})
		var calls []llm.ToolCall
		for i := range n {
			calls = append(calls, use("meet", fmt.Sprint(i)))
		}
		o := run(t, t.Context(), llmtest.Sequence(llmtest.Answer("", calls...), llmtest.Answer("ok")),
			func(l *agent.Loop) { l.Tools = []agent.Tool{meet} })
		for i := range n {
			if got, want := o.Messages[3+i].Text, fmt.Sprint("seen ", i); got != want {
				t.Errorf("observation %d is %q", i, got)
			}
		}
		events := agenttest.Of[bench.ToolCall](o.log)
		for i, e := range events {
			if e.Index != n-1-i {
				t.Errorf("event %d is of call %d: not in the order of completion", i, e.Index)
			}
		}
	})
}

func TestBatchIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var now, peak int
		var order []int
		work := does("work", func(_ context.Context, c agent.Call) agent.Observation {
			mu.Lock()
			now++
			peak = max(peak, now)
			order = append(order, c.Index)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return agent.Observation{Text: "ok"}
		})
		var calls []llm.ToolCall
		for i := range 9 {
			calls = append(calls, use("work", fmt.Sprint(i)))
		}
		o := run(t, t.Context(), llmtest.Sequence(llmtest.Answer("", calls...), llmtest.Answer("ok")),
			func(l *agent.Loop) { l.Tools, l.MaxParallelTools = []agent.Tool{work}, 3 })
		if peak != 3 {
			t.Errorf("%d calls at a time, want 3", peak)
		}
		for _, e := range agenttest.Of[bench.ToolCall](o.log) {
			if want := time.Duration(e.Index/3) * time.Second; e.Queue != want {
				t.Errorf("call %d queued for %v, want %v", e.Index, e.Queue, want)
			}
			if e.End.Sub(e.Start) != time.Second {
				t.Errorf("call %d took %v", e.Index, e.End.Sub(e.Start))
			}
		}
	})
}

// Waiting for a lock is recorded as that, not as work, and locks are given in
// call order.
func TestBatchLocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order []int
		locked := tool{"locked", func(c agent.Call) (agent.Work, error) {
			return agent.Work{
				Locks: []agent.Lock{{Name: "a", Mode: agent.Exclusive}},
				Run: func(context.Context, *agent.Hold) agent.Observation {
					order = append(order, c.Index) // guarded by the lock
					time.Sleep(time.Second)
					return agent.Observation{Text: "ok"}
				},
			}, nil
		}}
		var calls []llm.ToolCall
		for i := range 5 {
			calls = append(calls, use("locked", fmt.Sprint(i)))
		}
		o := run(t, t.Context(), llmtest.Sequence(llmtest.Answer("", calls...), llmtest.Answer("ok")),
			func(l *agent.Loop) { l.Tools = []agent.Tool{locked} })
		if fmt.Sprint(order) != "[0 1 2 3 4]" {
			t.Errorf("order %v", order)
		}
		for _, e := range agenttest.Of[bench.ToolCall](o.log) {
			if want := time.Duration(e.Index) * time.Second; e.LockWait != want || e.End.Sub(e.Start) != time.Second {
				t.Errorf("call %d waited %v and worked %v", e.Index, e.LockWait, e.End.Sub(e.Start))
			}
		}
	})
}
