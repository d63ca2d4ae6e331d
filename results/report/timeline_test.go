package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bench"
	"bench/results"
	"bench/results/timeline"
)

var began = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return began.Add(time.Duration(seconds * 1e9)) }

// scene is a trial that is made by hand.
type scene struct{ results.Detail }

func newScene(length float64) *scene {
	s := &scene{}
	s.Trial = results.Trial{
		RunID: "night", Key: bench.TrialKey{Configuration: "fusion", InstanceID: "a__b-1", Attempt: 1},
		Repo: "a/b", Phase: bench.PhaseDone, Outcome: bench.OutcomeUnresolved,
		StartedAt: at(-1), SolveAt: at(0), ExtractAt: at(length), EndedAt: at(length + 1),
	}
	s.Configuration = bench.Configuration{
		Kind: bench.KindFusion, Main: bench.Model{Model: "frontier"},
		Sidekick: &bench.Sidekick{Model: bench.Model{Model: "small"}},
	}
	s.agent("main", bench.RoleMain, 0, length)
	return s
}

func (s *scene) agent(id string, role bench.Role, from, to float64) {
	s.Agents = append(s.Agents, results.Agent{
		ID: id, Role: role, WireModel: string(role) + "-model", StartedAt: at(from), EndedAt: at(to),
		State: bench.AgentFinished,
	})
}

// call adds a model call of one cent.
func (s *scene) call(agent string, from, to float64) *results.Call {
	turn := 1
	for _, c := range s.Calls {
		if c.Agent == agent {
			turn++
		}
	}
	s.Calls = append(s.Calls, results.Call{
		Agent: agent, ID: fmt.Sprintf("%s-%d", agent, turn), Turn: turn, Purpose: bench.PurposeAgent,
		Usage: bench.Usage{Input: 1000, Output: 100}, Cost: bench.Dollars(0.01), Start: at(from), End: at(to),
		FinishReason: "tool_calls",
	})
	s.Trial.Cost += bench.Dollars(0.01)
	return &s.Calls[len(s.Calls)-1]
}

func (s *scene) tool(agent, name, batch string, index int, from, to float64) *results.ToolCall {
	s.ToolCalls = append(s.ToolCalls, results.ToolCall{
		Agent: agent, ID: fmt.Sprintf("%s/%d", batch, index), Name: name, BatchID: batch, Index: index,
		Start: at(from), End: at(to), Bytes: 12,
	})
	return &s.ToolCalls[len(s.ToolCalls)-1]
}

func (s *scene) delegation(
	id, child, batch string, index int, spawned, started, ended float64,
) *results.Delegation {
	if child != "" {
		s.agent(child, bench.RoleSidekick, started, ended)
	}
	s.Delegations = append(s.Delegations, results.Delegation{
		ID: id, Activation: 1, Agent: "main", Child: child, BatchID: batch, Index: index,
		Description: "look at " + id, SpawnedAt: at(spawned), StartedAt: at(started), EndedAt: at(ended),
		State: bench.AgentFinished, Escalation: bench.NotEscalated,
	})
	return &s.Delegations[len(s.Delegations)-1]
}

func (s *scene) note(agent string, when float64, code, text string) {
	s.Notes = append(s.Notes, results.Note{Time: at(when), Agent: agent, Code: code, Text: text})
}

// everything is a trial in which all happens that has a mark.
func everything() results.Detail {
	s := newScene(3720)
	s.call("main", 1, 8).Waited = time.Second
	s.tool("main", "task", "main-1", 0, 8, 30)
	s.tool("main", "task", "main-1", 1, 8, 24)
	d := s.delegation("t0001", "t0001", "main-1", 0, 8, 13, 29)
	d.Inspect, d.Queue, d.Prepare = time.Second, time.Second, 3*time.Second
	d.Collect, d.Remove = 300*time.Millisecond, 700*time.Millisecond
	d.Escalation, d.Reason = bench.EscalatedByHarness, bench.ReasonIterations
	s.call("t0001", 13, 18)
	s.tool("t0001", "terminal", "t0001-1", 0, 18, 24)
	s.call("t0001", 24, 28).Purpose = bench.PurposeWrapUp
	d = s.delegation("t0002", "t0002", "main-1", 1, 8, 9, 24)
	d.Prepare, d.Escalation, d.Reason = time.Second, bench.EscalatedVoluntary, bench.ReasonMissingInfo
	d.ReasonText = "which of the two tables is meant?"
	s.call("t0002", 9, 15)
	s.call("t0002", 20, 24).Waited = 5 * time.Second
	s.call("main", 30, 36)
	s.tool("main", "task", "main-2", 0, 36, 36.2)
	s.tool("main", "task", "main-2", 1, 36, 36.1)
	d = s.delegation("t0001", "t0001.2", "main-2", 0, 36, 38, 3702)
	d.Activation, d.Background = 2, true
	s.call("t0001.2", 38, 50)
	s.call("t0001.2", 3690, 3700)
	d = s.delegation("t0003", "", "main-2", 1, 36, 0, 36.1)
	d.StartedAt, d.State, d.Error = time.Time{}, bench.AgentErrorInternal, "no space left"
	s.call("main", 37, 45)
	s.note("main", 46, "budget_notice", "trial cost")
	s.note("main", 47, "sandbox_left", "an old one")
	s.tool("main", "task_output", "main-3", 0, 3690, 3703)
	s.call("main", 3703, 3712)
	s.tool("main", "terminal", "main-4", 0, 3712, 3719).ExitCode = new(int)
	s.Pauses = []results.Pause{
		{Agent: "main", From: at(45), To: at(3650)}, {Agent: "t0001.2", From: at(50), To: at(3655)},
		{From: at(50), To: at(3650)},
	}
	return s.Detail
}

