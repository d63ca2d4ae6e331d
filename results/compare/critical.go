package compare

import (
	"time"

	"bench"
)

// critical is whose the time on the critical paths of ended trials is. What is done
// with workspaces is nobody's.
type critical struct{ Main, Sidekick, Workspaces, All time.Duration }

func (w *work) critical() (out critical) {
	if !w.Worked() {
		return out
	}
	p := w.Path()
	out.Workspaces, out.All = p.Workspaces(), p.Length()
	for role, d := range p.ByRole() {
		if role == bench.RoleSidekick {
			out.Sidekick += d
		} else {
			out.Main += d
		}
	}
	return out
}
