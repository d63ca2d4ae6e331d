package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/datasets"
	"bench/results/report"
	"bench/runner"
	"bench/scoring/regrade"
	"bench/scoring/swebench"
)

// checkLogs refuses what means nothing without running tests.
func (f *gradeFlags) checkLogs(c *cobra.Command) error {
	err := refuse(c, "logs", "timeout", "image", "instances", "filter", "slice", "run-id", "output")
	if err != nil {
		return err
	}
	if f.statusMap && f.format != "jsonl" {
		return usageError(errors.New("--status-map goes with --format jsonl"))
	}
	return oneOf("format", f.format, "table", "json", "jsonl", "report")
}

// oneOf refuses a value that a flag has not.
func oneOf(flag, value string, values ...string) error {
	if slices.Contains(values, value) {
		return nil
	}
	return usageError(fmt.Errorf("--%s %s: want one of %s", flag, value, strings.Join(values, ", ")))
}

// regrade judges stored logs: no sandbox, no patch.
func (f *gradeFlags) regrade(c *cobra.Command) error {
	source, err := regrade.Open(f.logs)
	if err != nil {
		return usageError(err)
	}
	rules, tasks, err := f.tasksForLogs(c.Context())
	if err != nil {
		return err
	}
	o := regrade.Options{
		Tasks: make(map[string]bench.Task, len(tasks)), Rules: rules, Workers: f.workers,
		Causes: f.format == "json" && rules == swebench.V5,
	}
	for _, t := range tasks {
		o.Tasks[t.InstanceID] = t
	}
	out := bufio.NewWriterSize(c.OutOrStdout(), 1<<16)
	p := &logPrinter{out: out, errs: c.ErrOrStderr(), rules: rules, statusMap: f.statusMap}
	switch f.format {
	case "jsonl":
		err = regrade.Run(c.Context(), source, o, p.line, p.print)
	case "report":
		err = regrade.Run(c.Context(), source, o, p.report, p.print)
	case "json":
		err = p.runReport(c.Context(), source, o, tasks)
	default:
		err = p.table(c.Context(), source, o)
	}
	if e := out.Flush(); err == nil {
		err = e
	}
	if errors.Is(err, runner.ErrInterrupted) {
		return &statusError{exitInterrupted, errors.New("interrupted")}
	}
	if err == nil && p.failed > 0 {
		return &statusError{exitIncomplete, fmt.Errorf("no verdict: %s", several(p.failed, "log"))}
	}
	return err
}

// tasksForLogs reads what the flags or the config say of the tests that judge.
func (f *gradeFlags) tasksForLogs(ctx context.Context) (swebench.Rules, []bench.Task, error) {
	cfg, err := f.settings()
	if err != nil {
		return "", nil, err
	}
	o := datasetOptions(cfg)
	o.ForLogs = true
	set, err := datasets.Load(ctx, o)
	if err != nil {
		return "", nil, usageError(err)
	}
	return swebench.Rules(cfg.Scoring.Rules), set.Tasks, nil
}

// logPrinter prints what came of logs, in their order.
type logPrinter struct {
	out       io.Writer
	errs      io.Writer
	rules     swebench.Rules
	statusMap bool
	failed    int
}

// printed is what came of one log.
type printed struct {
	text   []byte // for out
	failed string // for errs, if text does not say it
	err    bool
}

// line is the verdict for other programs. It runs on all cores at once.
func (p *logPrinter) line(r regrade.Result) printed {
	l := lineOf(r.InstanceID, r.Grade)
	l.path, l.grade.Rules, l.statusMap = r.Path, string(p.rules), p.statusMap
	if r.Err != nil {
		l.err = r.Err.Error()
	}
	return printed{text: l.append(nil), err: r.Err != nil}
}

// report is the official document. A log without a verdict has none.
func (p *logPrinter) report(r regrade.Result) printed {
	err := r.Err
	if err == nil {
		var text []byte
		if text, err = swebench.ReportJSON(r.InstanceID, true, r.Grade); err == nil {
			return printed{text: append(text, '\n')}
		}
	}
	return printed{failed: failedLog(r.Path, err), err: true}
}

func failedLog(path string, err error) string { return fmt.Sprintf("%s: %v\n", path, err) }

