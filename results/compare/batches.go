package compare

import (
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
	"bench/stats"
)

// parallelism pools the ended trials on which agents worked.
func (c *column) parallelism(out *Configuration) {
	var all timeline.Times
	var worked, delegations, delegating, batched, batches int
	for _, t := range c.trials {
		if !t.Worked() {
			continue
		}
		m := t.Times()
		worked++
		all.Wall, all.Sum, all.Union = all.Wall+m.Wall, all.Sum+m.Sum, all.Union+m.Union
		all.Idle, all.Peak = all.Idle+m.Idle, max(all.Peak, m.Peak)
		delegations += t.distinct()
		for _, b := range t.Batches() {
			batches++
			batched += b[0].BatchSize
		}
		if len(t.Delegations) > 0 {
			delegating++
		}
	}
	out.Parallelism = Parallelism{
		DelegationsPerTrial: stats.Over(delegations, worked),
		BatchSizeMean:       stats.Over(batched, batches),
		PeakConcurrency:     all.Peak,
		MeanConcurrency:     stats.Over(all.Sum, all.Union),
		SpeedupEstimate:     stats.Over(all.Wall-all.Union+all.Sum, all.Wall),
		MainIdle:            stats.Over(all.Idle, worked) / 1000,
		DelegatingShare:     stats.Over(delegating, worked),
	}
	out.N["parallelism.delegating_share"] = worked
	out.N["parallelism.batch_size_mean"] = batches
}

// distinct is how many delegations the trial has, resumed ones counted once.
func (t *trial) distinct() int {
	ids := map[string]bool{}
	for _, d := range t.Delegations {
		ids[d.ID] = true
	}
	return len(ids)
}

// batches looks at how work was handed out, and what it waited for.
func (c *column) batches(out *Configuration) {
	var activations, together, first, delegating, started, worked int
	var turns, ratios mean
	var queue, prepare, locks time.Duration
	for _, t := range c.trials {
		if !t.Worked() {
			continue
		}
		worked++
		locks += t.lockWait()
		batches := t.Batches()
		for i, b := range batches {
			activations += len(b)
			if b[0].BatchSize > 1 {
				together += len(b)
			}
			if i == 0 {
				first += len(b)
			}
			ratios.addAll(straggling(b))
		}
		for _, a := range t.Activations() {
			if a.Started() {
				started++
				queue, prepare = queue+a.Queue, prepare+a.Prepare
			}
		}
		if len(batches) > 0 {
			delegating++
			turns.add(float64(t.turnsBefore(batches[0][0].BatchID)))
		}
	}
	p := &out.Parallelism
	p.BatchedShare, p.FirstBatchCoverage = stats.Over(together, activations), stats.Over(first, activations)
	p.TurnsBeforeFirst, p.StragglerRatio = turns.value(), ratios.value()
	p.Queue, p.Prepare = stats.Over(queue.Seconds(), started), stats.Over(prepare.Seconds(), started)
	p.LockWait = stats.Over(locks.Seconds(), worked)
	out.N["parallelism.batched_share"] = activations
	out.N["parallelism.first_batch_coverage"] = activations
	out.N["parallelism.turns_before_first"] = delegating
	out.N["parallelism.straggler_ratio"] = ratios.n
	out.N["parallelism.queue_s"], out.N["parallelism.prepare_s"] = started, started
	out.N["parallelism.lock_wait_s"] = worked
}

// mean is a mean under way.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64) { m.sum, m.n = m.sum+x, m.n+1 }

func (m *mean) addAll(xs []float64) {
	for _, x := range xs {
		m.add(x)
	}
}

// value is the mean, absent if it is of nothing.
func (m *mean) value() stats.Number { return stats.Over(m.sum, m.n) }

// straggling is how much longer than the mean the longest of a batch worked;
// nothing if fewer than two did.
func straggling(batch []*timeline.Activation) []float64 {
	var longest, sum int64
	n := 0
	for _, a := range batch {
		if d := timeline.Length(a.Work); d > 0 {
			longest, sum, n = max(longest, d), sum+d, n+1
		}
	}
	if n < 2 {
		return nil
	}
	return []float64{float64(longest) * float64(n) / float64(sum)}
}

