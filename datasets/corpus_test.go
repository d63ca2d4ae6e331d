package datasets_test

import (
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
