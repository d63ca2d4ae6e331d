package swebench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/sandbox"
)

// parserTestsJSON is the parser of scripts that print what they found out
// themselves: {"tests": [{"name": …, "status": …}]}.
const parserTestsJSON = "parse_log_tests_json"

// Judgeable says why a task cannot be judged, as far as that is known before
// anything is run: its dataset needs something that its row does not carry, its
// script cannot be derived, its log parser is unknown. Nil if it can.
func Judgeable(task bench.Task, rules Rules) error {
	if err := lacks(task); err != nil || task.Verifier() != nil {
		return err
	}
	rules = rulesFor(task, rules)
	if task.TestCommand == "" {
		if _, err := EvalScript(task, rules); err != nil {
			return err
		}
	}
	name, _, err := parserOf(task, rules)
	if err == nil {
		_, err = lookup(name, rules)
	}
	if err != nil && !strings.HasPrefix(err.Error(), "task ") {
		err = fmt.Errorf("task %s: %w", task.InstanceID, err)
	}
	return err
}

// lacks says what the row of a task does not carry.
func lacks(task bench.Task) error {
	if task.Judging == nil || task.Judging.Lacks == "" {
		return nil
	}
	return fmt.Errorf("task %s of %s cannot be judged: it lacks %s",
		task.InstanceID, task.Judging.Set, task.Judging.Lacks)
}

// rulesFor are the rules that a task is judged by: those of the harness that its
// dataset's own was forked from, else those given.
func rulesFor(task bench.Task, rules Rules) Rules {
	if task.Judging != nil && task.Judging.Version != "" {
		return Rules(task.Judging.Version)
	}
	return rules
}

// forTask returns a grader with the rules of a task.
func (g *Grader) forTask(task bench.Task) *Grader {
	own := *g
	own.rules = rulesFor(task, g.rules)
	return &own
}

// judgeByRule grades a log by the rule of the task's dataset. Those harnesses
// look neither for signs of a run nor at the tests' exit status. A log without
// the marked part, or without any test in it, is not found and unresolved. Only
// SWE-smith takes no test at all for a success; such a grade is flagged.
func judgeByRule(
	task bench.Task, g bench.Grade, parser, text string, marks marks,
) (bench.Grade, error) {
	m, err := Parse(parser, V4, task, marks.slice)
	if err != nil {
		g.Error = err.Error()
		return g, err
	}
	if task.Judging.StripTimings {
		m = withoutTimings(m)
	}
	g.Resolved = new(bool)
	if marks.starts > 1 || marks.ends > 1 {
		g.Flags = append(g.Flags, FlagForgedMarkers)
	}
	silent := task.Judging.Rule == bench.RuleMissingPasses && marks.complete && !marks.broken
	if g.Found = m.Len() > 0 || silent; !g.Found {
		g.InfraReason, _ = infraReason(text)
		return g, nil
	}
	g.PatchApplied, g.Tests = true, m.detached()
	for _, test := range task.FailToPass {
		judgeTest(task.Judging, test, m, false, &g.FailToPass)
	}
	for _, test := range task.PassToPass {
		judgeTest(task.Judging, test, m, true, &g.PassToPass)
	}
	g.Status = resolution(g.FailToPass, g.PassToPass)
	*g.Resolved = g.Status == "FULL"
	if m.Len() == 0 || !silent && lacksTest(task, m) {
		g.Flags = append(g.Flags, FlagUnreported)
	}
	if unaccounted(task, parser, m, text) {
		g.Flags = append(g.Flags, FlagUnaccounted)
	}
	return g, nil
}

func lacksTest(task bench.Task, m StatusMap) bool {
	missing := func(test string) bool {
		_, ok := m.Get(nameIn(task.Judging, test))
		return !ok
	}
	return slices.ContainsFunc(task.FailToPass, missing) ||
		slices.ContainsFunc(task.PassToPass, missing)
}

// nameIn is the name of a test as the status map has it.
func nameIn(j *bench.Judging, test string) string {
	if j.StripTimings {
		return withoutTiming(test)
	}
	return test
}

