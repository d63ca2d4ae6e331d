package results

import "bench"

// ofRun derives the rows of what happens to a run as a whole.
func (r row) ofRun() error {
	switch p := r.Payload.(type) {
	case bench.RunResumed:
		return r.runResumed(p)
	case bench.RunEnded:
		return r.run(endRun, string(p.State), opt(p.Error), at(r.Time), r.RunID)
	case bench.Image:
		return r.run(insertImage, r.RunID, p.Name, p.Digest)
	case bench.BaselineNamed:
		return r.run(insertBaseline, r.event, p.Name, r.RunID, at(r.Time))
	case bench.ShardMerged:
		return r.shardMerged(p)
	case bench.BodiesDropped:
		return r.bodiesDropped()
	}
	return errNoProjection
}
