package agent

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"bench"
	"bench/llm"
	"bench/sandbox"
)

// batch is the tool calls of one response. Accepting, starting and answering
// go in call order; the calls run concurrently, MaxParallelTools at a time, those
// not counted whose work is done elsewhere; their events are recorded as they
// complete. Each goroutine writes to its own
// execution and batch waits for all of them.
type batch struct {
	*run
	id         string         // of the model call
	before     []*llm.Message // the conversation that it answered
	executions []execution
	mu         sync.Mutex // guards fault and written
}

type execution struct {
	call        llm.ToolCall
	index       int
	work        Work // Run is nil where there is nothing to do
	observation Observation
	logged      *loggedCall // in the log already; nil if it is not
	event       bench.ToolCall
}

// batch runs the calls of a response and appends one observation for each.
func (r *run) batch(ctx context.Context, resp llm.Response, calls []askedCall) {
	b := &batch{run: r, id: resp.CallID, executions: make([]execution, len(calls))}
	b.before = r.request.Messages[:len(r.request.Messages)-1]
	final := b.accept(ctx, calls, resp.Finish == llm.FinishLength)
	r.goOn(ctx)
	b.execute(ctx)
	r.note(b.executions)
	var lost error
	for i := range b.executions {
		s := &b.executions[i]
		r.say(llm.Observation(s.call.ID, s.observation.Text))
		if s.observation.Fault != nil && lost == nil {
			lost = s.observation.Fault
		}
	}
	switch {
	case r.fault != nil: // recorded nowhere; work ends the run
	case ctx.Err() != nil: // the next look at ctx says why
	case errors.Is(lost, sandbox.ErrLost):
		r.end(bench.AgentErrorSandbox, lost)
	case lost != nil:
		r.end(bench.AgentErrorInternal, lost)
	case final != nil:
		r.result.Final, r.result.Message = final, final.Message
		r.end(bench.AgentFinished, nil)
	default:
		r.judge(b.executions)
	}
}

// accept checks every call in order. Whatever follows a call that ends the
// work is not executed.
func (b *batch) accept(ctx context.Context, calls []askedCall, cut bool) *Final {
	var final *Final
	for i, call := range b.calls(calls) {
		s, c := &b.executions[i], calls[i]
		s.call, s.index = c.ToolCall, i
		if final != nil {
			s.observation = Failure(ClassNotExecuted, "not executed: the call before it ended the work")
			continue
		}
		if s.logged = b.history.call(b.id, i); s.logged != nil {
			final = b.replay(ctx, s, call)
			continue
		}
		s.work, s.observation = b.acceptOne(ctx, call, c)
		if s.observation.ErrorClass == ClassArguments && cut && i == len(calls)-1 {
			s.observation.Text += render("cut_call", nil)
		}
		final = s.work.Final
	}
	return final
}

// calls are the calls of an answer as tools are given them.
func (b *batch) calls(asked []askedCall) []Call {
	of := map[string]int{}
	all := make([]Call, len(asked))
	for i, c := range asked {
		all[i] = Call{
			ID: c.ID, Arguments: b.Alias.Real(c.Arguments), Batch: b.id, Index: i, Nth: of[c.Name],
			Messages: b.before,
		}
		of[c.Name]++
	}
	for i, c := range asked {
		all[i].Of = of[c.Name]
	}
	return all
}

func (b *batch) acceptOne(ctx context.Context, c Call, asked askedCall) (w Work, o Observation) {
	defer func() {
		if v := recover(); v != nil {
			w, o = Work{}, Panicked(ctx, asked.Name, v)
		}
	}()
	if asked.wrong.Text != "" {
		return Work{}, asked.wrong
	}
	w, err := b.tools[asked.Name].Accept(ctx, c)
	if err != nil {
		return Work{}, rejected(asked.Name, err)
	}
	if w.Final == nil {
		return w, Observation{}
	}
	if why := b.refusal(); why != "" {
		return Work{}, Failure(ClassTool, "%s", why)
	}
	return w, Observation{Text: "The work has ended."}
}

// rejected is the observation of a call that was not accepted.
func rejected(name string, err error) Observation {
	var fault *Fault
	if errors.As(err, &fault) {
		o := Failure(ClassSandbox, "%v", err)
		o.Fault = fault.Err
		return o
	}
	return Failure(ClassArguments, "%s: %v", name, err)
}

