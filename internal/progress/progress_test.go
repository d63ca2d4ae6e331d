package progress_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/internal/progress"
)

func TestPlain(t *testing.T) {
	key := bench.TrialKey{Configuration: "fusion", InstanceID: "a__b-1", Attempt: 1}
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	resolved := true
	var out bytes.Buffer
	p := progress.NewPlain(&out, bench.NewRun("r1"))
	for i, e := range []bench.Event{
		{Payload: bench.RunStarted{Trials: []bench.TrialKey{key}}},
		{Trial: key, Payload: bench.PhaseStarted{Phase: bench.PhasePrepare}},
		{Trial: key, Agent: "main", Payload: bench.LLMCall{Turn: 1, Cost: bench.Dollars(0.5)}},
		{Trial: key, Payload: bench.TrialEnded{
			Outcome: bench.OutcomeLimitCost, Resolved: &resolved, Limit: bench.ResourceCost,
		}},
	} {
		e.Seq, e.Time = int64(i+1), at.Add(time.Duration(i)*time.Second)
		p.Observe(e)
	}
	p.Close(0)
	want := "[1/1] limit_cost           2s    $0.50  fusion/a__b-1#1  (resolved)\n" +
		"1/1 done  1/1 resolved  $0.50\n"
	if got := out.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestPlainSaysWhatItMissed(t *testing.T) {
	var out bytes.Buffer
	progress.NewPlain(&out, bench.NewRun("r1")).Close(7)
	if !strings.Contains(out.String(), "missed 7 events") {
		t.Errorf("got %q", out.String())
	}
}

// Live must come to an end on any writer, and leave the ended trials behind.
func TestLiveEnds(t *testing.T) {
	key := bench.TrialKey{Configuration: "solo", InstanceID: "a__b-1", Attempt: 1}
	var out bytes.Buffer
	l := progress.NewLive(&out, bench.NewRun("r1"), 2)
	for i, p := range []bench.Payload{
		bench.PhaseStarted{Phase: bench.PhasePrepare},
		bench.TrialEnded{Outcome: bench.OutcomeUnresolved},
	} {
		l.Observe(bench.Event{Seq: int64(i + 1), Time: time.Now(), Trial: key, Payload: p})
	}
	l.Close(0)
	if !strings.Contains(out.String(), "unresolved") {
		t.Errorf("got %q", out.String())
	}
}

// Messages of others go above the live lines while there are any; later they
// must be written elsewhere.
func TestLiveWrite(t *testing.T) {
	var out bytes.Buffer
	l := progress.NewLive(&out, bench.NewRun("r1"), 1)
	if n, err := l.Write([]byte("stopping\n")); n != 9 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	l.Close(0)
	if !strings.Contains(out.String(), "\rstopping\n") {
		t.Errorf("got %q", out.String())
	}
	if _, err := l.Write([]byte("too late\n")); err == nil {
		t.Error("written after the end")
	}
}

// A patch that waits for a grader is no running trial, and an interrupted trial
// needs no explanation.
func TestWaiting(t *testing.T) {
	a := bench.TrialKey{Configuration: "c", InstanceID: "a", Attempt: 1}
	b := bench.TrialKey{Configuration: "c", InstanceID: "b", Attempt: 1}
	var out bytes.Buffer
	p := progress.NewPlain(&out, bench.NewRun("r1"))
	for i, e := range []bench.Event{
		{Payload: bench.RunStarted{Trials: []bench.TrialKey{a, b}}},
		{Trial: a, Payload: bench.PhaseStarted{Phase: bench.PhasePrepare}},
		{Trial: a, Payload: bench.PhaseStarted{Phase: bench.PhaseExtract}},
		{Trial: a, Payload: bench.Patch{Bytes: 3}},
		{Trial: b, Payload: bench.PhaseStarted{Phase: bench.PhasePrepare}},
	} {
		e.Seq, e.Time = int64(i+1), time.Now()
		p.Observe(e)
	}
	if got, want := p.Overall(), "0/2 done  0/0 resolved  $0.00  1 running  1 to grade"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.Observe(bench.Event{Seq: 6, Time: time.Now(), Trial: a, Payload: bench.TrialEnded{
		Outcome: bench.OutcomeCancelled, Error: "interrupted by the user",
	}})
	if strings.Contains(out.String(), "interrupted") {
		t.Errorf("got %q", out.String())
	}
	if got, want := p.Overall(), "0/0 resolved  $0.00  1 cancelled  1 running"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
