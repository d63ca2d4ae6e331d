package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/results"
	"bench/runner"
	"bench/sandbox"
)

// notRepeated are flags that change what is run: what repeats a run has none of them.
var notRepeated = []string{"set", "filter", "slice", "shuffle", "aa", "shard"}

// repeat runs a stored run again, as a run of its own in the same database: its trials,
// with its config, tasks, seeds and prices, in its images.
func (f *runFlags) repeat(c *cobra.Command) error {
	if err := refuse(c, "from", notRepeated...); err != nil {
		return err
	}
	db, err := f.stored(c)
	if err != nil {
		return err
	}
	open := openForWriting
	if f.dryRun {
		open = openStore
	}
	store, err := open(c.Context(), db)
	if err != nil {
		return err
	}
	defer store.Close()
	cfg, o, err := f.again(c, store)
	if err != nil {
		return err
	}
	if f.dryRun {
		return printPlan(c.OutOrStdout(), cfg, o.Header, o.Trials)
	}
	return f.execute(c, cfg, store, o)
}

// stored is the database that the run is in, which it is repeated in.
func (f *runFlags) stored(c *cobra.Command) (db string, err error) {
	if f.times != "" && f.at.IsZero() {
		return "", bench.Usagef("--times says how long tasks take to --stop-before and --max-wall")
	}
	if f.runID, err = runID(f.runID); err != nil {
		return "", err
	}
	if db, err = c.Flags().GetString("db"); err == nil && db == "" {
		db = defaultDB
	}
	if err == nil {
		err = mustExist(db)
	}
	return db, err
}

// again is the stored run as a plan for another one.
func (f *runFlags) again(
	c *cobra.Command, store *results.Store,
) (cfg *config.Config, o runner.Options, err error) {
	ctx := c.Context()
	if err := known(ctx, store, f.from); err != nil {
		return nil, o, err
	}
	h, err := runner.ReadHistory(ctx, store, f.from)
	if err != nil {
		return nil, o, err
	}
	only, err := c.Flags().GetStringSlice("instances")
	if err != nil {
		return nil, o, err
	}
	if err := canBeRepeated(h.Run, only); err != nil {
		return nil, o, err
	}
	options := forRuns()
	if n, err := c.Flags().GetInt("workers"); err == nil && c.Flags().Changed("workers") {
		options.Flags = []config.Assignment{config.Assign("--workers", "workers.agents", n)}
	}
	cfg, o.Trials, err = storedWork(ctx, store, h, options,
		func(cfg *config.Config) ([]bench.Trial, error) {
			return h.Again(ctx, planned(h.Run.Header.Trials, cfg.Attempts, only))
		})
	if err != nil {
		return nil, o, err
	}
	resolved := bench.Body(cfg.Resolved())
	o.Bodies = []bench.Body{resolved}
	o.Header = againOf(h.Run.Header, store)
	o.Header.RepetitionOf, o.Header.Config = f.from, resolved.Hash()
	o.Header.Workers = cfg.BenchWorkers()
	return cfg, o, nil
}

// planned are the trials that a run had at its start, of some instances or all. Attempts
// that were added to it because others had failed are none of them.
func planned(all []bench.TrialKey, attempts int, only []string) (keys []bench.TrialKey) {
	for _, k := range all {
		if k.Attempt <= attempts && (len(only) == 0 || slices.Contains(only, k.InstanceID)) {
			keys = append(keys, k)
		}
	}
	return keys
}

// canBeRepeated refuses runs that are not in the database as bench could run them again,
// and instances that the run does not have.
func canBeRepeated(r *bench.Run, only []string) error {
	switch h := r.Header; {
	case h.Replay != nil:
		return bench.Usagef("run %s is a %s: repeat that one", r.ID, h.Replay)
	case h.Imported != "":
		return bench.Usagef("run %s was imported from %s: it has no config to run again", r.ID,
			h.Imported)
	case isTry(h):
		return bench.Usagef("run %s is a try, whose copy of the files is gone: try again", r.ID)
	case h.SandboxKind == outside:
		return bench.Usagef("run %s is of a program that bench did not run", r.ID)
	case h.Shard.Part():
		return bench.Usagef("run %s is shard %s of a run: put its shards together (bench db merge) "+
			"and repeat the whole", r.ID, h.Shard)
	}
	return ofRun("instances", only, instancesOf(r.Header))
}

// pinned has the pool take the images that a run was made with, by digest, and refuses to
// begin where one is another by now.
func (w *wiring) pinned(
	ctx context.Context, store *results.Store, of string, tasks []bench.Task,
) error {
	pool, ok := w.pool.(sandbox.Pinner)
	if of == "" || !ok {
		return nil
	}
	images, err := store.TaskImages(ctx, of)
	if err != nil {
		return err
	}
	err = pool.Pin(ctx, tasks, images)
	if other := (*sandbox.OtherImageError)(nil); errors.As(err, &other) {
		return bench.Usagef("%w\n  a repetition of run %s runs in its images: put them back, or start a "+
			"run from the config", err, of)
	}
	return err
}
