package runner

import (
	"cmp"
	"slices"
	"time"

	"bench"
)

// underWay are the model calls of a run that have begun and not ended.
type underWay struct {
	started map[string]bench.Event       // by the call's id
	last    map[bench.TrialKey]time.Time // when an agent was last heard of
}

func newUnderWay() underWay {
	return underWay{map[string]bench.Event{}, map[bench.TrialKey]time.Time{}}
}

func (u underWay) see(e bench.Event) {
	if e.Agent != "" {
		u.last[e.Trial] = e.Time
	}
	switch p := e.Payload.(type) {
	case bench.LLMCallStarted:
		u.started[p.CallID] = e
	case bench.LLMCall:
		delete(u.started, p.CallID)
	}
}

// lost are these calls as they ended with the run's process, in the order in which
// they began. They end with the last event of an agent of their trial, so that no
// time is added to what its agents took.
func (u underWay) lost() []bench.Event {
	var lost []bench.Event
	for _, e := range u.started {
		call := e.Payload.(bench.LLMCallStarted).LLMCall
		e.Time = u.last[e.Trial]
		call.End = e.Time
		e.Payload = call
		lost = append(lost, e)
	}
	slices.SortFunc(lost, func(a, b bench.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return lost
}
