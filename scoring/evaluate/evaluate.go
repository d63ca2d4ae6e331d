// Package evaluate turns predictions, and logs that lie stored, into verdicts:
// it pairs predictions with tasks, grades them at once, sums up runs and reads
// and writes the files of the official SWE-bench harness.
package evaluate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bench"
	"bench/scoring"
	"bench/scoring/swebench"
)

// Predictions that are in no file, by the names they have as a source and as a
// model.
const (
	Gold  = "gold"  // the patches of the dataset
	Empty = "empty" // no patches, but the tests are run
)

// Evaluation is one prediction and what became of it.
type Evaluation struct {
	Task       bench.Task
	Prediction swebench.Prediction
	Attempt    int    // from 1
	Note       string // for people who watch; "" if the instance says it all
	Run        bool   // the tests are run: there is a patch, or an empty one is asked for
	Oracle     bool   // the patch is made by the task's solution

	Grade  bench.Grade
	Log    bench.Body // of the tests
	Script bench.Body // that ran them
	Err    error      // no verdict, and the patch is not to blame
}

// New pairs the predictions of a source, which is a file, Gold or Empty, with
// tasks. As in the official harness, a prediction for an unknown instance is a
// mistake, unless tasks are only selected ones: then it is left out.
func New(source string, tasks []bench.Task, selected bool) ([]*Evaluation, error) {
	byID := map[string]bench.Task{}
	for _, t := range tasks {
		byID[t.InstanceID] = t
	}
	predictions, err := read(source, tasks)
	if err != nil {
		return nil, bench.UsageError(err)
	}
	var work []*Evaluation
	for _, p := range predictions {
		t, ok := byID[p.InstanceID]
		switch {
		case ok:
			oracle := source == Gold && p.Empty()
			work = append(work, &Evaluation{
				Task: t, Prediction: p, Attempt: 1, Oracle: oracle,
				Run: source == Empty || oracle || !p.Empty(),
			})
		case !selected:
			return nil, bench.Usagef("%s: instance %s is not in the dataset", source, p.InstanceID)
		}
	}
	if len(work) == 0 {
		return nil, bench.Usagef("%s has no prediction for a selected task", source)
	}
	return work, nil
}

// read returns the predictions of a source.
func read(source string, tasks []bench.Task) ([]swebench.Prediction, error) {
	if source != Gold && source != Empty {
		return swebench.ReadPredictions(source)
	}
	all := make([]swebench.Prediction, len(tasks))
	for i, t := range tasks {
		patch := ""
		if source == Gold {
			if !t.HasSolution() {
				return nil, fmt.Errorf("task %s has no gold patch", t.InstanceID)
			}
			patch = t.Patch
		}
		all[i] = swebench.Prediction{InstanceID: t.InstanceID, Model: source, Patch: &patch}
	}
	return all, nil
}

// Options say how evaluations are done.
type Options struct {
	RunID   string
	Grader  scoring.Grader
	Workers int // evaluations at once; less than 1 is 1
	// Deadline, if there is one, is when all has to have stopped.
	Deadline *bench.Deadline
	// Done, if not nil, is called with each evaluation that has ended, one at a
	// time, and with how many have.
	Done func(e *Evaluation, done int)
}

// Run grades evaluations and returns when all have ended. What is wrong with
// one is in its Err; after a cancellation that is the cause.
func Run(ctx context.Context, work []*Evaluation, o Options) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if o.Deadline != nil {
		defer time.AfterFunc(time.Until(o.Deadline.At), func() { stop(ErrDeadline) }).Stop()
	}
	queue := make(chan *Evaluation)
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		done    int
	)
	for range max(1, o.Workers) {
		workers.Go(func() {
			for e := range queue {
				e.grade(ctx, o)
				mu.Lock()
				if done++; o.Done != nil {
					o.Done(e, done)
				}
				mu.Unlock()
			}
		})
	}
	for _, e := range work {
		queue <- e
	}
	close(queue)
	workers.Wait()
}

// ErrDeadline is why there is no verdict on a prediction for which there was no time.
var ErrDeadline = errors.New("there was no time left")

func (e *Evaluation) grade(ctx context.Context, o Options) {
	if e.Err = context.Cause(ctx); e.Err != nil {
		return
	}
	job := scoring.Job{
		RunID: o.RunID,
		Trial: bench.TrialKey{
			Configuration: e.Prediction.Model, InstanceID: e.Task.InstanceID, Attempt: e.Attempt,
		},
		Task: e.Task, EvenEmpty: e.Run, Oracle: e.Oracle,
	}
	began := time.Now()
	if l, ok := o.Deadline.Allows(bench.Trial{Key: job.Trial, Task: e.Task}, 0, began); !ok {
		e.Err = fmt.Errorf("%w: it would take %s (%s), and there were %s", ErrDeadline,
			l.Takes.Round(time.Second), l.Basis, l.Left.Round(time.Second))
		return
	}
	if e.Prediction.Patch != nil {
		job.Patch = *e.Prediction.Patch
	}
	var bodies []bench.Body
	e.Grade, bodies, e.Err = o.Grader.Grade(ctx, job)
	switch {
	case e.Err == nil && e.Grade.Resolved != nil:
		o.Deadline.Took(job.Trial, time.Since(began), bench.OutcomeResolved)
	case errors.Is(context.Cause(ctx), ErrDeadline):
		e.Err = ErrDeadline
	}
	for _, b := range bodies {
		switch b.Hash() {
		case e.Grade.Log:
			e.Log = b
		case e.Grade.Script:
			e.Script = b
		}
	}
}

// Verdict is an evaluation, or a stored log, in a word.
type Verdict string

// The verdicts.
const (
	Resolved    Verdict = "resolved"
	Unresolved  Verdict = "unresolved"
	NoPatch     Verdict = "empty"
	NotApplied  Verdict = "not applied"
	NotFound    Verdict = "not found" // a log without the tests' output
	TimedOut    Verdict = "timeout"
	Interrupted Verdict = "interrupted"
	OutOfTime   Verdict = "no time" // before a deadline
	NoVerdict   Verdict = "error"
)

// Verdict is the evaluation in a word.
func (e *Evaluation) Verdict() Verdict {
	switch {
	case errors.Is(e.Err, bench.ErrInterrupted):
		return Interrupted
	case errors.Is(e.Err, ErrDeadline):
		return OutOfTime
	case e.Err != nil:
		return NoVerdict
	case e.Grade.TimedOut:
		return TimedOut
	case e.Grade.Resolved == nil:
		return NoVerdict
	case *e.Grade.Resolved:
		return Resolved
	case !e.Run:
		return NoPatch
	case !e.Grade.PatchApplied:
		return NotApplied
	}
	return Unresolved
}

// Resolved reports whether the task is resolved.
func (e *Evaluation) Resolved() bool { return e.Grade.Resolved != nil && *e.Grade.Resolved }

// Failure is what went wrong, if something did.
func (e *Evaluation) Failure() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return e.Grade.Error
}

// Undecided reports whether there is no verdict. A patch that cannot be applied
// has one, though the official report lists it as an error.
func (e *Evaluation) Undecided() bool { return e.Err != nil || e.Run && e.Grade.Resolved == nil }

// Count returns how many evaluations f reports.
func Count(work []*Evaluation, f func(*Evaluation) bool) int {
	n := 0
	for _, e := range work {
		if f(e) {
			n++
		}
	}
	return n
}

// Tasks returns the tasks of evaluations, one for each.
func Tasks(work []*Evaluation) []bench.Task {
	tasks := make([]bench.Task, len(work))
	for i, e := range work {
		tasks[i] = e.Task
	}
	return tasks
}
