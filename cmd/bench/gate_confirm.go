package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/results"
	"bench/results/nights"
	"bench/results/report"
	"bench/runner"
)

// confirmed runs the tasks that flipped again, if the verdict hangs on one night, and
// has it changed if they do not repeat the drop. The re-runs are a run of their own,
// which is no night; a gate that is asked again finds it.
func (f *gateFlags) confirmed(c *cobra.Command, v *nights.Verdict) error {
	keys := f.again(*v)
	if len(keys) == 0 {
		return nil
	}
	ctx := c.Context()
	store, err := openForWriting(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	id := fmt.Sprintf("%s-confirm%d", v.Night.ID, f.confirm)
	run, err := store.Run(ctx, id)
	if errors.Is(err, results.ErrNotFound) {
		if err := f.repeat(c, store, v.Night.ID, id, keys); err != nil {
			return err
		}
		run, err = store.Run(ctx, id)
	}
	if err != nil {
		return err
	}
	if run.State != bench.RunDone {
		return &bench.Failure{
			Status: bench.ExitIncomplete, Err: fmt.Errorf("run %s, which confirms, is not done", id),
			Hint: resumed(store.Path(), id).goOn + ", and then gate again",
		}
	}
	all, left, err := readNights(ctx, store, []results.Run{run}, f.exclude)
	if err != nil {
		return err
	}
	if left != nil && len(left.Tasks) > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "run %s, which confirms: %s; they confirm nothing\n", id,
			report.LeftOut(left))
	}
	v.Confirm(all[0])
	return nil
}

// again are the trials that confirm, attempt by attempt.
func (f *gateFlags) again(v nights.Verdict) (keys []bench.TrialKey) {
	for attempt := 1; attempt <= f.confirm; attempt++ {
		for _, name := range v.Doubtful() {
			for _, task := range v.Flipped(name) {
				keys = append(keys, bench.TrialKey{
					Configuration: name, InstanceID: task, Attempt: attempt,
				})
			}
		}
	}
	return keys
}

// repeat runs trials of a run again, as a run of their own, with its stored config.
func (f *gateFlags) repeat(
	c *cobra.Command, store *results.Store, of, id string, keys []bench.TrialKey,
) error {
	ctx := c.Context()
	h, err := runner.ReadHistory(ctx, store, of)
	if err != nil {
		return err
	}
	again := func(*config.Config) ([]bench.Trial, error) { return h.Again(ctx, keys) }
	cfg, plan, err := storedWork(ctx, store, h, forRuns(), again)
	if err != nil {
		return err
	}
	cfg.Cache = "" // what confirms is asked anew
	lock, err := claim(ctx, store, id, "")
	if err != nil {
		return err
	}
	defer lock.Close()
	fmt.Fprintf(c.ErrOrStderr(), "run %s: %s of %s to confirm\n", id,
		plural.Count(len(plan), "trial"), of)
	w := &work{cfg: cfg, store: store, run: bench.NewRun(id)}
	header := againOf(h.Run.Header, store)
	header.Name += confirming
	resolved := bench.Body(cfg.Resolved())
	header.Baseline, header.Config = "", resolved.Hash()
	summary, err := w.perform(c, runner.Options{
		RunID: id, Header: header, Trials: plan, Bodies: []bench.Body{resolved},
	})
	if err != nil {
		return err
	}
	return withoutStatus3(ending(summary, resumed(store.Path(), id)))
}

// againOf is how a run begins that does trials of another one again.
func againOf(h bench.RunStarted, store *results.Store) bench.RunStarted {
	h.Version, h.Home = versionString(), homeOf(store)
	h.Tasks, h.Trials, h.Configurations, h.Shard, h.RepetitionOf = nil, nil, nil, nil, ""
	return h
}

// withoutStatus3 lets trials without a verdict be missing: the others confirm.
func withoutStatus3(err error) error {
	if bench.ExitStatusOf(err) == bench.ExitIncomplete {
		return nil
	}
	return err
}
