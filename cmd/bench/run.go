package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/progress"
	"bench/results"
	"bench/runner"
	"bench/sandbox"
)

// runFlags are what `bench run` takes beside the config.
type runFlags struct {
	config    string
	set       []string
	instances []string
	filter    string
	slice     string
	shuffle   bool
	workers   int
	runID     string
	db        string
	dryRun    bool
	format    string
}

func newRun() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run --config FILE",
		Short: "Run every configuration on every task, score the patches, print the comparison",
		Args:  exactly(0, "no arguments"),
		RunE:  func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	fs := c.Flags()
	fs.StringVarP(&f.config, "config", "c", "", "YAML config (see bench schema)")
	setFlag(c, &f.set)
	fs.StringSliceVarP(&f.instances, "instances", "i", nil, "only these instance ids")
	fs.StringVar(&f.filter, "filter", "", "only instance ids that match this regular expression")
	fs.StringVar(&f.slice, "slice", "", "only tasks A up to B: A:B, as in Python")
	fs.BoolVar(&f.shuffle, "shuffle", false, "shuffle the tasks by the seed before slicing")
	fs.IntVarP(&f.workers, "workers", "w", 0, "trials worked on at once")
	fs.StringVar(&f.runID, "run-id", "", "name of the run (default: its start time)")
	fs.StringVar(&f.db, "db", "", "database file (default: the config's results)")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the plan and its cost bounds, start nothing")
	formatFlag(c, &f.format)
	must(c.MarkFlagRequired("config"))
	return c
}

// overrides are the flags as config overrides, so that there is one way in
// which a config changes and one record of it.
func (f *runFlags) overrides(c *cobra.Command) []string {
	set := f.set
	if len(f.instances) > 0 {
		set = append(set, "dataset.ids=["+strings.Join(f.instances, ",")+"]")
	}
	if f.filter != "" {
		set = append(set, "dataset.filter='"+strings.ReplaceAll(f.filter, "'", "''")+"'")
	}
	if f.slice != "" {
		set = append(set, "dataset.slice='"+f.slice+"'")
	}
	if f.shuffle {
		set = append(set, "dataset.shuffle=true")
	}
	if c.Flags().Changed("workers") {
		set = append(set, fmt.Sprintf("workers.agents=%d", f.workers))
	}
	if f.db != "" {
		set = append(set, "results='"+strings.ReplaceAll(f.db, "'", "''")+"'")
	}
	return set
}

func (f *runFlags) run(c *cobra.Command) error {
	if err := checkFormat(f.format); err != nil {
		return err
	}
	cfg, err := loadConfig(f.config, f.overrides(c))
	if err != nil {
		return err
	}
	if f.runID == "" {
		f.runID = time.Now().UTC().Format("20060102-150405")
	}
	if strings.ContainsAny(f.runID, "/ \t\n") {
		return usageError(fmt.Errorf("run id %q: no slashes or spaces, it names containers", f.runID))
	}
	tasks, err := loadTasks(c.Context(), cfg)
	if err != nil {
		return err
	}
	if err := canBeRun(cfg, tasks.Tasks); err != nil {
		return err
	}
	if s := excluded(tasks); s != "" {
		fmt.Fprintln(c.ErrOrStderr(), "dataset: "+strings.TrimPrefix(s, "; "))
	}
	plan := runner.Plan(tasks.Tasks, cfg.BenchConfigurations(), cfg.Attempts)
	if f.dryRun {
		return printPlan(c.OutOrStdout(), cfg, plan)
	}
	store, err := results.Open(c.Context(), cfg.Results)
	if err != nil {
		return err
	}
	defer store.Close()
	return f.execute(c, cfg, store, tasks.Fingerprint, plan)
}