func TestTimelineGolden(t *testing.T) {
	draw := func(d results.Detail, width int) func(io.Writer) error {
		return func(w io.Writer) error { return DrawTimeline(w, timeline.Of(d), width) }
	}
	golden(t, "timeline.txt", draw(everything(), 100))
	golden(t, "timeline_run.txt", draw(detail(t, "fusion", "sympy__sympy-10137"), 80))
	golden(t, "timeline_solo.txt", draw(detail(t, "solo", "sympy__sympy-10137"), 96))
	golden(t, "timeline.json", func(w io.Writer) error {
		return TimelinesJSON(w, []results.Detail{everything()})
	})
	golden(t, "trial.json", func(w io.Writer) error {
		return TrialsJSON(w, []results.Detail{detail(t, "fusion", "sympy__sympy-10137")})
	})
}

// A trial of a thousand calls and fifty sidekicks fits into any terminal, with
// a lane for each, and says how much it merged.
func TestTimelineOfACrowd(t *testing.T) {
	t.Parallel()
	s := newScene(10_000)
	for batch := range 10 {
		from := float64(batch) * 1000
		call := s.call("main", from, from+50)
		for i := range 5 {
			id := fmt.Sprintf("t%04d", 5*batch+i+1)
			s.tool("main", "task", call.ID, i, from+50, from+950)
			s.delegation(id, id, call.ID, i, from+50, from+60, from+900)
			for n := range 20 {
				s.call(id, from+60+float64(n)*40, from+95+float64(n)*40)
			}
		}
	}
	for width := 80; width <= 200; width += 8 {
		var b bytes.Buffer
		if err := DrawTimeline(&b, timeline.Of(s.Detail), width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%d columns instead of %d: %s", n, width, line)
			}
		}
		for _, want := range []string{"1010 model calls", "; 1010 spans are shorter", "\n   t0050 ", "\n  call 10 "} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %q in\n%s", want, b.String())
			}
		}
	}
}

// What a mark stands for is what took most of its time.
func TestLane(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		build func(s *scene)
		want  string
	}{
		"calls, a tool, a wait": {
			func(s *scene) {
				s.call("main", 0, 3)
				s.tool("main", "terminal", "main-1", 0, 3, 4)
				s.tool("main", "terminal", "main-1", 1, 4, 5).Queue = time.Second
				s.call("main", 7, 9).Waited = 2 * time.Second
			}, "███▓▓~~██·",
		},
		"what ended earlier is beside the path": {
			func(s *scene) {
				s.tool("main", "terminal", "main-1", 0, 0, 4)
				s.tool("main", "terminal", "main-1", 1, 5, 9)
				s.call("main", 9, 10)
				s.agent("x", bench.RoleSidekick, 0, 10)
				s.call("x", 0, 5)
				s.tool("x", "terminal", "x-1", 0, 5, 9)
			}, "▓▓▓▓·▓▓▓▓█\n▄▄▄▄▄░░░░·",
		},
		"half of a mark": {
			func(s *scene) {
				s.call("main", 0, 1.4)
				s.tool("main", "terminal", "main-1", 0, 1.4, 2.4)
				s.call("main", 2.8, 3)
			}, "█▓▓·······",
		},
	} {
		s := newScene(10)
		c.build(s)
		tl := timeline.Of(s.Detail)
		ch := &chart{Timeline: tl, axis: newAxis(10*time.Second, nil, 10), used: map[rune]bool{}}
		var got []string
		for _, l := range tl.Lanes {
			got = append(got, ch.lane(l))
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), c.want)
		}
	}
}

// stretch is a time in seconds.
func stretch(from, to int) timeline.Stretch {
	return timeline.Stretch{
		From: timeline.Secs(from) * timeline.Secs(time.Second), To: timeline.Secs(to) * timeline.Secs(time.Second),
	}
}

func TestAxis(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wall         time.Duration
		pauses       []timeline.Stretch
		labels, line string
	}{
		{20 * time.Second, nil, "0s        10s", "├─────────┼────────┤"},
		{200 * time.Millisecond, nil, "0s        0.1s", "├─────────┼────────┤"},
		{100 * time.Minute, nil, "0s          1h", "├───────────┼──────┤"},
		{
			119 * time.Second, []timeline.Stretch{stretch(19, 119)},
			"0s        10s", "├─────────┼───────┤┊",
		},
		{
			119 * time.Second, []timeline.Stretch{stretch(5, 105)},
			"0s         10s", "├────┊─────┼───────┤",
		},
	} {
		labels, line := newAxis(c.wall, c.pauses, 20).ruler()
		if labels != c.labels || line != c.line {
			t.Errorf("%v: got\n%s\n%s\nwant\n%s\n%s", c.wall, labels, line, c.labels, c.line)
		}
	}
}

func TestRoundTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		least time.Duration
		want  string
	}{
		{3 * time.Millisecond, "0.005s"}, {90 * time.Millisecond, "0.1s"}, {1100 * time.Millisecond, "2s"},
		{6 * time.Second, "10s"}, {16 * time.Second, "30s"}, {100 * time.Second, "2m"},
		{16 * time.Minute, "30m"}, {61 * time.Minute, "2h"}, {25 * time.Hour, "48h"},
	} {
		if got := round(tick(c.least)); got != c.want {
			t.Errorf("%v: got %s, want %s", c.least, got, c.want)
		}
	}
	if got := round(90 * time.Second); got != "90s" {
		t.Errorf("got %s", got)
	}
	if got := round(150 * time.Second); got != "2m30s" {
		t.Errorf("got %s", got)
	}
}

// Trials that nobody worked on, or that are under way, have timelines too.
func TestTimelineOfNothingMuch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		d    func() results.Detail
		want string
	}{
		"not begun": {func() results.Detail {
			s := newScene(10)
			s.Trial.SolveAt, s.Trial.ExtractAt, s.Agents = time.Time{}, time.Time{}, nil
			s.Trial.Phase, s.Trial.Outcome = bench.PhasePrepare, ""
			return s.Detail
		}, "in phase prepare"},
		"under way": {func() results.Detail {
			s := newScene(10)
			s.Trial.ExtractAt, s.Trial.EndedAt = time.Time{}, time.Time{}
			s.Agents[0].EndedAt = time.Time{}
			s.call("main", 0, 6)
			return s.Detail
		}, "Critical path 6.0s: main 100%\n   call 100%\n"},
	} {
		var b bytes.Buffer
		if err := DrawTimeline(&b, timeline.Of(c.d()), 80); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.want) {
			t.Errorf("%s: no %q in\n%s", name, c.want, b.String())
		}
		if err := TimelinesJSON(io.Discard, []results.Detail{c.d()}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := DrawTimeline(broken{}, timeline.Of(c.d()), 80); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// docs/timeline.md names every field of the documents.
func TestTimelineDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/timeline.md")
	if err != nil {
		t.Fatal(err)
	}
	d := everything()
	d.Host = &results.Host{Host: bench.Host{Name: "rack", Memory: 1, Kernel: "6", EngineVersion: "27"}}
	d.Grade, d.Tests = &results.Grade{}, []results.TestResult{{Test: "t"}}
	d.Faults = []results.WorkspaceFault{{WorkspaceFault: bench.WorkspaceFault{With: "t0002"}}}
	d.ToolCalls[0].RoundTrip = time.Millisecond
	d.ToolCalls[0].Touched = []bench.Touch{{Path: "a"}}
	d.Calls[0].Retries, d.Calls[0].Error = 1, "overloaded"
	var b bytes.Buffer
	if err := TrialsJSON(&b, []results.Detail{d}); err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	n := 0
	for name := range fields(doc) {
		n++
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/timeline.md does not name `%s`", name)
		}
	}
	if n < 90 {
		t.Errorf("only %d fields", n)
	}
}

// fields are the names of all fields at any depth, but for those of files that
// tools touched, which docs/schema.md has, and those that are values.
func fields(doc any) map[string]bool {
	out := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for name, e := range v {
				out[name] = true
				if name != "touched" && name != "by_role_s" && name != "phases_s" {
					walk(e)
				}
			}
		}
	}
	walk(doc)
	delete(out, "trials")
	return out
}

// What main stops, or leaves behind when it finishes, has not failed: not where the
// log has an error for it either, as older ones do.
func TestStoppedSidekicks(t *testing.T) {
	t.Parallel()
	s := newScene(40)
	s.call("main", 0, 5)
	for i, id := range []string{"t0001", "t0002"} {
		s.tool("main", "task", "main-1", i, 5, 6)
		d := s.delegation(id, id, "main-1", i, 5, 7, 20+float64(i)*10)
		d.Background, d.State, d.Error = true, bench.AgentCancelled, "stopped by the main agent"
		s.Agents[len(s.Agents)-1].State = bench.AgentCancelled
		s.call(id, 7, 15)
	}
	s.Delegations[0].Reason, s.Delegations[0].ReasonText = bench.ReasonCancelledByMain, "stopped by the main agent"
	s.Delegations[1].Abandoned = true
	var b bytes.Buffer
	if err := Show(&b, s.Detail, 100); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"s is stopped", "  s t0001 was stopped by main", "  s t0002 was left behind by main",
		" t0001  sidekick  stopped ", " t0002  sidekick  left behind ", "stopped      –", "left behind  –",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	for _, no := range []string{"failed", "fails", "escalated: ", "rror", "cancelled"} {
		if strings.Contains(b.String(), no) {
			t.Errorf("%q in\n%s", no, b.String())
		}
	}
}