func (p *logPrinter) print(x printed) error {
	if x.err {
		p.failed++
	}
	if x.failed != "" {
		fmt.Fprint(p.errs, x.failed)
	}
	_, err := p.out.Write(x.text)
	return err
}

// runReport prints the report of a run that consists of the logs.
func (p *logPrinter) runReport(
	ctx context.Context, source regrade.Source, o regrade.Options, tasks []bench.Task,
) error {
	var evaluated []swebench.Evaluated
	seen := map[string]string{}
	small := func(r regrade.Result) regrade.Result {
		r.Grade = bench.Grade{Resolved: r.Grade.Resolved}
		return r
	}
	err := regrade.Run(ctx, source, o, small, func(r regrade.Result) error {
		if r.Err != nil {
			p.failed++
			fmt.Fprint(p.errs, failedLog(r.Path, r.Err))
		}
		if r.InstanceID == "" {
			return nil
		}
		if first, ok := seen[r.InstanceID]; ok {
			return usageError(fmt.Errorf("%s and %s are of one instance: a run report needs the logs "+
				"of one run", first, r.Path))
		}
		seen[r.InstanceID] = r.Path
		evaluated = append(evaluated, evaluatedLog(r))
		return nil
	})
	if err != nil {
		return err
	}
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i] = t.InstanceID
	}
	text, err := swebench.NewRunReport(ids, evaluated).JSON(o.Rules)
	if err == nil {
		_, err = p.out.Write(text)
	}
	return err
}

// evaluatedLog is what a run report needs of a log, which there was a patch for.
func evaluatedLog(r regrade.Result) swebench.Evaluated {
	patch := "\n"
	e := swebench.Evaluated{
		Prediction: swebench.Prediction{InstanceID: r.InstanceID, Patch: &patch},
		Infra:      func() (string, bool) { return r.Reason, r.Environment },
	}
	if r.Err == nil {
		e.Report = fmt.Appendf(nil, `{%q: {"resolved": %t}}`, r.InstanceID, *r.Grade.Resolved)
	}
	return e
}

// table prints a row for each log, and the sum below.
func (p *logPrinter) table(ctx context.Context, source regrade.Source, o regrade.Options) error {
	var (
		rows     [][]string
		failures []string
		sums     = map[string]int{}
	)
	row := func(r regrade.Result) []string {
		cells := []string{
			r.InstanceID, logVerdict(r), share(r.Grade.FailToPass), share(r.Grade.PassToPass),
			r.Grade.InfraReason, strings.Join(r.Grade.Flags, ", "), "",
		}
		if r.Err != nil {
			cells[len(cells)-1] = failedLog(r.Path, r.Err)
		}
		return cells
	}
	err := regrade.Run(ctx, source, o, row, func(cells []string) error {
		last := len(cells) - 1
		if cells[last] != "" {
			p.failed++
			failures = append(failures, cells[last])
		}
		sums[cells[1]]++
		rows = append(rows, cells[:last])
		return nil
	})
	if err != nil {
		return err
	}
	header := []string{"instance", "verdict", "fail to pass", "pass to pass", "infra reason", "flags"}
	if err := report.Grid(p.out, header, rows); err != nil {
		return err
	}
	for _, text := range failures {
		fmt.Fprint(p.out, text)
	}
	_, err = fmt.Fprintf(p.out, "resolved %d of %s (rules %s); %d unresolved, %d not found, "+
		"%d without a verdict\n", sums["resolved"], several(len(rows), "log"), o.Rules,
		sums["unresolved"], sums["not found"], sums["error"])
	return err
}

// logVerdict is the judgement of a log in a word.
func logVerdict(r regrade.Result) string {
	switch {
	case r.Err != nil:
		return "error"
	case !r.Grade.Found:
		return "not found"
	case *r.Grade.Resolved:
		return "resolved"
	}
	return "unresolved"
}

// refuse reports a flag that was given and has no meaning for a way of grading.
func refuse(c *cobra.Command, way string, flags ...string) error {
	i := slices.IndexFunc(flags, func(name string) bool { return c.Flags().Changed(name) })
	if i < 0 {
		return nil
	}
	return usageError(fmt.Errorf("--%s does not go with --%s (see %s --help)",
		flags[i], way, c.CommandPath()))
}
