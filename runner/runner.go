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
	// KeepInterrupted has an interruption end the work of agents only: what they
	// have done by then is their answer, and is judged. No other trial starts.
	KeepInterrupted bool
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

// scheduler runs the trials of one run.
type scheduler struct {
	Options
	executor  Executor
	starting  context.Context // starts no further trial once it is cancelled
	abandoned bool            // trials were left that did not start

	mu         sync.Mutex
	unfinished int
}

// Run plans nothing and decides everything else: it starts the trials in
// order, at most Header.Workers.Agents at once, grades their patches with a
// pool of Header.Workers.Grading, and returns when all have ended and every
// observer has seen them.
//
// An error means that the run could not be recorded, or could not start. A run
// that the cause bench.ErrInterrupted stopped, one whose limit was reached and
// trials without a verdict are not errors: Summary tells.
func Run(ctx context.Context, o Options) (Summary, error) {
	starting := ctx
	if o.KeepInterrupted {
		ctx = uninterrupted(ctx)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	journal := newPublisher(o.Journal, stop, o.Observers)
	defer journal.close()
	r := newScheduler(starting, o, journal)
	if err := r.open(ctx); err != nil {
		return Summary{State: bench.RunFailed, Unfinished: len(o.Trials)}, err
	}
	r.work(ctx, stop)
	end := r.ended(ctx)
	err := r.executor.recorder().Record(ctx, end)
	if j := (*journalError)(nil); errors.As(context.Cause(ctx), &j) {
		err = j
	}
	return Summary{State: end.State, Unfinished: r.unfinished, Error: end.Error}, err
}

// uninterrupted returns a context that is cancelled as ctx is, but for an
// interruption.
func uninterrupted(ctx context.Context) context.Context {
	out, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		if cause := context.Cause(ctx); !errors.Is(cause, bench.ErrInterrupted) {
			stop(cause)
		}
	})
	return out
}

func newScheduler(starting context.Context, o Options, journal *publisher) *scheduler {
	s := &scheduler{Options: o, starting: starting, unfinished: len(o.Trials), executor: Executor{
		RunID: o.RunID, Agents: o.Agents, Pool: o.Pool, Grader: o.Grader, Journal: journal,
		Budget: bench.NewBudget(bench.ScopeRun, o.Header.Limits),
	}}
	if o.KeepInterrupted {
		s.executor.Working = starting
	}
	if o.Resume != nil {
		journal.next = o.Resume.Seq + 1
		s.executor.Budget.Charge(o.Resume.Spent)
	}
	return s
}

// open records that the run begins, or is resumed.
func (r *scheduler) open(ctx context.Context) error {
	if r.Resume != nil {
		return r.resume(ctx)
	}
	return r.executor.recorder().Record(ctx, r.header(), r.bodies()...)
}

// resume records that the run is resumed, and what became of the calls that were
// under way.
func (r *scheduler) resume(ctx context.Context) error {
	if err := r.executor.recorder().Record(ctx, r.Resume.event(r.Header)); err != nil {
		return err
	}
	for _, e := range r.Resume.Lost {
		if _, err := r.executor.Journal.Append(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// ended says how the run ended, from what cancelled it.
func (r *scheduler) ended(ctx context.Context) bench.RunEnded {
	cause := context.Cause(ctx)
	switch {
	case cause == nil && r.abandoned:
		return bench.RunEnded{State: bench.RunInterrupted}
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
func (r *scheduler) work(ctx context.Context, stop context.CancelCauseFunc) {
	queue := make(chan *trial)
	graded := make(chan *trial, len(r.Trials)) // agents never wait for graders
	var solvers, graders sync.WaitGroup
	for range max(1, r.Header.Workers.Agents) {
		solvers.Go(func() {
			for t := range queue {
				if t.run(ctx, t.first()); t.next != nil {
					graded <- t
				} else {
					r.count(t)
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
				r.count(t)
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
func (r *scheduler) feed(ctx context.Context, queue chan<- *trial) {
	for _, t := range r.Trials {
		select {
		case <-ctx.Done():
			return
		case <-r.starting.Done():
			r.abandoned = true
			return
		case queue <- r.trial(t):
		}
	}
}

// trial returns a trial that has not begun, or is resumed.
func (r *scheduler) trial(t bench.Trial) *trial {
	if r.Resume == nil {
		return r.executor.trial(t, nil)
	}
	return r.executor.trial(t, r.Resume.Histories[t.Key])
}

// count counts a trial that has ended, if it has a verdict.
func (r *scheduler) count(t *trial) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.result.Recorded && t.result.Resolved != nil {
		r.unfinished--
	}
}

func (r *scheduler) header() bench.RunStarted {
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

func (r *scheduler) bodies() []bench.Body {
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
