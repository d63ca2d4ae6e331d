package scoring_test

import (
	"context"
	"errors"
	"testing"

	"bench"
	"bench/sandbox"
	"bench/scoring"
)

// shaky fails so many times, and so often its machine is gone.
type shaky struct{ fails, gone, graded int }

func (s *shaky) Grade(context.Context, scoring.Job) (bench.Grade, []bench.Body, error) {
	if s.graded++; s.graded <= s.fails {
		return bench.Grade{}, nil, sandbox.ErrLost
	}
	return bench.Grade{Found: true}, nil, nil
}

func (s *shaky) Gone(context.Context, bench.TrialKey) bool {
	s.gone--
	return s.gone >= 0
}

func (s *shaky) Again(context.Context, bench.TrialKey) error { return nil }

func TestAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shaky
		graded int
		err    error
	}{
		"well":             {shaky{}, 1, nil},
		"a machine gone":   {shaky{fails: 1, gone: 1}, 2, nil},
		"another fault":    {shaky{fails: 1}, 1, sandbox.ErrLost},
		"gone once more":   {shaky{fails: 2, gone: 2}, 2, sandbox.ErrLost},
		"gone, then wrong": {shaky{fails: 2, gone: 1}, 2, sandbox.ErrLost},
	} {
		s := c.shaky
		g, _, err := scoring.Again{Grader: &s, Machines: &s}.Grade(t.Context(), scoring.Job{})
		if s.graded != c.graded || !errors.Is(err, c.err) || g.Found != (c.err == nil) {
			t.Errorf("%s: graded %d times, %v, %v", name, s.graded, g.Found, err)
		}
	}
}
