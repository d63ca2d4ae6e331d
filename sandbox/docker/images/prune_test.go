package images

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"bench"
	"bench/sandbox"
	"bench/sandbox/docker/registrytest"
)

// shelf is a store with images of imageSize bytes that it has pulled, each last
// used a minute after the one before it.
type shelf struct {
	*Store
	t     *testing.T
	r     *registry
	tasks []bench.Task
}

func newShelf(t *testing.T, o Options, repositories ...string) *shelf {
	t.Helper()
	o.Records = t.TempDir()
	s := &shelf{Store: newStore(t, named(o)), t: t, r: serveRegistry(t)}
	for i, repository := range repositories {
		task := bench.Task{InstanceID: repository, Image: s.r.image(t, s.Store, repository)}
		s.tasks = append(s.tasks, task)
		s.pull(task)
		s.used(task, time.Now().Add(time.Duration(i-len(repositories))*time.Minute))
	}
	return s
}

func (s *shelf) pull(task bench.Task) {
	s.t.Helper()
	if _, err := s.Image(s.t.Context(), task); err != nil {
		s.t.Fatal(err)
	}
}

// used sets when an image was last used.
func (s *shelf) used(task bench.Task, at time.Time) {
	s.t.Helper()
	l, ok := s.cache.get(task.Image)
	if !ok {
		return // has been removed
	}
	if err := os.Chtimes(recordFile(s.records.dir, l.ID), at, at); err != nil {
		s.t.Fatal(err)
	}
}

// there lists the tasks whose images the engine has.
func (s *shelf) there() string {
	s.t.Helper()
	var ids []string
	for _, task := range s.tasks {
		if _, err := s.inspect(s.t.Context(), task.Image); err == nil {
			ids = append(ids, task.InstanceID)
		}
	}
	return strings.Join(ids, " ")
}

func (s *shelf) prune(o sandbox.PruneOptions) sandbox.Pruned {
	s.t.Helper()
	pruned, err := s.Prune(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	return pruned
}

func TestPruneLeastRecentlyUsed(t *testing.T) {
	s := newShelf(t, Options{}, "t/a", "t/b", "t/c")
	s.used(s.tasks[0], time.Now()) // a after all
	if pruned := s.prune(sandbox.PruneOptions{Budget: 3 * imageSize}); len(pruned.Removed) != 0 ||
		pruned.Used != 3*imageSize {
		t.Errorf("within the budget: %+v", pruned)
	}
	const budget = 2*imageSize + imageSize/2
	dry := s.prune(sandbox.PruneOptions{Budget: budget, DryRun: true})
	if got := s.there(); got != "t/a t/b t/c" {
		t.Errorf("a dry run leaves %s", got)
	}
	pruned := s.prune(sandbox.PruneOptions{Budget: budget})
	for _, r := range []sandbox.Pruned{dry, pruned} {
		if len(r.Removed) != 1 || r.Removed[0].Names[0] != s.tasks[1].Image ||
			r.Removed[0].Freed != imageSize || r.Used != 2*imageSize {
			t.Errorf("told %+v", r)
		}
	}
	if got := s.there(); got != "t/a t/c" {
		t.Errorf("left %s", got)
	}
	if all, err := s.recorded(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("records %v, %v", all, err)
	}
}

// Images stay that have a container, a name given by others, that are held or
// kept, or were there before.
func TestPruneLeavesWhatIsNeeded(t *testing.T) {
	s := newShelf(t, Options{}, "t/container", "t/tagged", "t/held", "t/kept", "t/loose")
	ctx := t.Context()
	c, err := s.engine.ContainerCreate(ctx, &container.Config{
		Image: s.tasks[0].Image, Cmd: []string{"/file"}, Labels: map[string]string{"bench.test": "true"},
	}, nil, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.engine.ContainerRemove(context.Background(), c.ID, container.RemoveOptions{Force: true}) })
	mine := "bench-test/mine:" + strings.ReplaceAll(s.r.Host, ":", "-")
	removeAfter(t, s.Store, mine)
	if err := s.engine.ImageTag(ctx, s.tasks[1].Image, mine); err != nil {
		t.Fatal(err)
	}
	held, _ := s.cache.get(s.tasks[2].Image)
	release := s.use.hold(held.ID)
	if err := s.Keep(ctx, s.tasks[3:4]); err != nil {
		t.Fatal(err)
	}
	before := bench.Task{InstanceID: "t/before", Image: s.r.image(t, s.Store, "t/before")}
	other := newStore(t, named(Options{}))
	if _, err := other.Image(ctx, before); err != nil {
		t.Fatal(err)
	}
	s.pull(before) // is there already
	s.tasks = append(s.tasks, before)

	pruned := s.prune(sandbox.PruneOptions{All: true})
	if got := s.there(); got != "t/container t/tagged t/held t/kept t/before" {
		t.Errorf("left %s", got)
	}
	if len(pruned.Removed) != 1 || pruned.Used != 3*imageSize {
		t.Errorf("told %+v", pruned) // what others have a name for does not count
	}
	release()
	s.prune(sandbox.PruneOptions{All: true})
	if got := s.there(); got != "t/container t/tagged t/kept t/before" {
		t.Errorf("left %s", got)
	}
}

