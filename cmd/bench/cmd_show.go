package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
	"bench/results/report"
	"bench/results/timeline"
)

// showFlags are what `bench show` takes.
type showFlags struct {
	db            string
	configuration string
	attempt       int
	timeline      bool
	format        string
}

func newShow() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:   "show RUN INSTANCE",
		Short: "Show the trials of one task: timeline, calls, delegations, patch, tests",
		Args: func(c *cobra.Command, args []string) error {
			if err := exactly(2, "a run and an instance id")(c, args); err != nil {
				return err
			}
			if f.format != "text" && f.format != "json" {
				return bench.Usagef("--format %s: want one of text, json", f.format)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), f.db, func(s *results.Store) error {
				trials, err := detailsOf(c.Context(), s, args[0], args[1], f)
				if err != nil {
					return err
				}
				return show(c.OutOrStdout(), trials, f)
			})
		},
	}
	dbFlag(c, &f.db)
	c.Flags().StringVar(&f.configuration, "configuration", "", "only this configuration")
	c.Flags().IntVar(&f.attempt, "attempt", 0, "only this attempt")
	c.Flags().BoolVar(&f.timeline, "timeline", false, "only who did what when, with the critical path")
	c.Flags().StringVar(&f.format, "format", "text", "text, json")
	return c
}

// show prints trials, apart from one another, or as one document.
func show(w io.Writer, trials []results.Detail, f showFlags) error {
	if f.timeline {
		if err := hasTimelines(trials[0]); err != nil {
			return err
		}
	}
	if f.format == "json" && f.timeline {
		return report.TimelinesJSON(w, trials)
	}
	if f.format == "json" {
		return report.TrialsJSON(w, trials)
	}
	for i, d := range trials {
		if i > 0 {
			fmt.Fprintln(w)
		}
		var err error
		if f.timeline {
			err = report.DrawTimeline(w, timeline.Of(d), timelineWidth(w))
		} else {
			err = report.Show(w, d, timelineWidth(w))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hasTimelines refuses trials that were made elsewhere.
func hasTimelines(d results.Detail) error {
	if d.Imported == nil {
		return nil
	}
	return bench.Usagef("run %s was imported from %s: its trials have no timelines",
		d.Run.ID, d.Run.Imported)
}

// detailsOf reads the trials of an instance that the flags ask for.
func detailsOf(
	ctx context.Context, s *results.Store, run, instance string, f showFlags,
) ([]results.Detail, error) {
	keys, err := trialsOf(ctx, s, run, instance, f.configuration, f.attempt)
	if err != nil {
		return nil, err
	}
	var out []results.Detail
	for _, k := range keys {
		d, err := s.Detail(ctx, run, k)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// trialsOf lists the trials of an instance that the flags ask for.
func trialsOf(
	ctx context.Context, s *results.Store, run, instance, configuration string, attempt int,
) ([]bench.TrialKey, error) {
	if err := withTrials(ctx, s, run); err != nil {
		return nil, err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return nil, err
	}
	var keys []bench.TrialKey
	for _, t := range trials {
		k := t.Key
		if k.InstanceID == instance && (configuration == "" || k.Configuration == configuration) &&
			(attempt == 0 || k.Attempt == attempt) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, bench.Usagef("run %s has no such trial of %s", run, instance)
	}
	return keys, nil
}