// Fault is an error of Tool.Accept that is not the model's: the work ends.
type Fault struct{ Err error }

func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap returns what went wrong.
func (f *Fault) Unwrap() error { return f.Err }

// execute starts the accepted calls in order and waits for all of them.
// Everything that was accepted is run, under a dead context too: only the tool
// knows what it has to undo.
func (b *batch) execute(ctx context.Context) {
	semaphore := make(chan struct{}, max(1, b.MaxParallelTools))
	asked := time.Now()
	var running sync.WaitGroup
	for i := range b.executions {
		s := &b.executions[i]
		if s.logged != nil {
			continue
		}
		if s.work.Run == nil {
			b.done(ctx, s, asked, asked)
			continue
		}
		leave := func() {}
		if !s.work.Elsewhere {
			semaphore <- struct{}{}
			leave = func() { <-semaphore }
		}
		queued := time.Since(asked)
		hold := b.locks.Enqueue(s.work.Locks...)
		running.Go(func() {
			defer leave()
			b.runOne(ctx, s, hold, queued)
		})
	}
	running.Wait()
}

// runOne does the work of one call, whatever happens to it.
func (b *batch) runOne(ctx context.Context, s *execution, hold *Hold, queued time.Duration) {
	defer hold.Release()
	begun := time.Now()
	s.observation = b.call(ctx, s, hold)
	if bench.CutOff(ctx) { // whatever it says, nobody will be told: it is made again
		s.observation.IsError, s.observation.ErrorClass = true, ClassCancelled
	}
	hold.Release()
	waited := hold.Waited()
	s.event.Queue, s.event.LockWait = queued, waited
	b.done(ctx, s, begun.Add(waited), time.Now())
}

// call waits for the locks and runs the work. A panic is the harness's fault
// and stays within this call.
func (b *batch) call(ctx context.Context, s *execution, hold *Hold) (o Observation) {
	defer func() {
		if v := recover(); v != nil {
			o = Panicked(ctx, s.call.Name, v)
		}
	}()
	if s.work.Waits {
		return s.work.Run(ctx, hold)
	}
	if err := hold.Wait(ctx); err != nil {
		// Without the locks, but under a dead context: it can only give up.
		o = s.work.Run(ctx, hold)
		o.IsError = true
		return o
	}
	return s.work.Run(ctx, hold)
}

// Panicked is the observation of a call whose work broke down inside.
func Panicked(ctx context.Context, tool string, v any) Observation {
	slog.ErrorContext(ctx, "tool panicked", "tool", tool, "panic", v, "stack", string(debug.Stack()))
	return Failure(ClassPanic, "%s broke down inside; this is not your fault", tool)
}

// done records a call that is over.
func (b *batch) done(ctx context.Context, s *execution, start, end time.Time) {
	o := &s.observation
	o.Text, o.Stable = b.Alias.Show(o.Text), b.Alias.Show(o.Stable)
	if o.Stable == "" {
		o.Stable = o.Text
	}
	if o.Bytes == 0 {
		o.Bytes = int64(len(o.Text))
	}
	arguments, result := bench.Body(s.call.Arguments), bench.Body(o.Text)
	e := s.event
	e.CallID, e.BatchID, e.Index, e.Name = s.call.ID, b.id, s.index, s.call.Name
	e.Arguments, e.Result = arguments.Hash(), result.Hash()
	e.Start, e.End, e.ExitCode, e.RoundTrip = start, end, o.ExitCode, o.RoundTrip
	e.Bytes, e.Clipped, e.Touched = o.Bytes, o.Clipped, o.Touched
	e.IsError, e.ErrorClass = o.IsError, string(o.ErrorClass)
	err := b.Record.Record(ctx, e, arguments, result) // may wait for what others record
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrote(o.Touched)
	b.unrecorded(e, err)
}

// wrote notes the files that the agent has written through its editor.
func (r *run) wrote(touched []bench.Touch) {
	for _, t := range touched {
		if t.Write && !t.Derived && !slices.Contains(r.result.Written, t.Path) {
			r.result.Written = append(r.result.Written, t.Path)
		}
	}
}
