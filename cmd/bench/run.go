package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/results"
	"bench/runner"
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
	if f.runID, err = runID(f.runID); err != nil {
		return err
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
	carryOn := "carry it on with bench resume " + f.runID + ", or "
	lock, err := claim(c.Context(), store, f.runID, carryOn)
	if err != nil {
		return err
	}
	defer lock.Close()
	fmt.Fprintf(c.ErrOrStderr(), "run %s: %s, %s sandboxes, results in %s\n",
		f.runID, several(len(plan), "trial"), cfg.Sandbox.Kind, store.Path())
	header, bodies := runHeader(cfg, fingerprint)
	w := &work{cfg: cfg, store: store, format: f.format, run: bench.NewRun(f.runID)}
	return w.do(c, runner.Options{RunID: f.runID, Header: header, Bodies: bodies, Trials: plan})
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

// claim makes this process the one that works on a run that is new. What else
// could be done with one that is not comes before the advice to name another.
func claim(
	ctx context.Context, store *results.Store, id, orElse string,
) (io.Closer, error) {
	if _, err := store.Run(ctx, id); err == nil {
		return nil, usageError(fmt.Errorf("run %s is in %s already: %schoose another --run-id",
			id, store.Path(), orElse))
	}
	return lockRun(store, id)
}

// runID is the name of a run: the one given, or the time.
func runID(given string) (string, error) {
	if given == "" {
		return time.Now().UTC().Format("20060102-150405"), nil
	}
	if strings.ContainsAny(given, "/ \t\n") {
		return "", usageError(fmt.Errorf("run id %q: no slashes or spaces, it names containers", given))
	}
	return given, nil
}

func must(err error) {
	if err != nil { // a flag that does not exist: a mistake in this package
		panic(err)
	}
}
