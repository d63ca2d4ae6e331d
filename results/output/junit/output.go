package junit

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"bench"
	"bench/results"
	"bench/results/output"
)

// Output writes DIR/junit.xml.
type Output struct{}

var _ output.Output = Output{}

// Name implements output.Output.
func (Output) Name() string { return "junit" }

// About implements output.Output.
func (Output) About() string {
	return `verdicts as tests of CI, in DIR/junit.xml: a suite for each configuration, a
case for each trial. Resolved passes, not resolved fails, with the tests
that did; what the infrastructure ended is an error, and a trial without a
verdict is skipped`
}

// Write implements output.Output.
func (Output) Write(
	ctx context.Context, s *results.Store, run, dir string,
) ([]string, error) {
	facts, err := s.Facts(ctx, run)
	if err != nil {
		return nil, err
	}
	suites, err := suitesOf(ctx, s, facts)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "junit.xml")
	err = output.File(path, func(w io.Writer) error { return Write(w, run, suites) })
	return []string{path}, err
}

func suitesOf(ctx context.Context, s *results.Store, f results.Facts) ([]Suite, error) {
	at := map[string]int{}
	var suites []Suite
	for i, c := range f.Configurations {
		at[c.Name] = i
		suites = append(suites, Suite{
			Name: c.Name, At: f.Run.StartedAt, Properties: propertiesOf(f.Run, c),
		})
	}
	wall := wallTimes(f)
	for _, t := range f.Trials {
		c, err := caseOf(ctx, s, t)
		if err != nil {
			return nil, err
		}
		c.Time = wall[t.ID]
		suite := &suites[at[t.Key.Configuration]]
		suite.Cases = append(suite.Cases, c)
	}
	return suites, nil
}

// propertiesOf are what a reader must know of all cases of a suite.
func propertiesOf(r results.Run, c bench.Configuration) [][2]string {
	out := [][2]string{{"run_id", r.ID}, {"kind", string(c.Kind)}, {"main_model", c.Main.Model}}
	if c.Sidekick != nil {
		out = append(out, [2]string{"sidekick_model", c.Sidekick.Model.Model})
	}
	if r.Simulated {
		out = append(out, [2]string{"simulated", "true"})
	}
	if r.Replay != nil {
		out = append(out, [2]string{"replay", r.Replay.String()})
	}
	if r.Imported != "" {
		out = append(out, [2]string{"imported", r.Imported})
	}
	return out
}

// wallTimes are how long trials took, by id, of those of which it is known.
func wallTimes(f results.Facts) map[int64]time.Duration {
	wall := map[int64]time.Duration{}
	for _, t := range f.Trials {
		if !t.StartedAt.IsZero() && !t.EndedAt.IsZero() {
			wall[t.ID] = t.EndedAt.Sub(t.StartedAt)
		}
	}
	for _, i := range f.Imported {
		delete(wall, i.Trial)
		if i.Wall != nil {
			wall[i.Trial] = *i.Wall
		}
	}
	return wall
}

// caseOf is a trial as a case, without its time.
func caseOf(ctx context.Context, s *results.Store, t results.Trial) (Case, error) {
	c := Case{
		Class: t.Key.Configuration, Name: fmt.Sprintf("%s#%d", t.Key.InstanceID, t.Key.Attempt),
		Type: string(t.Outcome), Message: cmp.Or(t.Error, string(t.Outcome), "not finished"),
		Status: Skipped,
	}
	switch {
	case t.Resolved != nil && *t.Resolved:
		c.Status = Passed
	case t.Resolved != nil:
		c.Status = Failed
		d, err := s.Detail(ctx, t.RunID, t.Key)
		c.Text = failedTests(d.Tests)
		return c, err
	case t.Blame == bench.BlameInfra:
		c.Status = Errored
	}
	return c, nil
}

// failedTests lists those that had to pass and did not.
func failedTests(tests []results.TestResult) string {
	var b strings.Builder
	for _, t := range tests {
		if t.OK != nil && !*t.OK {
			fmt.Fprintf(&b, "%s %s: %s\n", t.List, t.Test, cmp.Or(t.Status, "not run"))
		}
	}
	return b.String()
}
