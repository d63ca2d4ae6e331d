package verify_test

import (
	"errors"
	"strings"
	"testing"

	"bench"
	"bench/scoring/evaluate"
	"bench/scoring/verify"
)

// ended sets how one evaluation ended: +t is a listed test that did as demanded, -t
// one that did not, and other:STATUS a test on no list.
func ended(t *testing.T, e *evaluate.Evaluation, how string) {
	t.Helper()
	if how == "lost" {
		e.Err = errors.New("sandbox lost")
		return
	}
	g := bench.Grade{PatchApplied: true, Found: true}
	resolved := true
	for _, word := range strings.Fields(how) {
		switch name, status, isOther := strings.Cut(word, ":"); {
		case isOther:
			g.Tests = append(g.Tests, bench.TestStatus{Test: name, Status: status})
		case word[0] == '+':
			g.FailToPass.Success = append(g.FailToPass.Success, word[1:])
		case word[0] == '-':
			g.FailToPass.Failure = append(g.FailToPass.Failure, word[1:])
			resolved = false
		default:
			t.Fatalf("what is %q?", word)
		}
	}
	g.Resolved = &resolved
	e.Grade = g
}

func TestConclude(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		gold, empty []string // how each run ended
		want        verify.Verdict
		reasons     string
		flaky       string
		others      int
	}{
		{"sound", []string{"+a", "+a"}, []string{"-a", "-a"}, verify.Verified, "", "", 0},
		{"gold fails", []string{"-a", "-a"}, []string{"-a", "-a"}, verify.Quarantine,
			"the gold patch resolves it in 0 of 2 runs: failing a", "", 0},
		{"flaky", []string{"+a", "-a"}, []string{"-a", "-a"}, verify.Quarantine,
			"the gold patch resolves it in 1 of 2 runs: failing a; flaky with the gold patch: a", "a", 0},
		{"flaky on no list", []string{"+a x:PASSED", "+a x:FAILED"}, []string{"-a", "-a"},
			verify.Verified, "", "", 1},
		{"solved already", []string{"+a"}, []string{"+a"}, verify.Quarantine,
			"it is resolved without a patch in 1 of 1 run", "", 0},
		{"lost once", []string{"+a", "lost"}, []string{"-a", "-a"}, verify.NoVerdict, "", "", 0},
		{"no gold patch", nil, []string{"-a"}, verify.NoVerdict, "", "", 0},
	} {
		task := bench.Task{InstanceID: "i", Patch: "diff", FailToPass: []string{"a"}}
		if test.gold == nil {
			task.Patch = ""
		}
		checks, work := verify.New([]bench.Task{task}, len(test.empty))
		k := checks[0]
		if len(work) != len(test.gold)+len(test.empty) || len(k.Gold) != len(test.gold) {
			t.Fatalf("%s: %d evaluations", test.name, len(work))
		}
		for i, how := range test.gold {
			ended(t, k.Gold[i], how)
		}
		for i, how := range test.empty {
			ended(t, k.Empty[i], how)
		}
		k.Conclude()
		if k.Verdict() != test.want || strings.Join(k.Reasons, "; ") != test.reasons ||
			strings.Join(k.Flaky, " ") != test.flaky || k.FlakyOthers != test.others {
			t.Errorf("%s: %s, reasons %q, flaky %q and %d, doubts %q", test.name, k.Verdict(), k.Reasons,
				k.Flaky, k.FlakyOthers, k.Doubts)
		}
	}
}
