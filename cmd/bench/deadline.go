package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/results"
	"bench/runner"
)

// deadlineFlags say when a process has to have stopped. They are no keys of a config:
// how long a machine is lent is no part of what is compared.
type deadlineFlags struct {
	stopBefore string
	maxWall    time.Duration
	at         time.Time // zero if there is none
}

// addDeadline adds the flags.
func (f *deadlineFlags) addDeadline(c *cobra.Command, things string) {
	fs := c.Flags()
	fs.StringVar(&f.stopBefore, "stop-before", "", "have stopped by `TIME`: a time of day (07:00) or "+
		"a moment (RFC 3339); no "+things+" begins that is not expected to end in time")
	fs.DurationVar(&f.maxWall, "max-wall", 0, "the same, that long after the start (23h30m)")
	c.MarkFlagsMutuallyExclusive("stop-before", "max-wall")
}

// settle reads the flags at the start of a command.
func (f *deadlineFlags) settle(c *cobra.Command, now time.Time) (err error) {
	switch {
	case c.Flags().Changed("max-wall"):
		if f.maxWall <= 0 {
			return bench.Usagef("--max-wall %s: want more than 0, such as 23h30m", f.maxWall)
		}
		f.at = now.Add(f.maxWall)
	case c.Flags().Changed("stop-before"):
		f.at, err = momentOf(f.stopBefore, now)
	}
	return err
}

// momentOf is the next time at which a clock here shows a time of day, or a moment that
// is yet to come.
func momentOf(text string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		if !t.After(now) {
			return t, bench.Usagef("--stop-before %s: that has passed", text)
		}
		return t, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return t, bench.Usagef("--stop-before %q: want a time of day such as 07:00, or a moment such "+
			"as %s", text, now.Add(8*time.Hour).Format(time.RFC3339))
	}
	for day := now.Day(); ; day++ {
		at := time.Date(now.Year(), now.Month(), day, t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.After(now) {
			return at, nil
		}
	}
}

// bounded puts the deadline of a run's process in place, and refuses one that lets nothing
// begin.
func (w *work) bounded(c *cobra.Command, o *runner.Options) (err error) {
	o.Deadline, err = w.until.deadline(c.Context(), w.cfg, w.store, o.RunID)
	if err != nil || o.Deadline == nil {
		return err
	}
	if err := timesFrom(c.Context(), o.Deadline.Pace, w.times); err != nil {
		return err
	}
	return inTime(o.Deadline, *o, time.Now())
}

// deadline is that of a run's process; nil if it has none. What trials of the run have
// taken so far is known from the database.
func (f *deadlineFlags) deadline(
	ctx context.Context, cfg *config.Config, store *results.Store, run string,
) (*bench.Deadline, error) {
	if f.at.IsZero() {
		return nil, nil
	}
	d := &bench.Deadline{At: f.at, Pace: bench.NewPace(), Limit: limitOf(cfg)}
	return d, paceOf(ctx, d.Pace, store, run)
}

// ofTests is the deadline of evaluations without agents; nil if there is none.
func (f *deadlineFlags) ofTests(cfg *config.Config) *bench.Deadline {
	if f.at.IsZero() {
		return nil
	}
	return &bench.Deadline{At: f.at, Pace: bench.NewPace(),
		Limit: func(t bench.Trial) time.Duration { return testsLimit(cfg, t.Task) }}
}

// limitOf is how long a trial may take: its agents, and the tests.
func limitOf(cfg *config.Config) func(bench.Trial) time.Duration {
	return func(t bench.Trial) time.Duration {
		wall := t.Task.WallOf(t.Configuration.Limits.Wall)
		if wall == 0 {
			return 0
		}
		return wall + testsLimit(cfg, t.Task)
	}
}

// testsLimit is how long the tests of a patch may take. A canary runs them twice, but for
// those of a verifier.
func testsLimit(cfg *config.Config, task bench.Task) time.Duration {
	limit := task.TimeoutOf(cfg.Scoring.Timeout.Std())
	if cfg.Scoring.Canary == "flag" && task.Verifier() == nil {
		return 2 * limit
	}
	return limit
}

// paceOf adds what trials of a run have taken.
func paceOf(ctx context.Context, p *bench.Pace, store *results.Store, run string) error {
	trials, err := store.Measured(ctx, run)
	for _, m := range trials {
		if m.Counts() && m.Took != nil {
			p.Took(m.Key, *m.Took)
		}
	}
	return err
}

// inTime refuses to begin if no trial could.
func inTime(d *bench.Deadline, o runner.Options, now time.Time) error {
	lates := make([]bench.Late, 0, len(o.Trials))
	for _, t := range o.Trials {
		var worked time.Duration
		if o.Resume != nil && o.Resume.Histories[t.Key] != nil {
			worked = o.Resume.Histories[t.Key].Worked
		}
		l, ok := d.Allows(t, worked, now)
		if ok {
			return nil
		}
		lates = append(lates, l)
	}
	l := slices.MinFunc(lates, soonest)
	return bench.Usagef("nothing would begin: a trial is expected to take %s (%s), and there are %s: "+
		"give it more time, or lower limits.wall and scoring.timeout", short(l.Takes), l.Basis,
		short(max(0, l.Left)))
}

func soonest(a, b bench.Late) int { return cmp.Compare(a.Takes, b.Takes) }

// short is a duration for people.
func short(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// overdue is the error of a run whose time was up.
func overdue(s runner.Summary, id, db string) error {
	text := "no verdict: " + plural.Count(s.Unfinished, "trial") + ", as the time is up"
	if len(s.Late) > 0 {
		l := slices.MinFunc(s.Late, soonest)
		text += fmt.Sprintf("; passed over: %s, of which the shortest is expected to take %s (%s), "+
			"with %s left", plural.Count(len(s.Late), "trial"), short(l.Takes), l.Basis, short(l.Left))
	}
	return &bench.Failure{
		Status: bench.ExitIncomplete, Err: errors.New(text),
		Hint: "to continue: " + resumeOf(id, db),
	}
}
