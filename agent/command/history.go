package command

import (
	"context"
	"maps"
	"slices"
	"time"

	"bench"
	"bench/agent"
)

// history is what the log holds of a trial whose process ended while its program
// worked. A program cannot be resumed in the middle: it is run again from its
// beginning, and the calls that it had reported stay where they are.
type history struct {
	calls       map[string]int       // booked, by agent
	delegations int                  // that were seen
	lastEvent   map[string]time.Time // when each agent that began last did something
	open        map[string]bool      // agents that began and have not ended
	handed      map[string]string    // delegations that have not ended: who handed them on
	began       time.Time            // when the program first began
}

func historyOf(p *agent.History) history {
	out := history{
		calls: map[string]int{}, lastEvent: map[string]time.Time{}, open: map[string]bool{},
		handed: map[string]string{},
	}
	if p == nil {
		return out
	}
	for _, e := range p.Events {
		switch p := e.Payload.(type) {
		case bench.AgentStarted:
			out.lastEvent[e.Agent], out.open[e.Agent] = e.Time, true
			out.calls[e.Agent] += 0 // its name is taken, though it has made none
			if e.Agent == id {
				out.began = e.Time
			}
		case bench.AgentResumed:
			out.open[e.Agent] = true
		case bench.AgentEnded:
			delete(out.open, e.Agent)
		case bench.DelegationSpawned:
			out.delegations++
			out.handed[p.DelegationID] = e.Agent
		case bench.DelegationEnded:
			delete(out.handed, p.DelegationID)
		case bench.LLMCall:
			out.calls[e.Agent]++
		}
		if _, began := out.lastEvent[e.Agent]; began && !bench.Remains(e.Payload) {
			out.lastEvent[e.Agent] = e.Time
		}
	}
	return out
}

// begin records that an agent begins, or resumes. What the program had done is lost, so
// the trial has stood still since it first began.
func (t *trial) begin(ctx context.Context, agent string, e bench.AgentStarted) error {
	if seen, began := t.history.lastEvent[agent]; began {
		resumed := bench.AgentResumed{Paused: time.Since(seen)}
		if agent == id {
			resumed.Still = time.Since(t.history.began)
		}
		return t.Record.For(agent).Record(ctx, resumed)
	}
	return t.Record.For(agent).Record(ctx, e)
}

// runAgain is the error of what was under way when a program's trial was cut off.
const runAgain = "bench ended meanwhile, and the program was run again"

// closeOpen records the end of what was under way when the trial was cut off: the
// program that is run again knows nothing of it.
func (t *trial) closeOpen(ctx context.Context) error {
	for _, d := range slices.Sorted(maps.Keys(t.history.handed)) {
		err := t.Record.For(t.history.handed[d]).Record(ctx, bench.DelegationEnded{
			DelegationID: d, Activation: 1, State: bench.AgentErrorInternal,
			Escalation: bench.EscalationUnknown, Error: runAgain,
		})
		if err != nil {
			return err
		}
	}
	for _, agent := range slices.Sorted(maps.Keys(t.history.open)) {
		if agent == id {
			continue
		}
		err := t.Record.For(agent).Record(ctx, bench.AgentEnded{
			State: bench.AgentCancelled, Iterations: int64(t.history.calls[agent]), Error: runAgain,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
