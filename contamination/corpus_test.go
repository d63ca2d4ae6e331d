package contamination_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/contamination"
	"bench/internal/require"
)

// TestRealFixes shows the fixes of all tasks of SWE-bench Verified and Lite to an agent,
// in three ways: what the change replaces, which is no evidence; the change, after the
// agent has written it itself, which is none either; and the change, which is.
func TestRealFixes(t *testing.T) {
	t.Parallel()
	seen, told := 0, 0
	for _, task := range append(rows(t, "verified"), rows(t, "lite")...) {
		fix := contamination.Of(task)
		before, _ := sides(task.Patch)
		if fs := shown(fix, "", before); len(fs) > 0 {
			t.Errorf("%s: %v in the base", task.InstanceID, fs)
		}
		if fs := shown(fix, task.Patch+task.TestPatch, task.Patch+task.TestPatch); len(fs) > 0 {
			t.Errorf("%s: %v in what the agent wrote", task.InstanceID, fs)
		}
		seen++
		if len(shown(fix, "", task.Patch)) > 0 {
			told++
		}
	}
	t.Logf("%d of %d fixes are found", told, seen)
	if least := seen * 3 / 4; told < least {
		t.Errorf("%d of %d fixes are found, want %d", told, seen, least)
	}
}

// shown are the findings when an agent has written something and then sees an output.
func shown(fix *contamination.Fix, wrote, output string) []bench.Finding {
	x := contamination.NewExamination(fix, time.Time{})
	x.Wrote(wrote)
	x.Step(contamination.Step{Tool: "read_file", Inputs: []string{"/x"}, Output: output})
	return x.Findings()
}

// sides are the hunks of a patch before and after.
func sides(patch string) (before, after string) {
	var b, a strings.Builder
	for line := range strings.Lines(patch) {
		switch {
		case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		case strings.HasPrefix(line, "-"):
			b.WriteString(line[1:])
		case strings.HasPrefix(line, "+"):
			a.WriteString(line[1:])
		case strings.HasPrefix(line, " "):
			b.WriteString(line[1:])
			a.WriteString(line[1:])
		}
	}
	return b.String(), a.String()
}

// rows are the tasks of a data set, as far as an examination needs them.
func rows(t *testing.T, name string) (out []bench.Task) {
	t.Helper()
	f, err := os.Open(filepath.Join(require.Corpus(t), "swebench", name+".jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var row struct {
			ID        string `json:"instance_id"`
			Repo      string `json:"repo"`
			Version   string `json:"version"`
			Statement string `json:"problem_statement"`
			Hints     string `json:"hints_text"`
			Patch     string `json:"patch"`
			TestPatch string `json:"test_patch"`
			Fail      string `json:"FAIL_TO_PASS"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		task := bench.Task{InstanceID: row.ID, Repo: row.Repo, Version: row.Version,
			ProblemStatement: row.Statement, Hints: row.Hints, Patch: row.Patch, TestPatch: row.TestPatch}
		if err := json.Unmarshal([]byte(row.Fail), &task.FailToPass); err != nil {
			t.Fatal(err)
		}
		out = append(out, task)
	}
	return out
}
