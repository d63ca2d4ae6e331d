package runner

import (
	"cmp"
	"slices"
	"time"

	"bench"
)

// lostCalls are the model calls of a trial that were under way when the run's process
// died, as they ended with it, in the order in which they began. They end with the last
// event of an agent, so that no time is added to what agents took.
func lostCalls(events []bench.Event) (lost []bench.Event) {
	started := map[string]bench.Event{} // by the call's id
	var last time.Time                  // when an agent was last heard of
	for _, e := range events {
		if e.Agent != "" {
			last = e.Time
		}
		switch p := e.Payload.(type) {
		case bench.LLMCallStarted:
			started[p.CallID] = e
		case bench.LLMCall:
			delete(started, p.CallID)
		}
	}
	for _, e := range started {
		call := e.Payload.(bench.LLMCallStarted).LLMCall
		e.Time, call.End = last, last
		e.Payload = call
		lost = append(lost, e)
	}
	slices.SortFunc(lost, func(a, b bench.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return lost
}
