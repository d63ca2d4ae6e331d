package report

import (
	"testing"
	"time"

	"bench/results"
)

// The time of a phase names the part of it that was no time of the agents'.
func TestLasted(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.UnixMilli(int64(s) * 1000) }
	d := results.Detail{Trial: results.Trial{StartedAt: at(1), SolveAt: at(3), ExtractAt: at(103), EndedAt: at(104)}}
	if got, want := lasted(d), "prepare 2.0s, solve 1m40s, extract 1.0s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Pauses = []results.Pause{{From: at(10), To: at(40)}}
	d.Outages = []results.Outage{{From: at(50), To: at(55)}, {Agent: "t0001", From: at(51), To: at(55)}}
	if got, want := lasted(d), "prepare 2.0s, solve 1m40s (30.0s paused, 5.0s in outages), extract 1.0s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
