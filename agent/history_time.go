package agent

import (
	"time"

	"bench"
)

// waited is how long the agent has waited until a time in an outage that is not over.
func (m *agentHistory) waited(until time.Time) time.Duration {
	if o := m.outage; !o.From.IsZero() && o.To.IsZero() {
		return until.Sub(o.From)
	}
	return 0
}

// worked is how long the agent worked, without pauses and outages.
func (m *agentHistory) worked() time.Duration {
	return m.lastEvent.Sub(m.began) - m.paused - m.waited(m.lastEvent)
}

// Worked is how long an agent worked whose work has ended, without pauses and
// outages; nothing if it never started.
func (p *History) Worked(agent string) (time.Duration, error) {
	m, err := p.ofAgent(agent)
	if m == nil {
		return 0, err
	}
	return m.worked(), nil
}

// Between is how long agents of the trial had been at work from one moment to another,
// in all its processes, without the time in which it stood still; to the end of the
// log if the second one is zero.
func (p *History) Between(from, to time.Time) (worked time.Duration) {
	last, dead := from, false
	until := func(at time.Time) {
		if !dead && at.After(from) {
			worked += at.Sub(from)
		}
	}
	for _, e := range p.Events {
		if e.Time.Before(from) {
			continue
		}
		if !to.IsZero() && e.Time.After(to) {
			last = to
			break
		}
		switch p := e.Payload.(type) {
		case bench.TrialResumed:
			until(last)
			dead = true
		case bench.AgentStarted:
			if dead {
				from, dead = e.Time, false
			}
		case bench.AgentResumed:
			if dead || p.Still > 0 {
				until(e.Time.Add(-p.Still))
				from, dead = e.Time, false
			}
		case bench.Outage:
			continue
		}
		if e.Agent != "" && !bench.Remains(e.Payload) {
			last = e.Time
		}
	}
	until(last)
	return worked
}
