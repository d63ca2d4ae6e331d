package swebench

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"bench"
)

// Judge grades the log of an evaluation. The error, which the grade repeats, is
// one the official harness would have died of: there is no verdict then, and
// Resolved is nil. A log that cannot be read is a grade: not found, unresolved.
//
// The task needs InstanceID, FailToPass and PassToPass, and either LogParser
// and EvalType or a Repo that is known. PatchApplied is what the log shows;
// Grader, which applied the patch itself, knows better.
func Judge(task bench.Task, rules Rules, log []byte) (bench.Grade, error) {
	text := decode(log)
	return judge(task, rules, log, text, findMarks(text))
}

// judge is Judge for a log that is decoded, and whose marks are found, already.
func judge(
	task bench.Task, rules Rules, log []byte, text string, marks marks,
) (bench.Grade, error) {
	rules = rulesFor(task, rules)
	g := bench.Grade{
		Rules: string(rules), Status: "NO",
		FailToPass: emptyVerdicts(), PassToPass: emptyVerdicts(),
	}
	if task.Verifier() != nil {
		return judgeReward(g, text), nil
	}
	name, evalType, err := parserOf(task, rules)
	if err != nil {
		g.Error = err.Error()
		return g, err
	}
	if rules == V4 && !utf8.Valid(log) {
		g.Error = errNotUTF8.Error()
		return g, errNotUTF8
	}
	if task.Judging != nil && task.Judging.Rule != "" {
		return judgeByRule(task, g, name, text, marks)
	}
	m, found, err := readStatusMap(name, rules, task, text, marks)
	if err != nil {
		g.Error = err.Error()
		return g, err
	}
	g.Flags = logFlags(task, m, marks, rules, name, evalType)
	if unaccounted(task, name, m, text) {
		g.Flags = append(g.Flags, FlagUnaccounted)
	}
	g.Found, g.PatchApplied = found, found
	if !found {
		if rules == V5 {
			g.InfraReason, _ = infraReason(text)
		}
		g.Resolved = new(bool)
		return g, nil
	}
	g.FailToPass = verdicts(task.FailToPass, m, rules, evalType, false)
	g.PassToPass = verdicts(task.PassToPass, m, rules, evalType, true)
	g.Status = resolution(g.FailToPass, g.PassToPass)
	resolved := g.Status == "FULL"
	g.Resolved = &resolved
	g.Tests = m.detached()
	return g, nil
}

// errNotUTF8: version 4 reads and writes logs strictly.
var errNotUTF8 = errors.New("the log is not UTF-8")

func emptyVerdicts() bench.Verdicts {
	return bench.Verdicts{Success: []string{}, Failure: []string{}}
}

// readStatusMap parses the marked part of a log, or all of it if there is
// nothing in that part. It is not found if the harness reported a fault, a
// marker is missing, no test ran, or the tests' exit status contradicts a log
// without failures; the last two are rules of version 5. The map is for doubts
// only then.
func readStatusMap(
	name string, rules Rules, task bench.Task, text string, marks marks,
) (m StatusMap, found bool, err error) {
	if _, err := lookup(name, rules); err != nil || marks.broken || !marks.complete {
		return m, false, err
	}
	m, err = Parse(name, rules, task, marks.slice)
	if err == nil && m.Len() == 0 { // some runners print outside the markers
		m, err = Parse(name, rules, task, text)
	}
	if err != nil {
		return m, false, err
	}
	if rules == V4 {
		return m, true, nil
	}
	if m.Len() == 0 && !suiteRan(text) {
		return m, false, nil
	}
	if marks.failed() && m.Len() > 0 && !m.hasFailure() {
		return m, false, nil
	}
	return m, true, nil
}

// verdicts splits the expected tests. kept is true for tests that passed before
// the patch: there a skipped test is no regression. Version 4 ignores skipped
// tests in both lists; a status nobody knows is ignored always.
func verdicts(tests []string, m StatusMap, rules Rules, evalType string, kept bool) bench.Verdicts {
	v := emptyVerdicts()
	for _, test := range tests {
		if evalType == evalFailOnly {
			if s, _ := m.Get(test); s == statusFailed {
				v.Failure = append(v.Failure, test)
			} else {
				v.Success = append(v.Success, test)
			}
			continue
		}
		status, ok := statusOf(test, m, rules)
		switch {
		case !ok, status == statusFailed, status == statusError:
			v.Failure = append(v.Failure, test)
		case status == statusPassed, status == statusXfail:
			v.Success = append(v.Success, test)
		case status == statusSkipped && rules != V4:
			if kept {
				v.Success = append(v.Success, test)
			} else {
				v.Failure = append(v.Failure, test)
			}
		}
	}
	return v
}

// statusOf looks a test up. Version 5 also accepts ids that the data set cuts
// off inside their parameters, if all tests they may mean agree on whether they
// passed; the first in the log then stands for all.
func statusOf(test string, m StatusMap, rules Rules) (string, bool) {
	if s, ok := m.Get(test); ok || rules == V4 {
		return s, ok
	}
	if !truncated(test) {
		return "", false
	}
	first := ""
	for _, t := range m.tests {
		if !strings.HasPrefix(t.Test, test) {
			continue
		}
		if first == "" {
			first = t.Status
		} else if passes(first) != passes(t.Status) {
			return "", false
		}
	}
	return first, first != ""
}

// truncated reports whether the parameters of a test id are cut off.
func truncated(test string) bool { return strings.Count(test, "[") > strings.Count(test, "]") }

func passes(status string) bool { return status == statusPassed || status == statusXfail }

// resolution is FULL if all tests do as demanded, PARTIAL if some of the
// failing tests were fixed and none broken, NO otherwise. An empty list counts
// as fulfilled.
func resolution(failToPass, passToPass bench.Verdicts) string {
	fixed, left := len(failToPass.Success), len(failToPass.Failure)
	switch {
	case len(passToPass.Failure) > 0:
		return "NO"
	case left == 0:
		return "FULL"
	case fixed > 0:
		return "PARTIAL"
	}
	return "NO"
}

// parserOf returns the parser and the way of judging of a task: those its row
// names, else those of its repository.
func parserOf(task bench.Task, rules Rules) (name, evalType string, err error) {
	repo := repoFacts(task.Repo)
	if name = task.LogParser; name == "" {
		name = repo.Parser
	}
	if name == "" {
		return "", "", fmt.Errorf("task %s: no log parser given, and none known for %q",
			task.InstanceID, task.Repo)
	}
	if evalType = task.EvalType; evalType == "" {
		evalType = evalPassAndFail
		if repo.failOnly(rules) {
			evalType = evalFailOnly
		}
	}
	if evalType != evalPassAndFail && evalType != evalFailOnly {
		return "", "", fmt.Errorf("task %s: eval_type %q: want %s or %s",
			task.InstanceID, evalType, evalPassAndFail, evalFailOnly)
	}
	return name, evalType, nil
}
