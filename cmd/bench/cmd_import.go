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
	set, err := f.read(files)
	if err != nil {
		return err
	}
	named := func(x bench.Configuration) bool { return x.Name == f.baseline }
	if f.baseline != "" && !slices.ContainsFunc(set.Configurations, named) {
		return bench.Usagef("--baseline %s: no trial is of that configuration", f.baseline)
	}
	if f.name == "" {
		f.name = strings.TrimSuffix(filepath.Base(files[0]), filepath.Ext(files[0]))
	}
	store, err := results.Open(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	return f.store(ctx, c, store, set, input.Header{
		RunID: id, Name: f.name, Version: versionString(), At: at, Baseline: f.baseline,
	})
}

// store writes all of the run, or nothing of it.
func (f *importFlags) store(
	ctx context.Context, c *cobra.Command, store *results.Store, set input.Set, h input.Header,
) error {
	lock, err := claim(ctx, store, h.RunID, "")
	if err != nil {
		return err
	}
	defer lock.Close()
	if _, err := store.AppendAll(ctx, set.Events(h)); err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(),
		"imported %s of %s as run %s into %s\nnext: bench compare %s --db %s\n",
		plural.Count(len(set.Trials), "trial"), plural.Count(len(set.Configurations), "configuration"),
		h.RunID, store.Path(), h.RunID, store.Path())
	return nil
}

// read reads the files, with the reports that belong to them.
func (f *importFlags) read(files []string) (input.Set, error) {
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
			set, err = input.Trajectories(file, reports, f.configuration)
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
