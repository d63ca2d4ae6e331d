package compare

import (
	"cmp"
	"slices"
	"time"

	"bench/results"
)

// span is an interval of time in Unix milliseconds, without its end.
type span struct{ from, to int64 }

// between is the span from a to b; it is empty unless both are known and in
// this order.
func between(a, b time.Time) span {
	if a.IsZero() || b.IsZero() || !a.Before(b) {
		return span{}
	}
	return span{a.UnixMilli(), b.UnixMilli()}
}

// union merges spans into sorted ones that do not touch.
func union(spans []span) []span {
	spans = slices.DeleteFunc(slices.Clone(spans), func(s span) bool { return s.from >= s.to })
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// minus is what of a lies outside of b.
func minus(a, b []span) []span {
	a, b = union(a), union(b)
	var out []span
	for _, s := range a {
		for _, cut := range b {
			if cut.to <= s.from || cut.from >= s.to {
				continue
			}
			if cut.from > s.from {
				out = append(out, span{s.from, cut.from})
			}
			s.from = min(s.to, cut.to)
		}
		if s.from < s.to {
			out = append(out, s)
		}
	}
	return out
}

// length is the time spans cover in milliseconds, where they overlap more than
// once.
func length(spans []span) (ms int64) {
	for _, s := range spans {
		ms += max(0, s.to-s.from)
	}
	return ms
}

// peak is how many spans hold at the same time at most. One that begins when
// another ends does not overlap it.
func peak(spans []span) int {
	type edge struct {
		at    int64
		opens int
	}
	var edges []edge
	for _, s := range spans {
		if s.from < s.to {
			edges = append(edges, edge{s.from, 1}, edge{s.to, -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.opens, b.opens))
	})
	now, most := 0, 0
	for _, e := range edges {
		now += e.opens
		most = max(most, now)
	}
	return most
}

// side is the work of sidekicks within one trial.
type side struct {
	wall   int64 // of the agents, ms
	paused int64 // time in which no process was there, which is no part of wall
	sum    int64 // Σ of the sidekicks' working times
	union  int64 // time in which at least one worked
	peak   int   // most that worked at once
	idle   int64 // time in which sidekicks were there and main did nothing
}

// measure looks at one trial. Only work counts as work: the time a sidekick
// spends waiting for a rate limit or a lock is taken out of its span, unless
// something else it does goes on meanwhile.
func (t *trial) measure() side {
	dead := t.dead()
	m := side{
		wall: length(minus([]span{between(t.SolveAt, t.solveEnd())}, dead)), paused: length(dead),
	}
	var present, working []span
	for _, a := range t.activations() {
		m.sum += length(a.work)
		present = append(present, minus([]span{a.span}, t.pausesOf(a.Child))...)
		working = append(working, a.work...)
	}
	m.union, m.peak = length(union(working)), peak(working)
	m.idle = length(minus(minus(present, dead), t.leading()))
	return m
}

// solveEnd is when agents stopped working.
func (t *trial) solveEnd() time.Time {
	if !t.ExtractAt.IsZero() {
		return t.ExtractAt
	}
	return t.EndedAt
}

// end is when an activation ended; one that was cut off ended with its trial.
func (t *trial) end(d results.Delegation) time.Time {
	if !d.EndedAt.IsZero() {
		return d.EndedAt
	}
	return t.solveEnd()
}

// waits is the time in which an agent did nothing but wait, or was not there.
func (t *trial) waits(agent string) []span {
	var waiting, busy []span
	for _, p := range t.pauses {
		if p.Agent == agent {
			waiting = append(waiting, between(p.From, p.To))
		}
	}
	for _, c := range t.calls {
		if c.Agent != agent {
			continue
		}
		start := sentAt(c)
		busy = append(busy, between(start, c.End))
		waiting = append(waiting, between(start.Add(-c.Waited), start))
	}
	for _, c := range t.tools {
		if c.Agent != agent {
			continue
		}
		busy = append(busy, between(c.Start, c.End))
		waiting = append(waiting, between(c.Start.Add(-c.LockWait), c.Start))
	}
	return minus(waiting, busy)
}

// leading is the time in which the main agent called its model or a tool other
// than those that wait for sidekicks.
func (t *trial) leading() []span {
	var busy []span
	for _, c := range t.calls {
		if t.main(c.Agent) && !c.Start.IsZero() {
			busy = append(busy, between(c.Start.Add(-c.Waited), c.End))
		}
	}
	for _, c := range t.tools {
		if t.main(c.Agent) && !delegates[c.Name] {
			busy = append(busy, between(c.Start, c.End))
		}
	}
	return busy
}

// delegates are the tools whose work is done by sidekicks.
var delegates = map[string]bool{"task": true, "task_output": true}

// Delegates reports whether the work of a tool is done by sidekicks.
func Delegates(tool string) bool { return delegates[tool] }
