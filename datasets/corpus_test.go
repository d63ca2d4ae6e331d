package datasets_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

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
			if task.CreatedAt.IsZero() || task.Patch == "" || task.TestPatch == "" {
				t.Errorf("%s: %s has no creation time or patches", c.file, task.InstanceID)
			}
		}
	}
}

func TestDbg(t *testing.T) {
	dir := filepath.Join(require.Corpus(t), "swebench")
	a := mustLoad(t, datasets.Options{Path: filepath.Join(dir, "verified.jsonl.gz")})
	b := mustLoad(t, datasets.Options{Path: filepath.Join(dir, "verified.parquet")})
	t.Log(a.Fingerprint, b.Fingerprint)
	m := map[string]bench.Task{}
	for _, x := range a.Tasks { m[x.InstanceID] = x }
	n := 0
	for _, x := range b.Tasks {
		if d := cmp.Diff(m[x.InstanceID], x); d != "" { n++; if n < 4 { t.Log(d[:min(len(d),1500)]) } }
	}
	t.Log(n)
	_, _, _, _, _ = bufio.NewReader, bytes.NewReader, gzip.NewReader, json.Marshal, io.Copy
	_, _ = os.Open, zstd.NewReader
}
func mustLoad(t *testing.T, o datasets.Options) *datasets.Set {
	t.Helper()
	s, err := datasets.Load(t.Context(), o)
	if err != nil { t.Fatal(err) }
	return s
}
