package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
	deadlineFlags
	logFlags
	viewFlags
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
	f.addDeadline(c, "trial")
	f.addLog(c)
	f.viewFlags.add(c)
	return c
}

func (f *resumeFlags) run(c *cobra.Command, id string) error {
	ctx := c.Context()
	if _, err := f.view(); err != nil {
		return err
	}
	if err := f.settle(c, time.Now()); err != nil {
		return err
	}
	outcomes, err := outcomesOf(f.only)
	if err != nil {
		return err
	}
	if err := mustExist(f.db); err != nil {
		return err
	}
	store, err := openForWriting(ctx, f.db)
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
	if err := store.QuickCheck(ctx); err != nil { // before more is spent
		return err
	}
	h, err := runner.ReadHistory(ctx, store, id)
	if err != nil {
		return err
	}
	if err := canBeResumed(h.Run); err != nil {
		return err
	}
	open := func(t results.Trial) bool { return t.Outcome.Open() }
	if err := bodiesThere(ctx, store, id, "resumed", open); err != nil {
		return err
	}
	var resume *runner.Resumption
	choose := func(cfg *config.Config) (plan []bench.Trial, err error) {
		plan, resume, err = h.Plan(ctx, outcomes, cfg.Attempts)
		return plan, err
	}
	options := forRuns()
	options.Flags = f.overrides(c)
	cfg, plan, err := storedWork(ctx, store, h, options, choose)
	if err != nil {
		return err
	}
	w := &work{
		cfg: cfg, store: store, view: f.viewFlags, until: f.deadlineFlags, logs: f.logFlags, run: h.Run,
	}
	return f.execute(c, w, plan, resume)
}

// canBeResumed refuses runs that have no work left that could be done again.
func canBeResumed(run *bench.Run) error {
	switch h := run.Header; {
	case h.Imported != "":
		return bench.Usagef("run %s was imported from %s: it has no config to resume it with", run.ID,
			h.Imported)
	case h.Replay != nil:
		return bench.Usagef("run %s is a %s, and is not resumed: bench replay %s again", run.ID, h.Replay,
			h.Replay.Of)
	case isTry(h):
		return bench.Usagef("run %s is a try, whose copy of the files is gone: try again", run.ID)
	case h.SandboxKind == outside:
		return bench.Usagef("run %s is of a program that bench did not run: begin another with "+
			"bench gateway", run.ID)
	}
	return nil
}

// isTry reports whether a run is one of bench try.
func isTry(h bench.RunStarted) bool {
	return len(h.Trials) == 1 && h.Trials[0].InstanceID == tryInstance
}

// storedWork is the config that a run was started with, with the options given now, and
// the trials of the run that are chosen. Their repositories are found where they lie now,
// and are as they were.
func storedWork(
	ctx context.Context, store *results.Store, h *runner.History, o config.Options,
	choose func(*config.Config) ([]bench.Trial, error),
) (*config.Config, []bench.Trial, error) {
	files := moved{from: h.Run.Header.Home, to: homeOf(store)}
	cfg, err := storedConfig(ctx, store, h, files, o)
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

// storedConfig is the config that a run was started with, with the options given now.
func storedConfig(
	ctx context.Context, store *results.Store, h *runner.History, files moved, o config.Options,
) (*config.Config, error) {
	text, err := store.Body(ctx, h.Run.Header.Config)
	if err != nil {
		return nil, err
	}
	o.Stored = true // tasks are in the database
	o.Find = files.find
	o.Cached = func(string) error { return nil }
	return config.Parse("the config of run "+h.Run.ID, text, o)
}

// execute runs what is left.
func (f *resumeFlags) execute(
	c *cobra.Command, w *work, plan []bench.Trial, resume *runner.Resumption,
) error {
	stderr, id := c.ErrOrStderr(), w.run.ID
	question := w.question(w.run.Header, slices.Concat(w.run.Header.Trials, resume.Added))
	begun := len(resume.Histories)
	decided := question != nil && question.Answered() && begun+len(resume.Added) == 0
	header := w.run.Header
	header.Version = versionString()
	header.Workers = w.cfg.BenchWorkers()
	if !header.Shard.Part() { // which has its share
		header.Limits = w.cfg.BenchRunLimits()
	}
	o := runner.Options{RunID: id, Header: header, Trials: plan, Resume: resume, Question: question}
	if len(plan) == 0 || decided {
		// It died between the end of its trials and its own, or was interrupted when its
		// question was answered.
		if w.run.State == bench.RunRunning || decided && w.run.State != bench.RunDecided {
			o.Journal = w.store
			if _, err := runner.Run(c.Context(), o); err != nil {
				return err
			}
		}
		fmt.Fprintf(stderr, "run %s: nothing is left to do\n", id)
		return printComparison(c.Context(), c.OutOrStdout(), w.store, []string{id},
			compareFlags{viewFlags: f.viewFlags})
	}
	fmt.Fprintf(stderr, "run %s: %s%s to resume, %s to start\n", id, partOf(header),
		plural.Count(begun, "trial"), plural.Count(len(plan)-begun, "trial"))
	return w.do(c, o)
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
