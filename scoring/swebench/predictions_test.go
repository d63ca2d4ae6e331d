package swebench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench/internal/require"
)

func TestReadPredictions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, want string }{
		{"a.jsonl", `{"instance_id":"a","model_patch":"x","model_name_or_path":"m"}` + "\r\n\n" +
			`{"instance_id":"b","model_patch":null,"model_name_or_path":"m"}`, "a=x b=nil"},
		{"b.json", `[{"instance_id":"a","model_patch":""}, {"instance_id":"b"}]`, "a= b=nil"},
		{"c.json", `{"k": {"instance_id":"b","model_patch":"1"}, ` +
			`"l": {"instance_id":"a","model_patch":"2"}}`, "b=1 a=2"},
		{"d.jsonl", `{"instance_id":"a","model_patch":"1"}` + "\n" +
			`{"instance_id":"b","model_patch":"2"}` + "\n" +
			`{"instance_id":"a","model_patch":"3"}` + "\n", "a=3 b=2"},
		{"e.json", "[]", ""},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadPredictions(path)
		if err != nil {
			t.Error(err)
			continue
		}
		var words []string
		for _, p := range got {
			patch := "nil"
			if p.Patch != nil {
				patch = *p.Patch
			}
			words = append(words, p.InstanceID+"="+patch)
		}
		if s := strings.Join(words, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.file, s, c.want)
		}
	}
}

func TestReadPredictionsRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, want string }{
		{"a.jsonl", "{}\n", "a.jsonl:1: prediction without instance_id"},
		{"b.jsonl", `{"instance_id":"a"}` + "\n\n[1]\n",
			"b.jsonl:3: a prediction must be an object"},
		{"c.jsonl", `{"instance_id":"a"}` + "\n{\n", "c.jsonl:2: unexpected end of JSON input"},
		{"d.json", "[\n{\"instance_id\":\"a\"},\n{\"model_patch\":\"x\"}]",
			"d.json:3: prediction without instance_id"},
		{"e.json", "[\n{\"instance_id\":\"a\"},\n", "e.json:3: unexpected end of file"},
		{"f.json", "3", "f.json:1: want a list"},
		{"g.json", "{\"a\":\n3}", "g.json:2: a prediction must be an object"},
		{"h.json", "[] x", "h.json:1: text after"},
		{"i.json", "", "i.json:1: unexpected end of file"},
		{"j.json", "[\n{\"instance_id\":\"a\",\"model_patch\":3}]", "j.json:2: "},
		{"k.txt", "", `suffix ".txt"`},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, err := ReadPredictions(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %s", c.file, p, err, c.want)
		}
	}
	if _, err := ReadPredictions(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a file that does not exist was read")
	}
}

// TestCorpusPredictions reads real files of all three forms.
func TestCorpusPredictions(t *testing.T) {
	dir := require.Corpus(t)
	files, err := filepath.Glob(filepath.Join(dir, "predictions", "*.json*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, f := range files {
		p, err := ReadPredictions(f)
		if err != nil || len(p) == 0 {
			t.Errorf("%s: %d predictions, %v", filepath.Base(f), len(p), err)
		}
		seen := map[string]bool{}
		for _, q := range p {
			if seen[q.InstanceID] {
				t.Errorf("%s: %s twice", filepath.Base(f), q.InstanceID)
			}
			seen[q.InstanceID] = true
		}
	}
}
