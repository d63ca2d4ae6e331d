package llm

import (
	"errors"
	"fmt"
	"sync"

	"bench"
)

// maxUnserved is how many requests a model may refuse before it has served any. One may
// be odd; three of as many agents say that it is the settings.
const maxUnserved = 3

// unserved knows whether a model has served a request yet, and how many it has refused
// instead. Settings that a provider does not take are refused in every request: without
// an end to that, the agents beside this one would work on, and be paid, for trials that
// come to nothing.
type unserved struct {
	mu       sync.Mutex
	served   bool
	refused  int
	underWay int
}

// begin counts a call in.
func (u *unserved) begin() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.underWay++
}

// end counts a call out, and makes its error hopeless if the model refuses everything.
// Calls that are under way may still be served, so the last of them decides.
func (u *unserved) end(req Request, err error, before func() bool) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.underWay--
	switch {
	case err == nil:
		u.served = true
	case u.served || !refusesSettings(req, err):
	default:
		u.refused++
		if u.refused == maxUnserved && before != nil {
			u.served = before()
		}
		if u.refused >= maxUnserved && u.underWay == 0 && !u.served {
			return fmt.Errorf("%w: it has refused its first %d requests and served none: %w",
				ErrHopeless, u.refused, err)
		}
	}
	return err
}

// refusesSettings reports whether what is refused may be what all requests to a model
// have in common. What another program wrote is not bench's; a probe is sent after a
// refusal and says nothing new; and a conversation that is too long says so of itself,
// unless there would be room without the bound on the answer.
func refusesSettings(req Request, err error) bool {
	var status *StatusError
	if req.Send != nil || req.Purpose == bench.PurposeProbe || !errors.As(err, &status) ||
		status.Retryable {
		return false
	}
	if errors.Is(err, ErrContextOverflow) {
		return EstimateInput(req) < req.MaxOutputTokens
	}
	return errors.Is(err, ErrRefused)
}
