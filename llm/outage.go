package llm

import (
	"sync"
	"time"
)

// outage knows since when a model has answered nobody. All calls to the model
// share it.
type outage struct {
	mu      sync.Mutex
	since   time.Time // of the first failure after the last answer; zero: it answers
	waiting int       // calls that have failed and will try again
	lost    bool      // a call has been given up since
	said    bool      // changed has heard of it
	// changed, if set, hears with the latest failure of an outage that lasts, and with
	// nil of its end.
	changed func(gone error)
}

// lasts is how long a model must have answered nobody until that is told.
const lasts = 10 * time.Second

// answered: the model is there, whatever it said.
func (o *outage) answered() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.since, o.lost = time.Time{}, false
	if o.said {
		o.said = false
		o.changed(nil)
	}
}

// failed notes a failure and returns for how long the model has been out.
func (o *outage) failed(err error) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		o.since = time.Now()
	}
	out := time.Since(o.since)
	if out >= lasts && !o.said && o.changed != nil {
		o.said = true
		o.changed(err)
	}
	return out
}

// whole reports whether the model has answered nobody since a time.
func (o *outage) whole(since time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.since.IsZero() && !o.since.After(since)
}

// wait counts a call in that waits for the model; the function counts it out.
func (o *outage) wait() (done func()) {
	o.add(1)
	return func() { o.add(-1) }
}

func (o *outage) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting += n
}

// over reports whether a model that has been out for so long is waited for no
// more, and whether it is gone. A call alone may be one that the model cannot
// serve; with a second one, and no answer in between, nothing else is worth
// trying.
func (o *outage) over(out, patience time.Duration) (over, gone bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.lost && out <= patience {
		return false, false
	}
	gone = o.lost || o.waiting > 1
	o.lost = true
	return true, gone
}
