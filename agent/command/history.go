package command

import (
	"context"
	"time"

	"bench"
	"bench/agent"
)

// history is what the log holds of a trial whose process ended while its program
// worked. A program cannot be resumed in the middle: it is run again from its
// beginning, and the calls that it had reported stay where they are.
type history struct {
	calls     map[string]int       // booked, by agent
	lastEvent map[string]time.Time // when the last event of each agent that began was
}

func historyOf(p *agent.History) history {
	out := history{calls: map[string]int{}, lastEvent: map[string]time.Time{}}
	if p == nil {
		return out
	}
	for _, e := range p.Events {
		switch e.Payload.(type) {
		case bench.AgentStarted:
			out.lastEvent[e.Agent] = e.Time
		case bench.LLMCall:
			out.calls[e.Agent]++
		}
		if _, began := out.lastEvent[e.Agent]; began {
			out.lastEvent[e.Agent] = e.Time
		}
	}
	return out
}

// begin records that an agent begins, or resumes.
func (t *trial) begin(ctx context.Context, agent string, e bench.AgentStarted) error {
	if seen, began := t.history.lastEvent[agent]; began {
		return t.Record.For(agent).Record(ctx, bench.AgentResumed{Paused: time.Since(seen)})
	}
	return t.Record.For(agent).Record(ctx, e)
}
