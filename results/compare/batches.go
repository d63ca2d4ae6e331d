package compare

import (
	"time"

	"bench/results"
	"bench/results/timeline"
	"bench/stats"
)

// teamwork is how work was handed out, and how much of it was done at once, over
// the ended trials on which agents worked.
type teamwork struct {
	worked     int // such trials
	delegating int // of these, those with a delegation
	times      timeline.Times

	delegations, activations, started int
	batches, sizes                    int // responses that delegate, and the tasks they ask for
	batched                           int // activations asked for beside others
	first                             int // activations of first batches

	turns, stragglers     mean
	queue, prepare, locks time.Duration
	// What was done with workspaces before sidekicks began and after they had ended.
	inspect, collect, remove time.Duration
}

func (c *Column) teamwork() teamwork { return c.kept.teamwork.or(c.foldTeamwork) }

func (c *Column) foldTeamwork() (out teamwork) {
	for _, t := range c.trials {
		if !t.Worked() {
			continue
		}
		out.worked++
		out.addTimes(t.Times())
		out.delegations += t.distinct()
		out.locks += t.lockWait()
		out.addBatches(t)
		for _, a := range t.Activations() {
			if a.Started() {
				out.started++
				out.addWaits(a.Delegation)
			}
		}
	}
	return out
}

func (w *teamwork) addWaits(d results.Delegation) {
	w.queue += d.Queue
	w.inspect += d.Inspect
	w.prepare += d.Prepare
	w.collect += d.Collect
	w.remove += d.Remove
}

func (w *teamwork) addTimes(m timeline.Times) {
	w.times.Wall += m.Wall
	w.times.Sum += m.Sum
	w.times.Union += m.Union
	w.times.Idle += m.Idle
	w.times.Peak = max(w.times.Peak, m.Peak)
}

func (w *teamwork) addBatches(t *trial) {
	batches := t.Batches()
	for i, b := range batches {
		w.batches++
		w.sizes += b[0].BatchSize
		w.activations += len(b)
		if b[0].BatchSize > 1 {
			w.batched += len(b)
		}
		if i == 0 {
			w.first += len(b)
		}
		w.stragglers.add(straggling(b)...)
	}
	if len(batches) > 0 {
		w.delegating++
		w.turns.add(float64(t.turnsBefore(batches[0][0].BatchID)))
	}
}

// speedup is how much longer the work had taken one after the other.
func (w teamwork) speedup() Value {
	return over(w.times.Wall-w.times.Union+w.times.Sum, w.times.Wall)
}

// idle is the seconds a trial's main waited for sidekicks.
func (w teamwork) idle() Value { return number(stats.Over(w.times.Idle, w.worked) / 1000) }

// distinct is how many delegations the trial has, resumed ones counted once.
func (t *trial) distinct() int {
	ids := map[string]bool{}
	for _, d := range t.Delegations {
		ids[d.ID] = true
	}
	return len(ids)
}

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