// execute runs the plan and prints what came of it.
func (f *runFlags) execute(
	c *cobra.Command, cfg *config.Config, store *results.Store, fingerprint string, plan []bench.Trial,
) error {
	if _, err := store.Run(c.Context(), f.runID); err == nil {
		return usageError(fmt.Errorf("run %s is in %s already: choose another --run-id",
			f.runID, store.Path()))
	}
	w, err := newWiring(c.Context(), cfg, c.ErrOrStderr())
	if err != nil {
		return err
	}
	defer w.Close()
	tasks := make([]bench.Task, len(plan))
	for i, t := range plan {
		tasks[i] = t.Task
	}
	if err := fitEngine(c.Context(), cfg, w.pool, tasks); err != nil {
		return err
	}
	stderr := c.ErrOrStderr()
	fmt.Fprintf(stderr, "run %s: %s, %s sandboxes, results in %s\n",
		f.runID, several(len(plan), "trial"), cfg.Sandbox.Kind, store.Path())
	if cfg.Sandbox.Kind == config.Local {
		fmt.Fprintln(stderr, "local sandboxes isolate nothing: "+
			"agents run commands as you, in directories of this machine")
	}
	if err := reap(c.Context(), w.pool, stderr); err != nil {
		return err
	}
	journal, err := w.journal(c.Context(), store, plan)
	if err != nil {
		return err
	}
	header, bodies := runHeader(cfg, fingerprint)
	summary, err := runner.Run(c.Context(), runner.Options{
		RunID: f.runID, Header: header, Bodies: bodies, Trials: plan,
		Agents: w.agent, Pool: w.pool, Grader: w.grader, Journal: journal,
		Observers: []runner.Observer{newProgress(stderr, f.runID, cfg)},
	})
	if err != nil {
		return fmt.Errorf("run %s stopped: %w", f.runID, err)
	}
	if err := f.conclude(c, store, plan[0].Task.InstanceID); err != nil {
		return err
	}
	return ending(summary)
}

// conclude prints the comparison, also of an interrupted run (hence its own
// context), and what to try next, with an instance as an example.
func (f *runFlags) conclude(c *cobra.Command, store *results.Store, instance string) error {
	ctx := context.WithoutCancel(c.Context())
	if err := printComparison(ctx, c.OutOrStdout(), store, []string{f.runID}, compareFlags{
		format: f.format,
	}); err != nil {
		return err
	}
	path := store.Path()
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(rel, "..") {
			path = rel
		}
	}
	db := ""
	if path != "bench.db" {
		db = " --db " + path
	}
	_, err := fmt.Fprintf(c.ErrOrStderr(), "\ndatabase: %s (sqlite3 %s 'select * from v_trials')\n"+
		"next: bench show %s %s%s   # its trials, with timelines\n",
		path, path, f.runID, instance, db)
	return err
}

// ending turns how a run ended into an exit status.
func ending(s runner.Summary) error {
	switch s.State {
	case bench.RunInterrupted:
		return &statusError{exitInterrupted, errors.New("interrupted")}
	case bench.RunBudget:
		return &statusError{exitBudget, errors.New("stopped: the run's cost limit is reached")}
	case bench.RunFailed:
		return errors.New("the run failed")
	case bench.RunRunning, bench.RunDone:
	}
	if s.Unfinished > 0 {
		return &statusError{exitIncomplete, fmt.Errorf("no verdict: %s", several(s.Unfinished, "trial"))}
	}
	return nil
}

func runHeader(cfg *config.Config, fingerprint string) (bench.RunStarted, []bench.Body) {
	resolved := bench.Body(cfg.Resolved())
	return bench.RunStarted{
		Name: cfg.Name, Version: versionString(), Config: resolved.Hash(),
		DatasetSource: cfg.DatasetName(), DatasetFingerprint: fingerprint,
		Seed: cfg.Seed, Rules: string(cfg.Scoring.Rules), SandboxKind: string(cfg.Sandbox.Kind),
		Workers: cfg.BenchWorkers(), Limits: cfg.BenchRunLimits(),
		Baseline: cfg.Compare.Baseline, MarginPP: cfg.Compare.MarginPP,
		MinSaving: cfg.Compare.MinSaving, Simulated: cfg.Simulated(),
	}, []bench.Body{resolved}
}

// reap removes what dead runs left behind.
func reap(ctx context.Context, pool sandbox.Pool, stderr io.Writer) error {
	n, err := pool.Reap(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		fmt.Fprintf(stderr, "removed what dead runs left behind: %s\n", several(n, "sandbox"))
	}
	return nil
}

// newProgress draws live lines on a terminal, and plain ones elsewhere.
func newProgress(w io.Writer, runID string, cfg *config.Config) runner.Observer {
	if c, ok := w.(*console); ok {
		if terminal, ok := c.terminal(); ok {
			live := progress.NewLive(terminal, runID, cfg.Workers.Agents+cfg.Workers.Grading)
			c.draw(live)
			return live
		}
	}
	return progress.NewPlain(w, runID)
}

func must(err error) {
	if err != nil { // a flag that does not exist: a mistake in this package
		panic(err)
	}
}
