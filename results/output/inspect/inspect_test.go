package inspect

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bench"
	"bench/results"
	"bench/results/output"
	"bench/results/resultstest"
	"bench/results/storetest"
)

// logs writes a run and reads its logs back, each held against the schema.
func logs(t *testing.T, s *results.Store) (all []evalLog) {
	t.Helper()
	paths, err := output.Write(t.Context(), Output{}, s, "r_1", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.NewCompiler().Compile("testdata/log.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^2026-03-14T09-26-53\+00-00_(solo|cheap|fusion)_r-1\.json$`)
	for _, path := range paths {
		if !name.MatchString(filepath.Base(path)) {
			t.Errorf("wrote %s", path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		var log evalLog
		if err := json.Unmarshal(data, &log); err != nil {
			t.Fatal(err)
		}
		all = append(all, log)
	}
	return all
}

// Attempts are epochs, roles add up to what trials cost, the accuracy is the share of
// those with a verdict, and what ended by the infrastructure is an error.
func TestLogs(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: "r_1", Tasks: 5, Attempts: 2, Seed: 1, Faults: true, Simulated: true})
	trials, err := s.Trials(t.Context(), "r_1")
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[bench.TrialKey]results.Trial{}
	for _, x := range trials {
		byKey[x.Key] = x
	}
	read, faults := 0, 0
	for _, log := range logs(t, s) {
		scored, resolved := 0.0, 0.0
		for _, x := range log.Samples {
			trial := byKey[bench.TrialKey{Configuration: log.Eval.Task, InstanceID: x.ID, Attempt: x.Epoch}]
			read++
			if trial.Resolved != nil {
				scored++
				if *trial.Resolved {
					resolved++
				}
			}
			if x.Error != nil {
				faults++
			}
			if (x.Error != nil) != (trial.Blame == bench.BlameInfra || trial.Blame == bench.BlameUser) {
				t.Errorf("%s: error %v", trial.Key, x.Error)
			}
			cost := 0.0
			for _, u := range x.Roles {
				cost += u.Cost
			}
			if bench.Dollars(cost) != trial.Cost {
				t.Errorf("%s: the roles cost %v, the trial %s", trial.Key, cost, trial.Cost)
			}
			happened(t, s, trial, x)
		}
		score := log.Results.Scores[0]
		if got := score.Metrics["accuracy"].Value; math.Abs(got-resolved/scored) > 1e-9 || float64(score.Scored) != scored ||
			log.Eval.Dataset.Samples != 5 || log.Eval.Config["epochs"] != 2.0 || log.Eval.Tags[0] != "simulated" {
			t.Errorf("%s: accuracy %v of %d, want %v of %v", log.Eval.Task, got, score.Scored, resolved/scored, scored)
		}
	}
	if read != len(trials) || faults == 0 {
		t.Errorf("%d samples of %d trials, %d faults", read, len(trials), faults)
	}
}

// happened fails unless the events of a sample are what the trial has: every call in a
// span that is open, delegations as spans below main's.
func happened(t *testing.T, s *results.Store, trial results.Trial, x sample) {
	t.Helper()
	d, err := s.Detail(t.Context(), "r_1", trial.Key)
	if err != nil {
		t.Fatal(err)
	}
	open, count := map[string]bool{}, map[string]int{}
	for _, e := range x.Events {
		event := e.(map[string]any)
		kind := event["event"].(string)
		count[kind]++
		switch id, _ := event["id"].(string); kind {
		case "span_begin":
			open[id] = true
			if parent, ok := event["parent_id"]; ok && !open[parent.(string)] {
				t.Errorf("%s: span %s below %s, which is not open", trial.Key, id, parent)
			}
		case "span_end":
			delete(open, id)
		default:
			if !open[event["span_id"].(string)] {
				t.Errorf("%s: %s in %v, which is not open", trial.Key, kind, event["span_id"])
			}
			if refs, ok := event["input_refs"].([]any); ok && len(refs) > 0 {
				to := refs[0].([]any)[1].(float64)
				if to > float64(len(x.Pool.Messages)) || to == 0 {
					t.Errorf("%s: messages up to %v of %d", trial.Key, to, len(x.Pool.Messages))
				}
			}
		}
	}
	spans := len(d.Delegations)
	for _, a := range d.Agents {
		if a.Role != bench.RoleSidekick {
			spans++
		}
	}
	if count["model"] != len(d.Calls) || count["tool"] != len(d.ToolCalls) || count["span_begin"] != spans {
		t.Errorf("%s: %v; want %d calls, %d tools, %d spans", trial.Key, count, len(d.Calls), len(d.ToolCalls), spans)
	}
}
