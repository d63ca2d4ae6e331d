package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/config"
	"bench/llm"
	"bench/runner"
)

// deadlineRun has trials of ten minutes and the tests' three seconds, one at a time; one of
// them takes forty.
func deadlineRun(tasks int, slow string) *virtual {
	takes := func(d time.Duration) []said {
		return []said{
			{after: d, calls: []llm.ToolCall{newFile("new.txt", "right\n")}, usage: tokens(2000, 0, 0, 60)},
			{text: "Done.", usage: tokens(2300, 0, 0, 9)},
		}
	}
	solo := bench.Configuration{Name: "solo", Kind: bench.KindSingle, MaxParallelTools: 1,
		Main: virtualModel("big", 3, 0.3, 3.75, 15)}
	v := recountRun("r", play{
		"solo single": takes(10 * time.Minute), "solo single " + slow: takes(40 * time.Minute),
	}, tasks, solo)
	v.workers.Agents = 1
	return v
}

// runUntil runs it with a deadline, and says how many trials have begun.
func runUntil(
	t *testing.T, v *virtual, l *logbook, most time.Duration, q runner.Question,
) (s runner.Summary, begun int, took time.Duration) {
	t.Helper()
	o, start := v.options(l), time.Now()
	o.Question = q
	o.Deadline = &bench.Deadline{At: start.Add(most), Pace: bench.NewPace(),
		Limit: func(bench.Trial) time.Duration { return 75 * time.Minute }}
	s, err := runner.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	run, err := l.State(t.Context(), v.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range run.Trials {
		if !trial.StartedAt.IsZero() {
			begun++
		}
	}
	return s, begun, time.Since(start)
}

// finished resumes the run the next night, without a deadline. No call is made twice.
func finished(t *testing.T, v *virtual, l *logbook) {
	t.Helper()
	time.Sleep(10 * time.Hour)
	s, err := v.resume(t.Context(), l)
	if err != nil || s.State != bench.RunDone || s.Unfinished > 0 {
		t.Errorf("resumed: %+v, %v", s, err)
	}
	answers := map[string]int{}
	for _, e := range l.events {
		if c, ok := e.Payload.(bench.LLMCall); ok && c.Error == "" && !c.CutOff {
			answers[fmt.Sprint(e.Trial, e.Agent, c.Turn)]++
		}
	}
	for turn, n := range answers {
		if n > 1 {
			t.Errorf("%s was answered %d times", turn, n)
		}
	}
	if run, _ := l.State(t.Context(), v.id); run.Totals().Resolved != len(v.tasks) {
		t.Errorf("%d of %d are resolved", run.Totals().Resolved, len(v.tasks))
	}
}

// Nothing begins that is not expected to end in time: by the limits at first, then by what
// trials have taken.
func TestDeadlineLetsNothingBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, l := deadlineRun(9, "none"), &logbook{}
		s, begun, took := runUntil(t, v, l, 80*time.Minute, nil)
		if s.State != bench.RunDeadline || begun != 7 || len(s.Late) != 2 || s.Unfinished != 2 ||
			took.Truncate(time.Minute) != 70*time.Minute {
			t.Errorf("%+v after %s, %d have begun", s, took, begun)
		}
		if late := s.Late[0]; late.Basis != bench.BasisConfiguration || late.Takes < 10*time.Minute {
			t.Errorf("late: %+v", late)
		}
		if end := l.events[len(l.events)-1].Payload; end != (bench.RunEnded{State: bench.RunDeadline}) {
			t.Errorf("the log ends with %+v", end)
		}
		finished(t, v, l)
	})
}

// What takes longer than expected is cut off at the deadline, and resumed.
func TestDeadlineCutsOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, l := deadlineRun(8, "task-5"), &logbook{}
		s, begun, took := runUntil(t, v, l, 80*time.Minute, nil)
		if s.State != bench.RunDeadline || begun != 6 || s.Unfinished != 3 || took.Truncate(time.Second) != 80*time.Minute {
			t.Errorf("%+v after %s, %d have begun", s, took, begun)
		}
		run, err := l.State(t.Context(), v.id)
		if n := run.Totals(); err != nil || n.Cancelled != 1 || n.Resolved != 5 {
			t.Errorf("%+v, %v", n, err)
		}
		finished(t, v, l)
	})
}

