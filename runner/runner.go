package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"bench"
	"bench/agent"
	"bench/sandbox"
	"bench/scoring"
)

// Options is what a run is made of.
type Options struct {
	RunID  string
	Header bench.RunStarted // all but Tasks, Trials and Configurations
	Trials []bench.Trial    // as Plan orders them
	// Bodies are those the header names by hash.
	Bodies    []bench.Body
	Agents    func(bench.Kind) (agent.Agent, error)
	Pool      sandbox.Pool   // for agents; the grader has its own
	Grader    scoring.Grader // nil: patches are not judged
	Journal   Journal
	Observers []Observer
	// Resume is set for a run that is in the journal already. Trials are then
	// those to resume, to start, and to try again.
	Resume *Resumption
}

// Summary is how a run ended.
type Summary struct {
	State bench.RunState
	// Unfinished counts the trials without a verdict, those that never started
	// included.
	Unfinished int
	Error      string // what stopped a run that failed
}

// errRunBudget is the cause of a run that is cancelled by its own limit.
var errRunBudget = errors.New("the run's cost limit is reached")

// Runner runs the trials of one run.
type Runner struct {
	Options
	budget *bench.Budget
	record bench.Recorder

	mu         sync.Mutex
	unfinished int
}

// Run plans nothing and decides everything else: it starts the trials in
// order, at most Header.Workers.Agents at once, grades their patches with a
// pool of Header.Workers.Grading, and returns when all have ended and every
// observer has seen them.
//
// An error means that the run could not be recorded, or could not start. An
// interrupted run, one whose limit was reached and trials without a verdict
// are not errors: Summary tells.
func Run(ctx context.Context, o Options) (Summary, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	rec := newPublisher(o.Journal, stop, o.Observers)
	defer rec.close()
	r := &Runner{
		Options:    o,
		budget:     bench.NewBudget(bench.ScopeRun, o.Header.Limits),
		record:     bench.NewRecorder(o.RunID, rec.append, nil),
		unfinished: len(o.Trials),
	}
	if o.Resume != nil {
		rec.next = o.Resume.Seq + 1
		r.budget.Charge(o.Resume.Spent)
	}
	if err := r.open(ctx); err != nil {
		return Summary{State: bench.RunFailed, Unfinished: len(o.Trials)}, err
	}
	r.work(ctx, stop)
	end := ended(ctx)
	err := r.record.Record(ctx, end)
	if j := (*journalError)(nil); errors.As(context.Cause(ctx), &j) {
		err = j
	}
	return Summary{State: end.State, Unfinished: r.unfinished, Error: end.Error}, err
}

// open records that the run begins, or is resumed.
func (r *Runner) open(ctx context.Context) error {
	if r.Resume != nil {
		return r.record.Record(ctx, r.Resume.event(r.Header))
	}
	return r.record.Record(ctx, r.header(), r.bodies()...)
}

// ended says how the run ended, from what cancelled it.
func ended(ctx context.Context) bench.RunEnded {
	cause := context.Cause(ctx)
	switch {
	case cause == nil:
		return bench.RunEnded{State: bench.RunDone}
	case errors.Is(cause, errRunBudget):
		return bench.RunEnded{State: bench.RunBudget, Error: cause.Error()}
	case errors.Is(cause, bench.ErrInterrupted), errors.Is(cause, context.Canceled):
		return bench.RunEnded{State: bench.RunInterrupted}
	default:
		return bench.RunEnded{State: bench.RunFailed, Error: cause.Error()}
	}
}

// work feeds the trials through the two pools. The queue's goroutine owns the
// order; every worker owns the trial it holds.
func (r *Runner) work(ctx context.Context, stop context.CancelCauseFunc) {
	queue := make(chan *trial)
	graded := make(chan *trial, len(r.Trials)) // agents never wait for graders
	var solvers, graders sync.WaitGroup
	for range max(1, r.Header.Workers.Agents) {
		solvers.Go(func() {
			for t := range queue {
				if t.run(ctx, t.first()); t.next != nil {
					graded <- t
				}
				if t.overspent() {
					stop(errRunBudget)
				}
			}
		})
	}
	for range max(1, r.Header.Workers.Grading) {
		graders.Go(func() {
			for t := range graded {
				t.run(ctx, t.next)
			}
		})
	}
	r.feed(ctx, queue)
	close(queue)
	solvers.Wait()
	close(graded)
	graders.Wait()
}

// feed hands out trials until all are, or the run is cancelled.
func (r *Runner) feed(ctx context.Context, queue chan<- *trial) {
	for _, t := range r.Trials {
		select {
		case <-ctx.Done():
			return
		case queue <- r.trial(t):
		}
	}
}

func (r *Runner) trial(t bench.Trial) *trial {
	out := &trial{
		Trial:  t,
		runner: r,
		record: r.record.ForTrial(t.Key),
		budget: r.budget.Child(bench.ScopeTrial, bench.Limits{
			Cost: t.Configuration.Limits.Cost, Tokens: t.Configuration.Limits.Tokens,
		}),
	}
	if r.Resume != nil {
		if out.history = r.Resume.Histories[t.Key]; out.history != nil {
			out.budget.ChargeAlone(out.history.Spent) // the run has been charged with all of it
		}
	}
	return out
}

// finished counts a trial that has a verdict.
func (r *Runner) finished() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unfinished--
}

func (r *Runner) header() bench.RunStarted {
	h := r.Header
	seenTask, seenConfiguration := map[string]bool{}, map[string]bool{}
	for _, t := range r.Trials {
		h.Trials = append(h.Trials, t.Key)
		if !seenTask[t.Task.InstanceID] {
			seenTask[t.Task.InstanceID] = true
			h.Tasks = append(h.Tasks, taskRef(t.Task))
		}
		if !seenConfiguration[t.Configuration.Name] {
			seenConfiguration[t.Configuration.Name] = true
			h.Configurations = append(h.Configurations, t.Configuration)
		}
	}
	return h
}

func (r *Runner) bodies() []bench.Body {
	bodies := r.Bodies
	seen := map[string]bool{}
	for _, t := range r.Trials {
		if !seen[t.Task.InstanceID] {
			seen[t.Task.InstanceID] = true
			bodies = append(bodies, taskBody(t.Task))
		}
	}
	return bodies
}

func taskRef(t bench.Task) bench.TaskRef {
	return bench.TaskRef{
		InstanceID: t.InstanceID, Repo: t.Repo, BaseCommit: t.BaseCommit, Version: t.Version,
		Row: taskBody(t).Hash(),
	}
}

// errorText is the message of an error, or nothing.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprint(err)
}
