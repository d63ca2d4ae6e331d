package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/results/nights"
	"bench/results/report"
)

// gateFlags are what `bench gate` takes.
type gateFlags struct {
	nights.Options
	db       string
	baseline string
	history  string
	confirm  int
	strict   bool // what is inconclusive fails
	exclude  string
	format   string
	junit    string // file
	markdown string // file
}

func newGate() *cobra.Command {
	var f gateFlags
	c := &cobra.Command{
		Use:   "gate RUN --baseline NAME",
		Short: "Judge a nightly run by a frozen baseline and the nights since",
		Long: `gate says whether a run has become worse than a frozen baseline, configuration by
configuration, in quality, cost and time. It compares the last night, the last 2,
4, 8, … and all since the baseline with everything before, task by task, so that it
finds what breaks at once and what gets lost bit by bit. The baseline is a run, or
the name that bench gate baseline has given to one; no other run ever takes its
place by itself. docs/gate.md explains the tests.

Exit status:
  0    no regression
  100  a regression
  101  inconclusive, with --fail-on-inconclusive
  3    trials of the night have no verdict

In GitHub Actions it also writes annotations and the summary of the job.`,
		Args: func(c *cobra.Command, args []string) error {
			if err := exactly(1, "a run (see bench runs)")(c, args); err != nil {
				return err
			}
			return f.check(c)
		},
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	f.add(c)
	c.AddCommand(newGateBaseline())
	return c
}

func (f *gateFlags) add(c *cobra.Command) {
	dbFlag(c, &f.db)
	fs := c.Flags()
	fs.StringVar(&f.baseline, "baseline", "", "the baseline: a `name`, or a run")
	fs.StringVar(&f.history, "history", "",
		"nights between: runs whose ids match this regular expression as a whole (default: those of the "+
			"run's name)")
	fs.Float64Var(&f.MarginPP, "margin-pp", 0, "percentage points of resolved rate that may be lost")
	fs.Float64Var(&f.CostMargin, "cost-margin", 0.10, "share by which a trial may be dearer")
	fs.Float64Var(&f.TimeMargin, "time-margin", 0.25, "share by which a trial may be slower")
	fs.Float64Var(&f.RuleOutPP, "rule-out-pp", 10,
		"a night passes if a loss of so many points against the baseline is ruled out")
	fs.Float64Var(&f.FalseAlarms, "false-alarms", 0.01,
		"chance of a false alarm of quality in 30 nights without a change")
	fs.IntVar(&f.confirm, "confirm", 0,
		"before a drop of one night counts, run the tasks that flipped so many times again")
	fs.BoolVar(&f.strict, "fail-on-inconclusive", false, "end with status 101 if it is inconclusive")
	formatFlag(c, &f.format)
	fs.StringVar(&f.junit, "junit", "", "write JUnit XML to this file")
	fs.StringVar(&f.markdown, "markdown", "", "write a summary in Markdown to this file")
	excludeFlag(c, &f.exclude)
	must(c.MarkFlagRequired("baseline"))
}

// check refuses numbers that mean nothing.
func (f *gateFlags) check(c *cobra.Command) error {
	between := func(flag string, v, lo, hi float64, unit string) error {
		if v >= lo && v <= hi {
			return nil
		}
		return bench.Usagef("--%s %g: want %s, %g to %g", flag, v, unit, lo, hi)
	}
	const tiny = 1e-6
	for _, err := range []error{
		between("margin-pp", f.MarginPP, 0, 50, "percentage points"),
		between("cost-margin", f.CostMargin, 0, 10, "a share"),
		between("time-margin", f.TimeMargin, 0, 10, "a share"),
		between("rule-out-pp", f.RuleOutPP, 1, 50, "percentage points"),
		between("false-alarms", f.FalseAlarms, tiny, 0.5, "a chance"),
		atLeastOne(c, "confirm", f.confirm),
		checkFormat(f.format), checkExclude(c, f.exclude),
	} {
		if err != nil {
			return err
		}
	}
	if _, err := regexp.Compile(f.history); err != nil {
		return bench.Usagef("--history: %w", err)
	}
	return nil
}

func (f *gateFlags) run(c *cobra.Command, id string) error {
	var v nights.Verdict
	err := withStore(c.Context(), f.db, func(s *results.Store) (err error) {
		v, err = f.judge(c.Context(), s, id)
		return err
	})
	if err != nil {
		return err
	}
	if f.confirm > 0 {
		if err := f.confirmed(c, &v); err != nil {
			return err
		}
	}
	if err := f.write(c, v); err != nil {
		return err
	}
	return f.ending(v)
}

// write writes the verdict in every form that is asked for.
func (f *gateFlags) write(c *cobra.Command, v nights.Verdict) error {
	printed := map[string]func(io.Writer, nights.Verdict) error{
		"table": report.Gate, "markdown": report.GateMarkdown, "csv": report.GateCSV,
		"json": report.GateJSON,
	}
	if err := printed[f.format](c.OutOrStdout(), v); err != nil {
		return err
	}
	truncate, add := os.O_CREATE|os.O_WRONLY|os.O_TRUNC, os.O_CREATE|os.O_WRONLY|os.O_APPEND
	if err := toFile(f.junit, truncate, v, report.JUnit); err != nil {
		return err
	}
	if err := toFile(f.markdown, truncate, v, report.GateMarkdown); err != nil {
		return err
	}
	if os.Getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	// Standard output has the document that was asked for and nothing else.
	if err := report.Annotations(c.ErrOrStderr(), v); err != nil {
		return err
	}
	return toFile(os.Getenv("GITHUB_STEP_SUMMARY"), add, v, report.GateMarkdown)
}

// toFile writes a verdict to a file, if one is named.
func toFile(
	path string, flags int, v nights.Verdict, write func(io.Writer, nights.Verdict) error,
) error {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(write(file, v), file.Close())
}

// ending turns a verdict into an exit status. What is shown comes first, then what is
// missing, as more of it may show something.
func (f *gateFlags) ending(v nights.Verdict) error {
	sentence := errors.New(report.GateSentence(v))
	switch finding := v.Finding(); {
	case finding == nights.Regression:
		return &bench.Failure{Status: bench.ExitRegression, Err: sentence}
	case v.NoVerdict() > 0:
		return &bench.Failure{
			Status: bench.ExitIncomplete,
			Err:    fmt.Errorf("%s without a verdict", plural.Count(v.NoVerdict(), "trial")),
			Hint:   "to try them again: " + resumed(f.db, v.Night.ID).again,
		}
	case finding == nights.Inconclusive && f.strict:
		return &bench.Failure{Status: bench.ExitOpen, Err: sentence}
	}
	return nil
}
