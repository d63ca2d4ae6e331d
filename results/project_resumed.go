package results

import (
	"time"

	"bench"
)

func (r row) trialResumed() error {
	if err := r.run(insertDeadTime, r.event, r.trial); err != nil {
		return err
	}
	if err := r.run(cutOutages, r.event, r.trial); err != nil {
		return err
	}
	return r.run(resumeTrial, r.trial)
}

func (r row) outage(p bench.Outage) error {
	if err := r.run(endOutage, r.trial, opt(r.Agent)); err != nil {
		return err
	}
	return r.run(insertOutage, r.event, r.trial, opt(r.Agent), at(p.From), at(p.To))
}

// agentResumed opens an agent's row again and notes how long nobody worked.
func (r row) agentResumed(p bench.AgentResumed) error {
	if err := r.one("agent "+r.Agent+" never started", resumeAgent, r.trial, r.Agent); err != nil {
		return err
	}
	if err := r.run(endDeadTime, at(r.Time), r.trial); err != nil {
		return err
	}
	if err := r.stood(p.Still); err != nil {
		return err
	}
	return r.run(insertPause, r.event, r.trial, r.Agent, at(r.Time.Add(-p.Paused)), at(r.Time))
}

// stood notes that a trial has stood still until now, for so long. Dead times that this
// one overlaps become a part of it.
func (r row) stood(still time.Duration) error {
	if still <= 0 {
		return nil
	}
	to := r.Time.UnixMilli()
	from := to - still.Milliseconds()
	if err := r.run(insertStill, r.event, r.trial, from, to); err != nil {
		return err
	}
	return r.run(mergeDeadTimes, r.trial, r.event, from)
}
