// Package agenttest helps to test agents: an event log in memory, checks on
// what a conversation and a log must look like, and a conformance kit for
// implementations of agent.Agent.
package agenttest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"bench"
)

// Log is an event log in memory. It is safe for concurrent use.
type Log struct {
	// Fail, if set, can refuse an event.
	Fail func(e bench.Event) error

	mu     sync.Mutex
	events []bench.Event
	bodies map[bench.BodyHash]bench.Body
}

// Append keeps an event with its bodies.
func (l *Log) Append(_ context.Context, e bench.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Fail != nil {
		if err := l.Fail(e); err != nil {
			return err
		}
	}
	e.Seq = int64(len(l.events) + 1)
	l.events = append(l.events, e)
	if l.bodies == nil {
		l.bodies = map[bench.BodyHash]bench.Body{}
	}
	for _, b := range e.Bodies {
		l.bodies[b.Hash()] = b
	}
	return nil
}

// Recorder returns a recorder of a trial's events.
func (l *Log) Recorder(k bench.TrialKey) bench.Recorder {
	return bench.NewRecorder("run", l.Append, nil).ForTrial(k)
}

// Events returns what was recorded so far.
func (l *Log) Events() []bench.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]bench.Event(nil), l.events...)
}

// Body returns a body that an event came with.
func (l *Log) Body(h bench.BodyHash) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.bodies[h])
}

// Cost adds up what all model calls drew from budgets.
func (l *Log) Cost() bench.USD {
	var sum bench.USD
	for _, c := range Of[bench.LLMCall](l) {
		sum += c.Amount().Cost
	}
	return sum
}

// Of returns the payloads of one type, in the order of the log.
func Of[P bench.Payload](l *Log) []P {
	var all []P
	for _, e := range l.Events() {
		if p, ok := e.Payload.(P); ok {
			all = append(all, p)
		}
	}
	return all
}

// CheckLog fails unless the log tells a whole story: every agent that started
// ended, once, and again if it was resumed; every activation that was accepted
// ended, once; every agent's conversation folds; every tool call belongs to a
// model call that is in the log, if it says so; and every body is there.
func CheckLog(t testing.TB, l *Log) {
	t.Helper()
	count := map[string]int{}
	calls, agents := map[string]bool{}, map[string]bool{}
	for _, e := range l.Events() {
		switch p := e.Payload.(type) {
		case bench.AgentStarted:
			count["agent "+e.Agent]++
			l.need(t, p.SystemPrompt, p.Tools)
		case bench.AgentResumed:
			if count["agent "+e.Agent] == -999 {
				count["agent "+e.Agent] = 1
			}
		case bench.AgentEnded:
			count["agent "+e.Agent] -= 1000
			l.need(t, p.Message)
		case bench.DelegationSpawned:
			count[activation(p.DelegationID, p.Activation)]++
			l.need(t, p.Prompt)
		case bench.DelegationEnded:
			if !cutOff(p) || !l.resumed() {
				count[activation(p.DelegationID, p.Activation)] -= 1000
			}
			l.need(t, p.Report, p.Patch)
		case bench.LLMCall:
			calls[p.CallID] = true
			agents[e.Agent] = true
			for _, m := range p.Messages {
				l.need(t, m.Body)
			}
		case bench.ToolCall:
			if !calls[p.BatchID] && p.BatchID != "" {
				t.Errorf("tool call %s belongs to no model call: %q", p.CallID, p.BatchID)
			}
			l.need(t, p.Arguments, p.Result)
		}
	}
	for name := range agents {
		if _, err := bench.Conversation(l.Events(), name); err != nil {
			t.Errorf("agent %s: %v", name, err)
		}
	}
	for what, n := range count {
		if n != -999 {
			t.Errorf("%s: starts and ends do not match (%d)", what, n)
		}
	}
}

func activation(id string, n int) string { return fmt.Sprintf("activation %s.%d", id, n) }

// cutOff reports whether an activation was stopped by nobody who works on the
// trial; it is resumed when the trial is.
func cutOff(p bench.DelegationEnded) bool {
	return p.State == bench.AgentCancelled && p.Reason == "" && !p.Abandoned
}

func (l *Log) resumed() bool { return len(Of[bench.AgentResumed](l)) > 0 }

func (l *Log) need(t testing.TB, hashes ...bench.BodyHash) {
	t.Helper()
	for _, h := range hashes {
		if h != "" && l.Body(h) == "" {
			t.Error(fmt.Sprintf("body %s is missing", h))
		}
	}
}