// answeredAfter is a question that so many trials answer.
type answeredAfter struct{ trials int }

func (q *answeredAfter) Ended(bench.TrialKey, bench.Outcome, *bool) { q.trials-- }
func (q *answeredAfter) Answered() bool                             { return q.trials <= 0 }

// A trial that waited for news does not begin if these are that it is not needed.
func TestDeadlineAndQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, l := deadlineRun(2, "task-0"), &logbook{}
		quick := v.configurations[0]
		quick.Name = "quick"
		v.configurations = append(v.configurations, quick)
		v.play["quick single"] = v.play["solo single"]
		v.workers.Agents = 2
		s, begun, _ := runUntil(t, v, l, 90*time.Minute, &answeredAfter{3})
		if begun != 3 || s.Spared != 1 || s.Unfinished != 0 || s.State != bench.RunDecided {
			t.Errorf("%+v, %d have begun", s, begun)
		}
	})
}

// What a trial may take is its task's to say, too.
func TestLimitOf(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{}
	cfg.Scoring.Timeout = config.Duration(30 * time.Minute)
	cfg.Scoring.Canary = "flag"
	judged := func(j bench.Judging) bench.Task { return bench.Task{Wall: time.Hour, Judging: &j} }
	for name, test := range map[string]struct {
		task bench.Task
		wall time.Duration
		want time.Duration
	}{
		"the config alone":     {bench.Task{}, 45 * time.Minute, 105 * time.Minute},
		"nothing":              {bench.Task{}, 0, 0},
		"the task's own":       {judged(bench.Judging{Timeout: 2 * time.Hour}), 0, 5 * time.Hour},
		"the shorter for work": {judged(bench.Judging{}), 2 * time.Hour, 2 * time.Hour},
		"no canary":            {judged(bench.Judging{Verifier: &bench.Verifier{}}), 2 * time.Hour, 90 * time.Minute},
	} {
		c := bench.Configuration{Limits: bench.Limits{Wall: test.wall}}
		if got := limitOf(cfg)(bench.Trial{Configuration: c, Task: test.task}); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// A process that was told to stop is gone after some time, whatever hangs; who sits at a
// terminal decides for himself.
func TestHeed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		first  os.Signal
		second time.Duration // after the first; 0 is never
		want   time.Duration
	}{
		{syscall.SIGTERM, 0, stopTime},
		{syscall.SIGTERM, time.Second, time.Second},
		{os.Interrupt, time.Hour, time.Hour},
		{syscall.SIGHUP, time.Hour, time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			signals, stopped := make(chan os.Signal, 2), false
			start := time.Now()
			signals <- test.first
			if test.second > 0 {
				time.AfterFunc(test.second, func() { signals <- os.Interrupt })
			}
			heed(signals, io.Discard, func() { stopped = true })
			if got := time.Since(start); got != test.want || !stopped {
				t.Errorf("%v: leaves after %s, stopped %v", test.first, got, stopped)
			}
		})
	}
}

// What a clock shows and a moment are both read, the former as what comes next.
func TestMomentOf(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	now := time.Date(2026, 10, 24, 22, 30, 0, 0, berlin) // the clock goes back at 3 in the morning
	for text, want := range map[string]string{
		"07:00":                "2026-10-25T07:00:00+01:00",
		"22:31":                "2026-10-24T22:31:00+02:00",
		"22:30":                "2026-10-25T22:30:00+01:00",
		"2026-10-24T21:00:00Z": "2026-10-24T21:00:00Z",
		"2026-10-24T20:30:00Z": "that has passed",
		"7 am":                 "want a time of day",
		"25:00":                "want a time of day",
		"":                     "want a time of day",
	} {
		at, err := momentOf(text, now)
		if err != nil && (!strings.Contains(err.Error(), want) || bench.ExitStatusOf(err) != bench.ExitUsage) {
			t.Errorf("%q: %v", text, err)
		}
		if got := at.Format(time.RFC3339); err == nil && got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
