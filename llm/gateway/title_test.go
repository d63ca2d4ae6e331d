package gateway_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent/agenttest"
)

// A program may ask for a title before it begins, and not wait for it: what has tools is
// main's conversation all the same. A rule says that the title is none of it.
func TestTitleComesFirst(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		for _, waits := range []bool{false, true} {
			t.Run(fmt.Sprintf("known=%v,waits=%v", known, waits), func(t *testing.T) {
				t.Parallel()
				titleComesFirst(t, known, waits)
			})
		}
	}
}

func titleComesFirst(t *testing.T, known, waits bool) {
	t.Helper()
	rules := bench.Gateway{Rules: []bench.CallRule{{Role: bench.RoleMain}}}
	if known {
		rules.Rules = slices.Insert(rules.Rules, 0,
			bench.CallRule{Role: bench.RoleMain, System: "^You name", Aside: true})
	}
	l := newLab(t, `
  - {when: {last: A title}, say: On parsers, latency: 300ms, usage: {input: 50, output: 5}}
  - {when: {turn: 1}, calls: [{tool: look}], usage: {input: 10}}
  - {say: Solved., usage: {input: 20}}
`, options{gateway: rules})
	title := (&dialog{form: "chat", model: "m", system: "You name things."}).user("A title, please.")
	var under sync.WaitGroup
	under.Go(func() { title.ask(t, l) })
	for len(agenttest.Of[bench.LLMCallStarted](l.log)) == 0 {
		time.Sleep(time.Millisecond)
	}
	if waits {
		under.Wait()
	}
	main := (&dialog{form: "chat", model: "m", system: "You solve tasks.", tools: []string{"look"}}).user("Solve it.")
	main.results(main.ask(t, l), "nothing")
	main.ask(t, l)
	under.Wait()
	l.close(t)
	want := map[bench.Purpose]int{bench.PurposeAgent: 3} // whose the title is shows too late
	if known {
		want = map[bench.Purpose]int{bench.PurposeAgent: 2, bench.PurposeAside: 1}
	}
	got := map[bench.Purpose]int{}
	for _, c := range l.calls() {
		got[c.Purpose]++
	}
	if !maps.Equal(got, want) || len(agenttest.Of[bench.ToolCall](l.log)) != 1 {
		t.Errorf("calls %v, want %v; tools %+v", got, want, agenttest.Of[bench.ToolCall](l.log))
	}
}
