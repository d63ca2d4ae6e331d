package datasets_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench/datasets"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestBad holds every message to its letter.
func TestBad(t *testing.T) {
	entries, err := os.ReadDir("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	var n int
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".want") {
			continue
		}
		n++
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("testdata/bad", e.Name())
			set, err := datasets.Load(t.Context(), datasets.Options{Path: path})
			if err == nil {
				t.Fatalf("%d tasks are accepted", len(set.Tasks))
			}
			golden(t, path+".want", err.Error()+"\n")
		})
	}
	if n < 6 {
		t.Errorf("%d bad datasets, want at least 6", n)
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

// TestErrorTypes: callers can reach the single mistake.
func TestErrorTypes(t *testing.T) {
	t.Parallel()
	_, err := datasets.Load(t.Context(), datasets.Options{Path: "testdata/bad/many.jsonl"})
	var all *datasets.Errors
	if !errors.As(err, &all) || len(all.Errors) != 20 || all.More != 10 {
		t.Fatalf("error %T %v, want 20 mistakes and 10 more", err, err)
	}
	var one *datasets.Error
	if !errors.As(err, &one) || one.Field != "base_commit" || one.Instance != "acme__rocket-0" {
		t.Errorf("first mistake %+v", one)
	}
}

// TestNoPath: a name alone says how the data is to be had.
func TestNoPath(t *testing.T) {
	t.Setenv("BENCH_CACHE", t.TempDir())
	for source, want := range map[string]string{
		"swe-bench-verified@v2": "dataset swe-bench-verified@v2 is not in the cache: fetch it with " +
			"bench dataset pull swe-bench-verified@v2, or give the path of its file " +
			"(dataset.path in a configuration, --dataset on the command line)",
		"":              "no dataset: give the path of a .jsonl, .json or .parquet file, or of task folders",
		"nowhere.jsonl": "load dataset: stat nowhere.jsonl: no such file or directory",
	} {
		_, err := datasets.Load(t.Context(), datasets.Options{Source: source})
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}