// turnsBefore is how many calls main made before the one with this id.
func (t *trial) turnsBefore(batch string) (n int) {
	var turn int
	var agent string
	for _, c := range t.Calls {
		if c.ID == batch && t.Main(c.Agent) {
			turn, agent = c.Turn, c.Agent
		}
	}
	for _, c := range t.Calls {
		if c.Agent == agent && c.Turn < turn && c.Error == "" {
			n++
		}
	}
	return n
}

// lockWait is the time for which activations and tool calls were held up by
// others' work on the same files.
func (t *trial) lockWait() (sum time.Duration) {
	for _, d := range t.Delegations {
		sum += d.LockWait
	}
	for _, c := range t.Tools {
		sum += c.LockWait
	}
	return sum
}

// reports compares what sidekicks were told and what they told with what they
// saw. Bytes stand for tokens, of which nobody counts those of single texts.
func (c *column) reports(out *Configuration) {
	var briefs mean
	var told, seen int64
	reports := 0
	for _, t := range c.trials {
		for _, a := range t.Activations() {
			briefs.add(float64(a.PromptBytes) / bytesPerToken)
			observed := observedBy(a)
			if a.Report == "" || observed == 0 {
				continue
			}
			reports++
			told, seen = told+a.ReportBytes, seen+observed
		}
	}
	out.Reports = Reports{BriefTokens: briefs.value(), Compression: stats.Over(told, seen)}
	out.N["reports.brief_tokens"], out.N["reports.compression"] = briefs.n, reports
}

// bytesPerToken is the usual estimate for code and English prose.
const bytesPerToken = 4

// observedBy is how many bytes of observations a sidekick was shown.
func observedBy(a *timeline.Activation) (sum int64) {
	for _, c := range a.Tools {
		sum += c.Bytes - c.Clipped
	}
	return sum
}

// duplication compares the activations of each batch with one another.
func (c *column) duplication(out *Configuration) {
	var alike mean
	same, commands := 0, 0
	for _, t := range c.trials {
		for _, b := range t.Batches() {
			s, n := repeated(b)
			same, commands = same+s, commands+n
			for i := range b {
				for _, other := range b[i+1:] {
					if j, ok := jaccard(pathsRead(b[i]), pathsRead(other)); ok {
						alike.add(j)
					}
				}
			}
		}
	}
	out.Duplication = Duplication{Paths: alike.value(), Commands: stats.Over(same, commands)}
	out.N["duplication.paths"], out.N["duplication.commands"] = alike.n, commands
}

// pathsRead are the files an activation read.
func pathsRead(a *timeline.Activation) map[string]bool {
	paths := map[string]bool{}
	for _, c := range a.Tools {
		for _, x := range c.Touched {
			if !x.Write {
				paths[x.Path] = true
			}
		}
	}
	return paths
}

// jaccard is how much of what is in either set is in both.
func jaccard(a, b map[string]bool) (share float64, ok bool) {
	both := 0
	for path := range a {
		if b[path] {
			both++
		}
	}
	either := len(a) + len(b) - both
	if either == 0 {
		return 0, false
	}
	return float64(both) / float64(either), true
}

// repeated counts the commands of a batch of two or more that a sibling gave,
// too, and all of them.
func repeated(batch []*timeline.Activation) (same, all int) {
	if len(batch) < 2 {
		return 0, 0
	}
	by := map[bench.BodyHash]map[*timeline.Activation]bool{}
	each := func(do func(a *timeline.Activation, c results.ToolCall)) {
		for _, a := range batch {
			for _, c := range a.Tools {
				if c.Name == "terminal" {
					do(a, c)
				}
			}
		}
	}
	each(func(a *timeline.Activation, c results.ToolCall) {
		if by[c.Arguments] == nil {
			by[c.Arguments] = map[*timeline.Activation]bool{}
		}
		by[c.Arguments][a] = true
	})
	each(func(_ *timeline.Activation, c results.ToolCall) {
		all++
		if len(by[c.Arguments]) > 1 {
			same++
		}
	})
	return same, all
}

// faults counts what sidekicks sharing files did wrong.
func (c *column) faults(out *Configuration) {
	for _, t := range c.trials {
		for _, f := range t.faults {
			switch f.Kind {
			case bench.FaultConflict:
				out.Faults.Conflict++
			case bench.FaultReadOnly:
				out.Faults.ReadOnly++
			}
		}
	}
}
