package bench

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Basis says what an expected time rests on.
type Basis string

// The bases, from the best to the worst.
const (
	BasisTask          Basis = "the longest trial of its configuration on its task"
	BasisConfiguration Basis = "what 90 % of the trials of its configuration take at most"
	BasisLimits        Basis = "the limits of the config"
	BasisNone          Basis = "nothing: there is no limit"
)

// Expectation is how long a trial is expected to take.
type Expectation struct {
	Takes time.Duration // 0 if nothing is known
	Basis Basis
}

// Pace is what trials that have ended say of how long others will take. It is safe for
// concurrent use.
type Pace struct {
	mu             sync.Mutex
	configurations map[string][]time.Duration // sorted
	longest        map[TrialKey]time.Duration // by the key without its attempt
}

// NewPace returns a pace that knows nothing yet.
func NewPace() *Pace {
	return &Pace{
		configurations: map[string][]time.Duration{}, longest: map[TrialKey]time.Duration{},
	}
}

// Took notes how long a trial has taken.
func (p *Pace) Took(k TrialKey, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.configurations[k.Configuration]
	i, _ := slices.BinarySearch(of, d)
	p.configurations[k.Configuration] = slices.Insert(of, i, d)
	k.Attempt = 0
	p.longest[k] = max(p.longest[k], d)
}

// Expect is how long a trial is expected to take: what others of its configuration have
// taken, on its task or else on any, and if none has ended, limit; 0 is no limit.
func (p *Pace) Expect(k TrialKey, limit time.Duration) Expectation {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.configurations[k.Configuration]
	k.Attempt = 0
	switch longest, ok := p.longest[k]; {
	case ok:
		return Expectation{longest, BasisTask}
	case len(of) > 0:
		return Expectation{of[int(math.Ceil(0.9*float64(len(of))))-1], BasisConfiguration}
	case limit > 0:
		return Expectation{limit, BasisLimits}
	}
	return Expectation{Basis: BasisNone}
}

// Deadline is when work on trials has to have stopped. None begins that is not expected
// to end before, and what is not done by then is cut off.
type Deadline struct {
	At   time.Time
	Pace *Pace
	// Limit is how long a trial may take as the config and its task have it; 0 is no limit.
	Limit func(Trial) time.Duration
}

// Late is a trial that did not begin before a deadline.
type Late struct {
	Expectation
	Left time.Duration // until the deadline
}

// Allows reports whether a trial that was worked on for so long already is expected to
// end in time if it goes on now. A nil deadline allows everything.
func (d *Deadline) Allows(t Trial, worked time.Duration, now time.Time) (Late, bool) {
	if d == nil {
		return Late{}, true
	}
	l := Late{d.Pace.Expect(t.Key, d.Limit(t)), d.At.Sub(now)}
	l.Takes = max(0, l.Takes-worked)
	return l, l.Left > 0 && l.Takes <= l.Left
}

// Took notes how long a trial has taken, unless what ended it says nothing of others.
func (d *Deadline) Took(k TrialKey, took time.Duration, o Outcome) {
	if b := o.Blame(); d != nil && b != BlameInfra && b != BlameUser {
		d.Pace.Took(k, took)
	}
}
