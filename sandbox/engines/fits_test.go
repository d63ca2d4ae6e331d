package engines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/sandbox"
)

// picky is an engine that cannot run some tasks.
type picky struct {
	machines
	unfit map[string]error
}

func (m *picky) Unfit(context.Context, []bench.Task) (map[string]error, error) { return m.unfit, nil }

func (m *picky) Images(_ context.Context, tasks []bench.Task) (l sandbox.ImageList, err error) {
	for _, t := range tasks {
		if m.unfit[t.InstanceID] != nil {
			err = fmt.Errorf("asked for the image of %s", t.InstanceID)
		}
	}
	return l, err
}

func (m *picky) Expect(context.Context, []bench.Trial) error { return nil }

// TestFits: tasks run on engines alone that have what they ask for, and a task that no engine
// can run is refused with each one's reason.
func TestFits(t *testing.T) {
	t.Parallel()
	gpu := func(instance string) string {
		if strings.HasPrefix(instance, "torch") {
			return "gpu: yes"
		}
		return ""
	}
	arm := &picky{unfit: map[string]error{"x86": errors.New("it is arm64")}}
	p := New([]Engine{{Name: "a", Max: 2, Pool: arm}, {Name: "b", Max: 1, Pool: &picky{}, Lacks: gpu}}, Outages{})
	defer p.Close()
	var tasks []bench.Task
	var plan []bench.Trial
	for _, id := range []string{"torch", "x86", "any", "torch2", "x86-2"} {
		tasks = append(tasks, bench.Task{InstanceID: id})
		plan = append(plan, bench.Trial{Key: bench.TrialKey{InstanceID: id}, Task: tasks[len(tasks)-1]})
	}
	arm.unfit["x86-2"] = arm.unfit["x86"]
	if err := p.Fits(t.Context(), tasks); err != nil {
		t.Fatal(err)
	}
	if err := p.Expect(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		key, at, ok := p.placement.next()
		if !ok {
			break
		}
		got = append(got, fmt.Sprint(key.InstanceID, " on ", p.engines[at].Name))
	}
	p.placement.leave(1) // x86's, so that the other one can begin, which torch2 may not keep waiting
	key, at, ok := p.placement.next()
	got = append(got, fmt.Sprint(key.InstanceID, " on ", p.engines[at].Name, " ", ok))
	want := []string{"torch on a", "x86 on b", "any on a", "x86-2 on b true"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	arm.unfit["torch"] = errors.New("too little memory")
	err := p.Fits(t.Context(), tasks)
	const says = "task torch fits no engine: a: too little memory; b: lacks gpu: yes (sandbox.require)"
	if err == nil || err.Error() != says || bench.ExitStatusOf(err) != bench.ExitUsage {
		t.Errorf("%v", err)
	}
}

// TestTheOnlyEngineOfATaskIsGone: patience runs though others are there, until it is back.
func TestTheOnlyEngineOfATaskIsGone(t *testing.T) {
	t.Parallel()
	for _, back := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			a := &picky{}
			var over atomic.Int32
			p := New([]Engine{
				{Name: "a", Max: 1, Pool: a},
				{Name: "b", Max: 1, Pool: &picky{}, Lacks: func(string) string { return "gpu: yes" }},
			}, Outages{
				Patience: time.Minute,
				Changed:  func(string, error) {}, Over: func(error) { over.Add(1) },
			})
			defer p.Close()
			task := bench.Task{InstanceID: "t"}
			trial := bench.TrialKey{InstanceID: "t"}
			if err := p.Fits(t.Context(), []bench.Task{task}); err != nil {
				t.Fatal(err)
			}
			if err := p.Expect(t.Context(), []bench.Trial{{Key: trial, Task: task}}); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
			a.setDown(true)
			if !p.Gone(t.Context(), trial) {
				t.Error("it is there")
			}
			time.Sleep(30 * time.Second)
			a.setDown(!back)
			time.Sleep(time.Hour)
			if n := over.Load(); (n == 0) != back {
				t.Errorf("back %t, over %d times", back, n)
			}
		})
	}
}
