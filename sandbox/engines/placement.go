package engines

import (
	"cmp"
	"slices"
	"time"

	"bench"
)

// placement decides which trial begins next, and on which engine. It knows no time and
// no engine: what happens is told to it. All trials of an instance run on one engine,
// back to back, so that they meet the same machine and one pull serves all; only where an
// engine is gone, or others have nothing left to do, does an instance get another one.
type placement struct {
	places []place
	queue  []*instance          // those with waiting trials, in the order of the plan
	all    map[string]*instance // and those without
	only   map[string][]int     // places of those that may not run everywhere
}

// place is an engine as a placement sees it.
type place struct {
	slots int // trials at once
	busy  int
	gone  bool
}

func (p *place) free() bool { return !p.gone && p.busy < p.slots }

// load is how much of an engine is busy.
func (p *place) load() float64 { return float64(p.busy) / float64(p.slots) }

// instance is one of the run's.
type instance struct {
	name    string
	waiting []bench.TrialKey
	homes   []int // in places
	cached  []int // places that have its image
}

// add puts trials into the queue.
func (p *placement) add(trials ...bench.TrialKey) {
	if p.all == nil {
		p.all = map[string]*instance{}
	}
	for _, key := range trials {
		in := p.all[key.InstanceID]
		if in == nil {
			in = &instance{name: key.InstanceID}
			p.all[key.InstanceID] = in
		}
		if len(in.waiting) == 0 {
			p.queue = append(p.queue, in)
		}
		in.waiting = append(in.waiting, key)
	}
}

// longestFirst orders the queue by how long the trials of an instance take together.
func (p *placement) longestFirst(takes map[string]time.Duration) {
	slices.SortStableFunc(p.queue, func(a, b *instance) int {
		return cmp.Compare(takes[b.name], takes[a.name])
	})
}

// next returns the trial that begins, and where; ok is false while none can. The slot is
// the trial's until leave.
func (p *placement) next() (trial bench.TrialKey, at int, ok bool) {
	in, at := p.choose()
	if in == nil {
		return trial, 0, false
	}
	trial, in.waiting = in.waiting[0], in.waiting[1:]
	if len(in.waiting) == 0 {
		p.queue = slices.DeleteFunc(p.queue, func(i *instance) bool { return i == in })
	}
	if !slices.Contains(in.homes, at) {
		in.homes = append(in.homes, at)
	}
	p.places[at].busy++
	return trial, at, true
}

// drop takes a trial out of the queue.
func (p *placement) drop(trial bench.TrialKey) {
	in := p.all[trial.InstanceID]
	in.waiting = slices.DeleteFunc(in.waiting, func(k bench.TrialKey) bool { return k == trial })
	if len(in.waiting) == 0 {
		p.queue = slices.DeleteFunc(p.queue, func(i *instance) bool { return i == in })
	}
}

// leave gives a slot back.
func (p *placement) leave(at int) { p.places[at].busy-- }

// choose prefers trials of instances that have an engine, then the next instance, and
// then one that its engine has too much of.
func (p *placement) choose() (in *instance, at int) {
	var fresh, straggler *instance
	for _, in := range p.queue {
		in.homes = slices.DeleteFunc(in.homes, func(at int) bool { return p.places[at].gone })
		for _, at := range in.homes {
			if p.places[at].free() {
				return in, at
			}
		}
		switch {
		case !p.open(in):
		case len(in.homes) == 0:
			if fresh == nil || p.atHand(in) && !p.atHand(fresh) {
				fresh = in
			}
		case p.rounds(in) > 1 && (straggler == nil || p.rounds(in) > p.rounds(straggler)):
			straggler = in
		}
	}
	if fresh == nil {
		fresh = straggler
	}
	if fresh == nil {
		return nil, 0
	}
	at, ok := p.best(fresh)
	if !ok {
		return nil, 0
	}
	return fresh, at
}

// atHand reports whether an engine that is free has the image of an instance.
func (p *placement) atHand(in *instance) bool {
	return slices.ContainsFunc(in.cached, func(at int) bool { return p.places[at].free() })
}

// rounds is how often the engines of an instance must be emptied for its trials.
func (p *placement) rounds(in *instance) float64 {
	slots := 0
	for _, at := range in.homes {
		slots += p.places[at].slots
	}
	return float64(len(in.waiting)) / float64(slots)
}

// best is the engine for an instance: one that has its image, then the least loaded.
func (p *placement) best(in *instance) (best int, ok bool) {
	cached := false
	for at := range p.places {
		place := &p.places[at]
		if !place.free() || !p.may(in.name, at) {
			continue
		}
		here := slices.Contains(in.cached, at)
		if !ok || here && !cached || here == cached && place.load() < p.places[best].load() {
			best, ok, cached = at, true, here
		}
	}
	return best, ok
}
