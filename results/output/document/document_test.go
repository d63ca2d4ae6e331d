package document

import (
	"encoding/json"
	"os"
	"testing"

	"bench"
	"bench/results/output"
	"bench/results/resultstest"
	"bench/results/storetest"
	"bench/trajectory"
)

// The document holds all trials, each with what was said in it, and its parts agree.
func TestOutput(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: "r", Tasks: 6, Seed: 5, Faults: true, Simulated: true})
	paths, err := output.Write(t.Context(), Output{}, s, "r", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Format string
		Run    struct {
			Cost bench.USD `json:"cost_usd"`
		}
		Config     struct{ Seed int }
		Comparison struct {
			Configurations []struct {
				Cost struct{ Total float64 } `json:"cost_usd"`
			}
		}
		Trials []struct {
			InstanceID string `json:"instance_id"`
			Totals     struct {
				Cost float64 `json:"cost_usd"`
			}
		}
		Trajectories []*trajectory.ATIF
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var sum, trials float64
	for _, c := range doc.Comparison.Configurations {
		sum += c.Cost.Total
	}
	for i, x := range doc.Trials {
		trials += x.Totals.Cost
		if said := doc.Trajectories[i]; said != nil {
			extra := said.Extra["bench"].(map[string]any)
			if extra["instance_id"] != x.InstanceID || *said.FinalMetrics.CostUSD != x.Totals.Cost {
				t.Errorf("trial %d is of %s at %v, its trajectory of %v", i, x.InstanceID, x.Totals.Cost, extra)
			}
		}
	}
	want := doc.Run.Cost
	if doc.Format != Format || doc.Config.Seed != 42 || len(doc.Trials) != 18 || len(doc.Trajectories) != 18 ||
		bench.Dollars(sum) != want || bench.Dollars(trials) != want || want == 0 {
		t.Errorf("%s with seed %d: %d trials, %d trajectories; %v, %v and %s", doc.Format, doc.Config.Seed,
			len(doc.Trials), len(doc.Trajectories), sum, trials, want)
	}
}
