package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/results"
	"bench/runner"
)

// resumeFlags are what `bench resume` takes.
type resumeFlags struct {
	configFlags // without --config: it is in the database
	db          string
	only        []string
	format      string
}

func newResume() *cobra.Command {
	var f resumeFlags
	c := &cobra.Command{
		Use:   "resume RUN",
		Short: "Resume a run: finish what was cut off, start the rest",
		Long: `resume resumes the trials of a run that were cut off or interrupted, and starts
those that never began. What agents had said and seen is taken from the
database: no model call whose answer is recorded is made again. Their tool
calls are replayed in new sandboxes.

The config is the one that the run was started with.`,
		Args: exactly(1, "a run (see bench runs)"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	dbFlag(c, &f.db)
	c.Flags().StringSliceVar(&f.only, "only", nil,
		"try trials with these outcomes again, as new attempts: outcomes (see bench status), "+
			"infra or limit")
	key(&f.configFlags, "workers", "workers.agents",
		c.Flags().IntP("workers", "w", 0, "trials worked on at once (default: as before)"))
	formatFlag(c, &f.format)
	return c
}

func (f *resumeFlags) run(c *cobra.Command, id string) error {
	ctx := c.Context()
	if err := checkFormat(f.format); err != nil {
		return err
	}
	outcomes, err := outcomesOf(f.only)
	if err != nil {
		return err
	}
	if _, err := os.Stat(f.db); err != nil {
		return bench.Usagef("no database %s: name it with --db", f.db)
	}
	store, err := results.Open(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := known(ctx, store, id); err != nil {
		return err
	}
	lock, err := lockRun(store, id)
	if err != nil {
		return err
	}
	defer lock.Close()
	s, err := readHistory(ctx, store, id)
	if err != nil {
		return err
	}
	if len(s.run.Header.Trials) == 1 && s.run.Header.Trials[0].InstanceID == tryInstance {
		return bench.Usagef("run %s is a try, whose copy of the files is gone: try again", id)
	}
	cfg, err := f.config(c, store, s)
	if err != nil {
		return err
	}
	plan, added, err := s.plan(ctx, store, outcomes, cfg.Attempts)
	if err != nil {
		return err
	}
	return f.execute(c, cfg, store, s, plan, added)
}

// config is the one the run was started with, as it is stored.
func (f *resumeFlags) config(
	c *cobra.Command, store *results.Store, s *runHistory,
) (*config.Config, error) {
	text, err := store.Body(c.Context(), s.run.Header.Config)
	if err != nil {
		return nil, err
	}
	o := forRuns()
	o.Cached = func(string) error { return nil } // tasks are in the database
	o.Flags = f.overrides(c)
	return config.Parse("the config of run "+s.run.ID, text, o)
}

// plan lists the trials that are left, in the order of the run, and behind them
// new attempts of those that ended with one of the outcomes.
func (s *runHistory) plan(
	ctx context.Context, store *results.Store, outcomes []bench.Outcome, attempts int,
) (plan []bench.Trial, added []bench.TrialKey, err error) {
	tasks, err := s.tasks(ctx, store)
	if err != nil {
		return nil, nil, err
	}
	configurations := map[string]bench.Configuration{}
	for _, c := range s.run.Header.Configurations {
		configurations[c.Name] = c
	}
	add := func(k bench.TrialKey) {
		plan = append(plan, bench.Trial{
			Key: k, Task: tasks[k.InstanceID], Configuration: configurations[k.Configuration],
		})
	}
	for _, k := range s.run.Header.Trials {
		if open(s.run.Trials[k]) {
			add(k)
		}
	}
	added = s.newAttempts(outcomes, attempts)
	for _, k := range added {
		add(k)
	}
	return plan, added, nil
}

// newAttempts are new attempts of trials that ended with one of the outcomes, of a run
// that planned a number of attempts. Each one that was added before stands for a
// trial that had ended so and was tried again.
func (s *runHistory) newAttempts(outcomes []bench.Outcome, planned int) (added []bench.TrialKey) {
	type count struct{ failed, last int }
	counts := map[bench.TrialKey]*count{} // by the key without its attempt
	var order []bench.TrialKey
	for _, k := range s.run.Header.Trials {
		t, of := s.run.Trials[k], k
		of.Attempt = 0
		if counts[of] == nil {
			counts[of], order = &count{}, append(order, of)
		}
		c := counts[of]
		c.last = max(c.last, k.Attempt)
		if !open(t) && slices.Contains(outcomes, t.Outcome) {
			c.failed++
		}
	}
	for _, k := range order {
		c := counts[k]
		for n := range max(0, c.failed-max(0, c.last-planned)) {
			k.Attempt = c.last + 1 + n
			added = append(added, k)
		}
	}
	return added
}

// execute runs what is left.
func (f *resumeFlags) execute(
	c *cobra.Command, cfg *config.Config, store *results.Store, s *runHistory, plan []bench.Trial,
	added []bench.TrialKey,
) error {
	stderr := c.ErrOrStderr()
	if len(plan) == 0 {
		fmt.Fprintf(stderr, "run %s: nothing is left to do\n", s.run.ID)
		return printComparison(c.Context(), c.OutOrStdout(), store, []string{s.run.ID},
			compareFlags{format: f.format})
	}
	fmt.Fprintf(stderr, "run %s: %s to resume, %s to start\n", s.run.ID,
		plural.Count(len(s.history), "trial"), plural.Count(len(plan)-len(s.history), "trial"))
	header := s.run.Header
	header.Version = versionString()
	header.Workers, header.Limits = cfg.BenchWorkers(), cfg.BenchRunLimits()
	w := &work{cfg: cfg, store: store, format: f.format, run: s.run}
	return w.do(c, runner.Options{
		RunID: s.run.ID, Header: header, Trials: plan,
		Resume: &runner.Resumption{
			Seq: s.run.LastSeq, Spent: s.spent, Histories: s.history, Added: added,
		},
	})
}

// outcomesOf reads the outcomes of --only.
func outcomesOf(names []string) (all []bench.Outcome, err error) {
	for _, name := range names {
		var found []bench.Outcome
		for _, o := range bench.Outcomes {
			switch {
			case o == bench.OutcomeResolved, o == bench.OutcomeCancelled: // nothing to try again
			case string(o) == name,
				name == "infra" && o.Blame() == bench.BlameInfra,
				name == "limit" && strings.HasPrefix(string(o), "limit_"):
				found = append(found, o)
			}
		}
		if found == nil {
			return nil, bench.Usagef("--only %s: want infra, limit or one of %s", name,
				strings.Join(retryable(), ", "))
		}
		all = append(all, found...)
	}
	return all, nil
}

// retryable are the outcomes that a trial may be tried again after.
func retryable() (names []string) {
	for _, o := range bench.Outcomes {
		if o != bench.OutcomeResolved && o != bench.OutcomeCancelled {
			names = append(names, string(o))
		}
	}
	return names
}
