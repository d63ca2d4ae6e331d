package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results/report"
	"bench/scoring/evaluate"
	"bench/scoring/regrade"
	"bench/scoring/swebench"
)

// checkLogs refuses what means nothing without running tests.
func (f *gradeFlags) checkLogs(c *cobra.Command) error {
	err := refuse(c, "logs", "timeout", "image", "instances", "filter", "slice", "run-id", "output",
		"stop-before", "max-wall", "shard")
	if err != nil {
		return err
	}
	if f.statusMap && f.format != "jsonl" {
		return bench.Usagef("--status-map goes with --format jsonl")
	}
	return formatOf(f.format, "table", "json", "jsonl", "report")
}

// regrade judges stored logs: no sandbox, no patch.
func (f *gradeFlags) regrade(c *cobra.Command) error {
	source, err := regrade.Open(f.logs)
	if err != nil {
		return bench.UsageError(err)
	}
	rules, tasks, err := f.tasksForLogs(c)
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
	if e := interrupted(c.Context()); err != nil && e != nil {
		return e
	}
	if err != nil {
		return err
	}
	return noVerdict(p.failed, "log")
}

// tasksForLogs reads what the flags or the config say of the tests that judge.
func (f *gradeFlags) tasksForLogs(c *cobra.Command) (swebench.Rules, []bench.Task, error) {
	cfg, err := f.settings(c)
	if err != nil {
		return "", nil, err
	}
	o := datasetOptions(cfg)
	o.ForLogs = true
	set, err := loadSet(c, o)
	if err != nil {
		return "", nil, err
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
	return printed{text: evaluate.LogLine(r, p.rules, p.statusMap).Append(nil), err: r.Err != nil}
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
	r, err := evaluate.LogsReport(ctx, source, o, tasks, func(r regrade.Result) {
		p.failed++
		fmt.Fprint(p.errs, failedLog(r.Path, r.Err))
	})
	if err != nil {
		return err
	}
	return writeRunReport(p.out, r, o.Rules)
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
			r.InstanceID, string(evaluate.LogVerdict(r)), share(r.Grade.FailToPass),
			share(r.Grade.PassToPass),
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
		"%d without a verdict\n", sums["resolved"], plural.Count(len(rows), "log"), o.Rules,
		sums["unresolved"], sums["not found"], sums["error"])
	return err
}
