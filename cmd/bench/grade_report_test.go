package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bench"
	"bench/internal/require"
	"bench/scoring/swebench"
)

// TestStoredReports lays real run reports out as the harness does, one folder
// for each instance, and sums them up again: the document must be the same to
// the byte.
func TestStoredReports(t *testing.T) {
	t.Parallel()
	dir := require.Corpus(t)
	var files []string
	for _, pattern := range []string{"logs/run_reports/*", "swebench/samples/run_report_*.json"} {
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	agree := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]json.RawMessage
		var r swebench.RunReport
		if json.Unmarshal(text, &keys) != nil || json.Unmarshal(text, &r) != nil {
			t.Fatalf("%s is no run report", name)
		}
		rules := "v4"
		if r.InfraIDs != nil {
			rules = "v5"
		} else if keys["unstopped_instances"] != nil || keys["pending_ids"] != nil {
			continue // of older programs
		}
		want, _, _ := bytes.Cut(text, []byte(",\n    \"unstopped_instances\"")) // needs the engine
		got := aggregated(t, r, rules)
		if !bytes.HasPrefix(got, want) || len(got)-len(want) > len("\n}\n") {
			t.Errorf("%s: got\n%.3000s", filepath.Base(name), got)
			continue
		}
		agree++
	}
	t.Logf("%d of %d reports agree", agree, agree)
	if agree != 7 {
		t.Errorf("%d reports agree, want 7", agree)
	}
}

// aggregated lays out a run, and returns what bench prints of it.
func aggregated(t *testing.T, r swebench.RunReport, rules string) []byte {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	predictions, rows := []swebench.Prediction{}, map[string]bool{}
	for _, id := range slices.Concat(r.CompletedIDs, r.IncompleteIDs, r.EmptyPatchIDs, r.ErrorIDs) {
		rows[id] = true
	}
	for _, id := range r.SubmittedIDs {
		patch, folder := "diff", "logs/run_evaluation/run/org__m/"+id
		switch {
		case slices.Contains(r.EmptyPatchIDs, id):
			patch = ""
		case slices.Contains(r.ResolvedIDs, id):
			write(folder+"/report.json", []byte(`{"`+id+`": {"resolved": true}}`))
		case slices.Contains(r.UnresolvedIDs, id):
			write(folder+"/report.json", []byte(`{"`+id+`": {"resolved": false}}`))
		case slices.Contains(r.CompletedIDs, id):
			write(folder+"/report.json", []byte(`{"`+id+`": {`))
		case rows[id]:
			write(folder+"/run_instance.log", []byte("x"))
		}
		if r.FailureReasons[id] == "tests_timed_out" {
			write(folder+"/test_output.txt", []byte("x\n\nTimeout error: 1800 seconds exceeded."))
		}
		predictions = append(predictions, swebench.Prediction{InstanceID: id, Model: "org/m", Patch: &patch})
	}
	text, err := json.Marshal(predictions)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		lines.WriteString(`{"instance_id": "` + id + `", "repo": "a/b", "FAIL_TO_PASS": ["t"], ` +
			`"PASS_TO_PASS": []}` + "\n")
	}
	var stdout, stderr bytes.Buffer
	status := run([]string{
		"grade", "--report", filepath.Join(dir, "logs"), "--format", "json", "--rules", rules,
		"--predictions", write("preds.json", text), "--dataset", write("rows.jsonl", []byte(lines.String())),
	}, &stdout, &stderr)
	if want := map[bool]int{true: int(bench.ExitIncomplete)}[len(r.ErrorIDs) > 0]; status != want {
		t.Errorf("status %d, want %d: %s", status, want, &stderr)
	}
	return stdout.Bytes()
}
