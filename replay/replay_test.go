package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
)

// A call that failed in the log fails as it did, as far as agents ask.
func TestRecorded(t *testing.T) {
	t.Parallel()
	wall := &bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}
	for _, err := range []error{
		fmt.Errorf("no room: %w", llm.ErrContextOverflow),
		fmt.Errorf("key: %w", llm.ErrHopeless),
		&llm.StatusError{Status: 400, Err: fmt.Errorf("%w: malformed", llm.ErrRefused)},
		fmt.Errorf("3 attempts: %w", &llm.StatusError{Status: 503, Retryable: true, Err: errors.New("busy")}),
		fmt.Errorf("wait to try again: %w", wall),
		errors.New("something else"),
	} {
		again := recorded(err.Error())
		if again.Error() != err.Error() {
			t.Errorf("%q, not %q", again, err)
		}
		for _, kind := range []error{llm.ErrContextOverflow, llm.ErrHopeless, llm.ErrRefused} {
			if errors.Is(again, kind) != errors.Is(err, kind) {
				t.Errorf("%q: is it %q? %v", err, kind, errors.Is(again, kind))
			}
		}
		var a, b *llm.StatusError
		if errors.As(err, &a) != errors.As(again, &b) || a != nil && a.Status != b.Status {
			t.Errorf("%q: %+v, not %+v", err, b, a)
		}
		var x, y *bench.LimitError
		if errors.As(err, &x) != errors.As(again, &y) || x != nil && *x != *y {
			t.Errorf("%q: %+v, not %+v", err, y, x)
		}
	}
}

// memory is a log in memory.
type memory struct {
	events []bench.Event
	bodies map[bench.BodyHash]bench.Body
}

func (m *memory) TrialEvents(
	context.Context, string, bench.TrialKey,
) ([]bench.Event, error) {
	return m.events, nil
}

func (m *memory) Body(_ context.Context, h bench.BodyHash) (bench.Body, error) {
	if b, ok := m.bodies[h]; ok || h == "" {
		return b, nil
	}
	return nil, errors.New("no such body")
}

func (m *memory) keep(text string) bench.BodyHash {
	if m.bodies == nil {
		m.bodies = map[bench.BodyHash]bench.Body{}
	}
	b := bench.Body(text)
	m.bodies[b.Hash()] = b
	return b.Hash()
}

func (m *memory) add(agent string, p bench.Payload) {
	m.events = append(m.events, bench.Event{
		Seq: int64(len(m.events) + 1), Agent: agent, Payload: p,
		Time: time.Unix(int64(1000+10*len(m.events)), 0),
	})
}

func (m *memory) answered(n int, agent, text string) {
	m.add(agent, bench.LLMCall{
		CallID: fmt.Sprintf("%s-%d", agent, n), Purpose: bench.PurposeAgent,
		Messages: []bench.MessageRef{
			{Index: 2 * (n - 1), Role: "user", Body: m.keep(fmt.Sprintf(`{"role":"user","content":"%d"}`, n))},
			{Index: 2*n - 1, Role: "assistant", Body: m.keep(text)},
		},
	})
}

// Calls whose answers are gone, or had a key in them, are named.
func TestCheck(t *testing.T) {
	t.Parallel()
	var m memory
	m.add("main", bench.AgentStarted{Role: bench.RoleMain})
	for n := range 8 {
		m.answered(n+1, "main", fmt.Sprintf(`{"role":"assistant","content":"%d"}`, n))
	}
	check := func() string {
		if err := Check(t.Context(), &m, "r", []bench.TrialKey{{}}); err != nil {
			return err.Error()
		}
		return ""
	}
	if got := check(); got != "" {
		t.Errorf("a log that is whole: %s", got)
	}
	m.answered(9, "main", `{"role":"assistant","content":"export KEY=`+bench.Redacted+`"}`)
	if got := check(); !strings.Contains(got, "a key stood in the answers of main-9,") {
		t.Errorf("got %q", got)
	}
	for h, b := range m.bodies {
		if strings.Contains(string(b), "assistant") && !strings.Contains(string(b), bench.Redacted) {
			delete(m.bodies, h)
		}
	}
	if got := check(); !strings.Contains(got, "the answers of main-1, main-2, main-3, main-4, main-5 and "+
		"3 more cannot be read") {
		t.Errorf("got %q", got)
	}
}

