package timeline

import (
	"cmp"
	"slices"
	"time"

	"bench/results"
)

// pauses are the times in which the process of the trial had ended: those of
// the agent that leads, from the last thing that anybody did before.
func (w *walk) pauses(lead string) (out []Segment) {
	for _, p := range w.Pauses {
		if p.Agent != lead {
			continue
		}
		from := latest(p.From, w.From)
		for _, at := range w.moments() {
			if at.After(from) && at.Before(p.To) {
				from = at
			}
		}
		if to := earliest(p.To, w.To); from.Before(to) {
			out = append(out, Segment{From: from.Sub(w.From), To: to.Sub(w.From)})
		}
	}
	return out
}

// moments are the times at which something had just been done.
func (w work) moments() (all []time.Time) {
	for _, c := range w.Calls {
		all = append(all, c.End)
	}
	for _, c := range w.Tools {
		all = append(all, c.End)
	}
	for _, d := range w.Delegations {
		all = append(all, d.SpawnedAt, d.StartedAt, d.EndedAt)
	}
	return all
}

// without cuts pauses, which are in order, out of segments.
func without(segments, pauses []Segment) (out []Segment) {
	for _, s := range segments {
		for _, p := range pauses {
			if p.To <= s.From || p.From >= s.To {
				continue
			}
			if before := s; s.From < p.From {
				before.To = p.From
				out = append(out, before)
			}
			s.From = min(s.To, p.To)
		}
		if s.From < s.To {
			out = append(out, s)
		}
	}
	return out
}

// pausesOf is the time in which an agent was not there, because its process had
// ended and the next one had not taken it up yet.
func (t *Trial) pausesOf(agent string) (out []Range) {
	for _, p := range t.Pauses {
		if p.Agent == agent {
			out = append(out, between(p.From, p.To))
		}
	}
	return out
}

// dead is the time in which no process worked on the trial. An agent's pause
// begins with the last thing it did, which may have been long before its process
// ended; so of the pauses that end with the same process's taking over, the
// latest beginning and the earliest end count. Each agent has one of these.
func (t *Trial) dead() (out []Range) {
	pauses := slices.Clone(t.Pauses)
	slices.SortStableFunc(pauses, func(a, b results.Pause) int {
		return cmp.Or(a.To.Compare(b.To), a.From.Compare(b.From))
	})
	seen := map[string]bool{}
	var from, to time.Time
	for _, p := range pauses {
		if len(seen) == 0 || seen[p.Agent] {
			out = append(out, between(from, to))
			clear(seen)
			from, to = p.From, p.To
		}
		seen[p.Agent] = true
		if p.From.After(from) {
			from = p.From
		}
	}
	return Union(append(out, between(from, to)))
}
