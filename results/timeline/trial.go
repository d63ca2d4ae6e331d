package timeline

import (
	"time"

	"bench"
	"bench/results"
)

// Trial is a trial with the work of its agents.
type Trial struct {
	results.Trial
	Agents      map[string]results.Agent // by id
	Calls       []results.Call
	Tools       []results.ToolCall
	Routes      []results.Route
	Delegations []results.Delegation
	Pauses      []results.Pause
	Outages     []results.Outage

	handing     []string      // see handing
	activations []*Activation // see Activations
}

// All are the trials of a run, in the order of its facts.
func All(f results.Facts) []*Trial {
	byID := make(map[int64]*Trial, len(f.Trials))
	tools := map[string][]string{}
	for _, c := range f.Configurations {
		tools[c.Name] = handing(c)
	}
	trials := make([]*Trial, 0, len(f.Trials))
	for _, t := range f.Trials {
		p := &Trial{Trial: t, handing: tools[t.Key.Configuration]}
		byID[t.ID] = p
		trials = append(trials, p)
	}
	for _, a := range f.Agents {
		byID[a.Trial].addAgent(a)
	}
	for _, c := range f.Calls {
		t := byID[c.Trial]
		t.Calls = append(t.Calls, c)
	}
	for _, c := range f.ToolCalls {
		t := byID[c.Trial]
		t.Tools = append(t.Tools, c)
	}
	for _, r := range f.Routes {
		t := byID[r.Trial]
		t.Routes = append(t.Routes, r)
	}
	for _, d := range f.Delegations {
		t := byID[d.Trial]
		t.Delegations = append(t.Delegations, d)
	}
	for _, p := range f.Pauses {
		t := byID[p.Trial]
		t.Pauses = append(t.Pauses, p)
	}
	for _, o := range f.Outages {
		t := byID[o.Trial]
		t.Outages = append(t.Outages, o)
	}
	return trials
}

// one is the trial of a detail. If it is under way, its agents stopped working
// when the last thing was done.
func one(d results.Detail) *Trial {
	t := &Trial{
		Trial: d.Trial, Calls: d.Calls, Tools: d.ToolCalls, Routes: d.Routes,
		Delegations: d.Delegations, Pauses: d.Pauses, Outages: d.Outages,
		handing: handing(d.Configuration),
	}
	for _, a := range d.Agents {
		t.addAgent(a)
	}
	if t.solveEnd().IsZero() {
		for _, at := range t.work().moments() {
			t.ExtractAt = latest(t.ExtractAt, at)
		}
	}
	return t
}

func (t *Trial) addAgent(a results.Agent) {
	if t.Agents == nil {
		t.Agents = map[string]results.Agent{}
	}
	t.Agents[a.ID] = a
}

// Sidekick reports whether an agent is one.
func (t *Trial) Sidekick(agent string) bool { return t.Agents[agent].Role == bench.RoleSidekick }

// Advisor reports whether an agent is one.
func (t *Trial) Advisor(agent string) bool { return t.Agents[agent].Role == bench.RoleAdvisor }

// Router reports whether an agent only chooses who takes a turn.
func (t *Trial) Router(agent string) bool { return t.Agents[agent].Role == bench.RoleRouter }

// Unknown reports whether nobody can say whether an agent is main or a sidekick.
func (t *Trial) Unknown(agent string) bool { return t.Agents[agent].Role == bench.RoleUnknown }

// Main reports whether an agent is the one that hands in the answer: it is
// neither a sidekick nor an advisor nor a router, and it is known.
func (t *Trial) Main(agent string) bool {
	return !t.Sidekick(agent) && !t.Advisor(agent) && !t.Router(agent) && !t.Unknown(agent)
}

// solveEnd is when agents stopped working.
func (t *Trial) solveEnd() time.Time {
	if !t.ExtractAt.IsZero() {
		return t.ExtractAt
	}
	return t.EndedAt
}

// EndOf is when an activation ended; one that was cut off ended with its trial.
func (t *Trial) EndOf(d results.Delegation) time.Time {
	if !d.EndedAt.IsZero() {
		return d.EndedAt
	}
	return t.solveEnd()
}

// stopOf is when the sidekick of an activation stopped working.
func (t *Trial) stopOf(d results.Delegation) time.Time {
	if at := d.StoppedAt(); !at.IsZero() {
		return at
	}
	return t.EndOf(d)
}

// SentAt is when a call was sent, or when it was given up before it was.
func SentAt(c results.Call) time.Time {
	if c.Start.IsZero() {
		return c.End
	}
	return c.Start
}
