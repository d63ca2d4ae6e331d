package results

import (
	"testing"
	"time"

	"bench"
)

// A call has a row from its beginning on, which counts as one that may be billed,
// and is replaced whenever more is known of it. The sums of its trial follow.
func TestCallUnderWay(t *testing.T) {
	t.Parallel()
	s, h := started(t)
	now := time.UnixMilli(1_770_000_000_000).UTC()
	add := func(trial int, p bench.Payload) {
		t.Helper()
		_, err := s.Append(t.Context(), bench.Event{
			RunID: "r", Time: now, Trial: h.Trials[trial], Agent: "main", Payload: p,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	call := func(id string, cost, unknown int64) bench.LLMCall {
		c := bench.LLMCall{
			CallID: id, Turn: 1, Purpose: bench.PurposeAgent, Model: "frontier", PriceID: "p",
			Start: now, End: now, Cost: bench.USD(cost), EstimatedUnknown: bench.USD(unknown),
		}
		if unknown > 0 {
			c.UnknownUsage = 1
		}
		return c
	}
	check := func(when string, open int64, cost, unknown bench.USD, calls int) {
		t.Helper()
		f, err := s.Facts(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, "SELECT count(*) FROM llm_calls WHERE open"); n != open || len(f.Calls) != calls {
			t.Errorf("%s: %d calls, %d open; want %d, %d", when, len(f.Calls), n, calls, open)
		}
		if f.Run.Cost != cost || f.Run.Unreported != unknown {
			t.Errorf("%s: cost %d, unreported %d; want %d, %d", when, f.Run.Cost, f.Run.Unreported, cost, unknown)
		}
	}
	for trial := range 2 {
		add(trial, bench.AgentStarted{Role: bench.RoleSingle, Model: "frontier"})
	}
	add(0, bench.LLMCallStarted{LLMCall: call("one", 0, 50)})
	check("one begins", 1, 0, 50, 1)
	add(1, bench.LLMCallStarted{LLMCall: call("one", 0, 7)}) // of another trial
	check("another begins", 2, 0, 57, 2)
	add(0, bench.LLMCallStarted{LLMCall: call("one", 3, 80)})
	check("one is sent again", 2, 3, 87, 2)
	add(0, call("one", 20, 30))
	check("one has ended", 1, 20, 37, 2)
	add(0, call("two", 5, 0)) // whose beginning earlier versions did not record
	check("two has ended", 1, 25, 37, 3)
	add(1, call("one", 0, 7)) // as it is recorded when its process is gone
	check("the other is lost", 0, 25, 37, 3)
	_, err := s.Append(t.Context(), bench.Event{
		RunID: "r", Time: now, Trial: h.Trials[0], Agent: "nobody",
		Payload: bench.LLMCallStarted{LLMCall: call("three", 0, 1)},
	})
	if err == nil {
		t.Error("a call of an agent that never started is accepted")
	}
	check("one is refused", 0, 25, 37, 3)
}

// BenchmarkCall records the beginning and the end of a model call. The journal is
// to be ready before the request leaves, so the first is what a call waits for.
func BenchmarkCall(b *testing.B) {
	s, h := started(b)
	key := h.Trials[0]
	begin(b, s, key)
	var before time.Duration
	defer reportCPU(b)()
	for n := range int64(b.N) {
		e := callEvent(key, n)
		started := e
		c := e.Payload.(bench.LLMCall)
		c.Messages, started.Bodies = nil, nil
		started.Payload = bench.LLMCallStarted{LLMCall: c}
		from := time.Now()
		if _, err := s.Append(b.Context(), started); err != nil {
			b.Fatal(err)
		}
		before += time.Since(from)
		if _, err := s.Append(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(before.Microseconds())/float64(b.N), "before-µs/op")
}
