package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
	"bench/results/chart"
	"bench/results/compare"
	"bench/results/draw"
	"bench/results/nights"
	"bench/results/report"
	"bench/results/timeline"
)

// plotFlags are what `bench plot` takes.
type plotFlags struct {
	compareFlags
	kind     string
	output   string
	instance string
	trial    showFlags          // which trial of the instance
	left     *results.Exclusion // of what was drawn; nil: nobody asked
}

// The kinds of pictures that take other arguments than the rest: one trial, published
// points, and nights.
const (
	plotTimeline = "timeline"
	plotFrontier = "frontier"
	plotTrend    = "trend"
)

// plotKinds are the kinds of pictures.
func plotKinds() []string {
	return []string{plotFrontier, "roles", "acceptability", plotTimeline, plotTrend}
}

func newPlot() *cobra.Command {
	var f plotFlags
	c := &cobra.Command{
		Use:   "plot RUN... -o FILE.svg",
		Short: "Draw one picture of a report, for a paper or a page",
		Long: `Draw one picture of a report, for a paper or a page. FILE ends in .svg, .pdf or
.png. The kinds:

frontier
  Cost per task against resolved rate, with 95 % intervals. Runs with published
  points (bench import FILE.csv) are drawn beside, hollow and without.
roles
  What main, sidekicks and advisors cost.
acceptability
  How probable it is that a configuration is the best choice, by what one
  more resolved task is worth.
timeline
  Who did what when in one trial (--instance, --configuration, --attempt).
trend
  What was resolved, cost and time from night to night, with 95 % intervals, and
  from when on it is otherwise: over the runs, or one and those with its name
  before it (--by).`,
		Args: f.check,
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), f.db, func(s *results.Store) error {
				return f.plot(c, s, args)
			})
		},
	}
	dbFlag(c, &f.db)
	fs := c.Flags()
	fs.StringVarP(&f.output, "output", "o", "", "`file` to write: .svg, .pdf or .png")
	fs.StringVar(&f.kind, "kind", plotKinds()[0], strings.Join(plotKinds(), ", "))
	fs.StringVar(&f.baseline, "baseline", "",
		"configuration to compare with (default: the run's)")
	fs.StringVar(&f.instance, "instance", "", "task whose timeline is drawn")
	fs.StringVar(&f.trial.configuration, "configuration", "", "configuration whose timeline is drawn")
	fs.IntVar(&f.trial.attempt, "attempt", 0, "attempt whose timeline is drawn")
	f.byFlag(c, "--kind trend")
	excludeFlag(c, &f.exclude)
	must(c.MarkFlagRequired("output"))
	return c
}

// check refuses flags that mean nothing together.
func (f *plotFlags) check(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return bench.Usagef("plot takes at least one run (see bench runs)")
	}
	if !slices.Contains(plotKinds(), f.kind) {
		return bench.Usagef("--kind %s: want one of %s", f.kind, strings.Join(plotKinds(), ", "))
	}
	if f.encoder() == nil {
		return bench.Usagef("--output %s: want a name that ends in .svg, .pdf or .png", f.output)
	}
	of := f.instance != "" || f.trial.configuration != "" || f.trial.attempt != 0
	switch {
	case f.kind != plotTimeline && of:
		return bench.Usagef("--instance, --configuration and --attempt go with --kind timeline")
	case f.kind == plotTimeline && (len(args) > 1 || f.instance == "" || f.baseline != ""):
		return bench.Usagef("--kind timeline takes one run and --instance, and no --baseline")
	case f.kind != plotTrend && c.Flags().Changed("by"):
		return bench.Usagef("--by goes with --kind trend")
	case f.kind == plotTrend && f.baseline != "":
		return bench.Usagef("--kind trend compares nights with those before, and takes no --baseline")
	case f.kind == plotTimeline && f.exclude != "":
		return bench.Usagef("--kind timeline is of one trial, and takes no --%s", excludeFlagged)
	}
	return errors.Join(checkExclude(c, f.exclude), f.checkBy())
}

