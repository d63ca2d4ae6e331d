package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"bench"
	"bench/results"
	"bench/results/timeline"
	"bench/sandbox"
)

// breakdown is a fault of the machine: the nth step of a kind in a sandbox fails.
type breakdown struct {
	step string
	nth  int
}

func (b breakdown) String() string { return fmt.Sprintf("%s-%d", b.step, b.nth) }

// do does the run, and new attempts of trials that the fault ended. It reports whether
// there were so many steps.
func (b breakdown) do(t *testing.T, l *logbook) (hit bool) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v, n := disturbed(), 0
		v.pool.fault = func(step string, _ *memoryBox) error {
			v.mu.Lock()
			defer v.mu.Unlock()
			if step != b.step {
				return nil
			}
			if n++; n != b.nth {
				return nil
			}
			hit = true
			if step == "create" {
				return errors.New("no space left on device")
			}
			return fmt.Errorf("the engine does not answer: %w", sandbox.ErrLost)
		}
		s, err := v.start(t.Context(), l)
		if hit && err == nil {
			time.Sleep(time.Hour)
			s, err = v.resume(t.Context(), l, bench.OutcomeInfraSandbox, bench.OutcomeInfraGrading)
		}
		if err != nil || s.State != bench.RunDone {
			t.Errorf("%s: %+v, %v", b, s, err)
		}
	})
	return hit
}

// facts are what must be the same of a trial, whatever became of attempts before it.
type facts struct {
	Outcome   bench.Outcome
	Resolved  *bool
	Cost      bench.USD
	Usage     bench.Usage
	Times     timeline.Times
	Path      map[timeline.SegmentKind]time.Duration
	Endings   []string
	Tools     int
	PatchSize int
}

func factsOf(t *timeline.Trial) facts {
	f := facts{
		Outcome: t.Outcome, Resolved: t.Resolved, Cost: t.Cost, Times: t.Times(),
		Path: t.Path().ByKind(), Tools: len(t.Tools), PatchSize: t.PatchBytes,
	}
	for _, c := range t.Calls {
		f.Usage = f.Usage.Add(c.Usage)
	}
	for _, d := range t.Delegations {
		f.Endings = append(f.Endings, fmt.Sprint(d.ID, d.Activation, d.State, d.Reason))
	}
	slices.Sort(f.Endings)
	return f
}

// Whenever the machine fails, in whosever sandbox, while it is made, used, read or
// removed, or while a patch is judged: no trial that counts knows of it. It is as
// the undisturbed one, or it is said that the machine failed and tried again; for a
// fusion, too, which has more sandboxes to lose.
func TestFaultsOfTheMachineAreOfNoTrial(t *testing.T) {
	t.Parallel()
	store, err := results.Open(t.Context(), filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	do := func(b breakdown) (all map[string][]*timeline.Trial, hit bool) {
		l := &logbook{}
		hit = b.do(t, l)
		l.stored(t, store, b.String())
		f, err := store.Facts(t.Context(), b.String())
		if err != nil {
			t.Fatal(err)
		}
		all = map[string][]*timeline.Trial{}
		for _, trial := range timeline.All(f) {
			c := trial.Key.Configuration
			all[c] = append(all[c], trial)
		}
		return all, hit
	}
	whole, _ := do(breakdown{"none", 0})
	hits := map[string]int{}
	for _, step := range []string{
		"create", "baseline", "changes", "diff", "apply", "close", "read", "write", "shell", "command", "grade",
	} {
		for nth := 1; ; nth++ {
			b := breakdown{step, nth}
			got, hit := do(b)
			if !hit {
				break
			}
			for name, all := range got {
				last := all[len(all)-1]
				if diff := cmp.Diff(factsOf(whole[name][0]), factsOf(last)); diff != "" {
					t.Errorf("%s: %s (-undisturbed +disturbed):\n%s", b, name, diff)
				}
				for _, failed := range all[:len(all)-1] {
					hits[step+" "+name]++
					if failed.Counts() {
						t.Errorf("%s: %s ends as %s, and is tried again", b, name, failed.Outcome)
					}
				}
			}
		}
	}
	for _, step := range []string{"create", "baseline", "command", "diff", "grade"} {
		for _, name := range []string{"solo", "fusion"} {
			if hits[step+" "+name] == 0 {
				t.Errorf("%s: no %s failed", name, step)
			}
		}
	}
	if hits["create fusion"] < 4 || hits["diff fusion"] < 4 || hits["changes fusion"] == 0 {
		t.Errorf("sidekicks are spared: %v", hits)
	}
}
