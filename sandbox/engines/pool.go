// Package engines makes one pool of sandboxes of several engines. Agents, the log, budgets
// and keys stay in this process; only sandboxes are elsewhere.
package engines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bench"
	"bench/sandbox"
)

// Machines is a pool of one engine.
type Machines interface {
	sandbox.Pool
	sandbox.Fitter
	sandbox.Planner
	sandbox.Versioner
	sandbox.Hosting
	sandbox.ImageStore
	sandbox.Pinner
	// Unfit says by their ids why the engine cannot run some of the tasks.
	Unfit(ctx context.Context, tasks []bench.Task) (map[string]error, error)
	// Sweep removes sandboxes of this process that nobody holds any more: what was
	// left behind where the engine was not reached.
	Sweep(ctx context.Context) error
	// Lost reports whether a sandbox of a trial has ended, or was cut off, by nothing
	// that ran in it, since it was last asked.
	Lost(trial bench.TrialKey) bool
}

// Engine is one of several.
type Engine struct {
	Name string
	Max  int // trials at once
	Pool Machines
	// Lacks says what a task asks for that the engine does not have; "" if it may run it. nil:
	// it may run any.
	Lacks func(instance string) string
}

// Times of engines that are gone.
const (
	probeTime  = 10 * time.Second // that an engine has to answer
	probeEvery = 15 * time.Second // at the most
)

// Pool makes sandboxes on several engines. It is safe for concurrent use.
//
// A trial has a slot on its engine from Next until Ended; a sandbox that is made for no
// trial of the plan has one until it is closed.
type Pool struct {
	engines []Engine
	outages Outages
	probing context.Context
	stop    context.CancelFunc
	probes  sync.WaitGroup

	mu        sync.Mutex // guards what follows
	news      *sync.Cond
	placement placement
	slots     map[bench.TrialKey]int // in engines
	planned   map[bench.TrialKey]bool
	dark      *time.Timer // runs while all engines are gone
}

var (
	_ sandbox.Recoverer = (*Pool)(nil)
	_ sandbox.Pool      = (*Pool)(nil)
	_ sandbox.Fitter    = (*Pool)(nil)
	_ sandbox.Planner   = (*Pool)(nil)
	_ sandbox.Versioner = (*Pool)(nil)
	_ sandbox.Hosting   = (*Pool)(nil)
	_ sandbox.Placer    = (*Pool)(nil)
	_ sandbox.Pinner    = (*Pool)(nil)
	_ sandbox.Pacer     = (*Pool)(nil)
)

// New returns a pool of engines, which it closes.
func New(list []Engine, o Outages) *Pool {
	p := &Pool{
		engines: list, outages: o, slots: map[bench.TrialKey]int{},
		planned: map[bench.TrialKey]bool{},
	}
	p.news = sync.NewCond(&p.mu)
	p.probing, p.stop = context.WithCancel(context.Background())
	for _, e := range list {
		p.placement.places = append(p.placement.places, place{slots: e.Max})
	}
	return p
}

