//go:build unix

package results

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bench"
	"bench/results/resultstest"
)

// callEvent is a model call with a new answer of 2 KB.
func callEvent(key bench.TrialKey, n int64) bench.Event {
	answer := bench.Body(fmt.Sprintf("%d ", n) + strings.Repeat("some words of an answer, ", 80))
	now := time.UnixMilli(1_770_000_000_000 + n)
	return bench.Event{
		RunID: "r", Time: now, Trial: key, Agent: "main",
		Payload: bench.LLMCall{
			CallID: fmt.Sprint(n), Turn: 1, Purpose: bench.PurposeAgent, Model: "frontier",
			WireModel: "anthropic/claude-opus-5", ServedModel: "anthropic/claude-opus-5",
			Usage: bench.Usage{Input: 9000, CachedInput: 8000, Output: 400}, Cost: 1234567,
			PriceID: "config:frontier", Start: now.Add(-time.Second), First: now, End: now,
			FinishReason: "tool_calls", ToolCalls: 1,
			Messages: []bench.MessageRef{{Index: 4, Role: "assistant", Body: answer.Hash()}},
		},
		Bodies: []bench.Body{answer},
	}
}

// BenchmarkAppend records model calls with a 2 KB answer each, durably, from a
// number of agents at once. One operation is one event.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 8, 64, 1000} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s, h := started(b)
			key := h.Trials[0]
			begin(b, s, key)
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			defer reportCPU(b)()
			for range writers {
				wg.Go(func() {
					for {
						n := next.Add(1)
						if n > int64(b.N) {
							return
						}
						if _, err := s.Append(context.Background(), callEvent(key, n)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// reportCPU adds the processor time of an operation, which does not depend on
// what else the machine does.
func reportCPU(b *testing.B) (stop func()) {
	used := func() (t time.Duration) {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := used()
	return func() {
		b.ReportMetric(float64((used()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	}
}

func begin(b *testing.B, s *Store, key bench.TrialKey) {
	b.Helper()
	_, err := s.Append(context.Background(), bench.Event{
		RunID: "r", Time: time.UnixMilli(1), Trial: key, Agent: "main",
		Payload: bench.AgentStarted{Role: bench.RoleSingle, Model: "frontier"},
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkFinishTrial records the end of a trial (patch, grade with 300
// tests, outcome) after a number of finished ones: the figure must not grow.
func BenchmarkFinishTrial(b *testing.B) {
	for _, before := range []int{0, 500, 2294} {
		b.Run(fmt.Sprintf("before=%d", before), func(b *testing.B) {
			s, h := started(b)
			attempt := 0
			finish := func() {
				attempt++
				key := h.Trials[0]
				key.Attempt = attempt
				for _, e := range ending(key) {
					if _, err := s.Append(context.Background(), e); err != nil {
						b.Fatal(err)
					}
				}
			}
			for range before {
				finish()
			}
			b.ResetTimer()
			defer reportCPU(b)()
			for range b.N {
				finish()
			}
		})
	}
}

func ending(key bench.TrialKey) []bench.Event {
	yes := true
	diff := bench.Body("diff of " + key.String())
	g := bench.Grade{Rules: "v5", Resolved: &yes, PatchApplied: true, Found: true, Status: "FULL"}
	for i := range 300 {
		name := fmt.Sprintf("tests/test_module.py::test_case[%d]", i)
		g.PassToPass.Success = append(g.PassToPass.Success, name)
		g.Tests = append(g.Tests, bench.TestStatus{Test: name, Status: "PASSED"})
	}
	var events []bench.Event
	for _, p := range []bench.Payload{
		bench.PhaseStarted{Phase: bench.PhasePrepare},
		bench.Patch{Diff: diff.Hash(), Bytes: len(diff), Files: 1}, g,
		bench.TrialEnded{Outcome: bench.OutcomeResolved, Resolved: &yes},
	} {
		events = append(events, bench.Event{RunID: "r", Time: time.UnixMilli(2), Trial: key, Payload: p})
	}
	events[1].Bodies = []bench.Body{diff}
	return events
}

// BenchmarkFacts reads what a comparison needs of 300 trials.
func BenchmarkFacts(b *testing.B) {
	s := filled(b, resultstest.Spec{RunID: "r", Tasks: 100, Seed: 1})
	b.ResetTimer()
	for range b.N {
		f, err := s.Facts(context.Background(), "r")
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(f.Calls)+len(f.ToolCalls)), "calls")
	}
}

// BenchmarkOpen is what the database adds to the start of a program.
func BenchmarkOpen(b *testing.B) {
	path := b.TempDir() + "/bench.db"
	for range b.N {
		s, err := Open(context.Background(), path)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkState reads the state of a run whose trials have ended, most of whose events
// are not looked at.
func BenchmarkState(b *testing.B) {
	for _, tasks := range []int{25, 250} {
		b.Run(fmt.Sprintf("tasks=%d", tasks), func(b *testing.B) {
			s := open(b)
			events := resultstest.Events(resultstest.Spec{RunID: "r", Tasks: tasks, Seed: 1})
			for some := range slices.Chunk(events, 500) {
				if _, err := s.AppendAll(b.Context(), some); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.State(b.Context(), "r"); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(events)), "events")
		})
	}
}
