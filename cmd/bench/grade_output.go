package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/results/report"
	"bench/runner"
	"bench/scoring/swebench"
)

// conclude prints the verdicts, writes the official files if asked to, and
// picks the exit status.
func (f *gradeFlags) conclude(c *cobra.Command, tasks []bench.Task, work []*evaluation) error {
	runReport := f.runReport(tasks, work)
	if f.output != "" {
		if err := f.write(work, runReport); err != nil {
			return err
		}
	}
	var err error
	switch w := c.OutOrStdout(); f.format {
	case "json":
		var text []byte
		if text, err = runReport.JSON(swebench.Rules(f.rules)); err == nil {
			_, err = w.Write(text)
		}
	case "jsonl":
		err = printVerdicts(w, work)
	default:
		err = printGrades(w, runReport, work)
	}
	if err != nil {
		return err
	}
	if errors.Is(context.Cause(c.Context()), runner.ErrInterrupted) {
		return &statusError{exitInterrupted, errors.New("interrupted")}
	}
	if n := count(work, (*evaluation).undecided); n > 0 {
		return &statusError{exitIncomplete, fmt.Errorf("no verdict: %s", several(n, "prediction"))}
	}
	return nil
}

func (f *gradeFlags) runReport(tasks []bench.Task, work []*evaluation) swebench.RunReport {
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i] = t.InstanceID
	}
	evaluated := make([]swebench.Evaluated, len(work))
	for i, e := range work {
		evaluated[i] = swebench.Evaluated{
			Prediction: e.prediction, Report: e.report(), Logs: [][]byte{e.log},
		}
		if e.run && e.prediction.Empty() { // tests were run: count it as a patch
			nothing := "\n"
			evaluated[i].Prediction.Patch = &nothing
		}
	}
	return swebench.NewRunReport(ids, evaluated)
}

// report is the official report.json, nil where there is none.
func (e *evaluation) report() []byte {
	if e.err != nil || e.grade.Resolved == nil || (e.run && !e.grade.PatchApplied) || !e.run {
		return nil
	}
	b, err := swebench.ReportJSON(e.task.InstanceID, true, e.grade)
	if err != nil {
		return nil
	}
	return b
}

func printVerdicts(w io.Writer, work []*evaluation) error {
	var text []byte
	for _, e := range work {
		line := lineOf(e.task.InstanceID, e.grade)
		line.err = e.failure()
		text = line.append(text[:0])
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// printGrades is the table: one line per prediction, and the sum below.
func printGrades(w io.Writer, r swebench.RunReport, work []*evaluation) error {
	rows := make([][]string, len(work))
	for i, e := range work {
		g := e.grade
		rows[i] = []string{
			e.task.InstanceID, e.verdict(), share(g.FailToPass), share(g.PassToPass),
			g.Duration.Round(100 * time.Millisecond).String(), strings.Join(g.Flags, ", "),
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	header := []string{"instance", "verdict", "fail to pass", "pass to pass", "tests took", "flags"}
	if err := report.Grid(w, header, rows); err != nil {
		return err
	}
	for _, e := range work {
		if text := e.failure(); text != "" {
			fmt.Fprintf(w, "%s: %s\n", e.task.InstanceID, text)
		}
	}
	refused := count(work, func(e *evaluation) bool { return e.verdict() == notApplied })
	_, err := fmt.Fprintf(w, "resolved %d of %d submitted (%d in the dataset); "+
		"%d unresolved, %d not applied, %d empty, %d without a verdict\n",
		r.Resolved, r.Submitted, r.Total, r.Unresolved, refused, r.EmptyPatches,
		count(work, (*evaluation).undecided))
	return err
}

// undecided reports whether there is no verdict. A patch that cannot be applied
// has one, though the official report lists it as an error.
func (e *evaluation) undecided() bool { return e.err != nil || e.run && e.grade.Resolved == nil }

func count(work []*evaluation, f func(*evaluation) bool) int {
	n := 0
	for _, e := range work {
		if f(e) {
			n++
		}
	}
	return n
}

func share(v bench.Verdicts) string {
	return fmt.Sprintf("%d/%d", len(v.Success), len(v.Success)+len(v.Failure))
}

// write lays the files out as the official harness does.
func (f *gradeFlags) write(work []*evaluation, r swebench.RunReport) error {
	for _, e := range work {
		if !e.run {
			continue
		}
		dir := filepath.Join(f.output, "logs", "run_evaluation", f.runID,
			strings.ReplaceAll(e.prediction.Model, "/", "__"), e.task.InstanceID)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for name, content := range map[string][]byte{
			"patch.diff": []byte(*e.prediction.Patch), "eval.sh": e.script,
			"test_output.txt": e.log, "report.json": e.report(),
		} {
			if content == nil {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				return err
			}
		}
	}
	path := filepath.Join(f.output, swebench.RunReportName(work[0].prediction.Model, f.runID))
	text, err := r.JSON(swebench.Rules(f.rules))
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
