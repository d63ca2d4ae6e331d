package timeline

import (
	"testing"
	"time"

	"bench"
	"bench/results"
)

var begin = time.UnixMilli(1e12)

func at(seconds float64) time.Time { return begin.Add(time.Duration(seconds * 1e9)) }

// fusionTrial is 100 s of work by hand. Main calls from 0 to 10 and 60 to 70
// and runs a command from 70 to 80; its task calls last from 10 to 60.
//
//	A: from 10 to 40, of which 20 to 25 is a rate limit
//	B: from 10 to 60, of which 30 to 35 is a lock, and 50 to 55 a rate limit
//	   of one call while a tool of it works on
//
// So A worked 25 s and B 45 s, together 70 s within the 50 s from 10 to 60.
func fusionTrial() *Trial {
	return &Trial{
		Trial: results.Trial{
			ID: 1, SolveAt: at(0), ExtractAt: at(100), EndedAt: at(130), Outcome: bench.OutcomeResolved,
		},
		Agents: map[string]results.Agent{
			"main": {ID: "main", Role: bench.RoleMain},
			"A":    {ID: "A", Role: bench.RoleSidekick}, "B": {ID: "B", Role: bench.RoleSidekick},
		},
		Calls: []results.Call{
			{Agent: "main", Start: at(0), End: at(10)}, {Agent: "main", Start: at(60), End: at(70)},
			{Agent: "A", Start: at(10), End: at(20)},
			{Agent: "A", Start: at(25), End: at(40), Waited: 5 * time.Second},
			{Agent: "B", Start: at(10), End: at(30)},
			{Agent: "B", Start: at(55), End: at(60), Waited: 5 * time.Second},
		},
		Tools: []results.ToolCall{
			{Agent: "main", Name: "task", Start: at(10), End: at(60)},
			{Agent: "main", Name: "task", Start: at(10), End: at(60)},
			{Agent: "main", Name: "terminal", Start: at(70), End: at(80)},
			{Agent: "B", Name: "terminal", Start: at(35), End: at(55), LockWait: 5 * time.Second},
		},
		Delegations: []results.Delegation{
			{Trial: 1, ID: "t0001", Child: "A", BatchID: "b", BatchSize: 2, StartedAt: at(10), EndedAt: at(40)},
			{Trial: 1, ID: "t0002", Child: "B", BatchID: "b", BatchSize: 2, StartedAt: at(10), EndedAt: at(60)},
		},
	}
}

func TestTimesByHand(t *testing.T) {
	t.Parallel()
	want := Times{Wall: 100_000, Sum: 70_000, Union: 50_000, Peak: 2, Idle: 50_000}
	if got := fusionTrial().Times(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Only running counts as parallel work. A starts at 10 and ends at 40, of which its
// changes are taken over from 28 to 37 and its copy is removed until 40; B starts
// at 10 and ends at 60, of which the last 6 belong to its workspace. So A worked
// from 10 to 28 less a rate limit from 20 to 25, 13 s, and B from 10 to 54 less a
// lock from 30 to 35, 39 s, together 52 s. Within the 44 s from 10 to 54, in which
// main did nothing, nobody worked from 30 to 35.
func TestTimesWithoutWorkspaces(t *testing.T) {
	t.Parallel()
	x := fusionTrial()
	x.Delegations[0].Collect, x.Delegations[0].Remove = 9*time.Second, 3*time.Second
	x.Delegations[1].Collect, x.Delegations[1].Remove = 5*time.Second, time.Second
	x.Calls[3].End = at(28)
	want := Times{Wall: 100_000, Sum: 52_000, Union: 39_000, Peak: 2, Idle: 44_000}
	if got := x.Times(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Nobody works in a pause.
func TestTimesOfPauses(t *testing.T) {
	t.Parallel()
	x := fusionTrial()
	x.Pauses = []results.Pause{{Agent: "B", From: at(55), To: at(57)}, {Agent: "A", From: at(40), To: at(50)}}
	x.Calls[5].Start = at(57) // B's last one
	if got := x.Times(); got.Sum != 68_000 || got.Union != 48_000 {
		t.Errorf("got %+v", got)
	}
}

// An activation that was cut off ended with its trial; one that never began
// did no work.
func TestTimesOfAbandonedWork(t *testing.T) {
	t.Parallel()
	x := fusionTrial()
	x.Delegations[1].EndedAt = time.Time{}
	x.Delegations = append(x.Delegations, results.Delegation{ID: "t0003"})
	if got := x.Times(); got.Sum != 25_000+85_000 || got.Peak != 2 {
		t.Errorf("got %+v", got)
	}
}

// A process that died is nobody's work. Main waits for A and B from 10; A's last
// sign of life is at 30, B's at 40. The next process takes main up at 100, A at
// 101 and B at 102. So nobody was there from 40 to 100.
func TestPauses(t *testing.T) {
	t.Parallel()
	x := fusionTrial() // A from 10 to 40, B from 10 to 60, without B's lock and waits
	x.ExtractAt = at(200)
	x.Calls, x.Tools = nil, nil
	x.Delegations[0].EndedAt, x.Delegations[1].EndedAt = at(121), at(132)
	x.Pauses = []results.Pause{
		{Agent: "B", From: at(40), To: at(102)}, {Agent: "main", From: at(10), To: at(100)},
		{Agent: "A", From: at(30), To: at(101)}, {From: at(40), To: at(100)},
	}
	// wall: 200 − 60. A: 10–40, of which nobody knows what it did from 30 on, and
	// 101–121, 50 s. B: 10–40 and 102–132, 60 s.
	// Union: 10–40 and 101–132, 61 s. Main did nothing in it.
	want := Times{Wall: 140_000, Paused: 60_000, Sum: 110_000, Union: 61_000, Peak: 2, Idle: 61_000}
	if got := x.Times(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}

	// A second death, from 110 to 150, in which only main and B were left.
	x.activations = nil
	x.Delegations[0].EndedAt, x.Delegations[1].EndedAt = at(105), at(170)
	x.Pauses = append(x.Pauses, results.Pause{Agent: "main", From: at(100), To: at(150)},
		results.Pause{Agent: "B", From: at(110), To: at(151)}, results.Pause{From: at(110), To: at(150)})
	// A: 10–40, 101–105. B: 10–40, 102–110, 151–170. Dead: 40–100, 110–150.
	want = Times{Wall: 100_000, Paused: 100_000, Sum: 34_000 + 57_000, Union: 30_000 + 9_000 + 19_000, Peak: 2,
		Idle: 58_000}
	if got := x.Times(); got != want {
		t.Errorf("twice: got %+v, want %+v", got, want)
	}
}
