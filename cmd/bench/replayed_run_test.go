package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/replay"
	"bench/runner"
)

var full = flag.Bool("full", false, "play runs again ten times")

// changed is a client whose requests are changed as v says.
func (v *virtual) changed(next llm.Client) llm.Client {
	if v.change == nil {
		return next
	}
	return changing{next, v.change}
}

type changing struct {
	llm.Client
	change func(*llm.Request)
}

func (c changing) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	c.change(&req)
	return c.Client.Complete(ctx, req)
}

// logs are the logs of several runs.
type logs map[string]*logbook

func (l logs) TrialEvents(
	ctx context.Context, run string, k bench.TrialKey,
) ([]bench.Event, error) {
	return l[run].TrialEvents(ctx, run, k)
}

func (l logs) Body(ctx context.Context, h bench.BodyHash) (b bench.Body, err error) {
	for _, book := range l {
		if b, err = book.Body(ctx, h); err == nil {
			return b, nil
		}
	}
	return nil, err
}

// again plays a run again under another name, and returns its log.
func (v *virtual) again(
	t *testing.T, of *logbook, o bench.Replay,
) (*logbook, *replay.Player, runner.Summary) {
	t.Helper()
	var l logbook
	var s runner.Summary
	o.Of = "origin"
	v.player = replay.New(logs{"origin": of}, o)
	synctest.Test(t, func(t *testing.T) {
		options := v.options(&l)
		options.Through = v.player.Through
		var err error
		if s, err = runner.Run(t.Context(), options); err != nil {
			t.Error(err)
		}
	})
	return &l, v.player, s
}

// jitter makes steps in sandboxes take another time whenever they are made.
func jitter(seed uint64) func(string, *memoryBox) error {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 1))
	return func(string, *memoryBox) error {
		mu.Lock()
		d := time.Duration(random.Int64N(int64(2 * time.Second)))
		mu.Unlock()
		time.Sleep(d)
		return nil
	}
}

var (
	aHash   = regexp.MustCompile(`"[0-9a-f]{64}"`)
	seconds = regexp.MustCompile(`seconds: [0-9.]+`)
)

// lines are the events of a run without times, and without what follows from times, by
// who did it. Texts stand in the place of their hashes.
func lines(t *testing.T, l *logbook) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, e := range l.events {
		if e.Trial.IsZero() {
			continue // the header, which names the run that is played again
		}
		who := e.Trial.String() + " " + e.Agent
		switch p := e.Payload.(type) {
		case bench.ToolCall: // of one answer, in any order
			who += fmt.Sprintf(" %s %d", p.BatchID, p.Index)
		case bench.DelegationStarted:
			who += " " + p.DelegationID
		case bench.DelegationEnded:
			who += " " + p.DelegationID
		case bench.WorkspaceDelta:
			who += " " + p.DelegationID
		case bench.WorkspaceFault:
			who += " " + p.DelegationID
		case bench.LLMCallStarted, bench.Outage:
			continue // attempts that failed are not made again
		}
		text, err := json.Marshal(e.Payload)
		var fields map[string]any
		if err == nil {
			err = json.Unmarshal(text, &fields)
		}
		for _, name := range []string{"start", "end", "first", "waited", "queue", "lock_wait", "inspect",
			"prepare", "collect", "remove", "duration", "reserved", "source", "attempts", "unreported", "bytes"} {
			delete(fields, name)
		}
		if err == nil {
			text, err = json.Marshal(fields)
		}
		if err != nil {
			t.Fatal(err)
		}
		spelt := aHash.ReplaceAllStringFunc(string(text), func(h string) string {
			b, err := l.Body(t.Context(), bench.BodyHash(strings.Trim(h, `"`)))
			if err != nil {
				t.Fatal(err)
			}
			return seconds.ReplaceAllString(string(b), "seconds: S")
		})
		all[who] = append(all[who], string(e.Payload.Type())+" "+spelt)
	}
	return all
}

