package runner_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/runner"
	"bench/sandbox"
	"bench/sandbox/local"
	"bench/scoring"
)

// log is a journal in memory. fail, if set, decides which appends are refused.
type log struct {
	mu     sync.Mutex
	events []bench.Event
	fail   func(n int) error
	n      int
}

func (l *log) Append(_ context.Context, e bench.Event) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	if l.fail != nil {
		if err := l.fail(l.n); err != nil {
			return 0, err
		}
	}
	e.Seq = int64(len(l.events) + 1)
	l.events = append(l.events, e)
	return e.Seq, nil
}

// State implements runner.Log.
func (l *log) State(_ context.Context, run string) (*bench.Run, error) {
	r := bench.NewRun(run)
	for _, e := range l.events {
		if err := r.Apply(e); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// TrialEvents implements runner.Log.
func (l *log) TrialEvents(_ context.Context, _ string, k bench.TrialKey) ([]bench.Event, error) {
	return slices.DeleteFunc(slices.Clone(l.events), func(e bench.Event) bool { return e.Trial != k }), nil
}

// Body implements runner.Log.
func (l *log) Body(_ context.Context, hash bench.BodyHash) (bench.Body, error) {
	for _, e := range l.events {
		for _, b := range e.Bodies {
			if b.Hash() == hash {
				return b, nil
			}
		}
	}
	return nil, fmt.Errorf("no body %s", hash)
}

func (l *log) fold(t *testing.T) *bench.Run {
	t.Helper()
	r, err := l.State(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// worker is an agent made of a function.
type worker func(ctx context.Context, job agent.Job) (agent.Submission, error)

func (w worker) Run(ctx context.Context, job agent.Job) (agent.Submission, error) {
	return w(ctx, job)
}

// judge is a grader made of a function.
type judge func(job scoring.Job) (bench.Grade, error)

func (j judge) Grade(_ context.Context, job scoring.Job) (bench.Grade, []bench.Body, error) {
	g, err := j(job)
	return g, nil, err
}

// writes is an agent that changes a file and finishes.
func writes(ctx context.Context, job agent.Job) (agent.Submission, error) {
	cmd := sandbox.Shell("echo changed > file.txt")
	if _, err := sandbox.Run(ctx, job.Box, cmd, nil); err != nil {
		return agent.Submission{}, err
	}
	return agent.Submission{State: bench.AgentFinished}, nil
}

func verdict(resolved bool) judge {
	return func(scoring.Job) (bench.Grade, error) {
		return bench.Grade{PatchApplied: true, Found: true, Resolved: &resolved}, nil
	}
}

// options is a run of n tasks by one configuration in local sandboxes.
func options(t *testing.T, n int, a worker, g judge) (runner.Options, *log) {
	t.Helper()
	tree := t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "file.txt"), []byte("as it was\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	pool, err := local.New(local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	var tasks []bench.Task
	for i := range n {
		tasks = append(tasks, bench.Task{
			InstanceID: fmt.Sprintf("a__b-%d", i), Source: bench.Source{Tree: tree},
		})
	}
	solo := bench.Configuration{Name: "solo", Kind: bench.KindSingle}
	l := &log{}
	return runner.Options{
		RunID:   "r1",
		Header:  bench.RunStarted{Workers: bench.Workers{Agents: 2, Grading: 1}},
		Trials:  runner.Plan(tasks, []bench.Configuration{solo}, 1),
		Agents:  func(bench.Kind) (agent.Agent, error) { return a, nil },
		Pool:    pool,
		Grader:  g,
		Journal: l,
	}, l
}

// A run interleaves configurations task by task; one that may end early runs the tasks
// one after another.
func TestPlan(t *testing.T) {
	tasks := []bench.Task{{InstanceID: "t1"}, {InstanceID: "t2"}}
	configurations := []bench.Configuration{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	for name, test := range map[string]struct {
		plan []bench.Trial
		want []string
	}{
		"interleaved": {runner.Plan(tasks, configurations, 2), []string{
			"a/t1#1", "b/t1#1", "c/t1#1", "b/t2#1", "c/t2#1", "a/t2#1",
			"a/t1#2", "b/t1#2", "c/t1#2", "b/t2#2", "c/t2#2", "a/t2#2",
		}},
		"by task": {runner.PlanByTask(tasks, configurations, 2), []string{
			"a/t1#1", "b/t1#1", "c/t1#1", "a/t1#2", "b/t1#2", "c/t1#2",
			"b/t2#1", "c/t2#1", "a/t2#1", "b/t2#2", "c/t2#2", "a/t2#2",
		}},
	} {
		var got []string
		for _, trial := range test.plan {
			got = append(got, trial.Key.String())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// answeredAfter is a question that is answered when so many trials have ended.
type answeredAfter struct{ after, ended, lost int }

func (q *answeredAfter) Ended(_ bench.TrialKey, _ bench.Outcome, resolved *bool) {
	if q.ended++; resolved == nil {
		q.lost++
	}
}

func (q *answeredAfter) Answered() bool { return q.ended >= q.after }

// Once the question is answered nothing begins any more; what has begun ends, and is
// heard of. Nothing that was spared is unfinished.
func TestQuestionEndsTheRun(t *testing.T) {
	o, l := options(t, 20, writes, verdict(true))
	q := &answeredAfter{after: 4}
	o.Question = q
	s, err := runner.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := l.fold(t)
	if s.State != bench.RunDecided || r.State != bench.RunDecided || s.Unfinished != 0 {
		t.Errorf("summary %+v, state %s", s, r.State)
	}
	// Two agents may begin another trial while the fourth is graded.
	got := r.Totals()
	if got.Done < 4 || got.Done > 7 || got.Done+s.Spared != 20 || q.ended != got.Done || q.lost > 0 {
		t.Errorf("totals %+v, %d spared, question %+v", got, s.Spared, q)
	}
}

// A question that is answered by the last trial has spared none; one that was answered
// before a run is resumed lets those finish that had begun, and those asked for again.
func TestQuestionAnsweredLate(t *testing.T) {
	o, l := options(t, 3, writes, verdict(true))
	o.Question = &answeredAfter{after: 3}
	if s, err := runner.Run(t.Context(), o); err != nil || s.State != bench.RunDone || s.Spared != 0 {
		t.Errorf("summary %+v, %v", s, err)
	}
	again := o.Trials[0]
	again.Key.Attempt = 2
	o.Trials = append(o.Trials[1:2:2], again)
	o.Trials[0].Key.Attempt = 3
	o.Resume = &runner.Resumption{Seq: int64(len(l.events)), Added: []bench.TrialKey{again.Key}}
	o.Question = &answeredAfter{}
	s, err := runner.Run(t.Context(), o)
	if err != nil || s.State != bench.RunDecided || s.Spared != 1 || s.Unfinished != 0 {
		t.Errorf("resumed: summary %+v, %v", s, err)
	}
	// Where nothing but what is spared is left, the run only ends.
	before := len(l.events)
	o.Trials, o.Resume = o.Trials[:1], &runner.Resumption{Seq: int64(before)}
	s, err = runner.Run(t.Context(), runner.Options{RunID: o.RunID, Header: o.Header, Trials: o.Trials,
		Resume: o.Resume, Question: o.Question, Journal: l})
	if err != nil || s.State != bench.RunDecided || len(l.events) != before+2 {
		t.Errorf("ended only: summary %+v, %v, %d events more", s, err, len(l.events)-before)
	}
}

func TestRunGradesEveryPatch(t *testing.T) {
	o, l := options(t, 5, writes, verdict(true))
	s, err := runner.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if s.State != bench.RunDone || s.Unfinished != 0 {
		t.Errorf("summary %+v", s)
	}
	if got := l.fold(t).Totals(); got.Resolved != 5 || got.Done != 5 {
		t.Errorf("totals %+v", got)
	}
}

// Each way in which a trial can end, and whom it is held against.
func TestOutcomes(t *testing.T) {
	finished := agent.Submission{State: bench.AgentFinished}
	ends := func(s agent.Submission, err error) worker {
		return func(context.Context, agent.Job) (agent.Submission, error) { return s, err }
	}
	limited := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		_, err := writes(ctx, job)
		return agent.Submission{
			State: bench.AgentLimitCost, Limit: bench.ResourceCost, Scope: bench.ScopeTrial,
		}, err
	}
	tests := []struct {
		name       string
		agent      worker
		judge      judge
		want       bench.Outcome
		unfinished int
	}{
		{"resolved", writes, verdict(true), bench.OutcomeResolved, 0},
		{"unresolved", writes, verdict(false), bench.OutcomeUnresolved, 0},
		{"empty patch", ends(finished, nil), verdict(true), bench.OutcomeEmptyPatch, 0},
		{"limit keeps the patch", limited, verdict(true), bench.OutcomeLimitCost, 0},
		{"patch does not apply", writes, func(scoring.Job) (bench.Grade, error) {
			no := false
			return bench.Grade{Resolved: &no}, nil
		}, bench.OutcomePatchFailed, 0},
		{"tests hang", writes, func(scoring.Job) (bench.Grade, error) {
			return bench.Grade{TimedOut: true}, nil
		}, bench.OutcomeGradingTimeout, 0},
		{"grader breaks", writes, func(scoring.Job) (bench.Grade, error) {
			return bench.Grade{}, errors.New("daemon is gone")
		}, bench.OutcomeInfraGrading, 1},
		{"no model", ends(agent.Submission{State: bench.AgentErrorLLM, Error: "503"}, nil),
			verdict(true), bench.OutcomeInfraLLM, 1},
		{"sandbox lost", ends(agent.Submission{}, fmt.Errorf("terminal: %w", sandbox.ErrLost)),
			verdict(true), bench.OutcomeInfraSandbox, 1},
		{"agent panics", func(context.Context, agent.Job) (agent.Submission, error) {
			panic("index out of range")
		}, verdict(true), bench.OutcomeInternal, 1},
		{"unknown error", ends(agent.Submission{}, errors.New("what is this")),
			verdict(true), bench.OutcomeInternal, 1},
		{"repository destroyed", func(ctx context.Context, j agent.Job) (agent.Submission, error) {
			_, err := sandbox.Run(ctx, j.Box, sandbox.Shell("rm -rf .git"), nil)
			return finished, err
		}, verdict(true), bench.OutcomeEmptyPatch, 0},
		{"work directory removed", func(ctx context.Context, j agent.Job) (agent.Submission, error) {
			_, err := sandbox.Run(ctx, j.Box, sandbox.Shell(`echo x >file.txt; rm -rf "$PWD"`), nil)
			return finished, err
		}, verdict(true), bench.OutcomeEmptyPatch, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, l := options(t, 1, tt.agent, tt.judge)
			s, err := runner.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.fold(t).Trials[o.Trials[0].Key]; got.Outcome != tt.want {
				t.Errorf("outcome %s (%s), want %s", got.Outcome, got.Error, tt.want)
			}
			if s.Unfinished != tt.unfinished {
				t.Errorf("%d trials without a verdict, want %d", s.Unfinished, tt.unfinished)
			}
		})
	}
}

func TestWallLimitKeepsThePatch(t *testing.T) {
	slow := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		if _, err := writes(ctx, job); err != nil {
			return agent.Submission{}, err
		}
		<-ctx.Done()
		return agent.Submission{}, ctx.Err()
	}
	o, l := options(t, 1, slow, verdict(true))
	o.Trials[0].Configuration.Limits.Wall = time.Second
	if _, err := runner.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	got := l.fold(t).Trials[o.Trials[0].Key]
	if got.Outcome != bench.OutcomeLimitWall || got.Resolved == nil || !*got.Resolved {
		t.Errorf("got %+v", got)
	}
}

// The first ^C: trials under way end as cancelled, the others never start, and
// the log can be read.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var once sync.Once
	waits := func(ctx context.Context, _ agent.Job) (agent.Submission, error) {
		once.Do(func() { cancel(bench.ErrInterrupted) })
		<-ctx.Done()
		return agent.Submission{}, ctx.Err()
	}
	o, l := options(t, 6, waits, verdict(true))
	s, err := runner.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if s.State != bench.RunInterrupted || s.Unfinished != 6 {
		t.Errorf("summary %+v", s)
	}
	r := l.fold(t)
	if got := r.Totals(); got.Running != 0 || got.Cancelled == 0 || got.Cancelled > 2 {
		t.Errorf("totals %+v", got)
	}
	if r.State != bench.RunInterrupted {
		t.Errorf("state %s", r.State)
	}
}

func TestRunLimitStopsTheRun(t *testing.T) {
	spends := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		r, err := job.Budget.Reserve(ctx, bench.Amount{Cost: bench.Dollars(0.4)})
		if limit := (*bench.LimitError)(nil); errors.As(err, &limit) {
			return agent.Submission{
				State: bench.AgentLimitCost, Limit: limit.Resource, Scope: limit.Scope,
			}, nil
		}
		r.Settle(bench.Amount{Cost: bench.Dollars(0.4)})
		return agent.Submission{State: bench.AgentFinished}, err
	}
	o, l := options(t, 8, spends, verdict(true))
	o.Header.Limits.Cost = bench.Dollars(1)
	o.Header.Workers.Agents = 1
	s, err := runner.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	got := l.fold(t).Totals()
	if s.State != bench.RunBudget || got.Outcomes[bench.OutcomeEmptyPatch] != 2 ||
		got.Outcomes[bench.OutcomeCancelled] == 0 {
		t.Errorf("summary %+v, totals %+v", s, got)
	}
}

// Whichever append fails, the run stops with that error, starts nothing more
// and does not hang.
func TestFailedAppendStopsTheRun(t *testing.T) {
	o, l := options(t, 3, writes, verdict(true))
	if _, err := runner.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	for n := 1; n <= len(l.events); n++ {
		o, broken := options(t, 3, writes, verdict(true))
		broken.fail = func(i int) error {
			if i >= n {
				return full
			}
			return nil
		}
		if _, err := runner.Run(t.Context(), o); !errors.Is(err, full) {
			t.Errorf("append %d failed: run ended with %v", n, err)
		}
	}
}

// watcher is an observer that checks order.
type watcher struct {
	seqs   []int64
	closed bool
}

func (w *watcher) Observe(e bench.Event) { w.seqs = append(w.seqs, e.Seq) }
func (w *watcher) Close(int64)           { w.closed = true }

func TestObserversSeeEverythingInOrder(t *testing.T) {
	o, l := options(t, 4, writes, verdict(true))
	w := &watcher{}
	o.Observers = []runner.Observer{w}
	if _, err := runner.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(w.seqs) != len(l.events) || !slices.IsSorted(w.seqs) || !w.closed {
		t.Errorf("saw %d of %d events, closed %v", len(w.seqs), len(l.events), w.closed)
	}
}
