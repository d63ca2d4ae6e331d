package compare

import (
	"bench"
	"bench/results/timeline"
)

// told is what activations heard of their limits.
type told struct {
	Started   int // activations
	Told      int // of these, those that heard of a limit nearby
	WrappedUp int // and those that had to report in a last call, at the limit
	Misplaced int // activations with the escalation word where it does not count
}

func (w *work) told() (out told) {
	near := map[*timeline.Activation]bool{}
	for _, m := range w.marks {
		if m.Kind == bench.NoticeNear {
			near[w.ActivationAt(m.Agent, m.Time)] = true
		}
	}
	for _, a := range w.Activations() {
		if a.SentinelMisplaced {
			out.Misplaced++
		}
		if !a.Started() {
			continue
		}
		out.Started++
		if near[a] {
			out.Told++
		}
		for _, c := range a.Calls {
			if c.Purpose == bench.PurposeWrapUp {
				out.WrappedUp++
				break
			}
		}
	}
	return out
}
