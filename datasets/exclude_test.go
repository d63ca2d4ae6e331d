package datasets_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bench/datasets"
)

// TestExclude: ids and files leave tasks out, before the slice is taken.
func TestExclude(t *testing.T) {
	t.Parallel()
	rows, _, _ := sample()
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "rows.jsonl"), jsonLines(t, rows))
	yaml := write(t, filepath.Join(dir, "q.yaml"),
		[]byte("# flaky\n- instance_id: acme__rocket-2\n  reason: needs a network\n"))
	asJSON := write(t, filepath.Join(dir, "q.json"), []byte(`[{"instance_id": "acme__rocket-3"}]`))
	set := mustLoad(t, datasets.Options{Path: path, Selection: datasets.Selection{
		Exclude: []string{yaml, "acme__rocket-1"}, Slice: ":1",
	}})
	if len(set.Tasks) != 1 || set.Tasks[0].InstanceID != "acme__rocket-3" || set.Rows != 3 ||
		len(set.Excluded) != 2 || set.Excluded[1].Reason != "needs a network" {
		t.Errorf("%+v", set)
	}
	set = mustLoad(t, datasets.Options{Path: path, Selection: datasets.Selection{
		Exclude: []string{asJSON}, Filter: "-[12]$",
	}})
	if len(set.Tasks) != 2 || len(set.Excluded) != 0 {
		t.Errorf("what filter leaves out is excluded: %+v", set.Excluded)
	}
	for want, exclude := range map[string][]string{
		"exclude: no instance acme__rocket-9; did you mean acme__rocket-": {"acme__rocket-9"},
		"all 3 instances that ids and filter choose are excluded":         {yaml, asJSON, "acme__rocket-1"},
		"q3.yaml)":                          {write(t, filepath.Join(dir, "q3.yaml"), []byte("- instance_id: nobody\n"))},
		`unknown key "id"`:                  {write(t, filepath.Join(dir, "q4.json"), []byte(`[{"id": "x"}]`))},
		"expected a list":                   {write(t, filepath.Join(dir, "q5.yaml"), []byte("a: b\n"))},
		"exclude tasks: open " + dir + "/q": {filepath.Join(dir, "q6.yaml")},
	} {
		_, err := datasets.Load(t.Context(), datasets.Options{
			Path: path, Selection: datasets.Selection{Exclude: exclude},
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", exclude, err, want)
		}
	}
}

// cache puts a dataset into the cache as a pull does.
func cache(t *testing.T, name, revision, commit string, at time.Time, files map[string][]byte) string {
	t.Helper()
	root, err := datasets.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, name, commit)
	m := datasets.Manifest{Name: name, Revision: revision, Commit: commit, PulledAt: at}
	for path, content := range files {
		write(t, filepath.Join(dir, path), content)
		m.Files = append(m.Files, datasets.CachedFile{Path: path, Size: int64(len(content))})
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, datasets.ManifestFile), b)
	return dir
}

// TestCache: a name is the latest pull, name@revision that one.
func TestCache(t *testing.T) {
	t.Setenv("BENCH_CACHE", t.TempDir())
	rows, _, _ := sample()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	file := "data/test-00000-of-00001.jsonl"
	cache(t, "swe-bench-lite", "v1", "1111111aaa", at, map[string][]byte{file: jsonLines(t, rows[:1])})
	cache(t, "swe-bench-lite", "main", "2222222bbb", at.Add(1), map[string][]byte{
		file: jsonLines(t, rows[:2]), "data/dev-00000-of-00001.jsonl": jsonLines(t, rows),
	})
	damaged := cache(t, "swe-bench", "main", "c", at, map[string][]byte{file: jsonLines(t, rows)})
	if err := os.Truncate(filepath.Join(damaged, file), 5); err != nil {
		t.Fatal(err)
	}
	cache(t, "swe-gym", "main", "d", at,
		map[string][]byte{"data/train-00000-of-00001.jsonl": jsonLines(t, rows)})
	for source, want := range map[string]int{
		"swe-bench-lite": 2, "swe-bench-lite@main": 2, "swe-bench-lite@v1": 1,
		"swe-bench-lite@1111111": 1, "swe-gym": 3,
	} {
		for _, o := range []datasets.Options{{Source: source}, {Path: source}} {
			if set := mustLoad(t, o); len(set.Tasks) != want {
				t.Errorf("%+v: %d tasks, want %d", o, len(set.Tasks), want)
			}
		}
	}
	if set := mustLoad(t, datasets.Options{Source: "swe-bench-lite", Split: "dev"}); set.Rows != 3 {
		t.Errorf("%d rows of dev", set.Rows)
	}
	for source, want := range map[string]string{
		"swe-bench": "is damaged", "swe-bench-lite@v9": "not in the cache",
	} {
		if _, err := datasets.Load(t.Context(), datasets.Options{Source: source}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
}

// What is written as a quarantine file is read again, in both forms.
func TestWriteExclusions(t *testing.T) {
	t.Parallel()
	list := []datasets.Exclusion{
		{InstanceID: "a__b-1", Reason: `it "fails": <x> & # no comment`},
		{InstanceID: "42", Reason: "two\nlines\tand é"},
	}
	for _, name := range []string{"q.yaml", "q.json"} {
		for n := range len(list) + 1 {
			path := filepath.Join(t.TempDir(), name)
			if err := datasets.WriteExclusions(path, "Tasks found unsound.", list[:n]); err != nil {
				t.Fatal(err)
			}
			rows := filepath.Join(t.TempDir(), "rows.jsonl")
			var text strings.Builder
			for _, id := range []string{"a__b-1", "42", "stays"} {
				fmt.Fprintf(&text, `{"instance_id": %q, "repo": "a/b", "FAIL_TO_PASS": ["t"], "PASS_TO_PASS": []}`+"\n", id)
			}
			if err := os.WriteFile(rows, []byte(text.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			set, err := datasets.Load(t.Context(), datasets.Options{
				Path: rows, ForLogs: true, Selection: datasets.Selection{Exclude: []string{path}},
			})
			if err != nil {
				t.Fatalf("%s with %d: %v", name, n, err)
			}
			if len(set.Excluded) != n || len(set.Tasks) != 3-n {
				t.Errorf("%s with %d: excluded %+v", name, n, set.Excluded)
			}
			for i, e := range set.Excluded {
				if e.InstanceID != list[i].InstanceID || e.Reason != list[i].Reason {
					t.Errorf("%s: got %+v, want %+v", name, e, list[i])
				}
			}
		}
	}
}
