package preds

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bench"
	"bench/results"
	"bench/results/output"
	"bench/results/resultstest"
	"bench/results/storetest"
)

func TestPredsTakeTheLastVerdict(t *testing.T) {
	t.Parallel()
	yes := true
	key := func(attempt int) bench.TrialKey { return bench.TrialKey{InstanceID: "a", Attempt: attempt} }
	for name, c := range map[string]struct {
		planned int
		patches []results.Patch
		want    []string // by planned attempt
	}{
		"the last with a verdict": {1, []results.Patch{
			{Key: key(1), Text: "one"}, {Key: key(2), Text: "two", Resolved: &yes}, {Key: key(3), Text: "three"},
		}, []string{"two"}},
		"each attempt": {3, []results.Patch{
			{Key: key(1), Text: "one", Resolved: &yes}, {Key: key(2), Text: "two", Resolved: &yes}, {Key: key(3), Text: "three"},
		}, []string{"one", "two", "three"}},
		"added ones stand for those without a verdict": {3, []results.Patch{
			{Key: key(1), Text: "one"}, {Key: key(2), Text: "two", Resolved: &yes}, // the third has no patch
			{Key: key(4), Text: "four", Resolved: &yes}, {Key: key(5), Text: "five", Resolved: &yes},
		}, []string{"four", "two", "five"}},
	} {
		sets := byAttempt(c.patches, c.planned)
		if len(sets) != len(c.want) {
			t.Fatalf("%s: %d sets", name, len(sets))
		}
		for i, set := range sets {
			if set["a"].Text != c.want[i] {
				t.Errorf("%s: attempt %d is %q, want %q", name, i+1, set["a"].Text, c.want[i])
			}
		}
	}
}

// What is written is byte for byte as it always was, a file for each
// configuration, whose paths are returned.
func TestWrite(t *testing.T) {
	t.Parallel()
	const run = "2026-03-14-fusion-vs-solo"
	spec := resultstest.Spec{RunID: run, Tasks: 12, Seed: 5, Faults: true, Simulated: true}
	s := storetest.Stored(t, spec)
	dir := t.TempDir()
	paths, err := output.Write(t.Context(), Output{}, s, run, dir)
	if err != nil {
		t.Fatal(err)
	}
	configurations := resultstest.Configurations(true)
	if len(paths) != len(configurations) {
		t.Fatalf("wrote %q", paths)
	}
	for i, c := range configurations {
		if want := filepath.Join(dir, c.Name, "preds.json"); paths[i] != want {
			t.Errorf("wrote %s, want %s", paths[i], want)
		}
	}
	patches, err := s.Patches(t.Context(), run, "fusion")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := write(&got, "fusion", byAttempt(patches[:3], 1)[0]); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/preds.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s", &got, want)
	}
}

// refusing is an output that takes no run.
type refusing struct{ Output }

func (refusing) Check(context.Context, *results.Store, string) error {
	return errors.New("it has no trajectories")
}

// An output that refuses a run writes nothing of it.
func TestCheck(t *testing.T) {
	t.Parallel()
	paths, err := output.Write(t.Context(), refusing{}, nil, "r", t.TempDir())
	if len(paths) > 0 || err == nil || err.Error() != "export r as preds: it has no trajectories" {
		t.Errorf("wrote %q, %v", paths, err)
	}
}
