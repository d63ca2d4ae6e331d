package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/results"
	"bench/runner"
	"bench/sandbox"
	"bench/scoring/evaluate"
)

// shardFlag is the part of the work that a process does: 3/10 is the third of ten.
type shardFlag struct{ index, count int } // 0: all of it

// String implements pflag.Value.
func (f *shardFlag) String() string {
	if f.count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", f.index, f.count)
}

// Type implements pflag.Value.
func (*shardFlag) Type() string { return "I/N" }

// Set implements pflag.Value.
func (f *shardFlag) Set(text string) error {
	var rest string
	n, err := fmt.Sscanf(text+" .", "%d/%d %s", &f.index, &f.count, &rest)
	if err != nil || n != 3 || rest != "." || f.index < 1 || f.index > f.count {
		return bench.Usagef("want I/N, such as 3/10, with I from 1 to N")
	}
	return nil
}

// addShard adds --shard.
func (f *shardFlag) addShard(c *cobra.Command, whole string) {
	c.Flags().Var(f, "shard", "do one part of N of "+whole+", by instance; the same tasks and N give "+
		"the same parts")
}

// part are the tasks of the shard among others, given how long each takes.
func (f *shardFlag) part(takes map[string]time.Duration) (of map[string]int, err error) {
	if f.count > len(takes) {
		return nil, bench.Usagef("--shard %s: there are %s, and at most so many shards", f,
			plural.Count(len(takes), "task"))
	}
	return bench.Divide(takes, f.count), nil
}

// shardOf is the part of a plan that this process does, and what is recorded of it.
func (f *runFlags) shardOf(
	ctx context.Context, cfg *config.Config, header *bench.RunStarted, plan []bench.Trial,
) (mine []bench.Trial, rows []bench.Body, err error) {
	takes, err := f.takes(ctx, cfg, plan)
	if err != nil {
		return nil, nil, err
	}
	of, err := f.part(takes)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range plan {
		if of[t.Key.InstanceID] == f.index {
			mine = append(mine, t)
		}
	}
	whole, rows := runner.Whole(*header, plan)
	header.Shard = bench.NewShard(whole, f.index, f.count, of)
	header.Configurations = whole.Configurations
	header.Limits = whole.Limits.Share(len(mine), len(plan))
	if whole.Limits.Cost > 0 && header.Limits.Cost == 0 {
		return nil, nil, bench.Usagef("--shard %s: its share of limits.run_cost_usd is nothing", f)
	}
	return mine, rows, nil
}

// takes is how long the trials of each task take, as far as is known.
func (f *runFlags) takes(
	ctx context.Context, cfg *config.Config, plan []bench.Trial,
) (map[string]time.Duration, error) {
	pace := bench.NewPace()
	if err := timesFrom(ctx, pace, f.times); err != nil {
		return nil, err
	}
	return expected(pace, plan, limitOf(cfg)), nil
}

// expected is how long the trials of each task take together.
func expected(
	pace *bench.Pace, plan []bench.Trial, limit func(bench.Trial) time.Duration,
) map[string]time.Duration {
	takes := map[string]time.Duration{}
	for _, t := range plan {
		takes[t.Key.InstanceID] += pace.Expect(t.Key, limit(t)).Takes
	}
	return takes
}

// timesFrom adds what all trials in a database have taken; "" is none.
func timesFrom(ctx context.Context, p *bench.Pace, db string) error {
	if db == "" {
		return nil
	}
	return withStore(ctx, db, func(s *results.Store) error { return paceOfAll(ctx, p, s) })
}

// paceOfAll adds what trials of all runs have taken.
func paceOfAll(ctx context.Context, p *bench.Pace, s *results.Store) error {
	runs, err := runIDs(ctx, s)
	for _, id := range runs {
		if err == nil {
			err = paceOf(ctx, p, s, id)
		}
	}
	return err
}

// longestFirst has a pool of several engines begin the longest tasks first, as far as the
// run's database and that of --times know them.
func (w *work) longestFirst(ctx context.Context, pool sandbox.Pool, plan []bench.Trial) error {
	p, ok := pool.(sandbox.Pacer)
	if !ok {
		return nil
	}
	pace := bench.NewPace()
	if err := paceOfAll(ctx, pace, w.store); err != nil {
		return err
	}
	if err := timesFrom(ctx, pace, w.times); err != nil {
		return err
	}
	unlimited := func(bench.Trial) time.Duration { return 0 }
	p.Pace(expected(pace, plan, unlimited))
	return nil
}

// checkShard refuses what does not go with --shard.
func (f *runFlags) checkShard(c *cobra.Command, cfg *config.Config) error {
	switch {
	case f.times != "" && f.count == 0 && f.at.IsZero() && len(cfg.Sandbox.Engines) == 0:
		return bench.Usagef("--times says how long tasks take to --shard, --stop-before and " +
			"--max-wall, and to sandbox.engines")
	case f.count == 0:
		return nil
	case f.runID == "":
		return bench.Usagef("--shard %s needs --run-id: all shards of a run have the same", &f.shardFlag)
	case cfg.BenchStop() == bench.StopDecided:
		return bench.Usagef("--shard %s does not go with compare.stop: decided: when a run is decided "+
			"only all of its trials tell", &f.shardFlag)
	}
	if !c.Flags().Changed("db") {
		cfg.Results = f.file(cfg.Results)
	}
	return nil
}

// file is what a shard is written to where the whole run is written to a database.
func (f *shardFlag) file(path string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + f.suffix() + ext
}

// suffix tells the files of a shard from those of others.
func (f *shardFlag) suffix() string {
	if f.count == 0 {
		return ""
	}
	return fmt.Sprintf(".%d-of-%d", f.index, f.count)
}

// evaluations are those that are this shard's, and their tasks. Of how long tests take
// nothing is known before.
func (f *shardFlag) evaluations(
	tasks []bench.Task, work []*evaluate.Evaluation,
) ([]bench.Task, []*evaluate.Evaluation, error) {
	if f.count == 0 {
		return tasks, work, nil
	}
	takes := map[string]time.Duration{}
	for _, t := range evaluate.Tasks(work) {
		takes[t.InstanceID] = 0
	}
	of, err := f.part(takes)
	if err != nil {
		return nil, nil, err
	}
	tasks = slices.DeleteFunc(slices.Clone(tasks), func(t bench.Task) bool {
		return of[t.InstanceID] != f.index
	})
	return tasks, slices.DeleteFunc(work, func(e *evaluate.Evaluation) bool {
		return of[e.Task.InstanceID] != f.index
	}), nil
}

// wholeConfig is a config as all shards of a run store it: each has a database of its own.
func wholeConfig(cfg *config.Config) *config.Config {
	whole := *cfg
	whole.Results = ""
	return &whole
}

// partOf says which part of a run this is, with a comma behind it; "" if it is no part.
func partOf(h bench.RunStarted) string {
	if !h.Shard.Part() {
		return ""
	}
	return fmt.Sprintf("shard %s, ", h.Shard)
}
