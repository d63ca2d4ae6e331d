package engines

import (
	"context"
	"slices"
	"strings"

	"bench"
)

// Fits implements sandbox.Fitter: every task must fit an engine, and will run on such ones
// alone.
func (p *Pool) Fits(ctx context.Context, tasks []bench.Task) error {
	unfit := make([]map[string]error, len(p.engines))
	err := p.each(func(i int, e Engine) (err error) {
		unfit[i], err = e.Pool.Unfit(ctx, tasks)
		return err
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range tasks {
		var fit []int
		var reasons []string
		for i, e := range p.engines {
			if why := e.refuses(t.InstanceID, unfit[i]); why != "" {
				reasons = append(reasons, e.Name+": "+why)
			} else {
				fit = append(fit, i)
			}
		}
		switch {
		case len(fit) == 0:
			return bench.Usagef("task %s fits no engine: %s", t.InstanceID, strings.Join(reasons, "; "))
		case len(fit) < len(p.engines):
			p.placement.bind(t.InstanceID, fit)
		}
	}
	return nil
}

// refuses says why an engine cannot run a task; "" if it can.
func (e Engine) refuses(instance string, unfit map[string]error) string {
	if e.Lacks != nil {
		if missing := e.Lacks(instance); missing != "" {
			return "lacks " + missing + " (sandbox.require)"
		}
	}
	if err := unfit[instance]; err != nil {
		return err.Error()
	}
	return ""
}

// Pin implements sandbox.Pinner: on every engine, for the tasks that may run there.
func (p *Pool) Pin(
	ctx context.Context, tasks []bench.Task, images map[string][]bench.Image,
) error {
	return p.each(func(i int, e Engine) error {
		return e.Pool.Pin(ctx, p.placement.allowed(i, tasks), images)
	})
}

// Allowed are the tasks that an engine may run, by its place in the list, once Fits has
// looked.
func (p *Pool) Allowed(engine int, tasks []bench.Task) []bench.Task {
	return p.placement.allowed(engine, tasks)
}

// isDark reports whether a task that is not done has no engine any more on which it may
// run.
func (p *Pool) isDark() bool {
	gone := func(at int) bool { return p.placement.places[at].gone }
	there := false
	for at := range p.placement.places {
		there = there || !gone(at)
	}
	if !there {
		return true
	}
	for trial := range p.planned {
		fit := p.placement.only[trial.InstanceID]
		if fit != nil && !slices.ContainsFunc(fit, func(at int) bool { return !gone(at) }) {
			return true
		}
	}
	return false
}

// bind has the trials of an instance run at some places only.
func (p *placement) bind(instance string, places []int) {
	if p.only == nil {
		p.only = map[string][]int{}
	}
	p.only[instance] = places
}

// may reports whether trials of an instance may run at a place.
func (p *placement) may(instance string, at int) bool {
	places, bound := p.only[instance]
	return !bound || slices.Contains(places, at)
}

// allowed are the tasks that may run at a place. What is bound does not change once trials
// begin.
func (p *placement) allowed(at int, tasks []bench.Task) []bench.Task {
	return slices.DeleteFunc(slices.Clone(tasks), func(t bench.Task) bool {
		return !p.may(t.InstanceID, at)
	})
}

// open reports whether an instance may run at a place that is free.
func (p *placement) open(in *instance) bool {
	places, bound := p.only[in.name]
	if !bound {
		return true // if no place is free, nothing begins anyway
	}
	return slices.ContainsFunc(places, func(at int) bool { return p.places[at].free() })
}
