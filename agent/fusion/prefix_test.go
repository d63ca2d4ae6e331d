package fusion

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
)

// recorded are all requests of a trial, by agent, in order.
func recorded(s *script) map[string][]llm.Request {
	all, mu := map[string][]llm.Request{}, sync.Mutex{}
	s.hook = func(_ context.Context, req llm.Request) error {
		mu.Lock()
		defer mu.Unlock()
		req.Messages = slices.Clone(req.Messages)
		all[req.Speaker.Agent] = append(all[req.Speaker.Agent], req)
		return nil
	}
	return all
}

// cached is a trial in which all happens that is said to agents on the way: budget
// notices, warnings, empty replies, bad calls, wrap-up calls, resumed sidekicks.
func cached() (bench.Configuration, *script) {
	c := remembers(bench.MemoryResumable)
	c.Sidekick.WrapUp, c.Sidekick.Limits.Iterations, c.Limits.Iterations = true, 3, 12
	bad := llm.ToolCall{ID: "same", Name: "functions.terminal", Arguments: `{"command":`}
	return c, &script{said: map[string][]llm.Response{
		"main": {
			say("", bad, shell("echo 1")), say(""), say("", bad), say("", bad, brief("one"), brief("two")),
			say("", bad), say("", bad), say("", bad), // warned of
			say("", again("t0001", "more")), say("", shell("pwd; ls")), say("", shell("true")), done("ok"),
		},
		"t0001":   {say("", shell("pwd")), say("", shell("ls")), say("", shell("cat a.txt")), say("a report")},
		"t0002":   {say("", shell("pwd")), report("did")},
		"t0001.2": {say("", shell("pwd")), report("did more")},
	}}
}

// The bytes of every request are a prefix of the agent's next, whatever is said to
// it on the way, and its tools never change: nothing of the prompt cache is lost.
func TestPrefix(t *testing.T) {
	t.Parallel()
	c, s := cached()
	all := recorded(s)
	tr := newTrial(t, c)
	if sub := tr.run(t, t.Context(), s); sub.State != bench.AgentFinished {
		t.Fatalf("%+v", sub)
	}
	all["t0001"] = append(all["t0001"], all["t0001.2"]...) // continues it
	if len(all["main"]) != 11 || len(all["t0001"]) != 6 {
		t.Fatalf("%d and %d requests", len(all["main"]), len(all["t0001"]))
	}
	for agent, requests := range all {
		for i, r := range requests {
			agenttest.CheckConversation(t, r.Messages)
			if i == 0 {
				continue
			}
			before := requests[i-1]
			if !bytes.HasPrefix(wire(r.Messages), wire(before.Messages)) || !bytes.Equal(r.Tools, before.Tools) {
				t.Errorf("%s: request %d does not continue the one before it:\n%s\n%s", agent, i+1,
					wire(before.Messages), wire(r.Messages))
			}
		}
	}
}

// Trials of one configuration share system prompt, tools and first message, so
// that one reads what another has written to the cache.
func TestTrialsShareTheirPrompt(t *testing.T) {
	t.Parallel()
	c, s := cached()
	_, other := cached()
	first, second := recorded(s), recorded(other)
	newTrial(t, c).run(t, t.Context(), s)
	newTrial(t, c).run(t, t.Context(), other)
	for _, agent := range []string{"main", "t0001", "t0002"} {
		a, b := first[agent][0], second[agent][0]
		if !bytes.Equal(wire(a.Messages[:2]), wire(b.Messages[:2])) || !bytes.Equal(a.Tools, b.Tools) {
			t.Errorf("%s: two trials differ:\n%s\n%s", agent, wire(a.Messages[:2]), wire(b.Messages[:2]))
		}
	}
}
