package agent_test

import (
	"context"
	"errors"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
)

// An agent that is cut off again before it goes on has ended by nobody's fault:
// it is cancelled, with what it had done, and so stays open.
func TestCutOffBeforeItGoesOn(t *testing.T) {
	t.Parallel()
	limits := bench.Limits{Iterations: 9, Cost: bench.Dollars(5)}
	var log agenttest.Log
	whole, err := alternating(t, limits, &log, echoes(6)).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events := log.Events()
	l := alternating(t, limits, &log, echoes(6))
	l.History = &agent.History{Events: events[:len(events)-1], Body: func(h bench.BodyHash) (bench.Body, error) {
		return bench.Body(log.Body(h)), nil
	}}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	got, err := l.Run(ctx)
	if err != nil || got.State != bench.AgentCancelled || got.Turns != whole.Turns || got.Cost != whole.Cost {
		t.Errorf("%s after %d turns for %v, %v; want %d for %v", got.State, got.Turns, got.Cost, err,
			whole.Turns, whole.Cost)
	}
}
