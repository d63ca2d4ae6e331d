package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/datasets/hub/hubtest"
)

// TestPullCommand: the whole way, from the command line to a config that names
// the dataset and nothing else.
func TestPullCommand(t *testing.T) {
	s := (&hubtest.Server{}).Start(t)
	var out, errs bytes.Buffer
	if got := run([]string{"dataset", "pull", "swe-bench-lite@refs/pr/1"}, &out, &errs); got != int(bench.ExitDone) {
		t.Fatalf("exit status %d: %s", got, &errs)
	}
	if !strings.Contains(errs.String(), "SWE-bench/SWE-bench_Lite@refs/pr/1 is 0123456789ab: 1 file, ") ||
		!strings.HasSuffix(strings.TrimSpace(out.String()), hubtest.Commit) {
		t.Errorf("%s\n%s", &out, &errs)
	}
	s.Close()
	config := filepath.Join(t.TempDir(), "bench.yaml")
	text := "dataset: {source: swe-bench-lite}\nmodels:\n  m: {provider: openai, model: m, " +
		"api_key_env: HF_TOKEN, price: {input: 1, output: 1}}\nconfigurations:\n  s: {kind: single, model: m}\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if got := run([]string{"validate", config}, &out, &errs); got != int(bench.ExitDone) ||
		!strings.Contains(out.String(), "1 task ") {
		t.Errorf("exit status %d: %s\n%s", got, &out, &errs)
	}
	errs.Reset()
	if got := run([]string{"dataset", "pull", "nowhere"}, &out, &errs); got != int(bench.ExitUsage) {
		t.Errorf("exit status %d: %s", got, &errs)
	}
}
