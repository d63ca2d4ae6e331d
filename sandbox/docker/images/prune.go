package images

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"

	"bench/sandbox"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"bench"
)

// imageUse knows which images are needed.
type imageUse struct {
	turn sync.Mutex // held by who removes images

	mu      sync.Mutex
	using   map[string]int          // image ids, by the sandboxes that have or await them
	kept    map[string]bool         // keys of images that never go
	planned map[bench.TrialKey]need // what the trials that have not ended need
}

// need is the image of a trial.
type need struct {
	key      string // of the image
	position int    // of the trial in the plan
	begun    bool
}

// hold keeps an image until done is called.
func (r *imageUse) hold(id string) (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.using == nil {
		r.using = map[string]int{}
	}
	r.using[id]++
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.using[id]--; r.using[id] == 0 {
			delete(r.using, id)
		}
	})
}

// begin notes that a trial needs its image until it has ended.
func (r *imageUse) begin(key bench.TrialKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n, ok := r.planned[key]; ok {
		n.begun = true
		r.planned[key] = n
	}
}

// budgeted reports whether there is a disk budget.
func (st *Store) budgeted() bool { return st.o.DiskBudget > 0 }

// Keep makes the images of tasks stay, whatever the budget.
func (st *Store) Keep(ctx context.Context, tasks []bench.Task) error {
	keys, err := st.seek(ctx, tasks)
	if err != nil {
		return err
	}
	st.use.mu.Lock()
	defer st.use.mu.Unlock()
	st.use.kept = map[string]bool{}
	for _, key := range keys {
		st.use.kept[key] = true
	}
	return nil
}

// Expect implements sandbox.Planner. Images of trials that have begun stay until
// Ended is called; those of trials to come go last, and those that are needed
// latest first among them. Without a budget no image goes while trials run.
func (st *Store) Expect(ctx context.Context, plan []bench.Trial) error {
	if !st.budgeted() {
		return nil
	}
	tasks := make([]bench.Task, len(plan))
	for i, t := range plan {
		tasks[i] = t.Task
	}
	keys, err := st.seek(ctx, tasks)
	if err != nil {
		return err
	}
	st.use.mu.Lock()
	defer st.use.mu.Unlock()
	st.use.planned = map[bench.TrialKey]need{}
	for i, t := range plan {
		st.use.planned[t.Key] = need{key: keys[i], position: i}
	}
	return nil
}

// Ended tells that a trial needs its image no longer.
func (st *Store) Ended(trial bench.TrialKey) {
	st.use.mu.Lock()
	defer st.use.mu.Unlock()
	delete(st.use.planned, trial)
}

