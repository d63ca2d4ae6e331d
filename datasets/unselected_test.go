package datasets_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench/datasets"
)

// spoiledRows are rows of which those that are named bad have no repository, and one
// is no JSON at all.
func spoiledRows(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, id := range []string{"good-1", "bad-1", "good-2", "bad-2", "good-3"} {
		fmt.Fprintf(&text, `{"instance_id": %q, "FAIL_TO_PASS": ["t"], "PASS_TO_PASS": []`, id)
		if strings.HasPrefix(id, "good") {
			text.WriteString(`, "repo": "a/b"`)
		}
		text.WriteString("}\n")
	}
	text.WriteString(`{"repo": "a/b", "instance_id": "nan-1", "score": NaN}` + "\n")
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A row with mistakes is refused if it is selected, and named if it is not.
func TestUnselected(t *testing.T) {
	t.Parallel()
	path := spoiledRows(t)
	const bad1, bad2, nan = ":2: repo: ", ":4: repo: ", ":6: score: "
	for name, c := range map[string]struct {
		datasets.Selection
		refused, named []string
	}{
		"all":            {refused: []string{bad1, bad2, nan}},
		"ids":            {Selection: datasets.Selection{IDs: []string{"good-2"}}, named: []string{bad1, bad2, nan}},
		"a bad id":       {Selection: datasets.Selection{IDs: []string{"bad-2", "good-1"}}, refused: []string{bad2}},
		"filter":         {Selection: datasets.Selection{Filter: "good"}, named: []string{bad1, bad2, nan}},
		"slice":          {Selection: datasets.Selection{Slice: ":1"}, named: []string{bad1, bad2, nan}},
		"slice with one": {Selection: datasets.Selection{Slice: ":3"}, refused: []string{bad1}},
		"excluded": {
			Selection: datasets.Selection{Exclude: []string{"bad-1", "bad-2", "nan-1"}},
			named:     []string{bad1, bad2, nan},
		},
		"one excluded": {
			Selection: datasets.Selection{Exclude: []string{"bad-1", "nan-1"}}, refused: []string{bad2},
		},
	} {
		set, err := datasets.Load(t.Context(), datasets.Options{
			Path: path, ForLogs: true, Selection: c.Selection,
		})
		refused, named := messages(err), []string(nil)
		if err == nil && set.Unselected != nil {
			named = messages(set.Unselected)
		}
		sameEnds(t, name+": refused", refused, c.refused)
		sameEnds(t, name+": named", named, c.named)
	}
}

// messages are the single mistakes of an error.
func messages(err error) (texts []string) {
	var all *datasets.Errors
	if errors.As(err, &all) {
		for _, e := range all.Errors {
			texts = append(texts, e.Error())
		}
	}
	return texts
}

func sameEnds(t *testing.T, what string, got, want []string) {
	t.Helper()
	same := len(got) == len(want)
	for i := range want {
		same = same && strings.Contains(got[i], want[i])
	}
	if !same {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// Of a row whose id cannot be read it is not clear whether it is meant: it is in the
// way of a filter and of a shuffle, but not of ids that are all found.
func TestUnselectedWithoutID(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	const good = `{"instance_id": "good-%d", "repo": "a/b", "FAIL_TO_PASS": ["t"], "PASS_TO_PASS": []}` + "\n"
	text := fmt.Sprintf(good+good+"no JSON\n", 1, 2)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		datasets.Selection
		want string // in the error; "" if there is none
	}{
		"ids":        {Selection: datasets.Selection{IDs: []string{"good-1"}}},
		"slice":      {Selection: datasets.Selection{Slice: ":2"}},
		"filter":     {datasets.Selection{Filter: "good"}, "rows.jsonl:3: unreadable"},
		"shuffle":    {datasets.Selection{Shuffle: true, Slice: ":1"}, "rows.jsonl:3: unreadable"},
		"unknown id": {datasets.Selection{IDs: []string{"lost-1"}}, "rows.jsonl:3: unreadable"},
	} {
		set, err := datasets.Load(t.Context(), datasets.Options{
			Path: path, ForLogs: true, Selection: c.Selection,
		})
		switch {
		case c.want == "" && (err != nil || set.Unselected == nil):
			t.Errorf("%s: %v, %+v", name, err, set)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// A task folder with a mistake is in nobody's way either, and the fingerprint is that
// of all folders.
func TestUnselectedFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder(t, filepath.Join(dir, "good"), treeTask("src"))
	whole := mustLoad(t, datasets.Options{Path: dir})
	bad := filepath.Join(dir, "bad")
	folder(t, bad, map[string]string{"task.yaml": "colour: red\n"})
	if _, err := datasets.Load(t.Context(), datasets.Options{Path: dir}); err == nil {
		t.Error("a selected folder with a mistake is accepted")
	}
	set := mustLoad(t, datasets.Options{
		Path: dir, Selection: datasets.Selection{Exclude: []string{"bad"}},
	})
	if len(set.Tasks) != len(whole.Tasks) || set.Fingerprint == whole.Fingerprint {
		t.Errorf("%d tasks, fingerprint %s", len(set.Tasks), set.Fingerprint)
	}
	if set.Unselected == nil || !strings.Contains(set.Unselected.Error(), "colour") {
		t.Errorf("the mistake is not named: %v", set.Unselected)
	}
}
