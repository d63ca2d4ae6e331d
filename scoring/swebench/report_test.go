package swebench

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bench"
	"bench/internal/require"
)

func yes() *bool { b := true; return &b }

// TestReportJSON: the document of a name that JSON could write in several ways.
func TestReportJSON(t *testing.T) {
	t.Parallel()
	g := bench.Grade{
		Rules: "v4", Found: true, Resolved: yes(),
		FailToPass: bench.Verdicts{Success: []string{"a <é> & 😀\u2028\x7f\b"}},
	}
	got, err := ReportJSON("x-1", true, g)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
    "x-1": {
        "patch_is_None": false,
        "patch_exists": true,
        "patch_successfully_applied": true,
        "resolved": true,
        "tests_status": {
            "FAIL_TO_PASS": {
                "success": [
                    "a <\u00e9> & \ud83d\ude00\u2028` + "\x7f" + `\b"
                ],
                "failure": []
            },
            "PASS_TO_PASS": {
                "success": [],
                "failure": []
            },
            "FAIL_TO_FAIL": {
                "success": [],
                "failure": []
            },
            "PASS_TO_FAIL": {
                "success": [],
                "failure": []
            }
        }
    }
}`
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	got, err = ReportJSON("x-1", false, bench.Grade{Rules: "v5"})
	if err != nil || !strings.Contains(string(got), `"patch_is_None": true`) ||
		!strings.Contains(string(got), `"infra_failure": false`) {
		t.Errorf("null patch: %s, %v", got, err)
	}
	if _, err := ReportJSON("x-1", true, bench.Grade{TimedOut: true}); err == nil {
		t.Error("a grade without a verdict has a report")
	}
}

// TestCorpusReportJSON writes the reports of the grading cases, and recorded
// ones to the byte.
func TestCorpusReportJSON(t *testing.T) {
	type gradingCase struct {
		Name  string
		Row   row
		Log   string
		Patch *string `json:"model_patch"`
		V5    struct{ Report any }
		V4    struct{ Report any } `json:"v4.1"`
	}
	agree, all := 0, 0
	jsonLines(t, "swebench/grading_cases.jsonl", func(c gradingCase) {
		for rules, want := range map[Rules]any{V5: c.V5.Report, V4: c.V4.Report} {
			g, err := Judge(c.Row.task(), rules, []byte(c.Log))
			if err != nil {
				continue // no report
			}
			all++
			data, err := ReportJSON(c.Row.InstanceID, c.Patch != nil, g)
			var got any
			if err == nil {
				err = json.Unmarshal(data, &got)
			}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s %s: %v\n got %v\nwant %v", c.Name, rules, err, got, want)
				continue
			}
			agree++
		}
	})
	report(t, "reports", agree, all)
	for name, rules := range map[string]Rules{"report_v5.json": V5, "report_v4_recorded.json": V4} {
		want, err := os.ReadFile(filepath.Join(require.Corpus(t), "swebench", "samples", name))
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]officialReport
		if err := json.Unmarshal(want, &doc); err != nil {
			t.Fatal(err)
		}
		for id, r := range doc {
			g := bench.Grade{
				Rules: string(rules), Found: r.Applied, Resolved: &r.Resolved,
				FailToPass:  r.TestsStatus["FAIL_TO_PASS"],
				PassToPass:  r.TestsStatus["PASS_TO_PASS"],
				InfraReason: r.InfraReason,
			}
			got, err := ReportJSON(id, true, g)
			if err != nil || string(got) != string(want) {
				t.Errorf("%s: %v\n%s", name, err, got)
			}
		}
	}
}

// rerun makes up a run that must have the given report.
func rerun(r RunReport) (dataset []string, evaluated []Evaluated) {
	patch := "x"
	for _, id := range r.SubmittedIDs {
		e := Evaluated{Prediction: Prediction{InstanceID: id, Patch: &patch}}
		switch {
		case slices.Contains(r.EmptyPatchIDs, id):
			e.Prediction.Patch = nil
		case slices.Contains(r.ResolvedIDs, id):
			e.Report = []byte(`{"` + id + `": {"resolved": true}}`)
		case slices.Contains(r.UnresolvedIDs, id):
			e.Report = []byte(`{"` + id + `": {"resolved": false}}`)
		case slices.Contains(r.CompletedIDs, id):
			e.Report = []byte(`{"` + id + `": {`)
		case slices.Contains(r.ErrorIDs, id):
		default:
			evaluated = append(evaluated, e)
			continue // not in the dataset
		}
		if r.FailureReasons[id] == "tests_timed_out" {
			e.Logs = [][]byte{[]byte("x\n\nTimeout error: 1800 seconds exceeded."), []byte("log")}
		}
		dataset = append(dataset, id)
		evaluated = append(evaluated, e)
	}
	slices.Reverse(dataset)
	return append(dataset, r.IncompleteIDs...), evaluated
}

// TestCorpusRunReports writes recorded run reports again, to the byte.
func TestCorpusRunReports(t *testing.T) {
	dir := require.Corpus(t)
	files, err := filepath.Glob(filepath.Join(dir, "logs", "run_reports", "*"))
	if err != nil {
		t.Fatal(err)
	}
	samples, err := filepath.Glob(filepath.Join(dir, "swebench", "samples", "run_report_*.json"))
	if err != nil {
		t.Fatal(err)
	}
	agree := 0
	for _, name := range append(files, samples...) {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		old := strings.Contains(string(want), `"unstopped_instances"`) && // before 4.1.0
			!strings.Contains(string(want), `"infra_failure_ids"`)
		if old || strings.Contains(string(want), `"pending_ids"`) { // another program's
			continue
		}
		var r RunReport
		if err := json.Unmarshal(want, &r); err != nil {
			t.Fatal(err)
		}
		rules := V4
		got := NewRunReport(rerun(r))
		if r.InfraIDs != nil {
			rules = V5
			got.Leftovers = &Leftovers{Containers: []string{}, Images: []string{}}
		}
		data, err := got.JSON(rules)
		if err != nil || string(data) != string(want) {
			t.Errorf("%s: %v\n%.2000s", filepath.Base(name), err, data)
			continue
		}
		agree++
	}
	if agree != 7 {
		t.Errorf("%d reports agree, want 7", agree)
	}
}

func TestRunReport(t *testing.T) {
	t.Parallel()
	patch := "x"
	of := func(id, report string, logs ...string) Evaluated {
		e := Evaluated{Prediction: Prediction{InstanceID: id, Model: "m", Patch: &patch}}
		if report != "" {
			e.Report = []byte(report)
		}
		for _, l := range logs {
			e.Logs = append(e.Logs, []byte(l))
		}
		return e
	}
	r := NewRunReport([]string{"f", "e", "d", "c", "b", "a"}, []Evaluated{
		of("a", `{"a": {"resolved": true}}`, "Killed"),
		of("b", `{"b": {"resolved": false}}`, "x", "Killed"),
		of("c", `{"a": {"resolved": true}}`),
		of("d", "", "no tests ran"),
		{Prediction: Prediction{InstanceID: "e"}},
		of("z", `{"z": {"resolved": true}}`),
	})
	want := RunReport{
		Total: 6, Submitted: 6, Completed: 3, Resolved: 1, Unresolved: 1, Infra: 1, Ambiguous: 1,
		EmptyPatches: 1, Errors: 2, Schema: 2,
		CompletedIDs: []string{"a", "b", "c"}, IncompleteIDs: []string{"f"},
		EmptyPatchIDs: []string{"e"},
		SubmittedIDs:  []string{"a", "b", "c", "d", "e", "z"}, ResolvedIDs: []string{"a"},
		UnresolvedIDs: []string{"b"}, InfraIDs: []string{"b"}, AmbiguousIDs: []string{"d"},
		ErrorIDs:       []string{"c", "d"},
		FailureReasons: map[string]string{"b": "out_of_memory", "d": "no_tests_collected"},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	if got := RunReportName("org/model", "run1"); got != "org__model.run1.json" {
		t.Errorf("name %s", got)
	}
}
