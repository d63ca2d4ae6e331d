package resultstest

import (
	"fmt"
	"iter"

	"bench"
)

// Replay folds all events of a run into its state.
func Replay(id string, events iter.Seq2[bench.Event, error]) (*bench.Run, error) {
	run := bench.NewRun(id)
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		if err := run.Apply(e); err != nil {
			return nil, fmt.Errorf("event %d of run %s: %w", e.Seq, id, err)
		}
	}
	return run, nil
}
