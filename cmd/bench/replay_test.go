package main

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/results/storetest"
)

// slowRun is a run whose commands take nearly all of its limits of time, so that none of
// them is left for doing them again.
func slowRun(id string) *virtual {
	second := time.Second
	sidekick := func(command string) []said {
		return []said{
			{after: 3 * second, calls: []llm.ToolCall{terminal(command)}, usage: tokens(600, 0, 0, 20)},
			{after: 3 * second, calls: []llm.ToolCall{terminal("sleep 5")}, usage: tokens(700, 0, 0, 20)},
			{after: 3 * second, calls: []llm.ToolCall{reported("Done.", "")}, usage: tokens(800, 0, 0, 20)},
		}
	}
	p := play{
		"solo single": {
			{after: 4 * second, calls: []llm.ToolCall{terminal("sleep 300")}, usage: tokens(2000, 0, 0, 60)},
			{after: 4 * second, calls: []llm.ToolCall{terminal("echo right >new.txt"), terminal("sleep 5")},
				usage: tokens(2300, 0, 0, 60)},
			{after: 2 * second, text: "Done.", usage: tokens(2500, 0, 0, 9)},
		},
		"fusion main": {
			{after: 4 * second, calls: []llm.ToolCall{task("Do one."), task("Do two.")},
				usage: tokens(2000, 0, 0, 60)},
			{after: 4 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")}, usage: tokens(2300, 0, 0, 60)},
			{after: 2 * second, text: "Done.", usage: tokens(2500, 0, 0, 9)},
		},
		// The first one is through with that before the other one, where the process dies.
		"fusion t0001": sidekick("sleep 296"), "fusion t0002": sidekick("sleep 300"),
	}
	big, small := virtualModel("big", 3, 0.3, 3.75, 15), virtualModel("small", 0.5, 0.05, 0.625, 2)
	fusion := fusionOf("fusion", big, small, bench.WorkspaceSnapshot)
	fusion.Limits.Wall, fusion.Sidekick.Limits.Wall = 350*second, 325*second
	fusion.Notice, fusion.Sidekick.Notice = 0, 0
	solo := bench.Configuration{Name: "solo", Kind: bench.KindSingle, Main: big, MaxParallelTools: 8,
		Limits: bench.Limits{Wall: 325 * second}}
	v := recountRun(id, p, 1, solo, fusion)
	v.workers.Agents = 1
	return v
}

// What agents had done is done again when a trial is resumed, also what an answer had
// asked for that was cut off. That takes none of their time, and is in no duration,
// however often the process dies.
func TestReplayTakesNobodysTime(t *testing.T) {
	t.Parallel()
	store := storetest.Stored(t)
	run := func(id string, kills []string) measured {
		var l logbook
		v, died := slowRun(id), l.dying(kills)
		synctest.Test(t, func(t *testing.T) {
			s, err := v.start(t.Context(), &l)
			for range kills {
				time.Sleep(time.Hour)
				s, err = v.resume(t.Context(), &l)
			}
			if err != nil || s.State != bench.RunDone || len(died) != len(kills) {
				t.Errorf("%s: %+v, %v, after %v", id, s, err, died)
			}
		})
		l.stored(t, store, id)
		return measure(t, store, id)
	}
	whole := run("whole", nil)
	for id, kills := range map[string][]string{
		"once":  {"solo single-2 tool_call", "fusion t0002-2 llm_call"},
		"twice": {"solo single-2 tool_call", "solo single-3 llm_call", "fusion t0002-2 llm_call", "fusion t0002-3 llm_call"},
		"begun": {"solo single-3 llm_call_started", "fusion t0002-2 llm_call_started", "fusion main-2 llm_call_started"},
	} {
		got := run(id, kills)
		for name, trial := range got.trials {
			was, is := whole.trials[name].Times(), trial.Times()
			if trial.Outcome != bench.OutcomeResolved || is.Wall < was.Wall || is.Wall > was.Wall+15_000 {
				t.Errorf("%s: %s ends as %s after %d ms, undisturbed %s after %d", id, name, trial.Outcome, is.Wall,
					whole.trials[name].Outcome, was.Wall)
			}
			if is.Paused < 3_900_000 { // an hour, and 300 s
				t.Errorf("%s: %s is paused for %d ms", id, name, is.Paused)
			}
			for _, d := range trial.Delegations {
				if d.State != bench.AgentFinished {
					t.Errorf("%s: %s ends as %s, %s", id, d.ID, d.State, d.Reason)
				}
			}
		}
	}
}

// dying is the logbook of a process that dies at the first event of each of these: a
// configuration, an agent with the number of its call, and a type. It returns those at
// which it died.
func (l *logbook) dying(at []string) (died map[string]bool) {
	calls := map[string]int{}
	died = map[string]bool{}
	l.after = func(_ int, e bench.Event) bool {
		who := e.Trial.Configuration + " " + e.Agent
		if _, ok := e.Payload.(bench.LLMCallStarted); ok {
			calls[who]++
		}
		now := who + "-" + string(rune('0'+calls[who])) + " " + string(e.Payload.Type())
		if !slices.Contains(at, now) || died[now] {
			return true
		}
		died[now] = true
		return false
	}
	return died
}
