package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/datasets"
	"bench/internal/plural"
	"bench/results/report"
	"bench/scoring/evaluate"
	"bench/scoring/verify"
)

// verifyFlags are what `bench verify` takes.
type verifyFlags struct {
	configFlags
	workers int
	runs    int
	output  string
}

func newVerify() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify --config FILE",
		Short: "Check the tasks: gold patches must resolve, no patch must not",
		Long: `Check the tasks of a config before money is spent on them: the gold patch of
each must resolve it, and without a patch its tests must not pass. With several
runs, tests that do not always end alike are found too. No model is asked.
In Docker, tasks are tried without a network first (scoring.network: auto), and
those that are verified so are graded so from then on.

Exit status: 0 if all tasks are verified, 3 if not.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if f.runs < 1 {
				return bench.Usagef("--runs %d: want at least 1", f.runs)
			}
			if err := atLeastOne(c, "workers", f.workers); err != nil {
				return err
			}
			return f.run(c)
		},
	}
	f.add(c, "config file (required)")
	f.addTasks(c)
	fs := c.Flags()
	fs.IntVarP(&f.workers, "workers", "w", 0, "evaluations at once (default: the config's)")
	key(&f.configFlags, "workers", "workers.grading", &f.workers)
	fs.IntVar(&f.runs, "runs", 1, "how often each is run; two or more find flaky tests")
	fs.StringVarP(&f.output, "output", "o", "",
		"write the tasks that failed to this YAML file, with the reason of each")
	must(c.MarkFlagRequired("config"))
	return c
}

func (f *verifyFlags) run(c *cobra.Command) error {
	cfg, err := f.load(c, withoutModels())
	if err != nil {
		return err
	}
	set, err := loadTasks(c, cfg)
	if err != nil {
		return err
	}
	checks, err := f.check(c, cfg, set.Tasks)
	if err != nil {
		return err
	}
	n := 0
	for _, k := range checks {
		if k.Verdict() != verify.Verified {
			n++
		}
	}
	if err := printChecks(c.OutOrStdout(), checks, chooses(cfg)); err != nil {
		return err
	}
	if f.output != "" {
		const about = "Tasks that `bench verify` found unsound."
		if err := datasets.WriteExclusions(f.output, about, unsound(checks)); err != nil {
			return err
		}
	}
	if n > 0 {
		return &bench.Failure{
			Status: bench.ExitIncomplete, Err: fmt.Errorf("not verified: %s", plural.Count(n, "task")),
		}
	}
	return nil
}

// chooses reports whether tasks are graded without a network where that is known to
// do.
func chooses(cfg *config.Config) bool {
	return cfg.Sandbox.Kind == config.Docker && cfg.Scoring.Network == config.AutoNetwork
}

// check checks tasks, each without a network first, if the config leaves the choice.
// What could not be verified so, or is known to need one, is checked with it.
func (f *verifyFlags) check(
	c *cobra.Command, cfg *config.Config, tasks []bench.Task,
) ([]*verify.Check, error) {
	checks, work := verify.New(tasks, f.runs)
	if !chooses(cfg) {
		return checks, f.conclude(c, cfg, checks, work)
	}
	known, rules := networks(), string(cfg.Scoring.Rules)
	needs := func(k *verify.Check) bool {
		offline, known := known.Offline(k.Task, rules)
		return known && !offline
	}
	work = verify.Retry(checks, f.runs, func(k *verify.Check) bool { return !needs(k) })
	for _, e := range work {
		e.Note += ", without a network"
	}
	tried := slices.DeleteFunc(slices.Clone(checks), needs)
	on := *cfg
	on.Scoring.Network = config.NoNetwork
	if err := f.conclude(c, &on, tried, work); err != nil {
		return nil, err
	}
	for _, k := range tried {
		k.Offline = k.Verdict() == verify.Verified
	}
	work = verify.Retry(checks, f.runs, func(k *verify.Check) bool { return !k.Offline })
	rest := slices.DeleteFunc(slices.Clone(checks), func(k *verify.Check) bool { return k.Offline })
	on.Scoring.Network = config.BridgeNetwork
	if err := f.conclude(c, &on, rest, work); err != nil {
		return nil, err
	}
	for _, k := range checks {
		if k.Verdict() == verify.Verified {
			if err := known.Remember(k.Task, rules, k.Offline); err != nil {
				return nil, err
			}
		}
	}
	return checks, nil
}

// conclude has evaluations made and finds what they say of the checks.
func (f *verifyFlags) conclude(
	c *cobra.Command, cfg *config.Config, checks []*verify.Check, work []*evaluate.Evaluation,
) error {
	if len(work) == 0 {
		return nil
	}
	runID := "verify-" + time.Now().UTC().Format("20060102-150405")
	if err := gradeAll(c, cfg, runID, work, nil); err != nil {
		return err
	}
	if interrupted(c.Context()) != nil {
		return &bench.Failure{
			Status: bench.ExitInterrupted, Err: errors.New("interrupted: nothing is verified"),
		}
	}
	for _, k := range checks {
		k.Conclude()
	}
	return nil
}

// unsound lists the tasks that nobody should work on.
func unsound(checks []*verify.Check) (list []datasets.Exclusion) {
	for _, k := range checks {
		if len(k.Reasons) > 0 {
			list = append(list, datasets.Exclusion{
				InstanceID: k.Task.InstanceID, Reason: strings.Join(k.Reasons, "; "),
			})
		}
	}
	return list
}

// printChecks is the table, with networks where there is a choice, what is wrong below
// it, and the sum.
func printChecks(w io.Writer, checks []*verify.Check, choice bool) error {
	sums := map[verify.Verdict]int{}
	rows := make([][]string, len(checks))
	count := func(runs []*evaluate.Evaluation) string {
		n, judged := verify.Resolved(runs)
		return fmt.Sprintf("%d/%d", n, judged)
	}
	for i, k := range checks {
		sums[k.Verdict()]++
		flaky := fmt.Sprint(len(k.Flaky))
		if k.FlakyOthers > 0 {
			flaky += fmt.Sprintf(", and %d on no list", k.FlakyOthers)
		}
		rows[i] = []string{k.Task.InstanceID, count(k.Gold), count(k.Empty), flaky, string(k.Verdict())}
		if choice {
			network := "bridge"
			if k.Offline {
				network = "none"
			}
			rows[i] = append(rows[i], network)
		}
	}
	header := []string{"instance", "resolved by gold", "by nothing", "flaky tests", "verdict"}
	if choice {
		header = append(header, "network")
	}
	if err := report.Grid(w, header, rows); err != nil {
		return err
	}
	for _, k := range checks {
		for _, why := range slices.Concat(k.Reasons, k.Doubts) {
			fmt.Fprintf(w, "%s: %s\n", k.Task.InstanceID, why)
		}
	}
	_, err := fmt.Fprintf(w, "verified %d of %s; %d for quarantine, %d without a verdict\n",
		sums[verify.Verified], plural.Count(len(checks), "task"), sums[verify.Quarantine],
		sums[verify.NoVerdict])
	return err
}
