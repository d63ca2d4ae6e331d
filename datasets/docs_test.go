package datasets

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestDocs: docs/datasets.md has a line for every column and every key that is
// read, and for no other key.
func TestDocs(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/datasets.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(b), "\n## Rows\n")
	rows, folders, _ := strings.Cut(rows, "\n## Task folders\n")
	for _, column := range columns() {
		if !strings.Contains(rows, "`"+column+"`") {
			t.Errorf("the column %s is not documented", column)
		}
	}
	keys := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[folderTask]()) {
		keys[f.Tag.Get("json")] = true
	}
	_, table, _ := strings.Cut(folders, "|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for key := range strings.SplitSeq(cell, ",") {
			key = strings.Trim(key, " `")
			if !keys[key] {
				t.Errorf("the key %q is documented and does not exist", key)
			}
			delete(keys, key)
		}
	}
	for key := range keys {
		t.Errorf("the key %q of task.yaml is not documented", key)
	}
}
