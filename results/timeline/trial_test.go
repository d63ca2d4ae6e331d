package timeline

import (
	"testing"

	"bench/results/resultstest"
	"bench/results/storetest"
)

// A trial is the same whether it comes from the facts of its run or alone.
func TestTrialsFromFactsAndDetails(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: "r", Tasks: 6, Seed: 4, Faults: true})
	f, err := s.Facts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	sidekicks := 0
	for _, trial := range All(f) {
		d, err := s.Detail(t.Context(), "r", trial.Key)
		if err != nil {
			t.Fatal(err)
		}
		alone := one(d)
		if trial.Times() != alone.Times() || drawn(trial.Path()) != drawn(alone.Path()) {
			t.Errorf("%s: %+v in its run, %+v alone", trial.Key, trial.Times(), alone.Times())
		}
		if len(trial.Activations()) != len(alone.Activations()) {
			t.Errorf("%s: %d and %d activations", trial.Key, len(trial.Activations()), len(alone.Activations()))
		}
		sidekicks += alone.Times().Peak
	}
	if sidekicks == 0 {
		t.Error("no sidekick worked")
	}
}