// encoder writes a picture in the form that the name of the file asks for; nil if
// that is none.
func (f *plotFlags) encoder() func(*draw.Picture, io.Writer) error {
	switch strings.ToLower(filepath.Ext(f.output)) {
	case ".svg":
		return (*draw.Picture).SVG
	case ".pdf":
		return (*draw.Picture).PDF
	case ".png":
		return (*draw.Picture).PNG
	}
	return nil
}

func (f *plotFlags) plot(c *cobra.Command, s *results.Store, runs []string) error {
	p, err := f.picture(c.Context(), s, runs)
	if err != nil {
		return err
	}
	if lacks := p.Missing(); lacks != "" && strings.ToLower(filepath.Ext(f.output)) != ".svg" {
		fmt.Fprintf(c.ErrOrStderr(), "the font of PDF and PNG lacks %q: drawn as boxes (SVG has them)\n",
			lacks)
	}
	if f.left != nil {
		fmt.Fprintln(c.ErrOrStderr(), report.LeftOut(f.left))
	}
	write := f.encoder()
	if err := writeFile(f.output, func(w io.Writer) error { return write(p, w) }); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), f.output)
	return err
}

// picture draws what was asked for, or says why it cannot be drawn.
func (f *plotFlags) picture(
	ctx context.Context, s *results.Store, runs []string,
) (*draw.Picture, error) {
	if f.kind == plotTimeline {
		return f.timeline(ctx, s, runs[0])
	}
	if f.kind == plotTrend {
		return f.trend(ctx, s, runs)
	}
	trials, points, err := parted(ctx, s, runs)
	if err != nil {
		return nil, err
	}
	if points != nil && f.kind != plotFrontier {
		return nil, bench.Usagef("published points are drawn by --kind %s alone", plotFrontier)
	}
	var c compare.Comparison
	if trials != nil {
		if c, err = compared(ctx, s, trials, f.compareFlags); err != nil {
			return nil, err
		}
		f.left = c.Excluded
	}
	var p *draw.Picture
	lacking := ""
	switch f.kind {
	case plotFrontier:
		p = chart.Frontier(c, points)
		lacking = "no configuration has both a known cost and a resolved rate"
	case "acceptability":
		p, lacking = chart.Acceptability(c), "it takes two configurations with known costs and "+
			"verdicts on the same six tasks"
	case "roles":
		p, lacking = chart.Roles(c), "no configuration says what its roles cost"
	}
	return f.drawn(p, runs, lacking)
}

// drawn is a picture, or what a chart of this kind lacks.
func (f *plotFlags) drawn(p *draw.Picture, runs []string, lacking string) (*draw.Picture, error) {
	if p == nil {
		return nil, bench.Usagef("%s of %s cannot be drawn: %s", f.kind, strings.Join(runs, ", "),
			lacking)
	}
	return p, nil
}

// trend draws the nights that runs stand for.
func (f *plotFlags) trend(
	ctx context.Context, s *results.Store, runs []string,
) (*draw.Picture, error) {
	t, err := trendOf(ctx, s, runs, nights.Grouping(f.by), f.exclude)
	if err != nil {
		return nil, err
	}
	f.left = t.Excluded
	return f.drawn(chart.Trend(t), runs, "no trial has a verdict")
}

// timeline draws the one trial that the flags name.
func (f *plotFlags) timeline(
	ctx context.Context, s *results.Store, run string,
) (*draw.Picture, error) {
	trials, err := detailsOf(ctx, s, run, f.instance, f.trial)
	if err != nil {
		return nil, err
	}
	if len(trials) > 1 {
		var names []string
		for _, t := range trials {
			names = append(names, t.Trial.Key.String())
		}
		return nil, bench.Usagef("a timeline is of one trial: choose by --configuration and "+
			"--attempt among %s", strings.Join(names, ", "))
	}
	if err := hasTimelines(trials[0]); err != nil {
		return nil, err
	}
	t := timeline.Of(trials[0])
	if t.Totals.Wall == 0 {
		return nil, bench.Usagef("no agent was at work in %s: it has no timeline",
			trials[0].Trial.Key)
	}
	return draw.Timeline(t).Simulated(trials[0].Configuration.Simulated()), nil
}