// each does something with all engines at once.
func (p *Pool) each(f func(i int, e Engine) error) error {
	errs := make([]error, len(p.engines))
	var all sync.WaitGroup
	for i, e := range p.engines {
		all.Go(func() {
			if err := f(i, e); err != nil {
				errs[i] = fmt.Errorf("engine %s: %w", e.Name, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// Version implements sandbox.Versioner.
func (p *Pool) Version(ctx context.Context) (string, error) {
	versions := make([]string, len(p.engines))
	err := p.each(func(i int, e Engine) error {
		v, err := e.Pool.Version(ctx)
		versions[i] = e.Name + " " + v
		return err
	})
	return strings.Join(versions, ", "), err
}

// Reap implements sandbox.Pool.
func (p *Pool) Reap(ctx context.Context) (n int, err error) {
	counts := make([]int, len(p.engines))
	err = p.each(func(i int, e Engine) (err error) {
		counts[i], err = e.Pool.Reap(ctx)
		return err
	})
	for _, c := range counts {
		n += c
	}
	return n, err
}

// Close implements sandbox.Pool.
func (p *Pool) Close() error {
	p.stop()
	p.probes.Wait()
	p.mu.Lock()
	if p.dark != nil {
		p.dark.Stop()
	}
	p.mu.Unlock()
	return p.each(func(_ int, e Engine) error { return e.Pool.Close() })
}

// Expect implements sandbox.Planner. Where images are is found out here, once.
func (p *Pool) Expect(ctx context.Context, plan []bench.Trial) error {
	var tasks []bench.Task
	for _, t := range plan {
		if !slices.ContainsFunc(tasks, func(o bench.Task) bool {
			return o.InstanceID == t.Task.InstanceID
		}) {
			tasks = append(tasks, t.Task)
		}
	}
	p.mu.Lock()
	for _, t := range plan {
		p.placement.add(t.Key)
		p.planned[t.Key] = true
	}
	p.mu.Unlock()
	return p.each(func(i int, e Engine) error {
		list, err := e.Pool.Images(ctx, p.placement.allowed(i, tasks))
		if err != nil {
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, image := range list.Images {
			for _, id := range image.Tasks {
				if in := p.placement.all[id]; image.Present {
					in.cached = append(in.cached, i)
				}
			}
		}
		return e.Pool.Expect(ctx, plan)
	})
}

// Pace implements sandbox.Pacer: a long task that begins last keeps the whole run waiting.
func (p *Pool) Pace(takes map[string]time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.placement.longestFirst(takes)
}

// Next implements sandbox.Placer.
func (p *Pool) Next(ctx context.Context) (bench.TrialKey, error) {
	var key bench.TrialKey
	err := p.wait(ctx, func() bool {
		next, at, ok := p.placement.next()
		if ok {
			key, p.slots[next] = next, at
		}
		return ok
	})
	return key, err
}

// Again implements sandbox.Recoverer.
func (p *Pool) Again(ctx context.Context, trial bench.TrialKey) error {
	p.mu.Lock()
	p.leave(trial)
	p.mu.Unlock()
	_, err := p.slot(ctx, trial)
	return err
}

// wait waits until done reports true. Done is called with the lock.
func (p *Pool) wait(ctx context.Context, done func() bool) error {
	defer context.AfterFunc(ctx, func() {
		p.mu.Lock() // so that nobody has looked and does not wait yet
		defer p.mu.Unlock()
		p.news.Broadcast()
	})()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !done() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p.news.Wait()
	}
	return nil
}

// slot returns the engine of a trial, for which it waits.
func (p *Pool) slot(ctx context.Context, trial bench.TrialKey) (at int, err error) {
	queued := false
	err = p.wait(ctx, func() bool {
		var ok bool
		if at, ok = p.slots[trial]; ok {
			return true
		}
		if !queued {
			p.placement.add(trial)
			queued = true
		}
		for {
			next, there, ok := p.placement.next()
			if !ok {
				return false
			}
			if p.slots[next] = there; next == trial {
				at = there
				return true
			}
			p.news.Broadcast() // somebody else's
		}
	})
	if err != nil { // nobody waits for it any more
		p.mu.Lock()
		defer p.mu.Unlock()
		p.placement.drop(trial)
		p.leave(trial)
	}
	return at, err
}

// leave gives the slot of a trial back.
func (p *Pool) leave(trial bench.TrialKey) {
	if at, ok := p.slots[trial]; ok {
		delete(p.slots, trial)
		p.placement.leave(at)
		p.news.Broadcast()
	}
}

// Ended implements sandbox.Planner.
func (p *Pool) Ended(trial bench.TrialKey) {
	p.mu.Lock()
	p.leave(trial)
	delete(p.planned, trial)
	p.mu.Unlock()
	for _, e := range p.engines {
		e.Pool.Ended(trial)
	}
}

// Create implements sandbox.Pool.
func (p *Pool) Create(ctx context.Context, spec sandbox.Spec) (sandbox.Sandbox, error) {
	at, err := p.slot(ctx, spec.Trial)
	if err != nil {
		return nil, err
	}
	e := p.engines[at]
	inner, err := e.Pool.Create(ctx, spec)
	if err != nil {
		p.closed(spec.Trial)
		return nil, fmt.Errorf("engine %s: %w", e.Name, err)
	}
	return &box{Sandbox: inner, closed: func() { p.closed(spec.Trial) }}, nil
}

// Host implements sandbox.Hosting.
func (p *Pool) Host(trial bench.TrialKey) (engine string, host bench.Host, ok bool) {
	p.mu.Lock()
	at, ok := p.slots[trial]
	p.mu.Unlock()
	if !ok {
		return "", bench.Host{}, false
	}
	_, host, ok = p.engines[at].Pool.Host(trial)
	return p.engines[at].Name, host, ok
}

// closed ends the slot of what is no trial of a plan.
func (p *Pool) closed(trial bench.TrialKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.planned[trial] {
		p.leave(trial)
	}
}

// Gone implements sandbox.Recoverer. An engine that does not answer gets no trials until
// it does again. A machine may also be gone while its engine is there, as after a restart.
func (p *Pool) Gone(ctx context.Context, trial bench.TrialKey) bool {
	p.mu.Lock()
	at, ok := p.slots[trial]
	gone := ok && p.placement.places[at].gone
	p.mu.Unlock()
	if !ok || gone {
		return gone
	}
	lost := p.engines[at].Pool.Lost(trial)
	err := answers(ctx, p.engines[at].Pool)
	if err == nil || ctx.Err() != nil {
		return err == nil && lost
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.placement.places[at].gone {
		p.leaves(at, err)
	}
	return true
}

// leaves notes that an engine is gone. When all are on which some task may run, patience
// runs.
func (p *Pool) leaves(at int, gone error) {
	name := p.engines[at].Name
	p.placement.places[at].gone = true
	p.outages.Changed(name, gone)
	p.probes.Go(func() { p.probe(at) })
	if p.dark == nil && p.isDark() {
		p.dark = time.AfterFunc(p.outages.Patience, func() { p.outages.Over(p.outages.over(name, gone)) })
	}
}

// probe waits until an engine is back.
func (p *Pool) probe(at int) {
	if !untilBack(p.probing, p.engines[at].Pool) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.placement.places[at].gone = false
	if p.dark != nil && !p.isDark() {
		p.dark.Stop()
		p.dark = nil
	}
	p.outages.Changed(p.engines[at].Name, nil)
	p.news.Broadcast()
}
