package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/datasets"
	"bench/runner"
	"bench/scoring"
	"bench/scoring/swebench"
)

// gradeFlags are what `bench grade` takes.
type gradeFlags struct {
	predictions string
	logs        string
	report      string
	statusMap   bool
	config      string
	set         []string
	dataset     string
	split       string
	rules       string
	timeout     time.Duration
	image       string
	instances   []string
	filter      string
	slice       string
	workers     int
	runID       string
	output      string
	format      string
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
which instances are missing.

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
	fs.StringVarP(&f.config, "config", "c", "", "take dataset, sandbox and scoring from this config")
	setFlag(c, &f.set)
	fs.StringVarP(&f.dataset, "dataset", "d", "", "rows: .jsonl, .json, .parquet or task folders")
	fs.StringVar(&f.split, "split", "test", "file of a directory of rows")
	fs.StringVar(&f.rules, "rules", "", "v5 or v4 (default: the config's, else v5)")
	fs.DurationVar(&f.timeout, "timeout", 0,
		"limit of one evaluation (default: the config's, else 30m)")
	fs.StringVar(&f.image, "image", "", "image of each task, with {instance} in it")
	fs.StringSliceVarP(&f.instances, "instances", "i", nil, "only these instance ids")
	fs.StringVar(&f.filter, "filter", "", "only instance ids that match this regular expression")
	fs.StringVar(&f.slice, "slice", "", "only tasks A up to B: A:B, as in Python")
	fs.IntVarP(&f.workers, "workers", "w", 0, "evaluations at once (default: the config's, else 2); "+
		"or logs (default: one per core)")
	fs.StringVar(&f.runID, "run-id", "", "name of the run (default: its start time)")
	fs.StringVarP(&f.output, "output", "o", "",
		"directory for logs/run_evaluation/… and the run report, as the official harness has them")
	fs.StringVar(&f.format, "format", "table", "table, json (the official run report), jsonl; "+
		"for --logs also report (every report.json)")
	c.MarkFlagsOneRequired("predictions", "logs", "report")
	c.MarkFlagsMutuallyExclusive("predictions", "logs")
	c.MarkFlagsMutuallyExclusive("logs", "report")
	c.MarkFlagsMutuallyExclusive("dataset", "config")
	return c
}

func (f *gradeFlags) run(c *cobra.Command) error {
	if c.Flags().Changed("workers") && f.workers < 1 {
		return usageError(fmt.Errorf("--workers %d: want at least 1", f.workers))
	}
	if f.report != "" {
		if err := f.checkReport(c); err != nil {
			return err
		}
		return f.aggregate(c)
	}
	if f.dataset == "" && f.config == "" {
		return usageError(errors.New("one of --dataset and --config is required " +
			"(see bench grade --help)"))
	}
	if f.logs != "" {
		if err := f.checkLogs(c); err != nil {
			return err
		}
		return f.regrade(c)
	}
	if err := oneOf("format", f.format, "table", "json", "jsonl"); err != nil {
		return err
	}
	if err := refuse(c, "predictions", "status-map"); err != nil {
		return err
	}
	return f.evaluate(c)
}

// evaluate runs the tests of all predictions.
func (f *gradeFlags) evaluate(c *cobra.Command) error {
	cfg, err := f.settings()
	if err != nil {
		return err
	}
	f.rules = string(cfg.Scoring.Rules)
	if f.runID == "" {
		f.runID = time.Now().UTC().Format("20060102-150405")
	}
	set, err := loadTasks(c.Context(), cfg)
	if err != nil {
		return err
	}
	work, err := f.evaluations(set)
	if err != nil {
		return err
	}
	if err := canBeGraded(cfg, work); err != nil {
		return err
	}
	if err := f.judgeAll(c, cfg, work); err != nil {
		return err
	}
	return f.conclude(c, set.Tasks, work)
}

// judgeAll grades in the sandboxes that a config asks for.
func (f *gradeFlags) judgeAll(c *cobra.Command, cfg *config.Config, work []*evaluation) error {
	pool, err := newPool(c.Context(), cfg, c.ErrOrStderr())
	if err != nil {
		return err
	}
	defer pool.Close()
	tasks := make([]bench.Task, len(work))
	for i, e := range work {
		tasks[i] = e.task
	}
	if err := fitEngine(c.Context(), cfg, pool, tasks); err != nil {
		return err
	}
	if err := reap(c.Context(), pool, c.ErrOrStderr()); err != nil {
		return err
	}
	f.gradeAll(c, newGrader(cfg, pool), work, max(1, cfg.Workers.Grading))
	return nil
}

