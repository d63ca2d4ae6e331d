package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"bench"
	"bench/internal/require"
	"bench/results"
	"bench/results/compare"
	"bench/results/resultstest"
)

// Whoever recomputes the document from the views gets the same: counts, money,
// intervals, p values, the word. The script shares no code with bench. One run has
// an attempt at each task, one three, and one could end early; and a document that is
// wrong is found out.
func TestRecomputed(t *testing.T) {
	t.Parallel()
	python := require.Program(t, "python3")
	file := filepath.Join(t.TempDir(), "bench.db")
	store, err := results.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, spec := range []resultstest.Spec{
		{RunID: "once", Tasks: 18, Seed: 5, Faults: true, Simulated: true},
		{RunID: "thrice", Tasks: 8, Attempts: 3, Seed: 6, Faults: true, Simulated: true},
		{RunID: "stopped", Tasks: 40, Seed: 8, Faults: true, Simulated: true, Turns: 3,
			Stop: bench.StopDecided},
	} {
		resultstest.Write(t, store.Append, spec)
		c, err := compare.Runs(t.Context(), store, []string{spec.RunID}, compare.Options{Resamples: 300})
		if err != nil {
			t.Fatal(err)
		}
		var document bytes.Buffer
		if err := JSON(&document, c); err != nil {
			t.Fatal(err)
		}
		run := func(text []byte) ([]byte, error) {
			name := filepath.Join(t.TempDir(), "comparison.json")
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
			return exec.CommandContext(t.Context(), python, "testdata/recompute.py", file, spec.RunID, name, "300").
				CombinedOutput()
		}
		if said, err := run(document.Bytes()); err != nil {
			t.Errorf("%s: %v\n%s", spec.RunID, err, said)
		}
		wrong := bytes.ReplaceAll(document.Bytes(), []byte(`"quality": "`), []byte(`"quality": "not `))
		if said, err := run(wrong); err == nil {
			t.Errorf("%s: a wrong word is taken for right: %s", spec.RunID, said)
		}
	}
}