// sameLines compares what was done in two runs.
func sameLines(t *testing.T, name string, was, is map[string][]string) {
	t.Helper()
	for _, who := range slices.Sorted(maps.Keys(was)) {
		a, b := was[who], is[who]
		for i := range max(len(a), len(b)) {
			x, y := "nothing", "nothing"
			if i < len(a) {
				x = a[i]
			}
			if i < len(b) {
				y = b[i]
			}
			if x != y {
				t.Errorf("%s, %s:\nwas %s\nis  %s", name, who, x, y)
				break
			}
		}
	}
	for who := range is {
		if was[who] == nil {
			t.Errorf("%s: %s did something", name, who)
		}
	}
}

// A run that is played again is the same run, however long its commands take this time:
// with sidekicks at once, in the background and in shared files, faults of providers,
// and whatever ends the work of an agent. No model is asked.
func TestReplayIsTheRunAgain(t *testing.T) {
	t.Parallel()
	times := 3
	if *full {
		times = 10
	}
	for _, make := range []func() *virtual{
		func() *virtual { return teamRun("team") }, handedRun, illRun, othersRun,
		func() *virtual { return slowRun("slow") },
	} {
		id := make().id
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var l logbook
			synctest.Test(t, func(t *testing.T) {
				if _, err := make().start(t.Context(), &l); err != nil {
					t.Error(err)
				}
			})
			was := lines(t, &l)
			for n := range times {
				v := make()
				v.play = nil // nothing answers but the log
				if n > 0 {
					v.pool.fault = jitter(uint64(n))
				}
				played, player, s := v.again(t, &l, bench.Replay{Strict: true})
				if s.State != bench.RunDone {
					t.Errorf("%s ends as %+v", id, s)
				}
				sameLines(t, fmt.Sprintf("%s again, %d", id, n+1), was, lines(t, played))
				for _, k := range player.Trials() {
					if r := player.Result(k); r.First != nil || r.Stalled || r.Live > 0 {
						t.Errorf("%s: %+v, %v", k, r, r.First)
					}
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}

// recorded is the log of a run.
func recordedRun(t *testing.T, v *virtual) *logbook {
	t.Helper()
	var l logbook
	synctest.Test(t, func(t *testing.T) {
		if s, err := v.start(t.Context(), &l); err != nil || s.State != bench.RunDone {
			t.Errorf("%+v, %v", s, err)
		}
	})
	return &l
}

// ends are how the trials of a run ended, by configuration and task.
func ends(l *logbook) map[string]bench.TrialEnded {
	all := map[string]bench.TrialEnded{}
	for _, e := range l.events {
		if p, ok := e.Payload.(bench.TrialEnded); ok {
			all[e.Trial.Configuration+" "+e.Trial.InstanceID] = p
		}
	}
	return all
}

// sources counts the calls of a run by where their answers came from.
func sources(l *logbook) map[bench.CallSource]int {
	all := map[bench.CallSource]int{}
	for _, e := range l.events {
		if p, ok := e.Payload.(bench.LLMCall); ok {
			all[p.Source]++
		}
	}
	return all
}

// described changes what one tool is said to be for.
func described(r *llm.Request) {
	r.Tools = []byte(strings.Replace(string(r.Tools), "Run a command", "Run one command", 1))
}

// With the description of one tool changed, a strict replay ends each trial at its first
// call and names the field; another one names it too, and goes on with the answers in the
// log.
func TestReplayNamesTheFirstDifference(t *testing.T) {
	t.Parallel()
	l := recordedRun(t, othersRun())
	tool := func(k bench.TrialKey) string {
		return map[string]string{"advised": "single", "behind": "main", "locked": "main",
			"routed": "single"}[k.Configuration]
	}
	v := othersRun()
	v.change, v.play = described, nil
	strict, player, _ := v.again(t, l, bench.Replay{Strict: true})
	for _, k := range player.Trials() {
		r := player.Result(k)
		if k.Configuration == "program" {
			continue // it asks nobody
		}
		if r.First == nil || r.First.Agent != tool(k) || r.First.What != "call 1" ||
			r.First.Path != "tools[0].function.description" || r.Calls != 0 {
			t.Fatalf("%s: %+v, first %v", k, r, r.First)
		}
		end := ends(strict)[k.Configuration+" "+k.InstanceID]
		if end.Outcome != bench.OutcomeInfraLLM || !strings.Contains(end.Error, replay.Differs) ||
			!strings.Contains(end.Error, "Run one command") {
			t.Errorf("%s: %+v", k, end)
		}
	}
	v = othersRun()
	v.change, v.play = described, nil
	lenient, player, _ := v.again(t, l, bench.Replay{})
	for _, k := range player.Trials() {
		r := player.Result(k)
		if k.Configuration != "program" && (r.First == nil || r.Stopped != "" || r.Live != 0) {
			t.Errorf("%s: %+v", k, r)
		}
	}
	if got, want := ends(lenient), ends(l); !maps.EqualFunc(got, want, func(a, b bench.TrialEnded) bool {
		return a.Outcome == b.Outcome
	}) {
		t.Errorf("trials end as %+v, not as %+v", got, want)
	}
	if got := sources(lenient); got[bench.SourceModel] != 0 || got[bench.SourceLog] == 0 {
		t.Errorf("answers are from %v", got)
	}
}

// Where the log has no answer, the trial has no verdict, and the agent is not to blame;
// unless the model may be asked.
func TestReplayOfWhatTheLogHasNot(t *testing.T) {
	t.Parallel()
	l := recordedRun(t, othersRun())
	short := &logbook{bodies: l.bodies}
	for _, e := range l.events {
		if p, ok := e.Payload.(bench.LLMCall); ok && e.Agent == "main" && p.Turn > 1 {
			continue
		}
		short.events = append(short.events, e)
	}
	v := othersRun()
	v.play = nil
	played, _, _ := v.again(t, short, bench.Replay{})
	for _, name := range []string{"behind task-0", "locked task-0"} {
		end := ends(played)[name]
		if end.Outcome != bench.OutcomeInfraLLM || end.Outcome.Blame() != bench.BlameInfra ||
			!strings.Contains(end.Error, replay.Exhausted+": call 2 of main is not in the log of run origin") {
			t.Errorf("%s: %+v", name, end)
		}
	}
	played, player, _ := othersRun().again(t, short, bench.Replay{Fallback: true})
	sameLines(t, "with the model", lines(t, l), lines(t, played))
	key := bench.TrialKey{Configuration: "behind", InstanceID: "task-0", Attempt: 1}
	if r := player.Result(key); r.Live != 3 || r.Calls != 7 || r.First != nil {
		t.Errorf("%+v, %v", r, r.First)
	}
	if got := sources(played); got[bench.SourceModel] != 4 {
		t.Errorf("answers are from %v", got)
	}
}

// From a turn on models are asked; sidekicks that had begun are played to their ends.
func TestReplayUntilATurn(t *testing.T) {
	t.Parallel()
	l := recordedRun(t, othersRun())
	v := othersRun()
	for _, gone := range []string{"behind t0001", "behind t0002", "locked t0001", "locked t0002"} {
		delete(v.play, gone) // the models of these are not asked
	}
	played, player, s := v.again(t, l, bench.Replay{From: 2})
	if s.State != bench.RunDone || s.Unfinished != 0 {
		t.Errorf("%+v, %v", s, ends(played))
	}
	want := map[string]int{"behind": 3, "locked": 1, "advised": 2, "program": 0, "routed": 9}
	for _, k := range player.Trials() {
		if r := player.Result(k); r.Live != want[k.Configuration] {
			t.Errorf("%s: %+v", k, r)
		}
	}
	// The log says of each call who answered, and what of the cost was paid now.
	for _, e := range played.events {
		p, ok := e.Payload.(bench.LLMCall)
		if !ok {
			continue
		}
		asks := e.Agent == "main" || e.Agent == "single" || e.Agent == "router"
		live := asks && p.Turn >= 2
		if (p.Source == bench.SourceModel) != live || live != (p.Paid() > 0) {
			t.Errorf("%s turn %d: %q, paid %s of %s", e.Agent, p.Turn, p.Source, p.Paid(), p.Cost)
		}
	}
}