// judgeTest puts a test into one list, or into none. kept is true for tests
// that passed before the patch.
func judgeTest(j *bench.Judging, test string, m StatusMap, kept bool, v *bench.Verdicts) {
	status, known := m.Get(nameIn(j, test))
	var passed, counts bool
	switch j.Rule {
	case bench.RuleMissingPasses: // SWE-smith: get_eval_tests_report
		passed = !known || passes(status)
		counts = passed || status == statusFailed || status == statusError
	case bench.RuleNoRegression: // SWE-bench-Live: run_instance
		word := liveStatus(status)
		passed = word == "pass"
		counts = passed || !kept || word == "fail"
	case bench.RuleAllPassed: // SWE-bench Pro, SWE-rebench-V2
		passed, counts = status == statusPassed, true
	}
	switch {
	case passed:
		v.Success = append(v.Success, test)
	case counts:
		v.Failure = append(v.Failure, test)
	}
}

// liveStatus is a status in the words of SWE-bench-Live. Its parsers return
// them; of pytest's, all that neither passes nor is skipped fails.
func liveStatus(status string) string {
	low := strings.ToLower(status)
	switch {
	case status == "":
		return ""
	case strings.Contains(low, "pass"):
		return "pass"
	case strings.Contains(low, "fail"), status == statusError, status == statusXfail:
		return "fail"
	case strings.Contains(low, "skip"):
		return "skip"
	}
	return ""
}

// timings are what SWE-rebench-V2 cuts off the names of tests, in its order.
var timings = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\s*\[\s*\d+(?:\.\d+)?\s*(?:ms|s)\s*\]\s*$`),
	regexp.MustCompile(`(?i)\s+in\s+\d+(?:\.\d+)?\s+(?:msec|sec)\b`),
	regexp.MustCompile(`(?i)\s*\(\s*\d+(?:\.\d+)?\s*(?:ms|s)\s*\)\s*$`),
}

func withoutTiming(test string) string {
	for _, re := range timings {
		test = re.ReplaceAllString(test, "")
	}
	return strings.TrimSpace(test)
}

func withoutTimings(m StatusMap) (out StatusMap) {
	for _, t := range m.Tests() {
		out.set(withoutTiming(t.Test), t.Status)
	}
	return out
}

// parseTestsJSON reads the document that parserTestsJSON describes.
func parseTestsJSON(_ input, log string, m *StatusMap) error {
	if strings.TrimSpace(log) == "" {
		return nil
	}
	var report struct {
		Tests []struct{ Name, Status string }
	}
	if err := json.Unmarshal([]byte(log), &report); err != nil {
		return fmt.Errorf("no report of tests: %w", err)
	}
	for _, t := range report.Tests {
		m.set(t.Name, t.Status)
	}
	return nil
}

// before puts the dataset's files into the sandbox and runs what comes before
// the patch. Nothing there can be the patch's fault.
func (g *Grader) before(ctx context.Context, box sandbox.Sandbox, task bench.Task) error {
	if task.Judging == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(task.Judging.Files)) {
		content := []byte(task.Judging.Files[name])
		if err := sandbox.WriteFile(ctx, box, name, content, 0o755); err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	if task.Judging.Before == "" {
		return nil
	}
	cmd := sandbox.Cmd{
		Args: []string{"/bin/bash", "-ec", task.Judging.Before}, Timeout: g.timeout,
	}
	r, err := sandbox.Run(ctx, box, cmd, nil)
	switch {
	case err == nil && ctx.Err() != nil:
		err = context.Cause(ctx)
	case err == nil && r.TimedOut:
		err = errors.New("it takes too long")
	case err == nil && r.Code != 0:
		err = fmt.Errorf("exit status %d: %s", r.Code, lastOf(r.Output))
	}
	if err != nil {
		return fmt.Errorf("prepare for the patch: %w", err)
	}
	return nil
}

// lastOf is the end of an output, as much as a message can hold.
func lastOf(output []byte) string {
	const most = 400
	return strings.TrimSpace(decode(output[max(0, len(output)-most):]))
}

// timeoutOf is the dataset's own limit of an evaluation, or the grader's.
func (g *Grader) timeoutOf(task bench.Task) time.Duration {
	return task.TimeoutOf(g.timeout)
}

var diffStart = regexp.MustCompile(`(?m)^diff --git `)

// withoutBinary drops the files of a patch that are binary, as the harness of
// SWE-bench Pro does.
func withoutBinary(patch string) string {
	var b strings.Builder
	from := 0
	keep := func(to int) {
		if s := patch[from:to]; strings.TrimSpace(s) != "" && !binaryFile.MatchString(s) {
			b.WriteString(s)
		}
		from = to
	}
	for _, at := range diffStart.FindAllStringIndex(patch, -1) {
		keep(at[0])
	}
	keep(len(patch))
	return b.String()
}

var binaryFile = regexp.MustCompile(`(?m)^(Binary files .* differ|GIT binary patch)$`)
