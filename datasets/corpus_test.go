package datasets_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bench"
	"bench/datasets"
	"bench/internal/require"
)

// TestCorpus reads the real files.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(require.Corpus(t), "swebench")
	for _, c := range []struct {
		file  string
		tasks int
	}{{"lite.jsonl.gz", 300}, {"verified.jsonl.gz", 500}, {"verified.parquet", 500}} {
		set := mustLoad(t, datasets.Options{Path: filepath.Join(dir, c.file)})
		if len(set.Tasks) != c.tasks || set.Rows != c.tasks {
			t.Errorf("%s: %d tasks of %d rows, want %d", c.file, len(set.Tasks), set.Rows, c.tasks)
		}
		for _, task := range set.Tasks {
			if task.CreatedAt.IsZero() || task.Patch == "" || task.TestPatch == "" ||
				task.Version == "" || task.ProblemStatement == "" {
				t.Errorf("%s: %s lacks something", c.file, task.InstanceID)
			}
		}
	}
}

// TestCorpusFormatsAgree: the same rows are the same dataset in any format.
func TestCorpusFormatsAgree(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(require.Corpus(t), "swebench")
	lines := mustLoad(t, datasets.Options{Path: filepath.Join(dir, "verified.jsonl.gz")})
	parquet := mustLoad(t, datasets.Options{Path: filepath.Join(dir, "verified.parquet")})
	if lines.Fingerprint != parquet.Fingerprint {
		t.Errorf("fingerprints %s and %s", lines.Fingerprint, parquet.Fingerprint)
	}
	byID := map[string]bench.Task{}
	for _, task := range parquet.Tasks {
		byID[task.InstanceID] = task
	}
	for _, task := range lines.Tasks {
		if diff := cmp.Diff(task, byID[task.InstanceID]); diff != "" {
			t.Errorf("%s (-jsonl +parquet):\n%s", task.InstanceID, diff)
		}
	}
	lite := mustLoad(t, datasets.Options{Path: filepath.Join(dir, "lite.jsonl.gz")})
	if lite.Fingerprint == lines.Fingerprint {
		t.Error("two datasets have one fingerprint")
	}
}

// TestCorpusSelection: real ids, and the order of the file is kept.
func TestCorpusSelection(t *testing.T) {
	t.Parallel()
	path := filepath.Join(require.Corpus(t), "swebench", "verified.parquet")
	whole := mustLoad(t, datasets.Options{Path: path})
	some := mustLoad(t, datasets.Options{Path: path, Selection: datasets.Selection{
		IDs:    []string{"sympy__sympy-21612", "sympy__sympy-21379", "django__django-11099"},
		Filter: "^sympy__",
	}})
	got := ids(some.Tasks)
	if diff := cmp.Diff([]string{"sympy__sympy-21379", "sympy__sympy-21612"}, got); diff != "" {
		t.Error(diff)
	}
	if some.Fingerprint != whole.Fingerprint || some.Rows != whole.Rows {
		t.Error("the selection changes what the source is")
	}
}

func BenchmarkLoadVerified(b *testing.B) {
	dir := filepath.Join(require.Corpus(b), "swebench")
	for _, file := range []string{"verified.jsonl.gz", "verified.parquet"} {
		b.Run(file, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o := datasets.Options{Path: filepath.Join(dir, file)}
				if _, err := datasets.Load(b.Context(), o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func mustLoad(t *testing.T, o datasets.Options) *datasets.Set {
	t.Helper()
	set, err := datasets.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func ids(tasks []bench.Task) []string {
	all := make([]string, len(tasks))
	for i, t := range tasks {
		all[i] = t.InstanceID
	}
	return all
}

// TestCorpusOtherSets: real rows, their long texts cut off, are told by their
// fields.
func TestCorpusOtherSets(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(require.Corpus(t),
		"swebench/samples/other_sets_rows_clipped.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows map[string]json.RawMessage
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct{ set, image string }{
		"swe-bench-live_python": {
			"swe-bench-live", "starryzhang/sweb.eval.x86_64.conan-io_1776_conan-15377:latest",
		},
		"multi-swe-bench": {"multi-swe-bench", "mswebench/nlohmann_m_json:pr-4537"},
	} {
		path := write(t, filepath.Join(t.TempDir(), "rows.jsonl"), compact(t, rows[name]))
		task := mustLoad(t, datasets.Options{Path: path}).Tasks[0]
		if task.Judging == nil || task.Judging.Set != want.set || task.Image != want.image ||
			len(task.FailToPass) == 0 || len(task.PassToPass) == 0 || task.BaseCommit == "" {
			t.Errorf("%s: %+v", name, task)
		}
	}
}

func compact(t *testing.T, raw json.RawMessage) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
