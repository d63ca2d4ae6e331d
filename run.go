package bench

import (
	"fmt"
	"time"
)

// Run is the state of a run, folded from its events. Progress, status and the
// scheduler all read this one fold. It is not safe for concurrent use.
type Run struct {
	ID        string
	Header    RunStarted
	State     RunState
	Error     string
	StartedAt time.Time
	EndedAt   time.Time
	UpdatedAt time.Time // time of the last event
	LastSeq   int64
	Trials    map[TrialKey]*TrialStatus
	Notices   []Notice
}

// TrialStatus is the state of one trial.
type TrialStatus struct {
	Key        TrialKey
	Phase      Phase
	PhaseAt    time.Time
	StartedAt  time.Time
	EndedAt    time.Time
	Agent      string // whose call or start was seen last
	Role       Role   // of that agent
	Turn       int    // of that agent
	Cost       USD
	Earlier    USD  // of Cost, what was paid before the run, for answers from the cache
	Unreported USD  // estimate of what calls cost that reported no usage, besides Cost
	NoCost     bool // it was imported without a cost
	Sidekicks  int  // running now
	Outcome    Outcome
	Resolved   *bool
	Limit      Resource
	Error      string
	roles      map[string]Role
	underWay   map[string]LLMCall // calls that have begun and not ended, by id
}

// NewRun returns the state before the first event.
func NewRun(id string) *Run {
	return &Run{ID: id, Trials: map[TrialKey]*TrialStatus{}}
}

// Apply folds one event into the state. Events come in the order of their
// sequence numbers; one that was applied before is passed over, one that is
// impossible in this state is an error.
func (r *Run) Apply(e Event) error {
	if e.Seq != 0 && e.Seq <= r.LastSeq {
		return nil
	}
	r.LastSeq, r.UpdatedAt = e.Seq, e.Time
	if e.Trial.IsZero() {
		r.applyRun(e)
		return nil
	}
	t := r.trial(e.Trial)
	switch p := e.Payload.(type) {
	case PhaseStarted:
		return t.enter(p.Phase, e.Time)
	case TrialEnded:
		t.Outcome, t.Resolved, t.Limit, t.Error = p.Outcome, p.Resolved, p.Limit, p.Error
		t.EndedAt = e.Time
		t.Sidekicks = 0
		return t.enter(PhaseDone, e.Time)
	case TrialImported:
		t.Outcome, t.Resolved, t.Error, t.EndedAt = p.Outcome, p.Resolved, p.Error, e.Time
		if t.NoCost = p.Cost == nil; !t.NoCost {
			t.Cost = *p.Cost
		}
		return t.enter(PhaseDone, e.Time)
	case TrialResumed:
		*t = TrialStatus{Key: t.Key, Phase: PhaseQueued, StartedAt: t.StartedAt,
			Cost: t.Cost, Earlier: t.Earlier, Unreported: t.Unreported, roles: t.roles, underWay: t.underWay}
	case AgentStarted:
		t.roles[e.Agent] = p.Role
		t.speak(e.Agent, 0)
	case LLMCallStarted:
		t.underWay[p.CallID] = p.LLMCall
	case LLMCall:
		delete(t.underWay, p.CallID)
		t.Cost += p.Cost
		t.Earlier += p.Earlier()
		t.Unreported += p.EstimatedUnknown
		t.speak(e.Agent, p.Turn)
	case DelegationStarted:
		t.Sidekicks++
	case DelegationEnded:
		if p.Child != "" { // one that never started has none
			t.Sidekicks = max(0, t.Sidekicks-1)
		}
	case Notice:
		r.Notices = append(r.Notices, p)
	}
	return nil
}

// Settle puts a trial that has ended into its place, as somebody else has folded it.
func (r *Run) Settle(t TrialStatus) {
	own := r.trial(t.Key)
	t.roles, t.underWay = own.roles, own.underWay
	*own = t
}

// Calling reports whether a model call of the trial is under way.
func (t *TrialStatus) Calling() bool { return len(t.underWay) > 0 }

