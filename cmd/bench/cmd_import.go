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
	"bench/datasets"
	"bench/internal/plural"
	"bench/results"
	"bench/results/input"
)

// importFlags are what `bench import` takes.
type importFlags struct {
	db            string
	runID         string
	name          string
	reports       []string
	configuration string
	baseline      string
	startedAt     string
	benchmark     string
	dataset       string // of the tasks, to examine trajectories
}

func newImport() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import FILE... --run-id ID",
		Short: "Take in trials made elsewhere, for the same verdict as one's own",
		Long: `Take in trials that were made elsewhere as a run of their own, which is labelled
as imported wherever it is shown.

FILE has an object of JSON per line for each trial: instance_id, configuration,
attempt and resolved (true, false or null), and, as far as they are known,
cost_usd, wall_s, kind, outcome and roles. With --reports, FILE has predictions
instead, and the official harness's report of them says what was resolved: a
directory of report.json files, the report of the run (.json), or what bench
grade --format jsonl prints (.jsonl). FILE may be a trajectory, too, of ATIF 1.x
or mini-swe-agent, or a directory with many of them, with reports or without.

A FILE.csv has scores and costs that others have published (config, score,
cost_usd, …) instead of trials. Nothing but a picture is made of them.

What is not known stays unknown: it is in no sum and never zero. Nothing is
imported if there is a mistake in any line. docs/import.md has the fields.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return bench.Usagef("import takes at least one file (see %s --help)", c.CommandPath())
			}
			return nil
		},
		RunE: f.run,
	}
	dbFlag(c, &f.db)
	fs := c.Flags()
	fs.StringVar(&f.runID, "run-id", "", "name of the run")
	fs.StringVar(&f.name, "name", "",
		"what the run is of, as the name of a config (default: the file's)")
	fs.StringArrayVar(&f.reports, "reports", nil,
		"reports of the predictions in FILE (repeatable, one per FILE)")
	fs.StringVar(&f.configuration, "configuration", "",
		"name of the configuration that predictions or trajectories are of (default: their model)")
	fs.StringVar(&f.baseline, "baseline", "", "configuration that the others are compared with")
	fs.StringVar(&f.startedAt, "started-at", "",
		"`time` at which the run was made, as 2026-11-29 or RFC 3339 (default: now)")
	fs.StringVar(&f.benchmark, "benchmark", "", "benchmark whose points to take of a FILE.csv")
	fs.StringVarP(&f.dataset, "dataset", "d", "",
		"`rows` of the tasks (.jsonl, .json, .parquet, task folders or a known name): examine "+
			"trajectories for contamination")
	must(c.MarkFlagRequired("run-id"))
	return c
}

func (f *importFlags) run(c *cobra.Command, files []string) error {
	ctx := c.Context()
	id, err := runID(f.runID)
	if err != nil {
		return err
	}
	at, err := f.time()
	if err != nil {
		return err
	}
	if filepath.Ext(files[0]) == ".csv" {
		return f.points(c, id, at, files)
	}
	if f.benchmark != "" {
		return bench.Usagef("--benchmark goes with a FILE.csv of published points")
	}
	tasks, err := f.tasks(c, files)
	if err != nil {
		return err
	}
	set, err := f.read(files, tasks)
	if err != nil {
		return err
	}
	named := func(x bench.Configuration) bool { return x.Name == f.baseline }
	if f.baseline != "" && !slices.ContainsFunc(set.Configurations, named) {
		return bench.Usagef("--baseline %s: no trial is of that configuration", f.baseline)
	}
	f.nameAfter(files[0])
	store, err := openForWriting(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	return f.store(ctx, c, store, set, input.Header{
		RunID: id, Name: f.name, Version: versionString(), At: at, Baseline: f.baseline,
	})
}

// nameAfter names what the run is of after a file, if nobody else does.
func (f *importFlags) nameAfter(file string) {
	if f.name == "" {
		f.name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
}

// points takes in published points.
func (f *importFlags) points(c *cobra.Command, id string, at time.Time, files []string) error {
	switch {
	case len(f.reports) > 0 || f.configuration != "" || f.baseline != "" || f.dataset != "":
		return bench.Usagef("%s has published points, which have no trials: --reports, --dataset, "+
			"--configuration and --baseline mean nothing to them", files[0])
	case len(files) > 1:
		return bench.Usagef("published points are imported from one file, not from %d", len(files))
	}
	points, without, err := input.Points(files[0], f.benchmark)
	if err != nil {
		return err
	}
	if f.nameAfter(files[0]); f.benchmark != "" && !c.Flags().Changed("name") {
		f.name = f.benchmark
	}
	store, err := openForWriting(c.Context(), f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	h := input.Header{RunID: id, Name: f.name, Version: versionString(), At: at}
	if err := f.append(c.Context(), store, id, input.PointEvents(h, files[0], points)); err != nil {
		return err
	}
	if len(without) > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "without a cost, and left out: line %s\n",
			strings.Trim(strings.ReplaceAll(fmt.Sprint(without), " ", ", "), "[]"))
	}
	fmt.Fprintf(c.ErrOrStderr(),
		"imported %s as run %s into %s\nnext: bench plot %s --db %s -o FILE.svg\n",
		plural.Count(len(points), "published point"), id, store.Path(), id, store.Path())
	return nil
}

// append writes all events of a run, or none of them.
func (f *importFlags) append(
	ctx context.Context, store *results.Store, id string, events []bench.Event,
) error {
	lock, err := claim(ctx, store, id, "")
	if err != nil {
		return err
	}
	defer lock.Close()
	_, err = store.AppendAll(ctx, events)
	return err
}

// store writes the run.
func (f *importFlags) store(
	ctx context.Context, c *cobra.Command, store *results.Store, set input.Set, h input.Header,
) error {
	if err := f.append(ctx, store, h.RunID, set.Events(h)); err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(),
		"imported %s of %s as run %s into %s\nnext: bench compare %s --db %s\n",
		plural.Count(len(set.Trials), "trial"), plural.Count(len(set.Configurations), "configuration"),
		h.RunID, store.Path(), h.RunID, store.Path())
	return nil
}

// read reads the files, with the reports that belong to them.
func (f *importFlags) read(files []string, tasks input.Tasks) (input.Set, error) {
	if len(f.reports) > 0 && len(f.reports) != len(files) {
		return input.Set{}, bench.Usagef("%d --reports for %s: want one for each",
			len(f.reports), plural.Count(len(files), "file"))
	}
	var sets []input.Set
	for i, file := range files {
		var set input.Set
		var err error
		reports := ""
		if len(f.reports) > 0 {
			reports = f.reports[i]
		}
		switch {
		case input.HasTrajectories(file):
			set, err = input.Trajectories(file, reports, f.configuration, tasks)
		case reports != "":
			set, err = input.Predictions(file, reports, f.configuration)
		case f.configuration != "":
			err = bench.Usagef("--configuration goes with --reports and trajectories: " +
				"lines of trials name theirs")
		default:
			set, err = input.Trials(file)
		}
		if err != nil {
			return input.Set{}, err
		}
		sets = append(sets, set)
	}
	return input.Join(sets)
}

// tasks are those of the dataset, if one is given.
func (f *importFlags) tasks(c *cobra.Command, files []string) (input.Tasks, error) {
	if f.dataset == "" {
		return nil, nil
	}
	for _, file := range files {
		if !input.HasTrajectories(file) {
			return nil, bench.Usagef("--dataset goes with trajectories: %s does not say what agents did",
				file)
		}
	}
	o := datasets.Options{Source: f.dataset}
	if exists(f.dataset) {
		o = datasets.Options{Path: f.dataset}
	}
	set, err := loadSet(c, o)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]bench.Task, len(set.Tasks))
	for _, t := range set.Tasks {
		byID[t.InstanceID] = t
	}
	return func(id string) (bench.Task, bool) {
		t, ok := byID[id]
		return t, ok
	}, nil
}

// time is when the run was made.
func (f *importFlags) time() (time.Time, error) {
	if f.startedAt == "" {
		return time.Now(), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, f.startedAt); err == nil {
			return at, nil
		}
	}
	return time.Time{}, bench.Usagef("--started-at %s: want a date as 2026-11-29, or a time as "+
		"2026-11-29T02:00:00Z", f.startedAt)
}
