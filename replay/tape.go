package replay

import (
	"context"
	"fmt"
	"time"

	"bench"
)

// Log is where runs are stored, such as a results.Store.
type Log interface {
	// TrialEvents returns the events of one trial in order.
	TrialEvents(ctx context.Context, run string, key bench.TrialKey) ([]bench.Event, error)
	Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error)
}

// tape is what the log says of a trial.
type tape struct {
	agents    map[string]*agentTape
	sidekicks map[lane]string // by their delegations
	order     []step
}

// agentTape is what the log says of one agent.
type agentTape struct {
	role  bench.Role
	tools bench.BodyHash
	calls []bench.Exchange
	// limit is the wall that ended its work, if one did: the replay is faster.
	limit *bench.LimitError
	// stopped: somebody else ended its work.
	stopped bool
}

// readTape reads what the log of a run says of a trial.
func readTape(ctx context.Context, log Log, run string, key bench.TrialKey) (*tape, error) {
	events, err := log.TrialEvents(ctx, run, key)
	if err != nil {
		return nil, err
	}
	t := &tape{
		agents: map[string]*agentTape{}, sidekicks: map[lane]string{}, order: steps(events),
	}
	for _, e := range events {
		switch p := e.Payload.(type) {
		case bench.AgentStarted:
			calls, err := bench.Exchanges(events, e.Agent)
			if err != nil {
				return nil, fmt.Errorf("read the calls of %s in %s: %w", e.Agent, key, err)
			}
			t.agents[e.Agent] = &agentTape{role: p.Role, tools: p.Tools, calls: calls}
		case bench.DelegationStarted:
			t.sidekicks[taskLane(p.DelegationID, p.Activation)] = p.Child
		case bench.BudgetNotice:
			if a := t.agents[e.Agent]; a != nil && p.Kind == bench.NoticeLimit &&
				p.Resource == bench.ResourceWall {
				a.limit = &bench.LimitError{Scope: p.Scope, Resource: p.Resource}
			}
		case bench.AgentResumed:
			if a := t.agents[e.Agent]; a != nil {
				a.limit, a.stopped = nil, false
			}
		case bench.AgentEnded:
			if a := t.agents[e.Agent]; a != nil {
				a.stopped = p.State == bench.AgentCancelled
			}
		}
	}
	return t, nil
}

// step is an event whose place among those of other agents a replay keeps.
type step struct {
	lane  lane
	event bench.Event
	// at is when it was done on a clock that stood still while no process worked on the
	// trial: nobody waits for a pause again.
	at time.Time
}

// lane is what comes in one order by itself: what an agent does, one of its tool calls,
// or a delegation.
type lane struct {
	agent string
	batch int // of a tool call: the number of the model call that asked for it
	index int
	task  string // of a delegation
}

// follows reports whether what is done in a lane comes after something in another lane
// because of who does it: of one agent, whose tool calls may end in any order.
func (l lane) follows(other lane) bool { return l.agent != "" && l.agent == other.agent }

// numbers counts the model calls of a trial that came to an end. Their ids count those
// that were cut off, too.
type numbers struct {
	calls map[string]int // by agent
	ids   map[string]int
}

func newNumbers() *numbers { return &numbers{map[string]int{}, map[string]int{}} }

// lane is the lane of the next event, if it is a step. What is left of something that
// was cut off is none: it was made again.
func (n *numbers) lane(e bench.Event) (l lane, ok bool) {
	if bench.Remains(e.Payload) {
		return l, false
	}
	switch p := e.Payload.(type) {
	case bench.LLMCall:
		n.calls[e.Agent]++
		n.ids[p.CallID] = n.calls[e.Agent]
		return lane{agent: e.Agent}, true
	case bench.AgentStarted, bench.AgentEnded, bench.DelegationSpawned, bench.RouteChosen:
		return lane{agent: e.Agent}, true
	case bench.ToolCall:
		return lane{agent: e.Agent, batch: n.ids[p.BatchID], index: p.Index}, true
	case bench.DelegationStarted:
		return taskLane(p.DelegationID, p.Activation), true
	case bench.DelegationEnded:
		return taskLane(p.DelegationID, p.Activation), true
	}
	return l, false
}

func taskLane(id string, activation int) lane {
	return lane{task: fmt.Sprintf("%s.%d", id, activation)}
}

// clock stands still from the last event of a process that worked on a trial until agents
// go on in the next one.
type clock struct {
	still bool
	since time.Time // the last event before
	lost  time.Duration
}

// see is the time of the clock at an event.
func (c *clock) see(e bench.Event) time.Time {
	switch e.Payload.(type) {
	case bench.TrialResumed:
		c.still = true
	case bench.AgentStarted, bench.AgentResumed:
		if c.still {
			c.still, c.lost = false, c.lost+e.Time.Sub(c.since)
		}
	}
	if c.still {
		return c.since.Add(-c.lost)
	}
	c.since = e.Time
	return e.Time.Add(-c.lost)
}

// steps are those of a trial, in the order of the log.
func steps(events []bench.Event) (all []step) {
	n := newNumbers()
	var c clock
	for _, e := range events {
		at := c.see(e)
		if l, ok := n.lane(e); ok {
			e.Bodies = nil
			all = append(all, step{l, e, at})
		}
	}
	return all
}
