package bench

import (
	"context"
	"time"
)

// Append writes an event durably before it returns. An error stops the run.
type Append func(ctx context.Context, e Event) error

// Recorder stamps payloads with the run, trial and agent they belong to and
// appends them. It is a value: For returns a recorder for another agent.
type Recorder struct {
	append Append
	now    func() time.Time
	runID  string
	trial  TrialKey
	agent  string
}

// NewRecorder returns a recorder of run-level events. A nil now is time.Now.
func NewRecorder(runID string, write Append, now func() time.Time) Recorder {
	if now == nil {
		now = time.Now
	}
	return Recorder{append: write, now: now, runID: runID}
}

// ForTrial returns a recorder that stamps events with a trial.
func (r Recorder) ForTrial(k TrialKey) Recorder { r.trial = k; return r }

// For returns a recorder that stamps events with an agent.
func (r Recorder) For(agent string) Recorder { r.agent = agent; return r }

// Through returns a recorder whose events pass through what around makes of the way
// they are appended.
func (r Recorder) Through(around func(Append) Append) Recorder {
	r.append = around(r.append)
	return r
}

// Agent is the agent the recorder stamps events with.
func (r Recorder) Agent() string { return r.agent }

// Trial is the trial the recorder stamps events with.
func (r Recorder) Trial() TrialKey { return r.trial }

// Now is the recorder's clock.
func (r Recorder) Now() time.Time { return r.now() }

// Record appends p. Events must outlive the work they describe, so it does not
// give up when ctx is cancelled.
func (r Recorder) Record(ctx context.Context, p Payload, bodies ...Body) error {
	return r.append(context.WithoutCancel(ctx), Event{
		RunID: r.runID, Time: r.now(), Trial: r.trial, Agent: r.agent, Payload: p, Bodies: bodies,
	})
}