// settings are those of the config, or of the flags.
func (f *gradeFlags) settings() (*config.Config, error) {
	cfg := &config.Config{
		Sandbox: config.Sandbox{Kind: config.Docker},
		Scoring: config.Scoring{Rules: "v5", Network: "bridge"},
		Workers: config.Workers{Grading: 2},
	}
	if f.config != "" {
		var err error
		if cfg, err = config.Load(f.config, config.Options{
			Set: f.set, Sources: datasets.Names(), Cached: cached, NoModels: true,
		}); err != nil {
			return nil, err
		}
	} else if len(f.set) > 0 {
		return nil, usageError(errors.New("--set goes with --config"))
	}
	if f.dataset != "" {
		cfg.Dataset.Path, cfg.Dataset.Split = f.dataset, f.split
	}
	if f.rules != "" {
		if _, err := swebench.ParseRules(f.rules); err != nil {
			return nil, usageError(err)
		}
		cfg.Scoring.Rules = config.Rules(f.rules)
	}
	if f.timeout != 0 {
		cfg.Scoring.Timeout = config.Duration(f.timeout)
	}
	if f.image != "" {
		cfg.Sandbox.Image = f.image
	}
	if len(f.instances) > 0 {
		cfg.Dataset.IDs = f.instances
	}
	if f.filter != "" {
		cfg.Dataset.Filter = f.filter
	}
	if f.slice != "" {
		cfg.Dataset.Slice = f.slice
	}
	if f.workers > 0 {
		cfg.Workers.Grading = f.workers
	}
	return cfg, nil
}

// evaluation is one prediction and what became of it.
type evaluation struct {
	task       bench.Task
	prediction swebench.Prediction
	attempt    int    // from 1
	note       string // for people who watch; "" if the instance says it all
	run        bool   // the tests are run: there is a patch, or an empty one is asked for
	grade      bench.Grade
	log        bench.Body
	script     bench.Body
	err        error // no verdict, and the patch is not to blame
}

// evaluations pairs the predictions with their tasks. As in the official
// harness, a prediction for an unknown instance is a mistake, unless the
// selection left that instance out.
func (f *gradeFlags) evaluations(set *datasets.Set) ([]*evaluation, error) {
	tasks := set.Tasks
	byID := map[string]bench.Task{}
	for _, t := range tasks {
		byID[t.InstanceID] = t
	}
	predictions, err := f.read(tasks)
	if err != nil {
		return nil, usageError(err)
	}
	selected := len(tasks) < set.Rows
	var work []*evaluation
	for _, p := range predictions {
		t, ok := byID[p.InstanceID]
		switch {
		case ok:
			work = append(work, &evaluation{
				task: t, prediction: p, attempt: 1, run: f.predictions == "empty" || !p.Empty(),
			})
		case !selected:
			return nil, usageError(fmt.Errorf("%s: instance %s is not in the dataset",
				f.predictions, p.InstanceID))
		}
	}
	if len(work) == 0 {
		return nil, usageError(fmt.Errorf("%s has no prediction for a selected task", f.predictions))
	}
	return work, nil
}

func (f *gradeFlags) read(tasks []bench.Task) ([]swebench.Prediction, error) {
	if f.predictions != "gold" && f.predictions != "empty" {
		return swebench.ReadPredictions(f.predictions)
	}
	all := make([]swebench.Prediction, len(tasks))
	for i, t := range tasks {
		patch := ""
		if f.predictions == "gold" {
			if t.Patch == "" {
				return nil, fmt.Errorf("task %s has no gold patch", t.InstanceID)
			}
			patch = t.Patch
		}
		all[i] = swebench.Prediction{InstanceID: t.InstanceID, Model: f.predictions, Patch: &patch}
	}
	return all, nil
}

// gradeAll grades with n workers and reports each verdict as it comes.
func (f *gradeFlags) gradeAll(c *cobra.Command, g scoring.Grader, work []*evaluation, n int) {
	queue := make(chan *evaluation)
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		done    int
	)
	for range n {
		workers.Go(func() {
			for e := range queue {
				f.gradeOne(c.Context(), g, e)
				mu.Lock()
				done++
				fmt.Fprintf(c.ErrOrStderr(), "[%d/%d] %-12s %s\n",
					done, len(work), e.verdict(), strings.TrimSpace(e.task.InstanceID+"  "+e.note))
				mu.Unlock()
			}
		})
	}
	for _, e := range work {
		queue <- e
	}
	close(queue)
	workers.Wait()
}

func (f *gradeFlags) gradeOne(ctx context.Context, g scoring.Grader, e *evaluation) {
	if e.err = context.Cause(ctx); e.err != nil {
		return
	}
	job := scoring.Job{
		RunID: f.runID,
		Trial: bench.TrialKey{
			Configuration: e.prediction.Model, InstanceID: e.task.InstanceID, Attempt: e.attempt,
		},
		Task: e.task, EvenEmpty: e.run,
	}
	if e.prediction.Patch != nil {
		job.Patch = *e.prediction.Patch
	}
	var bodies []bench.Body
	e.grade, bodies, e.err = g.Grade(ctx, job)
	for _, b := range bodies {
		switch b.Hash() {
		case e.grade.Log:
			e.log = b
		case e.grade.Script:
			e.script = b
		}
	}
}

const notApplied = "not applied"

// verdict is the evaluation in a word.
func (e *evaluation) verdict() string {
	switch {
	case errors.Is(e.err, runner.ErrInterrupted):
		return "interrupted"
	case e.err != nil:
		return "error"
	case e.grade.TimedOut:
		return "timeout"
	case e.grade.Resolved == nil:
		return "error"
	case *e.grade.Resolved:
		return "resolved"
	case !e.run:
		return "empty"
	case !e.grade.PatchApplied:
		return notApplied
	}
	return "unresolved"
}

// failure is what went wrong, if something did.
func (e *evaluation) failure() string {
	if e.err != nil {
		return e.err.Error()
	}
	return e.grade.Error
}
