package regrade

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"bench"
	"bench/scoring/swebench"
)

// Options say how logs are judged.
type Options struct {
	Tasks   map[string]bench.Task // by instance id
	Rules   swebench.Rules
	Workers int // logs judged at once; 0: one per core
	// Causes looks for signs of a broken environment in what did not resolve,
	// as the run report of version 5 does.
	Causes bool
}

// Result is the judgement of one log.
type Result struct {
	Path       string // of the file; with the line, if the file has several logs
	InstanceID string // "" if the log does not say whose it is
	Bytes      int    // length of the log
	Grade      bench.Grade
	// Reason is the sign of a broken environment that was found, "" for none,
	// and Environment whether no patch can cause it. Only with Options.Causes.
	Reason      string
	Environment bool
	Err         error // no verdict; Grade has none
}

// budget is how many bytes of stored logs may be in memory at once, beside one
// log that is larger. Judging takes a small multiple of a log.
const budget = 128 << 20

// Run judges the logs of a source. It calls render for each, at once on several
// cores, and emit with what came of it in the order of the source. It returns
// the first error of the source or of emit; what is wrong with one log is in
// its Result.
func Run[T any](
	ctx context.Context, s Source, o Options, render func(Result) T, emit func(T) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n := o.Workers
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	var (
		work    = make(chan *pending[T])
		ordered = make(chan *pending[T], 4*n)
		gauge   = newGauge(budget)
		buffers = new(lineBuffers)
		failure error
		workers sync.WaitGroup
	)
	for range n {
		workers.Go(func() {
			var buffer []byte
			for s := range work {
				s.result = render(s.log.judge(o, &buffer, gauge))
				gauge.give(s.log.weight())
				buffers.give(s.log.line)
				s.log = stored{}
				close(s.done)
			}
		})
	}
	workers.Go(func() {
		defer close(ordered)
		defer close(work)
		failure = feed(ctx, s.logs(buffers), gauge, ordered, work)
	})
	var err error
	for s := range ordered {
		<-s.done
		if err == nil {
			if err = emit(s.result); err != nil {
				cancel() // and drain, so that no worker is blocked
			}
		}
	}
	workers.Wait()
	if err != nil {
		return err
	}
	return failure
}

// pending is a log whose result is to come, in the order of results.
type pending[T any] struct {
	log    stored
	result T
	done   chan struct{}
}

// feed hands out the logs of a source, as many as the gauge allows.
func feed[T any](
	ctx context.Context, logs iter.Seq2[stored, error], gauge *gauge, ordered, work chan<- *pending[T],
) error {
	for log, err := range logs {
		if err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		s := &pending[T]{log: log, done: make(chan struct{})}
		gauge.take(log.weight())
		ordered <- s
		work <- s
	}
	return nil
}

// lineBuffers are the buffers of lines that have been judged, for others to come.
type lineBuffers struct{ pool sync.Pool }

func (r *lineBuffers) take() []byte {
	if buffer, ok := r.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return nil
}

func (r *lineBuffers) give(buffer []byte) {
	if buffer != nil && cap(buffer) <= keepBuffer {
		r.pool.Put(&buffer)
	}
}

// gauge counts bytes in use, of which there are never more than budget.
type gauge struct {
	mu    sync.Mutex
	freed sync.Cond
	left  int64
}

func newGauge(n int64) *gauge {
	g := &gauge{left: n}
	g.freed.L = &g.mu
	return g
}

func (g *gauge) take(n int64) {
	g.mu.Lock()
	for g.left < n {
		g.freed.Wait()
	}
	g.left -= n
	g.mu.Unlock()
}

func (g *gauge) give(n int64) {
	g.mu.Lock()
	g.left += n
	g.mu.Unlock()
	g.freed.Broadcast()
}
