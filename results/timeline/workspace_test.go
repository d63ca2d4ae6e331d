package timeline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bench"
)

// Two sidekicks on a machine under load, where copies take as long as work. Times by
// hand, in seconds since the solve phase began:
//
//	 0   2  main's call, which delegates twice
//	 2  10  t0001: 1 for the lock, 3 to inspect, 4 to prepare
//	10  20  its call; its changes are taken over until 28, its copy is removed until 30
//	 2  12  t0002: 4 for the lock, 3 to inspect, 1 in the queue, 2 to prepare
//	12  18  its call; its changes are taken over until 24, its copy is removed until 25
//	30  40  main's call
//
// So 10 and 6 seconds were work of sidekicks, 16 in all, of which 6 at once.
func TestWorkspacesUnderLoad(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.add(0, "", bench.PhaseStarted{Phase: bench.PhaseSolve})
	l.add(0, "main", bench.AgentStarted{Role: bench.RoleMain})
	l.call("main", "1", 0, 2)
	spawned := func(id string, index int) {
		l.add(2, "main", bench.DelegationSpawned{DelegationID: id, Activation: 1, BatchID: "1", Index: index,
			BatchSize: 2})
	}
	spawned("t0001", 0)
	spawned("t0002", 1)
	side := func(id string, at float64, p bench.DelegationStarted) {
		p.DelegationID, p.Activation, p.Child = id, 1, id
		l.add(at, "main", p)
		l.add(at, id, bench.AgentStarted{Role: bench.RoleSidekick, Parent: "main", DelegationID: id})
	}
	side("t0001", 10, bench.DelegationStarted{
		LockWait: time.Second, Inspect: 3 * time.Second, Prepare: 4 * time.Second,
	})
	side("t0002", 12, bench.DelegationStarted{
		LockWait: 4 * time.Second, Inspect: 3 * time.Second, Queue: time.Second, Prepare: 2 * time.Second,
	})
	ended := func(id string, index int, done, at float64, collect, remove time.Duration) {
		l.add(done, id, bench.AgentEnded{State: bench.AgentFinished})
		l.add(at, "main", bench.DelegationEnded{DelegationID: id, Activation: 1, Child: id,
			State: bench.AgentFinished, Escalation: bench.NotEscalated, Collect: collect, Remove: remove})
		l.add(at, "main", bench.ToolCall{CallID: "task " + id, BatchID: "1", Index: index, Name: "task",
			Start: begin.Add(2 * time.Second), End: begin.Add(time.Duration(at) * time.Second)})
	}
	l.call("t0002", "3", 12, 18)
	l.call("t0001", "2", 10, 20)
	ended("t0002", 1, 18, 25, 6*time.Second, time.Second)
	ended("t0001", 0, 20, 30, 8*time.Second, 2*time.Second)
	l.call("main", "4", 30, 40)
	l.add(40, "main", bench.AgentEnded{State: bench.AgentFinished})
	l.add(40, "", bench.PhaseStarted{Phase: bench.PhaseExtract})
	l.add(41, "", bench.TrialEnded{Outcome: bench.OutcomeUngraded})

	trial := one(l.detail())
	want := Times{Wall: 40_000, Sum: 16_000, Union: 10_000, Idle: 10_000, Peak: 2}
	if got := trial.Times(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	path := trial.Path()
	if got, want := drawn(path), `main:call(1) 0-2
t0001:lock 2-3
t0001:inspect 3-6
t0001:prepare 6-10
t0001:call(2) 10-20
t0001:collect 20-28
t0001:remove 28-30
main:call(4) 30-40`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// The sidekick has its lock and its call.
	if got := path.ByRole()[bench.RoleSidekick]; got != 11*time.Second || path.Workspaces() != 17*time.Second {
		t.Errorf("%v are the sidekick's, %v of workspaces", got, path.Workspaces())
	}
	lanes := Of(l.detail()).Lanes
	if got, want := spansOf(lanes[2]), `lock 2-6
inspect 6-9
queue 9-10
prepare 10-12
call 12-18
collect 18-24
remove 24-25`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if to := *lanes[2].To; to != Secs(18*time.Second) {
		t.Errorf("the lane ends at %v", time.Duration(to))
	}
}

// spansOf writes the spans of a lane as kind from-to, in seconds.
func spansOf(l Lane) string {
	var parts []string
	for _, s := range l.Spans {
		parts = append(parts, fmt.Sprintf("%s %g-%g", s.Kind, time.Duration(s.From).Seconds(),
			time.Duration(s.To).Seconds()))
	}
	return strings.Join(parts, "\n")
}