// A trial that goes another way than the log does not stand still.
func TestOrderIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		m.add("main", bench.AgentStarted{Role: bench.RoleMain})
		m.add("t0001", bench.AgentStarted{Role: bench.RoleSidekick})
		m.answered(1, "main", "{}")
		o := newOrder(steps(m.events))
		begin := time.Now()
		o.enter(m.events[0])()
		o.enter(m.events[2])() // t0001 never comes
		if d := time.Since(begin); d != patience+2*20*time.Second || !o.stalled {
			t.Errorf("after %s, stalled %v", d, o.stalled)
		}
		o = newOrder(steps(m.events))
		o.enter(m.events[0])()
		begin = time.Now()
		o.enter(bench.Event{Agent: "t0001", Payload: bench.AgentEnded{State: bench.AgentCancelled}})()
		o.enter(m.events[2])()
		if d := time.Since(begin); d != 0 || o.stalled {
			t.Errorf("who waits for an agent that has ended waits %s", d)
		}
	})
}

// Nobody waits for the pause of a trial that was resumed: only for what took time then.
func TestOrderOfAResumedTrial(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		m.add("main", bench.AgentStarted{Role: bench.RoleMain})
		m.add("t0001", bench.AgentStarted{Role: bench.RoleSidekick})
		m.add("", bench.TrialResumed{})
		m.add("main", bench.AgentResumed{})
		m.answered(1, "main", "{}")
		for i := range m.events[2:] { // a night later, and half an hour until its agents go on
			m.events[2+i].Time = m.events[2+i].Time.Add(10 * time.Hour)
		}
		for i := range m.events[3:] {
			m.events[3+i].Time = m.events[3+i].Time.Add(time.Hour / 2)
		}
		worked := m.events[4].Time.Sub(m.events[3].Time) + m.events[1].Time.Sub(m.events[0].Time)
		o := newOrder(steps(m.events))
		o.enter(m.events[0])()
		begin := time.Now()
		o.enter(m.events[4])() // t0001 never comes
		if d := time.Since(begin); d != patience+2*worked || !o.stalled {
			t.Errorf("waits %s, want %s; stalled %v", d, patience+2*worked, o.stalled)
		}
	})
}

// What is compared of two trials is what agents did, and nothing of when.
func TestCompare(t *testing.T) {
	t.Parallel()
	tool := func(m *memory, output string, took time.Duration) {
		m.add("main", bench.AgentStarted{Role: bench.RoleMain})
		m.answered(1, "main", "{}")
		m.add("main", bench.ToolCall{BatchID: "main-1", Name: "terminal", Result: m.keep(output),
			Bytes: int64(len(output)), End: time.Unix(5, 0).Add(took)})
		m.add("main", bench.AgentEnded{State: bench.AgentFinished, Message: m.keep("Done.")})
		m.add("", bench.Grade{Rules: "v5", Duration: took, Log: bench.BodyHash(took.String())})
	}
	var old memory
	tool(&old, "ok in 0.12s\n", time.Second)
	for _, c := range []struct{ output, want string }{
		{"ok in 0.12s\n", ""},
		{"ok in 12.5s\n", ""},
		{"failed in 0.12s\n", `main, tool call 1 of call 1: result: was "ok in 0.12s\n", is "failed in 0.12s\n"`},
		{"no in 0.12s\n", `main, tool call 1 of call 1: result: was "ok in 0.12s\n", is "no in 0.12s\n"`},
	} {
		var now memory
		tool(&now, c.output, 2*time.Second)
		d, err := comparison{func(h bench.BodyHash) (bench.Body, error) {
			if b, ok := old.bodies[h]; ok {
				return b, nil
			}
			return now.Body(t.Context(), h)
		}}.first(deeds(old.events), deeds(now.events))
		got := ""
		if d != nil {
			got = d.String()
		}
		if err != nil || got != c.want {
			t.Errorf("%q: got %q, want %q, %v", c.output, got, c.want, err)
		}
	}
	var less memory
	tool(&less, "ok in 0.12s\n", time.Second)
	less.events = less.events[:2]
	d, err := comparison{func(h bench.BodyHash) (bench.Body, error) { return old.Body(t.Context(), h) }}.
		first(deeds(old.events), deeds(less.events))
	if err != nil || d.String() != `main, tool call 1 of call 1: was "tool call 1 of call 1", is not there` {
		t.Errorf("got %v, %v", d, err)
	}
}
