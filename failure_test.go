package bench_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"bench"
)

type placed struct{ error }

func (placed) ExitStatus() int { return 2 }

func TestExitStatusOf(t *testing.T) {
	t.Parallel()
	wrong, broken := errors.New("no such key"), errors.New("disk full")
	budget := &bench.Failure{Status: bench.ExitBudget, Err: broken, Hint: "raise it"}
	for _, test := range []struct {
		err  error
		want bench.ExitStatus
		text string
	}{
		{nil, bench.ExitDone, ""},
		{broken, bench.ExitError, "disk full"},
		{bench.UsageError(wrong), bench.ExitUsage, "no such key"},
		{bench.Usagef("key %s: %w", "x", wrong), bench.ExitUsage, "key x: no such key"},
		{fmt.Errorf("run r: %w", bench.UsageError(wrong)), bench.ExitUsage, "run r: no such key"},
		{budget, bench.ExitBudget, "disk full: raise it"},
		{bench.UsageError(budget), bench.ExitBudget, "disk full: raise it"},
		{fmt.Errorf("load: %w", placed{wrong}), bench.ExitUsage, "load: no such key"},
		{fmt.Errorf("load: %w", bench.ErrInterrupted), bench.ExitInterrupted,
			"load: interrupted by the user"},
		{fmt.Errorf("read rows: %w", context.Canceled), bench.ExitInterrupted,
			"read rows: context canceled"},
		// Whatever was being read: who interrupts has made no mistake.
		{bench.UsageError(bench.ErrInterrupted), bench.ExitInterrupted, "interrupted by the user"},
	} {
		if got := bench.ExitStatusOf(test.err); got != test.want {
			t.Errorf("%v: status %d, want %d", test.err, got, test.want)
		}
		if test.err != nil && test.err.Error() != test.text {
			t.Errorf("got %q, want %q", test.err, test.text)
		}
	}
	if bench.UsageError(nil) != nil {
		t.Error("no error became one")
	}
	if !errors.Is(budget, broken) || !errors.Is(bench.UsageError(wrong), wrong) {
		t.Error("the error within is lost")
	}
}
