package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/datasets"
	"bench/internal/plural"
	"bench/results"
	"bench/runner"
)

// runFlags are what `bench run` takes beside the config.
type runFlags struct {
	configFlags
	from   string // a stored run, in the place of a config
	runID  string
	dryRun bool
	times  string
	shardFlag
	deadlineFlags
	logFlags
	viewFlags
}

func newRun() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run --config FILE | --from RUN",
		Short: "Run every configuration on every task, score the patches, print the comparison",
		Long: `run runs every configuration of a config on every task, scores the patches and prints
the comparison.

With --from it repeats a run that is in the database, as a run of its own there: the same
trials with the config, tasks, seeds and prices that are stored, in images with the same
digests. No file of the config is needed; keys come from the environment, as always.
Beside it go --db, --run-id, --instances, --workers, --dry-run, --times, --stop-before,
--max-wall and those of the comparison. docs/replay.md explains the rest.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.configFlags.add(c, "YAML config (see bench schema)")
	f.addTasks(c)
	fs := c.Flags()
	key(&f.configFlags, "shuffle", "dataset.shuffle",
		fs.Bool("shuffle", false, "shuffle the tasks by the seed before slicing"))
	key(&f.configFlags, "workers", "workers.agents",
		fs.IntP("workers", "w", 0, "trials worked on at once"))
	key(&f.configFlags, "db", "results",
		fs.String("db", "", "database file (default: the config's results; with --from: bench.db)"))
	key(&f.configFlags, "aa", "compare.aa",
		fs.String("aa", "", "run this `configuration` twice, to see by how much it differs from itself"))
	fs.StringVar(&f.from, "from", "", "repeat this `run` of the database, with its stored config")
	fs.StringVar(&f.runID, "run-id", "", "name of the run (default: its start time and four letters)")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the plan and its cost bounds, start nothing")
	f.addShard(c, "the run")
	fs.StringVar(&f.times, "times", "", "`database` with trials that say how long tasks take, for "+
		"--shard, --stop-before, --max-wall and sandbox.engines")
	f.addDeadline(c, "trial")
	f.addLog(c)
	for _, going := range []string{"stop-before", "max-wall", "log-file", "log-level"} {
		c.MarkFlagsMutuallyExclusive("dry-run", going) // nothing begins
	}
	f.viewFlags.add(c)
	c.MarkFlagsOneRequired("config", "from")
	c.MarkFlagsMutuallyExclusive("config", "from")
	return c
}

func (f *runFlags) run(c *cobra.Command) error {
	if _, err := f.view(); err != nil {
		return err
	}
	if err := f.settle(c, time.Now()); err != nil {
		return err
	}
	if c.Flags().Changed("from") {
		return f.repeat(c)
	}
	cfg, err := f.load(c, forRuns())
	if err != nil {
		return err
	}
	if err := f.checkShard(c, cfg); err != nil {
		return err
	}
	if f.runID, err = runID(f.runID); err != nil {
		return err
	}
	tasks, err := loadTasks(c, cfg)
	if err != nil {
		return err
	}
	if err := canBeRun(cfg, tasks.Tasks); err != nil {
		return err
	}
	if s := excluded(tasks); s != "" {
		fmt.Fprintln(c.ErrOrStderr(), "dataset: "+strings.TrimPrefix(s, "; "))
	}
	if err := pricesTaken(c.ErrOrStderr(), cfg, false); err != nil {
		return err
	}
	if !f.dryRun {
		if err := pinTrees(c.Context(), tasks.Tasks); err != nil {
			return err
		}
	}
	header, bodies, plan, err := f.plan(c.Context(), cfg, tasks)
	if err != nil {
		return err
	}
	if f.dryRun {
		return printPlan(c.OutOrStdout(), cfg, header, plan)
	}
	store, err := openForWriting(c.Context(), cfg.Results)
	if err != nil {
		return err
	}
	defer store.Close()
	return f.execute(c, cfg, store, runner.Options{Header: header, Bodies: bodies, Trials: plan})
}

// plan is how the run, or its shard, begins, and its trials.
func (f *runFlags) plan(
	ctx context.Context, cfg *config.Config, tasks *datasets.Set,
) (header bench.RunStarted, bodies []bench.Body, plan []bench.Trial, err error) {
	plan = planOf(cfg, tasks.Tasks)
	if f.count == 0 {
		header, bodies = runHeader(cfg, tasks.Fingerprint)
		return header, bodies, plan, nil
	}
	header, bodies = runHeader(wholeConfig(cfg), tasks.Fingerprint)
	plan, rows, err := f.shardOf(ctx, cfg, &header, plan)
	return header, slices.Concat(bodies, rows), plan, err
}

// planOf are the trials of a run in the order in which they start.
func planOf(cfg *config.Config, tasks []bench.Task) []bench.Trial {
	if cfg.BenchStop() == bench.StopDecided || len(cfg.Sandbox.Engines) > 0 {
		return runner.PlanByTask(tasks, cfg.BenchConfigurations(), cfg.Attempts)
	}
	return runner.Plan(tasks, cfg.BenchConfigurations(), cfg.Attempts)
}

// execute runs the plan and prints what came of it.
func (f *runFlags) execute(
	c *cobra.Command, cfg *config.Config, store *results.Store, o runner.Options,
) error {
	carryOn := "carry it on with " + resumed(store.Path(), f.runID).goOn + ", or "
	lock, err := claim(c.Context(), store, f.runID, carryOn)
	if err != nil {
		return err
	}
	defer lock.Close()
	fmt.Fprintf(c.ErrOrStderr(), "run %s: %s%s, %s sandboxes, results in %s\n", f.runID,
		partOf(o.Header), plural.Count(len(o.Trials), "trial"), cfg.Sandbox.Kind, store.Path())
	o.RunID, o.Header.Home = f.runID, homeOf(store)
	w := &work{
		cfg: cfg, store: store, view: f.viewFlags, until: f.deadlineFlags, logs: f.logFlags,
		times: f.times,
		run:   bench.NewRun(f.runID),
	}
	keys := make([]bench.TrialKey, len(o.Trials))
	for i, t := range o.Trials {
		keys[i] = t.Key
	}
	o.Question = w.question(o.Header, keys)
	return w.do(c, o)
}

func runHeader(cfg *config.Config, fingerprint string) (bench.RunStarted, []bench.Body) {
	resolved := bench.Body(cfg.Resolved())
	return bench.RunStarted{
		Name: cfg.Name, Version: versionString(), Config: resolved.Hash(),
		DatasetSource: cfg.DatasetName(), DatasetFingerprint: fingerprint,
		Seed: cfg.Seed, Rules: string(cfg.Scoring.Rules), SandboxKind: string(cfg.Sandbox.Kind),
		Workers: cfg.BenchWorkers(), Limits: cfg.BenchRunLimits(),
		Baseline: cfg.Compare.Baseline, MarginPP: cfg.Compare.MarginPP,
		MinSaving: cfg.Compare.MinSaving, Stop: cfg.BenchStop(), Simulated: cfg.Simulated(),
	}, []bench.Body{resolved}
}

// ofOneTrial are the settings of a run that has one trial, whatever its config says of many:
// its task is no dataset's, and it does not end early.
func ofOneTrial(path string) []string {
	return []string{"dataset={path: " + strconv.Quote(path) + "}", "compare.stop=never"}
}

// claim makes this process the one that works on a run that is new. What else
// could be done with one that is not comes before the advice to name another.
func claim(
	ctx context.Context, store *results.Store, id, orElse string,
) (io.Closer, error) {
	if _, err := store.Run(ctx, id); err == nil {
		return nil, bench.Usagef("run %s is in %s already: %schoose another --run-id",
			id, store.Path(), orElse)
	}
	return lockRun(store, id)
}

// runID is the name of a run: the one given, or the time with something random,
// so that runs that start in the same second have different ones.
func runID(given string) (string, error) {
	if given == "" {
		return time.Now().UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:4]), nil
	}
	if why := notRunID(given); why != "" {
		return "", bench.Usagef("run id %q: %s", given, why)
	}
	return given, nil
}

// notRunID says why a text cannot be the name of a run, which names containers and
// files, is typed as an argument and printed; "" if it can.
func notRunID(id string) string {
	const most = 100 // bytes; names of files have room for 255, with what is added to them
	wrong := func(r rune) bool {
		return r == '/' || r == '\\' || unicode.IsSpace(r) || !unicode.IsGraphic(r)
	}
	i := strings.IndexFunc(id, wrong)
	switch {
	case !utf8.ValidString(id):
		return "not UTF-8 text"
	case strings.HasPrefix(id, "-"):
		return "begins with a dash, as flags do"
	case strings.Trim(id, ".") == "":
		return "means a directory"
	case i >= 0:
		r, _ := utf8.DecodeRuneInString(id[i:])
		return fmt.Sprintf("has %q: no slashes, spaces or characters that do not print", r)
	case len(id) > most:
		return fmt.Sprintf("has %d bytes, the most are %d", len(id), most)
	}
	return ""
}