// LoseCalls counts the model calls under way as calls of which nothing more will
// be heard, because the run's process is gone, and returns how many they are.
func (r *Run) LoseCalls() (lost int) {
	for _, t := range r.Trials {
		for id, c := range t.underWay {
			t.Cost += c.Cost
			t.Unreported += c.EstimatedUnknown
			delete(t.underWay, id)
			lost++
		}
	}
	return lost
}

func (r *Run) applyRun(e Event) {
	switch p := e.Payload.(type) {
	case RunStarted:
		r.Header, r.State, r.StartedAt = p, RunRunning, e.Time
		for _, k := range p.Trials {
			r.trial(k)
		}
	case RunResumed:
		r.State, r.Error, r.EndedAt = RunRunning, "", time.Time{}
		r.Header.Workers, r.Header.Limits = p.Workers, p.Limits
		r.Header.Trials = append(r.Header.Trials, p.Trials...)
		for _, k := range p.Trials {
			r.trial(k)
		}
	case ShardMerged:
		for _, k := range p.Trials {
			if r.Trials[k] == nil { // a new attempt, which the whole run did not plan
				r.Header.Trials = append(r.Header.Trials, k)
				r.trial(k)
			}
		}
	case RunEnded:
		r.State, r.Error, r.EndedAt = p.State, p.Error, e.Time
	case Notice:
		r.Notices = append(r.Notices, p)
	}
}

func (r *Run) trial(k TrialKey) *TrialStatus {
	t := r.Trials[k]
	if t == nil {
		t = &TrialStatus{Key: k, Phase: PhaseQueued, roles: map[string]Role{},
			underWay: map[string]LLMCall{}}
		r.Trials[k] = t
	}
	return t
}

func (t *TrialStatus) enter(p Phase, at time.Time) error {
	if !t.Phase.Next(p) {
		return fmt.Errorf("trial %s: phase %s after %s", t.Key, p, t.Phase)
	}
	if t.StartedAt.IsZero() {
		t.StartedAt = at
	}
	t.Phase, t.PhaseAt = p, at
	return nil
}

func (t *TrialStatus) speak(agent string, turn int) {
	t.Agent, t.Role, t.Turn = agent, t.roles[agent], turn
}

// Totals sums a run up.
type Totals struct {
	Trials     int // planned
	Running    int
	Done       int // ended, whatever the outcome
	Graded     int // with a verdict
	Resolved   int
	Infra      int
	Cancelled  int
	Cost       USD
	Earlier    USD // as that of a trial
	Unreported USD // likewise
	NoCost     int // imported without a cost, which Cost lacks
	Outcomes   map[Outcome]int
}

// Totals counts the trials and adds up their cost.
func (r *Run) Totals() Totals {
	s := Totals{Trials: len(r.Trials), Outcomes: map[Outcome]int{}}
	for _, t := range r.Trials {
		s.Cost += t.Cost
		s.Earlier += t.Earlier
		s.Unreported += t.Unreported
		if t.NoCost {
			s.NoCost++
		}
		switch t.Phase {
		case PhaseDone:
			s.Done++
			s.Outcomes[t.Outcome]++
		case PhaseQueued:
		case PhasePrepare, PhaseSolve, PhaseExtract, PhaseGrade:
			s.Running++
		}
		if t.Resolved != nil {
			s.Graded++
			if *t.Resolved {
				s.Resolved++
			}
		}
		if t.Phase != PhaseDone {
			continue
		}
		switch t.Outcome.Blame() {
		case BlameInfra:
			s.Infra++
		case BlameUser:
			s.Cancelled++
		case BlameNone, BlameAgent:
		}
	}
	return s
}

// Left estimates the time until a run ends, from the pace of the trials that
// have ended; ok is false before the first has.
func (r *Run) Left(now time.Time) (left time.Duration, ok bool) {
	s := r.Totals()
	if s.Done == 0 || r.StartedAt.IsZero() {
		return 0, false
	}
	pace := now.Sub(r.StartedAt) / time.Duration(s.Done)
	return pace * time.Duration(s.Trials-s.Done), true
}