// seek returns by which keys the tasks' images are remembered, and remembers
// those that the engine has.
func (st *Store) seek(ctx context.Context, tasks []bench.Task) ([]string, error) {
	keys := make([]string, len(tasks))
	seen := map[string]bool{}
	for i, task := range tasks {
		keys[i] = st.key(task)
		if seen[keys[i]] {
			continue
		}
		seen[keys[i]] = true
		if _, _, err := st.lookup(ctx, task); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// pruneToBudget removes images until the budget is met.
func (st *Store) pruneToBudget(ctx context.Context) error {
	if !st.budgeted() {
		return nil
	}
	pruned, err := st.Prune(ctx, sandbox.PruneOptions{Budget: st.o.DiskBudget})
	if st.o.OnPrune != nil && (len(pruned.Removed) > 0 || pruned.Used > pruned.Budget) {
		st.o.OnPrune(pruned)
	}
	return err
}

// Full reports whether the images pulled or built here take as much disk as they
// may, or more, even without those that nobody needs.
func (st *Store) Full(ctx context.Context) (bool, error) {
	if !st.budgeted() {
		return false, nil
	}
	pruned, err := st.Prune(ctx, sandbox.PruneOptions{Budget: st.o.DiskBudget - 1, DryRun: true})
	return pruned.Used >= st.o.DiskBudget, err
}

// Prune removes images that were pulled or built here, the least recently used
// ones first, until the budget is met. Those that a container has, that have a
// name which was not given here, that free nothing, or that are still needed
// stay. Others' images are neither removed nor counted.
func (st *Store) Prune(ctx context.Context, o sandbox.PruneOptions) (sandbox.Pruned, error) {
	st.use.turn.Lock()
	defer st.use.turn.Unlock()
	mine, all, err := st.inventory(ctx)
	if err != nil {
		return sandbox.Pruned{}, err
	}
	mine, err = st.removable(ctx, mine)
	if err != nil {
		return sandbox.Pruned{}, err
	}
	pruned := sandbox.Pruned{Budget: o.Budget}
	var errs []error
	for again := true; again; { // what others were built on frees nothing before they are gone
		again = false
		var left []owned
		for _, im := range mine {
			freed := all.alone(im.layers)
			if !o.All && (all.total <= o.Budget || freed == 0) {
				left = append(left, im)
				continue
			}
			if !o.DryRun {
				gone, err := st.discard(ctx, im)
				if errs = append(errs, err); !gone {
					continue
				}
			}
			again = true
			all.remove(im.layers)
			pruned.Removed = append(pruned.Removed, sandbox.RemovedImage{
				Names: im.Names, Freed: freed, LastUse: im.used,
			})
		}
		mine = left
	}
	pruned.Used = all.total
	return pruned, errors.Join(errs...)
}

// owned is an image pulled or built here that the engine has.
type owned struct {
	record
	present []string // the names that it has now, or its id
	layers  layers
}

// inventory returns the images pulled or built here, and what they take on disk.
// Records of images that are gone are removed.
func (st *Store) inventory(ctx context.Context) (mine []owned, all *diskUsage, err error) {
	records, err := st.recorded(ctx)
	if err != nil {
		return nil, nil, err
	}
	list, err := st.engine.ImageList(ctx, image.ListOptions{})
	if err != nil {
		return nil, nil, err
	}
	var others []layers
	for _, s := range list {
		r, recorded := records[s.ID]
		delete(records, s.ID)
		present, foreign := namesNow(s, r)
		isMine := recorded && !foreign
		l, err := st.layersOf(ctx, s.ID, isMine)
		switch {
		case err != nil:
			return nil, nil, err
		case !isMine:
			others = append(others, l)
		case len(l.chain) > 0:
			mine = append(mine, owned{r, present, l})
		}
	}
	all = newDiskUsage(others)
	for _, im := range mine {
		all.add(im.layers)
	}
	for id := range records {
		if err := st.disown(ctx, id); err != nil {
			return nil, nil, err
		}
	}
	return mine, all, nil
}

// namesNow returns the names of its record that an image still has, or else its
// id, and whether it has a tag that is not of its record.
func namesNow(s image.Summary, r record) (present []string, foreign bool) {
	for _, tag := range s.RepoTags {
		switch {
		case slices.Contains(r.Names, asListed(tag)):
			present = append(present, tag)
		case !strings.HasPrefix(tag, "<none>"):
			foreign = true
		}
	}
	for _, d := range s.RepoDigests {
		if slices.Contains(r.Names, asListed(d)) {
			present = append(present, d)
		}
	}
	if len(present) == 0 {
		present = []string{s.ID}
	}
	return present, foreign
}

// removable returns the images that nobody needs now, in the order in which they
// go.
func (st *Store) removable(ctx context.Context, mine []owned) ([]owned, error) {
	containers, err := st.engine.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, err
	}
	stay, next := st.use.needed(&st.cache)
	for _, c := range containers {
		stay[c.ImageID] = true
	}
	mine = slices.DeleteFunc(mine, func(im owned) bool { return stay[im.ID] })
	position := func(im owned) int {
		if n, ok := next[im.ID]; ok {
			return n
		}
		return math.MaxInt
	}
	slices.SortFunc(mine, func(a, b owned) int {
		return cmp.Or(cmp.Compare(position(b), position(a)), a.used.Compare(b.used), cmp.Compare(a.ID,
			b.ID))
	})
	return mine, nil
}

// needed returns the ids of images that stay, and the position in the plan of the
// next trial that needs each of the others.
func (r *imageUse) needed(known *cache) (stay map[string]bool, next map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stay, next = map[string]bool{}, map[string]int{}
	for id := range r.using {
		stay[id] = true
	}
	for key := range r.kept {
		if l, ok := known.get(key); ok {
			stay[l.ID] = true
		}
	}
	for _, n := range r.planned {
		l, ok := known.get(n.key)
		if !ok {
			continue
		}
		stay[l.ID] = stay[l.ID] || n.begun
		if at, ok := next[l.ID]; !ok || n.position < at {
			next[l.ID] = n.position
		}
	}
	return stay, next
}

// discard removes an image, unless a container has got it meanwhile.
func (st *Store) discard(ctx context.Context, im owned) (gone bool, err error) {
	for _, name := range im.present {
		_, err := st.engine.ImageRemove(ctx, name, image.RemoveOptions{PruneChildren: true})
		switch {
		case errdefs.IsConflict(err):
			return false, nil
		case err != nil && !errdefs.IsNotFound(err):
			return false, err
		}
	}
	st.cache.forget(im.ID)
	return true, st.disown(ctx, im.ID)
}
