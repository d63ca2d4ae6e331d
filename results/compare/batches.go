package compare

import (
	"time"

	"bench/results/timeline"
	"bench/stats"
)

// teamwork is how work was handed out, and how much of it was done at once, over
// the ended trials on which agents worked.
type teamwork struct {
	Worked     int // such trials
	Delegating int // of these, those with a delegation
	Times      timeline.Times

	Delegations, Activations, Started int
	Batches, Sizes                    int // responses that delegate, and the tasks they ask for
	Batched                           int // activations asked for beside others
	First                             int // activations of first batches

	Turns, Stragglers     mean
	Queue, Prepare, Locks time.Duration
}

func (w *work) teamwork() (out teamwork) {
	if !w.Worked() {
		return out
	}
	out = teamwork{
		Worked: 1, Times: w.Times(), Delegations: w.distinct(), Locks: w.lockWait(),
	}
	out.addBatches(w)
	for _, a := range w.Activations() {
		if a.Started() {
			out.Started++
			out.Queue, out.Prepare = out.Queue+a.Queue, out.Prepare+a.Prepare
		}
	}
	return out
}

func (t *teamwork) addBatches(w *work) {
	batches := w.Batches()
	for i, b := range batches {
		t.Batches++
		t.Sizes += b[0].BatchSize
		t.Activations += len(b)
		if b[0].BatchSize > 1 {
			t.Batched += len(b)
		}
		if i == 0 {
			t.First += len(b)
		}
		t.Stragglers.add(straggling(b)...)
	}
	if len(batches) > 0 {
		t.Delegating++
		t.Turns.add(float64(w.turnsBefore(batches[0][0].BatchID)))
	}
}

// speedup is how much longer the work had taken one after the other.
func (t teamwork) speedup() Value {
	return over(t.Times.Wall-t.Times.Union+t.Times.Sum, t.Times.Wall)
}

// idle is the seconds a trial's main waited for sidekicks.
func (t teamwork) idle() Value { return number(stats.Over(t.Times.Idle, t.Worked) / 1000) }

// distinct is how many delegations the trial has, resumed ones counted once.
func (w *work) distinct() int {
	ids := map[string]bool{}
	for _, d := range w.Delegations {
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
func (w *work) turnsBefore(batch string) (n int) {
	var turn int
	var agent string
	for _, c := range w.Calls {
		if c.ID == batch && w.Main(c.Agent) {
			turn, agent = c.Turn, c.Agent
		}
	}
	for _, c := range w.Calls {
		if c.Agent == agent && c.Turn < turn && c.Error == "" {
			n++
		}
	}
	return n
}

// lockWait is the time for which activations and tool calls were held up by
// others' work on the same files.
func (w *work) lockWait() (sum time.Duration) {
	for _, d := range w.Delegations {
		sum += d.LockWait
	}
	for _, c := range w.Tools {
		sum += c.LockWait
	}
	return sum
}
