package results

import "bench"

// shardMerged writes the row of a shard; trials that it has added get theirs.
func (r row) shardMerged(p bench.ShardMerged) error {
	limits, err := asJSON(p.Limits)
	if err != nil {
		return err
	}
	for _, k := range p.Trials {
		if _, err := r.writer.trial(r.RunID, k); err != nil {
			return err
		}
	}
	return r.run(insertShard, r.RunID, p.Index, p.Version, string(p.State), opt(p.Error),
		at(p.StartedAt), at(p.EndedAt), limits, p.Workers.Agents, len(p.Trials), p.Seq)
}
