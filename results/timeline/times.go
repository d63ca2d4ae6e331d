package timeline

import (
	"slices"
	"time"

	"bench/results"
)

// Times is how long agents worked on a trial, in milliseconds. Only work counts
// as work of sidekicks: the time one spends waiting for a rate limit or a lock is
// not, unless something else it does goes on meanwhile.
type Times struct {
	Wall   int64 // of all agents
	Paused int64 // time in which no process was there, which is no part of Wall
	Outage int64 // part of Wall in which calls waited for a model that was out or turned calls away
	Sum    int64 // Σ of the sidekicks' working times
	Union  int64 // time in which at least one worked
	Idle   int64 // time in which sidekicks were there and main did nothing
	Peak   int   `sum:"max"` // most sidekicks that worked at once
}

// Times measures the trial.
func (t *Trial) Times() Times {
	nobody, phase := dead(t.Pauses), []Range{between(t.SolveAt, t.solveEnd())}
	wall := Length(Minus(phase, nobody))
	m := Times{
		Wall: wall, Paused: Length(phase) - wall, Outage: Length(Minus(t.outages(), nobody)),
	}
	var present, working []Range
	for _, a := range t.Activations() {
		m.Sum += Length(a.Work)
		present = append(present, Minus([]Range{a.Span}, t.absent(a.Child))...)
		working = append(working, a.Work...)
	}
	m.Union, m.Peak = Length(Union(working)), Peak(working)
	m.Idle = Length(Minus(Minus(present, nobody), t.leading()))
	return m
}

// TimesOf measures a trial.
func TimesOf(d results.Detail) Times { return one(d).Times() }

// outages are those of the trial. One that is not over lasts as long as the work.
func (t *Trial) outages() (out []Range) {
	for _, o := range t.Outages {
		if o.To.IsZero() {
			o.To = t.solveEnd()
		}
		if o.Agent == "" {
			out = append(out, between(o.From, o.To))
		}
	}
	return out
}

// waits is the time in which an agent did nothing but wait, or was not there.
func (t *Trial) waits(agent string) []Range {
	waiting, busy := t.absent(agent), []Range(nil)
	for _, c := range t.Calls {
		if c.Agent != agent {
			continue
		}
		start := SentAt(c)
		busy = append(busy, between(start, c.End))
		waiting = append(waiting, between(start.Add(-c.Waited), start))
	}
	for _, c := range t.Tools {
		if c.Agent != agent {
			continue
		}
		busy = append(busy, between(c.Start, c.End))
		waiting = append(waiting, between(c.Start.Add(-c.LockWait), c.Start))
	}
	return Minus(waiting, busy)
}

// leading is the time in which the main agent called its model or a tool other
// than those that wait for sidekicks.
func (t *Trial) leading() []Range {
	var busy []Range
	for _, c := range t.Calls {
		if t.Main(c.Agent) && !c.Start.IsZero() {
			busy = append(busy, between(c.Start.Add(-c.Waited), c.End))
		}
	}
	for _, c := range t.pieces() {
		if t.Main(c.Agent) && !delegates[c.Name] && !slices.Contains(t.handing, c.Name) {
			busy = append(busy, between(c.Start, c.End))
		}
	}
	return busy
}

// delegates are the tools whose work is done by sidekicks.
var delegates = map[string]bool{"task": true, "task_output": true}

// SidekicksAtOnce is for how long so many sidekicks were at work at once, by how
// many, from 1 on.
func SidekicksAtOnce(d results.Detail) map[int]time.Duration {
	var working []Range
	for _, a := range one(d).Activations() {
		working = append(working, a.Work...)
	}
	out := map[int]time.Duration{}
	for n, ms := range AtOnce(working) {
		out[n] = time.Duration(ms) * time.Millisecond
	}
	return out
}
