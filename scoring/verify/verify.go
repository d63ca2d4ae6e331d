// Package verify checks tasks before money is spent on them: the gold patch of
// each must resolve it, its tests must not pass without a patch, and several
// runs must end alike.
package verify

import (
	"fmt"
	"slices"
	"strings"

	"bench"
	"bench/internal/plural"
	"bench/scoring/evaluate"
	"bench/scoring/swebench"
)

// Check is one task and the runs of its tests.
type Check struct {
	Task        bench.Task
	Gold, Empty []*evaluate.Evaluation // with the gold patch, and without a patch
	Flaky       []string               // listed tests that did not always end alike
	FlakyOthers int                    // tests on no list, likewise; they decide nothing
	Reasons     []string               // why nobody should work on the task
	Doubts      []string               // why it could not be verified; it may be sound
	Offline     bool                   // its tests ran without a network
}

// New returns the checks of tasks and all their evaluations, run by run, so
// that a task's own are apart. Once those have ended, Conclude finds what they
// say.
func New(tasks []bench.Task, runs int) (checks []*Check, work []*evaluate.Evaluation) {
	for _, t := range tasks {
		checks = append(checks, &Check{Task: t})
	}
	for n := 1; n <= runs; n++ {
		for _, k := range checks {
			e := k.evaluation(evaluate.Empty, nil, n, "without a patch")
			k.Empty, work = append(k.Empty, e), append(work, e)
			if !k.Task.HasSolution() {
				continue
			}
			e = k.evaluation(evaluate.Gold, &k.Task.Patch, n, "gold patch")
			e.Oracle = k.Task.Patch == ""
			k.Gold, work = append(k.Gold, e), append(work, e)
		}
	}
	return checks, work
}

func (k *Check) evaluation(model string, patch *string, n int, note string) *evaluate.Evaluation {
	return &evaluate.Evaluation{
		Task: k.Task, Run: true, Attempt: n, Note: note,
		Prediction: swebench.Prediction{InstanceID: k.Task.InstanceID, Model: model, Patch: patch},
	}
}

// Verdict is what came of a check in a word.
type Verdict string

// The verdicts.
const (
	Verified   Verdict = "verified"
	Quarantine Verdict = "quarantine" // nobody should work on the task
	NoVerdict  Verdict = "no verdict"
)

// Verdict is what came of the check in a word.
func (k *Check) Verdict() Verdict {
	switch {
	case len(k.Reasons) > 0:
		return Quarantine
	case len(k.Doubts) > 0:
		return NoVerdict
	}
	return Verified
}

// Conclude finds what the runs of a task say of it.
func (k *Check) Conclude() {
	k.doubt()
	k.find()
	for _, runs := range [][]*evaluate.Evaluation{k.Gold, k.Empty} {
		tests, others := flakyTests(k.Task, runs)
		k.FlakyOthers += others
		if len(tests) > 0 {
			k.Flaky = append(k.Flaky, tests...)
			k.Reasons = append(k.Reasons, fmt.Sprintf("flaky with the %s patch: %s",
				runs[0].Prediction.Model, some(tests)))
		}
	}
	slices.Sort(k.Flaky)
	k.Flaky = slices.Compact(k.Flaky)
}

// doubt notes why the task could not be verified.
func (k *Check) doubt() {
	if len(k.Gold) == 0 {
		k.Doubts = append(k.Doubts, "the dataset has no gold patch for it")
	}
	for _, e := range slices.Concat(k.Gold, k.Empty) {
		if e.Err != nil {
			k.Doubts = append(k.Doubts, fmt.Sprintf("%s, run %d: %v", e.Prediction.Model, e.Attempt, e.Err))
		}
	}
}

// find notes runs that did not end as they must.
func (k *Check) find() {
	gold, judged := Resolved(k.Gold)
	if gold < judged {
		bad := slices.IndexFunc(k.Gold, func(e *evaluate.Evaluation) bool {
			return e.Err == nil && !e.Resolved()
		})
		k.Reasons = append(k.Reasons, fmt.Sprintf("the gold patch resolves it in %d of %s: %s",
			gold, plural.Count(judged, "run"), shortfall(k.Gold[bad].Grade)))
	}
	if empty, judged := Resolved(k.Empty); empty > 0 {
		k.Reasons = append(k.Reasons, fmt.Sprintf("it is resolved without a patch in %d of %s",
			empty, plural.Count(judged, "run")))
	}
	for _, e := range k.Empty {
		if e.Err == nil && e.Grade.Error != "" {
			k.Reasons = append(k.Reasons, "without a patch: "+e.Grade.Error)
			break
		}
	}
}

// Resolved counts the runs that resolved the task, of those that were judged.
func Resolved(runs []*evaluate.Evaluation) (resolved, judged int) {
	for _, e := range runs {
		if e.Err == nil {
			judged++
		}
		if e.Err == nil && e.Resolved() {
			resolved++
		}
	}
	return resolved, judged
}

// shortfall says what an unresolved evaluation lacks.
func shortfall(g bench.Grade) string {
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
func flakyTests(task bench.Task, runs []*evaluate.Evaluation) (listed []string, others int) {
	endings, n := map[testEnd]int{}, 0
	onList := map[string]bool{}
	for _, test := range slices.Concat(task.FailToPass, task.PassToPass) {
		onList[test] = true
	}
	for _, e := range runs {
		if e.Err != nil || !e.Grade.Found {
			continue
		}
		n++
		for _, test := range e.Grade.FailToPass.Success {
			endings[testEnd{"FAIL_TO_PASS", test, "success"}]++
		}
		for _, test := range e.Grade.PassToPass.Success {
			endings[testEnd{"PASS_TO_PASS", test, "success"}]++
		}
		for _, t := range e.Grade.Tests {
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
