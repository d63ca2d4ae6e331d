package compare

import (
	"time"

	"bench"
	"bench/results"
	"bench/stats"
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
func (w *walk) moments() (all []time.Time) {
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

// Concurrency says how many sidekicks worked at the same time.
type Concurrency struct {
	Mean stats.Number // while any did
	Peak int
}

// TimelineOf is the critical path of a trial, and how many sidekicks worked at
// the same time. A trial under way lasts until the last thing that was done.
func TimelineOf(d results.Detail) (Path, Concurrency) {
	t := &trial{
		Trial: d.Trial, agents: map[string]results.Agent{}, calls: d.Calls, tools: d.ToolCalls,
		delegations: d.Delegations, pauses: d.Pauses,
	}
	for _, a := range d.Agents {
		t.agents[a.ID] = a
	}
	if t.solveEnd().IsZero() {
		w := walk{Work: t.work()}
		for _, at := range w.moments() {
			t.ExtractAt = latest(t.ExtractAt, at)
		}
	}
	m := t.measure()
	return CriticalPath(t.work()), Concurrency{stats.Over(m.sum, m.union), m.peak}
}

// work is what the critical path of the trial is found in.
func (t *trial) work() Work {
	w := Work{
		From: t.SolveAt, To: t.solveEnd(), Calls: t.calls, Tools: t.tools,
		Delegations: t.delegations, Pauses: t.pauses,
	}
	for _, a := range t.agents {
		w.Agents = append(w.Agents, a)
	}
	return w
}

// criticalPath pools the ended trials on which agents worked.
func (c *column) criticalPath(out *Configuration) {
	var main, sidekick, all time.Duration
	for _, t := range c.trials {
		if t.Outcome == "" || t.SolveAt.IsZero() {
			continue
		}
		for _, s := range CriticalPath(t.work()).Segments {
			d := s.To - s.From
			if all += d; s.Role == bench.RoleSidekick {
				sidekick += d
			} else {
				main += d
			}
		}
	}
	out.CriticalPath = CriticalShare{Main: stats.Over(main, all), Sidekick: stats.Over(sidekick, all)}
}
