package verify_test

import (
	"testing"

	"bench"
	"bench/scoring/verify"
)

func TestNetworks(t *testing.T) {
	t.Parallel()
	n := verify.Networks{Dir: t.TempDir() + "/of/tasks"}
	task := bench.Task{
		InstanceID: "one", BaseCommit: "c", TestPatch: "p", FailToPass: []string{"a"},
		ProblemStatement: "wrong", Image: "i",
		Source: bench.Source{Repository: "here", BaseImage: "b", Setup: []string{"make"}, Workdir: "/w"},
	}
	is := func(task bench.Task, rules string, offline, known bool) {
		t.Helper()
		if o, k := n.Offline(task, rules); o != offline || k != known {
			t.Errorf("offline %t, known %t; want %t, %t", o, k, offline, known)
		}
	}
	remember := func(offline bool) {
		t.Helper()
		if err := n.Remember(task, "v5", offline); err != nil {
			t.Fatal(err)
		}
	}
	is(task, "v5", false, false)
	remember(true)
	is(task, "v5", true, true)
	is(task, "v4", false, false)
	again := task
	again.ProblemStatement, again.Source.Repository = "other words", "elsewhere"
	is(again, "v5", true, true)
	for _, change := range []func(*bench.Task){
		func(t *bench.Task) { t.TestPatch = "q" },
		func(t *bench.Task) { t.FailToPass = nil },
		func(t *bench.Task) { t.BaseCommit = "d" },
		func(t *bench.Task) { t.EvalScript = "curl" },
		func(t *bench.Task) { t.Image = "j" },
		func(t *bench.Task) { t.Source.BaseImage = "c" },
		func(t *bench.Task) { t.Source.Setup = []string{"make", "all"} },
		func(t *bench.Task) { t.Source.Workdir = "/v" },
	} {
		other := task
		change(&other)
		is(other, "v5", false, false)
	}
	remember(false)
	is(task, "v5", false, true)

	nowhere := verify.Networks{}
	if err := nowhere.Remember(task, "v5", true); err != nil {
		t.Error(err)
	}
	if offline, known := nowhere.Offline(task, "v5"); offline || known {
		t.Error("what nobody remembers is known")
	}
}

// Where a task needs a network, its checks alone are made anew.
func TestRetry(t *testing.T) {
	t.Parallel()
	tasks := []bench.Task{{InstanceID: "a", Patch: "p"}, {InstanceID: "b", Patch: "p"}}
	checks, _ := verify.New(tasks, 2)
	a, b := checks[0], checks[1]
	work := verify.Retry(checks, 2, func(k *verify.Check) bool { return k == b })
	if len(work) != 4 || checks[0] != a || checks[1] == b || checks[1].Task.InstanceID != "b" {
		t.Errorf("%d evaluations, %v", len(work), checks)
	}
	for _, e := range work {
		if e.Task.InstanceID != "b" {
			t.Errorf("%s again", e.Task.InstanceID)
		}
	}
}
