package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/datasets"
)

// TestChangedFolder: a run is not resumed with another verifier than it began with.
func TestChangedFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "test.sh"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a")
	content, err := datasets.ContentOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	plan := []bench.Trial{{Task: bench.Task{
		InstanceID: "x", Judging: &bench.Judging{Verifier: &bench.Verifier{
			Folder: dir, Content: content,
		}},
	}}}
	if err := unchanged(t.Context(), plan); err != nil {
		t.Error(err)
	}
	write("b")
	err = unchanged(t.Context(), plan)
	if err == nil || !strings.Contains(err.Error(), "the files of "+dir+" have changed") {
		t.Error(err)
	}
}
