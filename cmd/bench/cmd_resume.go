package main

import (
	"context"
	"fmt"
	"os"
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
	h, err := runner.ReadHistory(ctx, store, id)
	if err != nil {
		return err
	}
	if from := h.Run.Header.Imported; from != "" {
		return bench.Usagef("run %s was imported from %s: it has no config to resume it with", id, from)
	}
	if len(h.Run.Header.Trials) == 1 && h.Run.Header.Trials[0].InstanceID == tryInstance {
		return bench.Usagef("run %s is a try, whose copy of the files is gone: try again", id)
	}
	var resume *runner.Resumption
	choose := func(cfg *config.Config) (plan []bench.Trial, err error) {
		plan, resume, err = h.Plan(ctx, outcomes, cfg.Attempts)
		return plan, err
	}
	cfg, plan, err := storedWork(ctx, store, h, f.overrides(c), choose)
	if err != nil {
		return err
	}
	return f.execute(c, &work{cfg: cfg, store: store, format: f.format, run: h.Run}, plan, resume)
}

// storedWork is the config that a run was started with, with the flags given now, and
// the trials of the run that are chosen. Their repositories are found where they lie
// now, and are as they were.
func storedWork(
	ctx context.Context, store *results.Store, h *runner.History, flags []config.Assignment,
	choose func(*config.Config) ([]bench.Trial, error),
) (*config.Config, []bench.Trial, error) {
	files := moved{from: h.Run.Header.Home, to: homeOf(store)}
	cfg, err := storedConfig(ctx, store, h, files, flags)
	if err != nil {
		return nil, nil, err
	}
	plan, err := choose(cfg)
	if err != nil {
		return nil, nil, err
	}
	if err := files.sources(cfg, plan); err != nil {
		return nil, nil, err
	}
	return cfg, plan, unchanged(ctx, plan)
}

// storedConfig is the config that a run was started with, with the flags given now.
func storedConfig(
	ctx context.Context, store *results.Store, h *runner.History, files moved,
	flags []config.Assignment,
) (*config.Config, error) {
	text, err := store.Body(ctx, h.Run.Header.Config)
	if err != nil {
		return nil, err
	}
	o := forRuns()
	o.Stored = true // tasks are in the database
	o.Find = files.find
	o.Cached = func(string) error { return nil }
	o.Flags = flags
	return config.Parse("the config of run "+h.Run.ID, text, o)
}

// execute runs what is left.
func (f *resumeFlags) execute(
	c *cobra.Command, w *work, plan []bench.Trial, resume *runner.Resumption,
) error {
	stderr, id := c.ErrOrStderr(), w.run.ID
	if len(plan) == 0 {
		fmt.Fprintf(stderr, "run %s: nothing is left to do\n", id)
		return printComparison(c.Context(), c.OutOrStdout(), w.store, []string{id},
			compareFlags{format: f.format})
	}
	begun := len(resume.Histories)
	fmt.Fprintf(stderr, "run %s: %s to resume, %s to start\n", id,
		plural.Count(begun, "trial"), plural.Count(len(plan)-begun, "trial"))
	header := w.run.Header
	header.Version = versionString()
	header.Workers, header.Limits = w.cfg.BenchWorkers(), w.cfg.BenchRunLimits()
	return w.do(c, runner.Options{RunID: id, Header: header, Trials: plan, Resume: resume})
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
