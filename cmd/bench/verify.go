package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/results/report"
	"bench/runner"
	"bench/scoring/swebench"
)

func newVerify() *cobra.Command {
	var (
		f      gradeFlags
		runs   int
		output string
	)
	c := &cobra.Command{
		Use:   "verify --config FILE",
		Short: "Check the tasks: gold patches must resolve, no patch must not",
		Long: `Check the tasks of a config before money is spent on them: the gold patch of
each must resolve it, and without a patch its tests must not pass. With several
runs, tests that do not always end alike are found too. No model is asked.

Exit status: 0 if all tasks are verified, 3 if not.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if runs < 1 {
				return usageError(fmt.Errorf("--runs %d: want at least 1", runs))
			}
			if c.Flags().Changed("workers") && f.workers < 1 {
				return usageError(fmt.Errorf("--workers %d: want at least 1", f.workers))
			}
			return verify(c, &f, runs, output)
		},
	}
	fs := c.Flags()
	fs.StringVarP(&f.config, "config", "c", "", "config file (required)")
	setFlag(c, &f.set)
	fs.StringSliceVarP(&f.instances, "instances", "i", nil, "only these instance ids")
	fs.StringVar(&f.filter, "filter", "", "only instance ids that match this regular expression")
	fs.StringVar(&f.slice, "slice", "", "only tasks A up to B: A:B, as in Python")
	fs.IntVarP(&f.workers, "workers", "w", 0, "evaluations at once (default: the config's)")
	fs.IntVar(&runs, "runs", 1, "how often each is run; two or more find flaky tests")
	fs.StringVarP(&output, "output", "o", "",
		"write the tasks that failed to this YAML file, with the reason of each")
	must(c.MarkFlagRequired("config"))
	return c
}

func verify(c *cobra.Command, f *gradeFlags, runs int, output string) error {
	cfg, err := f.settings()
	if err != nil {
		return err
	}
	set, err := loadTasks(c.Context(), cfg)
	if err != nil {
		return err
	}
	f.runID = "verify-" + time.Now().UTC().Format("20060102-150405")
	checks, work := checksOf(set.Tasks, runs)
	if err := f.judgeAll(c, cfg, work); err != nil {
		return err
	}
	if errors.Is(context.Cause(c.Context()), runner.ErrInterrupted) {
		return &statusError{exitInterrupted, errors.New("interrupted: nothing is verified")}
	}
	for _, k := range checks {
		k.conclude()
	}
	if err := printChecks(c.OutOrStdout(), checks); err != nil {
		return err
	}
	if output != "" {
		if err := os.WriteFile(output, quarantine(checks), 0o644); err != nil {
			return fmt.Errorf("write quarantine list: %w", err)
		}
	}
	n := 0
	for _, k := range checks {
		if k.verdict() != "verified" {
			n++
		}
	}
	if n > 0 {
		return &statusError{exitIncomplete, fmt.Errorf("not verified: %s", several(n, "task"))}
	}
	return nil
}

// check is one task and the runs of its tests.
type check struct {
	task        bench.Task
	gold, empty []*evaluation
	flaky       []string // listed tests that did not always end alike
	flakyOthers int      // tests on no list, likewise; they decide nothing
	reasons     []string // why nobody should work on the task
	doubts      []string // why it could not be verified; it may be sound
}

// checksOf lists all evaluations, run by run, so that a task's own are apart.
func checksOf(tasks []bench.Task, runs int) (checks []*check, work []*evaluation) {
	for _, t := range tasks {
		checks = append(checks, &check{task: t})
	}
	for n := 1; n <= runs; n++ {
		for _, k := range checks {
			e := &evaluation{task: k.task, run: true, attempt: n, note: "without a patch"}
			e.prediction = swebench.Prediction{InstanceID: k.task.InstanceID, Model: "empty"}
			k.empty, work = append(k.empty, e), append(work, e)
			if k.task.Patch == "" {
				continue
			}
			e = &evaluation{task: k.task, run: true, attempt: n, note: "gold patch"}
			e.prediction = swebench.Prediction{
				InstanceID: k.task.InstanceID, Model: "gold", Patch: &k.task.Patch,
			}
			k.gold, work = append(k.gold, e), append(work, e)
		}
	}
	return checks, work
}

// conclude finds what the runs of a task say of it.
func (k *check) conclude() {
	if len(k.gold) == 0 {
		k.doubts = append(k.doubts, "the dataset has no gold patch for it")
	}
	for _, e := range slices.Concat(k.gold, k.empty) {
		if e.err != nil {
			k.doubts = append(k.doubts, fmt.Sprintf("%s, run %d: %v", e.prediction.Model, e.attempt, e.err))
		}
	}
	gold, judged := resolvedOf(k.gold)
	if gold < judged {
		bad := slices.IndexFunc(k.gold, func(e *evaluation) bool { return e.err == nil && !e.resolved() })
		k.reasons = append(k.reasons, fmt.Sprintf("the gold patch resolves it in %d of %s: %s",
			gold, several(judged, "run"), k.gold[bad].shortfall()))
	}
	if empty, judged := resolvedOf(k.empty); empty > 0 {
		k.reasons = append(k.reasons, fmt.Sprintf("it is resolved without a patch in %d of %s",
			empty, several(judged, "run")))
	}
	for _, e := range k.empty {
		if e.err == nil && e.grade.Error != "" {
			k.reasons = append(k.reasons, "without a patch: "+e.grade.Error)
			break
		}
	}
	for _, runs := range [][]*evaluation{k.gold, k.empty} {
		tests, others := flakyTests(k.task, runs)
		k.flakyOthers += others
		if len(tests) > 0 {
			k.flaky = append(k.flaky, tests...)
			k.reasons = append(k.reasons, fmt.Sprintf("flaky with the %s patch: %s",
				runs[0].prediction.Model, some(tests)))
		}
	}
	slices.Sort(k.flaky)
	k.flaky = slices.Compact(k.flaky)
}

func (e *evaluation) resolved() bool { return e.grade.Resolved != nil && *e.grade.Resolved }

// resolvedOf counts the runs that resolved the task, of those that were judged.
func resolvedOf(runs []*evaluation) (resolved, judged int) {
	for _, e := range runs {
		if e.err == nil {
			judged++
		}
		if e.err == nil && e.resolved() {
			resolved++
		}
	}
	return resolved, judged
}

// shortfall says what an unresolved evaluation lacks.
func (e *evaluation) shortfall() string {
	g := e.grade
	switch {
	case g.TimedOut:
		return "the tests did not end in time"
	case g.Error != "":
		return g.Error
	case !g.PatchApplied:
		return "it does not apply"
	case !g.Found && g.InfraReason != "":
		return "the tests' output cannot be read: " + g.InfraReason
	case !g.Found:
		return "the tests' output cannot be read"
	}
	failed := slices.Concat(g.FailToPass.Failure, g.PassToPass.Failure)
	if len(failed) == 0 {
		return "no listed test has a result"
	}
	return "failing " + some(failed)
}

// some names the first tests of a list.
func some(tests []string) string {
	const most = 3
	if len(tests) <= most {
		return strings.Join(tests, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(tests[:most], ", "), len(tests)-most)
}

// flakyTests compares runs test by test: listed tests by whether they did as
// demanded, all others, which it only counts, by their status. Runs whose tests
// did not come to an end say nothing of single tests.
func flakyTests(task bench.Task, runs []*evaluation) (listed []string, others int) {
	endings, n := map[testEnd]int{}, 0
	onList := map[string]bool{}
	for _, test := range slices.Concat(task.FailToPass, task.PassToPass) {
		onList[test] = true
	}
	for _, e := range runs {
		if e.err != nil || !e.grade.Found {
			continue
		}
		n++
		for _, test := range e.grade.FailToPass.Success {
			endings[testEnd{"FAIL_TO_PASS", test, "success"}]++
		}
		for _, test := range e.grade.PassToPass.Success {
			endings[testEnd{"PASS_TO_PASS", test, "success"}]++
		}
		for _, t := range e.grade.Tests {
			if !onList[t.Test] {
				endings[testEnd{"", t.Test, t.Status}]++
			}
		}
	}
	flaky := map[string]bool{} // on a list?
	for e, times := range endings {
		if times != n {
			flaky[e.test] = e.list != ""
		}
	}
	for test, on := range flaky {
		if on {
			listed = append(listed, test)
		} else {
			others++
		}
	}
	slices.Sort(listed)
	return listed, others
}

// testEnd is what a test did in a run.
type testEnd struct{ list, test, status string }

// verdict is what came of a check in a word.
func (k *check) verdict() string {
	switch {
	case len(k.reasons) > 0:
		return "quarantine"
	case len(k.doubts) > 0:
		return "no verdict"
	}
	return "verified"
}

// printChecks is the table, what is wrong below it, and the sum.
func printChecks(w io.Writer, checks []*check) error {
	sums := map[string]int{}
	rows := make([][]string, len(checks))
	count := func(runs []*evaluation) string {
		n, judged := resolvedOf(runs)
		return fmt.Sprintf("%d/%d", n, judged)
	}
	for i, k := range checks {
		sums[k.verdict()]++
		flaky := fmt.Sprint(len(k.flaky))
		if k.flakyOthers > 0 {
			flaky += fmt.Sprintf(", and %d on no list", k.flakyOthers)
		}
		rows[i] = []string{k.task.InstanceID, count(k.gold), count(k.empty), flaky, k.verdict()}
	}
	header := []string{"instance", "resolved by gold", "by nothing", "flaky tests", "verdict"}
	if err := report.Grid(w, header, rows); err != nil {
		return err
	}
	for _, k := range checks {
		for _, why := range slices.Concat(k.reasons, k.doubts) {
			fmt.Fprintf(w, "%s: %s\n", k.task.InstanceID, why)
		}
	}
	_, err := fmt.Fprintf(w, "verified %d of %s; %d for quarantine, %d without a verdict\n",
		sums["verified"], several(len(checks), "task"), sums["quarantine"], sums["no verdict"])
	return err
}

// quarantine is the list of unsound tasks. Texts in JSON are texts in YAML.
func quarantine(checks []*check) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "# Tasks that `bench verify` found unsound.")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	n := 0
	for _, k := range checks {
		if len(k.reasons) == 0 {
			continue
		}
		n++
		for _, field := range [][2]string{
			{"- instance_id: ", k.task.InstanceID}, {"  reason: ", strings.Join(k.reasons, "; ")},
		} {
			b.WriteString(field[0])
			must(enc.Encode(field[1])) // a text in memory: never fails
		}
	}
	if n == 0 {
		fmt.Fprintln(&b, "[]")
	}
	return b.Bytes()
}
