package timeline

import (
	"time"

	"bench/results"
)

// pauses are the dead times of the trial within the solve phase.
func (w *walk) pauses() (out []Segment) {
	for _, p := range dead(w.Pauses) {
		from, to := latest(time.UnixMilli(p.From), w.From), earliest(time.UnixMilli(p.To), w.To)
		if from.Before(to) {
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

// dead is the time in which no process worked on the trial: from the last event of
// an agent to the first agent that went on in the next process. It is no part of
// any duration.
func dead(pauses []results.Pause) (out []Range) {
	for _, p := range pauses {
		if p.Agent == "" {
			out = append(out, between(p.From, p.To))
		}
	}
	return Union(out)
}

// ago is the moment so long before another one, dead time not counted.
func ago(at time.Time, d time.Duration, pauses []results.Pause) time.Time {
	nobody := dead(pauses)
	for i := len(nobody) - 1; i >= 0; i-- {
		from, to := time.UnixMilli(nobody[i].From), time.UnixMilli(nobody[i].To)
		if to.After(at) {
			continue
		}
		if since := at.Sub(to); d > since {
			at, d = from, d-since
		}
	}
	return at.Add(-d)
}

// absent is the time in which an agent was not there, because its process had
// ended and the next one had not taken it up yet. What it did between its last
// event and the end of the process was work that was lost.
func (t *Trial) absent(agent string) (out []Range) {
	nobody := dead(t.Pauses)
	for _, p := range t.Pauses {
		if p.Agent != agent {
			continue
		}
		r := between(p.From, p.To)
		for _, d := range nobody {
			if d.Overlaps(r) {
				r.From = max(r.From, d.From)
				break
			}
		}
		out = append(out, r)
	}
	return out
}
