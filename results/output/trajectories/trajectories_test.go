package trajectories

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bench"
	"bench/results"
	"bench/results/output"
	"bench/results/resultstest"
	"bench/results/storetest"
	"bench/trajectory"
)

const run = "2026-03-14-fusion-vs-solo"

// stored is a run with faults and a delegating configuration.
func stored(t *testing.T) *results.Store {
	t.Helper()
	s := storetest.Stored(t, resultstest.Spec{RunID: run, Tasks: 6, Seed: 5, Faults: true, Simulated: true})
	return s
}

// valid reads a file and holds it against a schema.
func valid(t *testing.T, schema, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", schema))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return data
}

// detailOf is the trial that a file is of.
func detailOf(t *testing.T, s *results.Store, x *trajectory.BenchExtra) results.Detail {
	t.Helper()
	if x == nil {
		t.Fatal("the file does not say which trial it is of")
	}
	d, err := s.Detail(t.Context(), x.RunID, bench.TrialKey{
		Configuration: x.Configuration, InstanceID: x.InstanceID, Attempt: x.Attempt,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// same fails unless a trajectory that was read back is the trial.
func same(t *testing.T, path string, got trajectory.Trajectory, d results.Detail) {
	t.Helper()
	var main []results.Call
	for _, c := range d.Calls {
		if c.Agent == "main" {
			main = append(main, c)
		}
	}
	if got.Instance != d.Trial.Key.InstanceID || *got.Cost != d.Trial.Cost || *got.Patch != d.Patch ||
		len(got.Turns) != len(main) || !got.Bench.Simulated || got.Bench.Outcome != d.Trial.Outcome ||
		!reflect.DeepEqual(got.Bench.Resolved, d.Trial.Resolved) {
		t.Errorf("%s: read %s, %s, %d turns, %+v; want %+v with %d calls", path, got.Instance, got.Cost,
			len(got.Turns), got.Bench, d.Trial, len(main))
		return
	}
	for i, turn := range got.Turns {
		want := main[i].Usage
		if *turn.Usage != want || *turn.Cost != main[i].Cost || turn.Model != main[i].WireModel {
			t.Errorf("%s: turn %d is %+v at %s, want %+v at %s", path, i+1, *turn.Usage, *turn.Cost, want,
				main[i].Cost)
		}
		for _, c := range turn.Calls {
			if !json.Valid([]byte(c.Arguments)) || c.ID == "" || c.Name == "" {
				t.Errorf("%s: call %+v", path, c)
			}
		}
	}
	var roles bench.USD
	for _, r := range got.Bench.Roles {
		roles += *r.Cost
	}
	if roles != d.Trial.Cost {
		t.Errorf("%s: the roles cost %s, the trial %s", path, roles, d.Trial.Cost)
	}
}

func TestMini(t *testing.T) {
	t.Parallel()
	s := stored(t)
	dir := t.TempDir()
	paths, err := output.Write(t.Context(), Mini{}, s, run, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 3+18 { // preds.json of three configurations, 6 tasks each
		t.Fatalf("wrote %q", paths)
	}
	delegated := 0
	for _, path := range paths {
		if filepath.Base(path) == "preds.json" {
			continue
		}
		id := filepath.Base(filepath.Dir(path))
		if filepath.Base(path) != id+".traj.json" {
			t.Errorf("wrote %s", path)
		}
		data := valid(t, "mini.schema.json", path)
		delegated += strings.Count(string(data), `"delegation": {`)
		got, err := trajectory.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		d := detailOf(t, s, got.Bench)
		same(t, path, got, d)
		if *got.Calls != int64(len(d.Calls)) {
			t.Errorf("%s: %d calls, want %d of all roles", path, *got.Calls, len(d.Calls))
		}
	}
	if delegated < 6 {
		t.Errorf("%d answers of sidekicks", delegated)
	}
}

func TestATIF(t *testing.T) {
	t.Parallel()
	s := stored(t)
	paths, err := output.Write(t.Context(), ATIF{Version: "1.7"}, s, run, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	subs := 0
	for _, path := range paths {
		data := valid(t, "atif.schema.json", path)
		got, err := trajectory.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		d := detailOf(t, s, got.Bench)
		same(t, path, got, d)
		var doc trajectory.ATIF
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		refers(t, path, doc)
		subs += sidekicks(t, path, got, d)
	}
	if len(paths) < 15 || subs < 10 {
		t.Errorf("%d files with %d sidekicks", len(paths), subs)
	}
}

// refers fails unless every reference of a document leads somewhere, as the RFC has it.
func refers(t *testing.T, path string, doc trajectory.ATIF) {
	t.Helper()
	known := map[string]bool{}
	for _, sub := range doc.Subagents {
		if known[sub.TrajectoryID] {
			t.Errorf("%s: two trajectories %s", path, sub.TrajectoryID)
		}
		known[sub.TrajectoryID] = true
	}
	reached := map[string]bool{}
	for _, step := range doc.Steps {
		if step.Observation == nil {
			continue
		}
		for _, r := range step.Observation.Results {
			if !slices.ContainsFunc(step.ToolCalls, func(c trajectory.StepCall) bool { return c.ID == r.SourceCallID }) {
				t.Errorf("%s: step %d observes %q", path, step.StepID, r.SourceCallID)
			}
			for _, sub := range r.Subagents {
				reached[sub.TrajectoryID] = true
			}
		}
	}
	if !reflect.DeepEqual(known, reached) {
		t.Errorf("%s: sub-agents %v are embedded, %v referred to", path, known, reached)
	}
}

// sidekicks fails unless the sub-agents of a trajectory are those of the trial.
func sidekicks(t *testing.T, path string, got trajectory.Trajectory, d results.Detail) int {
	t.Helper()
	cost := map[string]bench.USD{}
	for _, c := range d.Calls {
		cost[c.Agent] += c.Cost
	}
	delete(cost, "main")
	if len(got.Subagents) != len(cost) {
		t.Errorf("%s: %d sub-agents, want %d", path, len(got.Subagents), len(cost))
	}
	for _, sub := range got.Subagents {
		if *sub.Cost != cost[sub.ID] || sub.Model != "z-ai/glm-5.2-air-instruct" {
			t.Errorf("%s: %s of %s cost %s, want %s", path, sub.ID, sub.Model, sub.Cost, cost[sub.ID])
		}
	}
	return len(got.Subagents)
}

// Version 1.8 is the same under another name; a run that was imported has nothing to
// write.
func TestVersionAndImported(t *testing.T) {
	t.Parallel()
	s := stored(t)
	paths, err := output.Write(t.Context(), ATIF{Version: "1.8"}, s, run, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if data := valid(t, "atif.schema.json", paths[0]); !bytes.Contains(data, []byte(`"ATIF-v1.8"`)) {
		t.Errorf("%.80s", data)
	}
	for _, p := range []bench.Payload{bench.RunStarted{Imported: "x.jsonl"}, bench.RunEnded{State: bench.RunDone}} {
		if _, err := s.Append(t.Context(), bench.Event{RunID: "i", Time: time.Unix(1, 0), Payload: p}); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []output.Output{Mini{}, ATIF{Version: "1.7"}} {
		_, err := output.Write(t.Context(), o, s, "i", t.TempDir())
		if err == nil || bench.ExitStatusOf(err) != bench.ExitUsage ||
			!strings.Contains(err.Error(), "imported from x.jsonl, without conversations") {
			t.Errorf("%s: %v", o.Name(), err)
		}
	}
}
