package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/results/report"
	"bench/scoring/evaluate"
	"bench/scoring/swebench"
)

// conclude prints the verdicts, writes the official files if asked to, and
// picks the exit status.
func (f *gradeFlags) conclude(
	c *cobra.Command, cfg *config.Config, tasks []bench.Task, work []*evaluate.Evaluation,
) error {
	runReport, rules := evaluate.RunReport(tasks, work), swebench.Rules(cfg.Scoring.Rules)
	if f.output != "" {
		if err := evaluate.Write(f.output, f.runID, f.suffix(), work, runReport, rules); err != nil {
			return err
		}
	}
	var err error
	switch w := c.OutOrStdout(); f.format {
	case "json":
		err = writeRunReport(w, runReport, rules)
	case "jsonl":
		err = printVerdicts(w, work)
	default:
		err = printGrades(w, runReport, work)
	}
	if err != nil {
		return err
	}
	if err := interrupted(c.Context()); err != nil {
		return err
	}
	return noVerdict(evaluate.Count(work, (*evaluate.Evaluation).Undecided), "prediction")
}

// noVerdict is the error of a command that left n things without a verdict.
func noVerdict(n int, thing string) error {
	if n == 0 {
		return nil
	}
	return &bench.Failure{
		Status: bench.ExitIncomplete, Err: fmt.Errorf("no verdict: %s", plural.Count(n, thing)),
	}
}

func writeRunReport(w io.Writer, r swebench.RunReport, rules swebench.Rules) error {
	text, err := r.JSON(rules)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

func printVerdicts(w io.Writer, work []*evaluate.Evaluation) error {
	var text []byte
	for _, e := range work {
		text = e.Line().Append(text[:0])
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// printGrades is the table: one line per prediction, and the sum below.
func printGrades(w io.Writer, r swebench.RunReport, work []*evaluate.Evaluation) error {
	rows := make([][]string, len(work))
	for i, e := range work {
		g := e.Grade
		rows[i] = []string{
			e.Task.InstanceID, string(e.Verdict()), share(g.FailToPass), share(g.PassToPass),
			g.Duration.Round(100 * time.Millisecond).String(), strings.Join(g.Flags, ", "),
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	header := []string{"instance", "verdict", "fail to pass", "pass to pass", "tests took", "flags"}
	if err := report.Grid(w, header, rows); err != nil {
		return err
	}
	for _, e := range work {
		if text := e.Failure(); text != "" {
			fmt.Fprintf(w, "%s: %s\n", e.Task.InstanceID, text)
		}
	}
	refused := evaluate.Count(work, func(e *evaluate.Evaluation) bool {
		return e.Verdict() == evaluate.NotApplied
	})
	_, err := fmt.Fprintf(w, "resolved %d of %d submitted (%d in the dataset); "+
		"%d unresolved, %d not applied, %d empty, %d without a verdict\n",
		r.Resolved, r.Submitted, r.Total, r.Unresolved, refused, r.EmptyPatches,
		evaluate.Count(work, (*evaluate.Evaluation).Undecided))
	return err
}

func share(v bench.Verdicts) string {
	return fmt.Sprintf("%d/%d", len(v.Success), len(v.Success)+len(v.Failure))
}

// printRunReport is a row for each prediction, and the sum below.
func printRunReport(w io.Writer, r swebench.RunReport, evaluated []swebench.Evaluated) error {
	verdicts := map[string]string{}
	for verdict, ids := range map[string][]string{
		"resolved": r.ResolvedIDs, "unresolved": r.UnresolvedIDs, "empty": r.EmptyPatchIDs,
		"error": r.ErrorIDs,
	} {
		for _, id := range ids {
			verdicts[id] = verdict
		}
	}
	var rows [][]string
	for _, e := range evaluated {
		id := e.Prediction.InstanceID
		verdict, ok := verdicts[id]
		if !ok {
			verdict = "not in the dataset"
		}
		rows = append(rows, []string{id, verdict, r.FailureReasons[id]})
	}
	if err := report.Grid(w, []string{"instance", "verdict", "infra reason"}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "resolved %d of %d submitted (%d in the dataset); "+
		"%d unresolved, %d empty, %d without a verdict\n",
		r.Resolved, r.Submitted, r.Total, r.Unresolved, r.EmptyPatches, r.Errors)
	return err
}
