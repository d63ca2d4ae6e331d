package results_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"bench"
	"bench/results"
	"bench/results/resultstest"
)

// A store takes events and answers with what follows from them.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	store, err := results.Open(ctx, filepath.Join(dir, "bench.db"))
	if err != nil {
		panic(err)
	}
	defer store.Close()
	for _, e := range resultstest.Events(resultstest.Spec{RunID: "demo", Tasks: 1}) {
		if _, err := store.Append(ctx, e); err != nil {
			panic(err)
		}
	}
	trials, err := store.Trials(ctx, "demo")
	if err != nil {
		panic(err)
	}
	for _, t := range trials {
		fmt.Println(t.Key, t.Outcome, t.Phase == bench.PhaseDone)
	}
	// Output:
	// solo/django__django-10000#1 resolved true
	// cheap/django__django-10000#1 unresolved true
	// fusion/django__django-10000#1 resolved true
}
