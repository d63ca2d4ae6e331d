package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/sandbox"
	"bench/scoring"
	"bench/scoring/evaluate"
	"bench/scoring/swebench"
)

// gradeFlags are what `bench grade` takes.
type gradeFlags struct {
	configFlags
	predictions string
	logs        string
	report      string
	statusMap   bool
	dataset     string
	rules       string
	timeout     time.Duration
	workers     int
	runID       string
	output      string
	format      string
	shardFlag
	deadlineFlags
}

func newGrade() *cobra.Command {
	var f gradeFlags
	c := &cobra.Command{
		Use: "grade (--predictions FILE|gold|empty | --logs DIR|FILE.jsonl | --report DIR) " +
			"(--dataset ROWS | --config FILE)",
		Short: "Score patches, or logs of their tests, as the official harness does",
		Long: `Score patches, or logs of their tests, as the official harness does.

--predictions runs the tests, without any agent. Predictions are a .jsonl or
.json file with instance_id, model_patch and model_name_or_path, or "gold" for
the patches of the dataset, or "empty" for running the tests without any patch,
which must not resolve a task.

--logs runs nothing: it judges logs that lie stored, on all cores. They are every
test_output.txt below a directory, in a folder named after its instance, or the
lines of a .jsonl file (.gz and .zst too) with instance_id and log.

--report only sums up what an evaluation has left in the official layout, below
the directory of one model of one run. With --predictions it knows which patches
were empty, and says which verdicts are those of other patches; with --dataset,
which instances are missing. With --shard each shard writes its part below the same
directory, and --report sums up all of them.

With --config, dataset, sandbox and scoring are those of the config; its models
are not asked. With --dataset, each task runs in its official image.

Exit status: 3 if a prediction or a log has no verdict, such as the log of an
instance that the dataset has not.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	fs := c.Flags()
	fs.StringVarP(&f.predictions, "predictions", "p", "", "file, gold or empty")
	fs.StringVar(&f.logs, "logs", "", "judge these logs: directory or .jsonl file")
	fs.StringVar(&f.report, "report", "", "sum up the report.json files below this directory")
	fs.BoolVar(&f.statusMap, "status-map", false, "add each test's status (--logs, jsonl)")
	fs.StringVar(&f.runID, "run-id", "", "name of the run (default: its start time and four letters)")
	fs.StringVarP(&f.output, "output", "o", "",
		"directory for logs/run_evaluation/… and the run report, as the official harness has them")
	fs.StringVar(&f.format, "format", "table", "table, json (the official run report), jsonl; "+
		"for --logs also report (every report.json)")
	f.addKeys(c)
	f.addShard(c, "the predictions")
	f.addDeadline(c, "evaluation")
	c.MarkFlagsOneRequired("predictions", "logs", "report")
	c.MarkFlagsMutuallyExclusive("predictions", "logs")
	c.MarkFlagsMutuallyExclusive("logs", "report")
	c.MarkFlagsMutuallyExclusive("dataset", "config")
	return c
}

// addKeys adds the flags that stand for keys of a config.
func (f *gradeFlags) addKeys(c *cobra.Command) {
	f.add(c, "take dataset, sandbox and scoring from this config")
	f.addTasks(c)
	fs := c.Flags()
	fs.StringVarP(&f.dataset, "dataset", "d", "", "rows: .jsonl, .json, .parquet or task folders")
	key(&f.configFlags, "split", "dataset.split",
		fs.String("split", "test", "file of a directory of rows"))
	fs.StringVar(&f.rules, "rules", "", "v5 or v4 (default: the config's, else v5)")
	key(&f.configFlags, "rules", "scoring.rules", &f.rules)
	fs.DurationVar(&f.timeout, "timeout", 0,
		"limit of one evaluation (default: the config's, else 30m)")
	f.keys = append(f.keys, flagKey{"timeout", "scoring.timeout", func() any {
		return f.timeout.String()
	}})
	key(&f.configFlags, "image", "sandbox.image",
		fs.String("image", "", "image of each task, with {instance} in it"))
	fs.IntVarP(&f.workers, "workers", "w", 0, "evaluations at once (default: the config's, else 2); "+
		"or logs (default: one per core)")
	key(&f.configFlags, "workers", "workers.grading", &f.workers)
}

func (f *gradeFlags) run(c *cobra.Command) error {
	if err := atLeastOne(c, "workers", f.workers); err != nil {
		return err
	}
	if err := f.settle(c, time.Now()); err != nil {
		return err
	}
	if f.report != "" {
		if err := f.checkReport(c); err != nil {
			return err
		}
		return f.aggregate(c)
	}
	if f.dataset == "" && f.path == "" {
		return bench.Usagef("one of --dataset and --config is required (see bench grade --help)")
	}
	if f.logs != "" {
		if err := f.checkLogs(c); err != nil {
			return err
		}
		return f.regrade(c)
	}
	if err := formatOf(f.format, "table", "json", "jsonl"); err != nil {
		return err
	}
	if err := refuse(c, "predictions", "status-map"); err != nil {
		return err
	}
	return f.evaluate(c)
}

// evaluate runs the tests of all predictions.
func (f *gradeFlags) evaluate(c *cobra.Command) error {
	cfg, err := f.settings(c)
	if err != nil {
		return err
	}
	if f.count > 0 && f.output != "" && f.runID == "" {
		return bench.Usagef("--shard %s -o needs --run-id: the files of all shards lie side by side",
			&f.shardFlag)
	}
	if f.runID, err = runID(f.runID); err != nil {
		return err
	}
	set, err := loadTasks(c, cfg)
	if err != nil {
		return err
	}
	work, err := evaluate.New(f.predictions, set.Tasks, len(set.Tasks) < set.Rows)
	if err != nil {
		return err
	}
	tasks, work, err := f.evaluations(set.Tasks, work)
	if err != nil {
		return err
	}
	if err := canBeGraded(cfg, evaluate.Tasks(work)); err != nil {
		return err
	}
	if err := gradeAll(c, cfg, f.runID, work, f.ofTests(cfg)); err != nil {
		return err
	}
	return f.conclude(c, cfg, tasks, work)
}

// gradeAll grades in the sandboxes that a config asks for, and reports each
// verdict as it comes.
func gradeAll(
	c *cobra.Command, cfg *config.Config, runID string, work []*evaluate.Evaluation,
	until *bench.Deadline,
) error {
	ctx, stderr := c.Context(), c.ErrOrStderr()
	pool, err := newPool(ctx, cfg, stderr, func(error) {}) // each evaluation says so itself
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := fits(ctx, pool, evaluate.Tasks(work)); err != nil {
		return err
	}
	if err := reap(ctx, pool, stderr); err != nil {
		return err
	}
	grader := newGrader(cfg, pool)
	if machines, ok := pool.(sandbox.Recoverer); ok {
		grader = scoring.Again{Grader: grader, Machines: machines}
	}
	evaluate.Run(ctx, work, evaluate.Options{
		RunID: runID, Grader: grader, Workers: cfg.Workers.Grading,
		Deadline: until,
		Done: func(e *evaluate.Evaluation, done int) {
			fmt.Fprintf(stderr, "[%d/%d] %-12s %s\n", done, len(work), e.Verdict(),
				strings.TrimSpace(e.Task.InstanceID+"  "+e.Note))
		},
	})
	return nil
}

// settings are those of the config, or of the flags alone.
func (f *gradeFlags) settings(c *cobra.Command) (*config.Config, error) {
	if _, err := swebench.ParseRules(f.rules); err != nil {
		return nil, bench.UsageError(err)
	}
	if f.path != "" {
		return f.load(c, withoutModels())
	}
	if len(f.set) > 0 {
		return nil, bench.Usagef("--set goes with --config")
	}
	path := "dataset.source" // a known name
	if exists(f.dataset) {
		path = "dataset.path"
	}
	key(&f.configFlags, "dataset", path, &f.dataset)
	o := withoutModels()
	o.Flags = f.overrides(c)
	return config.Grading(o)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// interrupted is the error of a command that ^C has ended.
func interrupted(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), bench.ErrInterrupted) {
		return &bench.Failure{Status: bench.ExitInterrupted, Err: errors.New("interrupted")}
	}
	return nil
}