func TestBudgetOfPulls(t *testing.T) {
	var mu sync.Mutex
	var told []sandbox.Pruned
	s := newShelf(t, Options{
		DiskBudget: 2 * imageSize, OnPrune: func(r sandbox.Pruned) { mu.Lock(); told = append(told, r); mu.Unlock() },
	}, "t/a", "t/b", "t/c", "t/d")
	if got := s.there(); got != "t/c t/d" {
		t.Errorf("left %s", got)
	}
	if len(told) != 2 || told[0].Removed[0].Names[0] != s.tasks[0].Image || told[1].Used > 2*imageSize {
		t.Errorf("told %+v", told)
	}
	s.pull(s.tasks[0]) // again, since it is needed again
	if got := s.there(); got != "t/a t/d" {
		t.Errorf("left %s", got)
	}
	// An image that is larger than the budget is used all the same, and told of.
	small := newShelf(t, Options{
		DiskBudget: 1, OnPrune: func(r sandbox.Pruned) { mu.Lock(); told = append(told, r); mu.Unlock() },
	}, "t/e")
	if last := told[len(told)-1]; small.there() != "t/e" || last.Used != imageSize ||
		len(last.Removed) > 0 {
		t.Errorf("left %q, told %+v", small.there(), last)
	}
}

func TestExpect(t *testing.T) {
	s := newShelf(t, Options{DiskBudget: 1 << 40}, "t/first", "t/second", "t/third", "t/other")
	var plan []bench.Trial
	for _, attempt := range []int{1, 2} {
		for _, task := range s.tasks[:3] {
			plan = append(plan, bench.Trial{Task: task, Key: bench.TrialKey{
				Configuration: "c", InstanceID: task.InstanceID, Attempt: attempt,
			}})
		}
	}
	if err := s.Expect(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	pruned := func(n int64) string {
		s.prune(sandbox.PruneOptions{Budget: n * imageSize})
		return s.there()
	}
	if got := pruned(3); got != "t/first t/second t/third" {
		t.Errorf("first goes what no trial needs, left %s", got)
	}
	for _, trial := range plan[:2] { // both attempts of first are over; second has begun
		s.use.begin(trial.Key)
	}
	s.Ended(plan[0].Key)
	s.Ended(plan[3].Key)
	if got := pruned(2); got != "t/second t/third" {
		t.Errorf("then what no trial needs any more, left %s", got)
	}
	if got := pruned(0); got != "t/second" {
		t.Errorf("then what no trial has begun with, left %s", got)
	}
	s.Ended(plan[1].Key)
	if got := pruned(0); got != "" {
		t.Errorf("a trial to come can pull again, left %s", got)
	}
}

func TestExpectOrder(t *testing.T) {
	s := newShelf(t, Options{DiskBudget: 1 << 40}, "t/soon", "t/late")
	plan := []bench.Trial{
		{Task: s.tasks[0], Key: bench.TrialKey{InstanceID: "soon"}},
		{Task: s.tasks[1], Key: bench.TrialKey{InstanceID: "late"}},
	}
	if err := s.Expect(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	s.prune(sandbox.PruneOptions{Budget: imageSize})
	if got := s.there(); got != "t/soon" {
		t.Errorf("left %s", got)
	}
}

func TestRecords(t *testing.T) {
	dir := t.TempDir()
	stores := []*Store{newStore(t, Options{Records: dir}), newStore(t, Options{Records: dir})}
	ctx := t.Context()
	var wg sync.WaitGroup
	for _, p := range stores {
		for i := range 50 {
			wg.Go(func() {
				id := "sha256:" + strings.Repeat(string(rune('a'+i%5)), 8)
				err := errors.Join(p.remember(ctx, id, "name"), p.touch(ctx, id))
				if _, e := p.recorded(ctx); err != nil || e != nil {
					t.Error(err, e)
				}
			})
		}
	}
	wg.Wait()
	all, err := stores[0].recorded(ctx)
	if err != nil || len(all) != 5 {
		t.Fatalf("records %v, %v", all, err)
	}
	for id, r := range all {
		if r.ID != id || !slices.Equal(r.Names, []string{"name"}) || time.Since(r.used) > time.Hour {
			t.Errorf("%s: %+v", id, r)
		}
	}
	// None of these images is there: their records go.
	if _, _, err := stores[1].inventory(ctx); err != nil {
		t.Fatal(err)
	}
	if all, err := stores[0].recorded(ctx); err != nil || len(all) != 0 {
		t.Errorf("records %v, %v", all, err)
	}
	if files, _ := fs.Glob(os.DirFS(dir), "*/*"); len(files) != 0 {
		t.Errorf("left %v", files)
	}
	if err := stores[0].touch(ctx, "sha256:nobodys"); err != nil {
		t.Error(err)
	}
	bad := recordFile(stores[0].records.dir, "sha256:bad")
	if err := os.WriteFile(bad, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := stores[0].recorded(ctx); err == nil || !strings.Contains(err.Error(), bad) {
		t.Errorf("got error %v", err)
	}
}

func TestImages(t *testing.T) {
	s := newShelf(t, Options{}, "t/a", "t/b")
	ctx := t.Context()
	built := fresh(t, s.Store, minimal)
	orphan := built
	orphan.InstanceID, orphan.Source.BaseImage = "orphan", s.r.Host+"/t/missing:latest"
	also := s.tasks[0]
	also.InstanceID = "also"
	absent := bench.Task{InstanceID: "absent", Image: s.r.Host + "/t/absent:latest"}
	tasks := []bench.Task{s.tasks[0], also, s.tasks[1], absent, built, orphan}
	list, err := s.Images(ctx, tasks)
	if err != nil || len(list.Images) != 5 {
		t.Fatalf("got %+v, %v", list, err)
	}
	a, missing, own, unknown := list.Images[0], list.Images[2], list.Images[3], list.Images[4]
	if a.Name != s.tasks[0].Image || !slices.Equal(a.Tasks, []string{"t/a", "also"}) || !a.Present ||
		a.Digest != registrytest.Digest("t/a") || a.Size != imageSize || !a.Made || a.LastUse.IsZero() {
		t.Errorf("pulled: %+v", a)
	}
	if missing.Name != absent.Image || missing.Present || missing.Base != "" {
		t.Errorf("absent: %+v", missing)
	}
	if !strings.HasPrefix(own.Name, "bench/task:") || own.Present || own.Base != minimal {
		t.Errorf("to be built: %+v", own)
	}
	if unknown.Name != "" || unknown.Present || unknown.Base != orphan.Source.BaseImage {
		t.Errorf("to be built on what is not there: %+v", unknown)
	}
	if list.Disk != 2*imageSize || list.Made != 2*imageSize {
		t.Errorf("%d bytes, made %d", list.Disk, list.Made)
	}
	made, err := s.Image(ctx, built)
	if err != nil || made.Name != own.Name {
		t.Errorf("built %+v, %v, was listed as %s", made, err, own.Name)
	}
	if _, err := s.Images(ctx, []bench.Task{{InstanceID: "nowhere"}}); !errors.Is(err, ErrNoImage) {
		t.Errorf("got error %v", err)
	}
}
