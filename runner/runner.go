package runner

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"bench"
	"bench/agent"
	"bench/sandbox"
	"bench/scoring"
)

// Options is what a run is made of.
type Options struct {
	RunID  string
	Header bench.RunStarted // all but Tasks and Trials, and Configurations unless of a shard
	Trials []bench.Trial    // as Plan orders them
	// Bodies are those the header names by hash.
	Bodies    []bench.Body
	Agents    func(bench.Kind) (agent.Agent, error)
	Pool      sandbox.Pool   // for agents; the grader has its own
	Grader    scoring.Grader // nil: patches are not judged
	Journal   Journal
	Log       Log // of the journal; trials whose machine is gone are taken up again from it
	Observers []Observer
	// Redact takes keys out of what the journal and the observers get, and out of how
	// the run ended; nil takes nothing out.
	Redact *bench.Redactor
	// Through, if set, is passed by all events of a trial on their way to the journal.
	Through func(k bench.TrialKey, next bench.Append) bench.Append
	// KeepInterrupted has an interruption end the work of agents only: what they
	// have done by then is their answer, and is judged. No other trial starts.
	KeepInterrupted bool
	// Question, if there is one, ends the run early: no trial begins once it is
	// answered.
	Question Question
	// Deadline, if there is one, is when the run has to have stopped.
	Deadline *bench.Deadline
	// Resume is set for a run that is in the journal already. Trials are then
	// those to resume, to start, and to try again.
	Resume *Resumption
}

// Question is what a run is made to answer. It is asked by one goroutine at a time.
type Question interface {
	// Ended notes how a trial ended; resolved is nil where there is no verdict.
	Ended(k bench.TrialKey, outcome bench.Outcome, resolved *bool)
	Answered() bool
}

// Summary is how a run ended.
type Summary struct {
	State bench.RunState
	// Unfinished counts the trials without a verdict, those that never started
	// included.
	Unfinished int
	// Spared counts the trials that never started because the run's question was
	// answered; they are not unfinished.
	Spared int
	// Late are the trials that were passed over because of the deadline, in order. Those
	// that were not reached before it are none of them.
	Late  []bench.Late
	Error string // what stopped a run that failed
}

// errRunBudget is the cause of a run that is cancelled by its own limit.
var errRunBudget = errors.New("the run's cost limit is reached")

// scheduler runs the trials of one run.
type scheduler struct {
	Options
	executor  Executor
	starting  context.Context // starts no further trial once it is cancelled
	abandoned bool            // trials were left that did not start

	mu         sync.Mutex // guards what follows, and Question
	unfinished int
	spared     int
	lates      []bench.Late
	underWay   map[string]int // trials, by configuration; only with a deadline
	news       *sync.Cond     // one of them has ended
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
	journal := newPublisher(o, stop)
	defer journal.close()
	r := newScheduler(starting, o, journal)
	if err := r.open(ctx); err != nil {
		return Summary{State: bench.RunFailed, Unfinished: len(o.Trials)}, err
	}
	release := r.untilDeadline(stop)
	r.work(ctx, stop)
	release()
	end := r.ended(ctx)
	end.Error = o.Redact.Text(end.Error)
	err := r.executor.recorder().Record(ctx, end)
	if j := (*journalError)(nil); errors.As(context.Cause(ctx), &j) {
		err = j
	}
	return Summary{State: end.State, Unfinished: r.unfinished, Spared: r.spared, Late: r.lates,
		Error: end.Error}, err
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
		Log:    o.Log,
		Budget: bench.NewBudget(bench.ScopeRun, o.Header.Limits), Through: o.Through,
	}, underWay: map[string]int{}}
	s.news = sync.NewCond(&s.mu)
	if o.KeepInterrupted {
		s.executor.Working = starting
	}
	if o.Resume != nil {
		journal.next = o.Resume.Seq + 1
		s.executor.Budget.Charge(bench.Amount{Cost: o.Resume.Spent})
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
	case cause == nil && len(r.lates) > 0, errors.Is(cause, errDeadline):
		return bench.RunEnded{State: bench.RunDeadline}
	case cause == nil && r.spared > 0:
		return bench.RunEnded{State: bench.RunDecided}
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
				if r.spare(t) || r.late(ctx, t) {
					r.leave(t)
					continue
				}
				if t = t.through(ctx, t.first()); t.next != nil {
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
				for t.next != nil { // again, if it is taken up on another machine
					t = t.through(ctx, t.next)
				}
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

// inOrder yields the trials in the order of the plan or, if the pool has several
// machines, in the order in which these can take them.
func (r *scheduler) inOrder(ctx context.Context) iter.Seq[bench.Trial] {
	placer := r.executor.placer()
	if placer == nil {
		return slices.Values(r.Trials)
	}
	byKey := map[bench.TrialKey]bench.Trial{}
	for _, t := range r.Trials {
		byKey[t.Key] = t
	}
	return func(yield func(bench.Trial) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(r.starting, cancel)()
		for range r.Trials {
			key, err := placer.Next(ctx)
			if err != nil {
				r.abandoned = r.starting.Err() != nil
				return
			}
			if !yield(byKey[key]) {
				return
			}
		}
	}
}

// leave has the pool forget a trial that does not begin.
func (r *scheduler) leave(t *trial) {
	if p, ok := r.Pool.(sandbox.Planner); ok {
		p.Ended(t.Key)
	}
}

// feed hands out trials until all are, or the run is cancelled.
func (r *scheduler) feed(ctx context.Context, queue chan<- *trial) {
	for t := range r.inOrder(ctx) {
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
	r.paced(t)
	if !t.result.Recorded {
		return
	}
	if t.result.Resolved != nil {
		r.unfinished--
	}
	if r.Question != nil {
		r.Question.Ended(t.Key, t.result.Outcome, t.result.Resolved)
	}
}

// spare reports whether a trial need not begin. One that had begun, and one that is
// asked for again, are finished.
func (r *scheduler) spare(t *trial) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.needless(t)
}

// needless is spare with the lock held.
func (r *scheduler) needless(t *trial) bool {
	again := r.Resume != nil && slices.Contains(r.Resume.Added, t.Key)
	if r.Question == nil || t.history != nil || again || !r.Question.Answered() {
		return false
	}
	r.unfinished--
	r.spared++
	return true
}

// header is how the run begins.
func (r *scheduler) header() bench.RunStarted {
	h, _ := Whole(r.Header, r.Trials)
	return h
}

func (r *scheduler) bodies() []bench.Body {
	_, rows := Whole(r.Header, r.Trials)
	return slices.Concat(r.Bodies, rows)
}

// Whole is a header with the tasks, trials and configurations of a plan, and the rows of
// the tasks, which it names. Configurations that it has already stay as they are: a shard
// has those of its run, in their order.
func Whole(h bench.RunStarted, plan []bench.Trial) (bench.RunStarted, []bench.Body) {
	var rows []bench.Body
	known := len(h.Configurations) > 0
	seenTask, seenConfiguration := map[string]bool{}, map[string]bool{}
	for _, t := range plan {
		h.Trials = append(h.Trials, t.Key)
		if !seenTask[t.Task.InstanceID] {
			seenTask[t.Task.InstanceID] = true
			h.Tasks = append(h.Tasks, taskRef(t.Task))
			rows = append(rows, taskBody(t.Task))
		}
		if !known && !seenConfiguration[t.Configuration.Name] {
			seenConfiguration[t.Configuration.Name] = true
			h.Configurations = append(h.Configurations, t.Configuration)
		}
	}
	return h, rows
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
