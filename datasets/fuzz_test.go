package datasets_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bench/datasets"
)

func writeTB(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// FuzzLines: whatever a .jsonl file holds, there are tasks that can be used or
// an error, never a panic; and what is accepted is the same as a list.
func FuzzLines(f *testing.F) {
	seeds, err := filepath.Glob("testdata/bad/*.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range seeds {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	row := `{"instance_id":"a","repo":"t/t","base_commit":"` + commit + `","version":"1",` +
		`"problem_statement":"p","test_patch":"t","FAIL_TO_PASS":"[\"a\"]","PASS_TO_PASS":[]}`
	f.Add([]byte(row))
	f.Add([]byte(row + "\r\n" + row))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, "rows.jsonl")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := datasets.Load(context.Background(), datasets.Options{Path: path})
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without a word")
			}
			return
		}
		for _, task := range set.Tasks {
			if task.InstanceID == "" || task.BaseCommit == "" || len(task.FailToPass) == 0 ||
				task.PassToPass == nil {
				t.Fatalf("accepted: %+v", task)
			}
		}
		var rows [][]byte
		for _, line := range bytes.Split(text, []byte("\n")) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				rows = append(rows, line)
			}
		}
		list := filepath.Join(dir, "rows.json")
		text = slices.Concat([]byte("["), bytes.Join(rows, []byte(",")), []byte("]"))
		if err := os.WriteFile(list, text, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := datasets.Load(context.Background(), datasets.Options{Path: list})
		if err != nil || again.Fingerprint != set.Fingerprint {
			t.Fatalf("as a list: %+v, %v", again, err)
		}
	})
}
