package compare

import (
	"time"

	"bench"
)

// critical is whose the time on the critical paths of ended trials is.
type critical struct{ Main, Sidekick, All time.Duration }

func (w *work) critical() (out critical) {
	if !w.Worked() {
		return out
	}
	for _, s := range w.Path().Segments {
		d := s.To - s.From
		if out.All += d; s.Role == bench.RoleSidekick {
			out.Sidekick += d
		} else {
			out.Main += d
		}
	}
	return out
}
