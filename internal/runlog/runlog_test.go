package runlog_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bench"
	"bench/internal/runlog"
)

// Each line has a level by what it says, and nothing that is empty.
func TestLines(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	key := bench.TrialKey{Configuration: "solo", InstanceID: "a-1", Attempt: 2}
	one := 1
	var b, stderr bytes.Buffer
	l := runlog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}), nil, &stderr)
	for _, p := range []bench.Payload{
		bench.PhaseStarted{Phase: bench.PhaseSolve},
		bench.LLMCall{Model: "m", Turn: 3, Start: at, End: at.Add(1500 * time.Millisecond),
			Usage: bench.Usage{Input: 10, Output: 2}, Cost: bench.Dollars(0.25)},
		bench.LLMCall{Model: "m", Turn: 4, Start: at, End: at, Retries: 2},
		bench.ToolCall{Name: "terminal", Start: at, End: at.Add(time.Second), ExitCode: &one},
		bench.Outage{From: at}, bench.Outage{From: at, To: at.Add(time.Minute)},
		bench.Notice{Code: "redacted", Text: "a key\x1b[31m stood there"},
		bench.DelegationEnded{DelegationID: "t0001", Escalation: bench.EscalatedVoluntary},
		bench.TrialEnded{Outcome: bench.OutcomeInfraSandbox, Error: "gone"},
		bench.TrialEnded{Outcome: bench.OutcomeResolved},
	} {
		l.Observe(bench.Event{RunID: "r", Time: at, Trial: key, Payload: p})
	}
	l.Close(3)
	const head = "time=2026-11-01T09:00:00.000Z level="
	const of = " run=r trial=solo/a-1#2"
	want := []string{
		"INFO msg=phase_started" + of + " phase=solve",
		"DEBUG msg=llm_call" + of +
			" model=m turn=3 seconds=1.5 input_tokens=10 output_tokens=2 cost_usd=0.25",
		"WARN msg=llm_call" + of + " model=m turn=4 retries=2",
		"DEBUG msg=tool_call" + of + " tool=terminal seconds=1 exit_code=1",
		"WARN msg=outage" + of, "WARN msg=outage" + of + " seconds=60",
		"WARN msg=notice" + of + ` code=redacted text="a key\x1b[31m stood there"`,
		"INFO msg=delegation_ended" + of + " delegation=t0001 escalation=voluntary",
		"ERROR msg=trial_ended" + of + " outcome=infra_sandbox error=gone",
		"INFO msg=trial_ended" + of + " outcome=resolved",
	}
	got := strings.Split(strings.TrimSpace(strings.ReplaceAll(b.String(), head, "")), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if want := "missed 3 events"; !strings.Contains(stderr.String(), want) {
		t.Errorf("said %q, want %q", stderr.String(), want)
	}
}

// Every payload has a line.
func TestEveryPayload(t *testing.T) {
	t.Parallel()
	for _, p := range bench.Payloads {
		var b bytes.Buffer
		l := runlog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}), nil,
			io.Discard)
		l.Observe(bench.Event{RunID: "r", Payload: p})
		if !strings.Contains(b.String(), "msg="+string(p.Type())) {
			t.Errorf("%s has the line %q", p.Type(), b.String())
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A log that cannot be written is told of once, and stops nothing.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	l := runlog.New(slog.NewTextHandler(full{}, nil), file, &stderr)
	for range 3 {
		l.Observe(bench.Event{RunID: "r", Payload: bench.RunEnded{State: bench.RunDone}})
	}
	l.Close(0)
	if want := "the log is incomplete: no space left on device\n"; stderr.String() != want {
		t.Errorf("said %q, want %q", stderr.String(), want)
	}
	if err := file.Close(); !errors.Is(err, os.ErrClosed) {
		t.Error("the file was left open")
	}
}
