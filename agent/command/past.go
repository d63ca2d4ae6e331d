package command

import (
	"context"
	"time"

	"bench"
	"bench/agent"
)

// past is what the log holds of a trial whose process ended while its program
// worked. A program cannot be taken up in the middle: it is run again from its
// beginning, and the calls that it had reported stay where they are.
type past struct {
	calls map[string]int       // booked, by agent
	seen  map[string]time.Time // when the last event of each agent that began was
}

func pastOf(p *agent.History) past {
	out := past{calls: map[string]int{}, seen: map[string]time.Time{}}
	if p == nil {
		return out
	}
	for _, e := range p.Events {
		switch e.Payload.(type) {
		case bench.AgentStarted:
			out.seen[e.Agent] = e.Time
		case bench.LLMCall:
			out.calls[e.Agent]++
		}
		if _, began := out.seen[e.Agent]; began {
			out.seen[e.Agent] = e.Time
		}
	}
	return out
}

// begin records that an agent begins, or goes on.
func (t *trial) begin(ctx context.Context, agent string, e bench.AgentStarted) error {
	if seen, began := t.past.seen[agent]; began {
		return t.Record.For(agent).Record(ctx, bench.AgentResumed{Paused: time.Since(seen)})
	}
	return t.Record.For(agent).Record(ctx, e)
}
