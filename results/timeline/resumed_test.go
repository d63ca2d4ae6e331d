package timeline

import (
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/resultstest"
	"bench/results/storetest"
)

// eventLog is a database to which the events of one trial are written, at times that
// are seconds since its solve phase began.
type eventLog struct {
	t     *testing.T
	store *results.Store
	trial bench.TrialKey
}

func newLog(t *testing.T) eventLog {
	t.Helper()
	s := storetest.Stored(t)
	h := resultstest.Header(resultstest.Spec{RunID: "r", Tasks: 1})
	l := eventLog{t, s, h.Trials[0]}
	l.add(-1, "", h)
	return l
}

func (l eventLog) add(seconds float64, agent string, p bench.Payload) {
	l.t.Helper()
	e := bench.Event{RunID: "r", Time: at(seconds), Agent: agent, Payload: p}
	if _, run := p.(bench.RunStarted); !run {
		e.Trial = l.trial
	}
	if _, err := l.store.Append(l.t.Context(), e); err != nil {
		l.t.Fatal(err)
	}
}

func (l eventLog) call(agent, id string, from, to float64) {
	l.t.Helper()
	l.add(to, agent, bench.LLMCall{CallID: id, Start: at(from), End: at(to)})
}

func (l eventLog) detail() results.Detail {
	l.t.Helper()
	d, err := l.store.Detail(l.t.Context(), "r", l.trial)
	if err != nil {
		l.t.Fatal(err)
	}
	return d
}

// A trial whose process died three times, the second time before its agent had
// gone on. Times by hand, in seconds since its solve phase began:
//
//	 0     1  the first call, then death; taken up at 61, after a replay
//	61    63  the second call, then death; the next process dies at 100
//	201  204  the third call, and 0.1 until the patch is taken
//
// So agents worked for 1 + 2 + 3.1, and nobody from 1 to 61 and from 63 to 201.
func TestTrialThatDiedTwice(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	solve := bench.PhaseStarted{Phase: bench.PhaseSolve}
	l.add(0, "", solve)
	l.add(0, "single", bench.AgentStarted{Role: bench.RoleSingle})
	l.call("single", "1", 0, 1)
	l.add(59, "", bench.TrialResumed{})
	l.add(60, "", solve)
	l.add(61, "single", bench.AgentResumed{Paused: 60 * time.Second})
	l.call("single", "2", 61, 63)
	l.add(99, "", bench.TrialResumed{})
	l.add(100, "", solve)
	l.add(199, "", bench.TrialResumed{})
	l.add(200, "", solve)
	l.add(201, "single", bench.AgentResumed{Paused: 138 * time.Second})
	l.call("single", "3", 201, 204)
	l.add(204.1, "", bench.PhaseStarted{Phase: bench.PhaseExtract})
	l.add(205, "", bench.TrialEnded{Outcome: bench.OutcomeUngraded})

	d := l.detail()
	got := Of(d)
	if got.Totals.Wall != Secs(204_100*time.Millisecond) || got.Totals.Paused != Secs(198*time.Second) ||
		got.CriticalPath.Length != Secs(6_100*time.Millisecond) {
		t.Errorf("wall %v, paused %v, path %v", time.Duration(got.Totals.Wall), time.Duration(got.Totals.Paused),
			time.Duration(got.CriticalPath.Length))
	}
	want := []Stretch{stretchOf(time.Second, 61*time.Second), stretchOf(63*time.Second, 201*time.Second)}
	if len(got.Pauses) != 2 || got.Pauses[0] != want[0] || got.Pauses[1] != want[1] {
		t.Errorf("pauses %v, want %v", got.Pauses, want)
	}
	if first := got.Lanes[0].Spans[0]; first.From != 0 {
		t.Errorf("the timeline begins at %v", time.Duration(first.From))
	}
	if m := one(d).Times(); m.Wall != 6_100 || m.Paused != 198_000 {
		t.Errorf("times %+v", m)
	}
}
