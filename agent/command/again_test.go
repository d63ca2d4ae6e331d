package command_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/agent/command"
	"bench/internal/require"
)

// handing is a program that hands work on, in chat completions.
const handing = `ask() { curl -sSf -H 'Content-Type: application/json' -H "Authorization: Bearer $OPENAI_API_KEY$1" \
  "$OPENAI_BASE_URL/chat/completions" -d "$2" >/dev/null; }
task='{"role":"user","content":"The task in hand."}'
call='{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"delegate",
"arguments":"{\"prompt\":\"Write to the file a.\"}"}}]}'
ask '' '{"model":"big","max_tokens":99,"messages":['"$task"']}'
ask .reader '{"model":"small","max_tokens":99,"messages":[{"role":"user","content":"Write to the file a."}]}'
ask '' '{"model":"big","max_tokens":99,"messages":['"$task,$call"',{"role":"tool","tool_call_id":"call_1","content":"Done."}]}'
`

// A program whose trial was cut off, wherever that was, is run again: what was under way
// is closed, names are not used twice, and what was spent stays.
func TestGatewayAgain(t *testing.T) {
	t.Parallel()
	require.Program(t, "curl")
	g, _ := newGateway(t)
	l := newLab(t)
	c := metered(handing)
	c.Command.Gateway.Delegating = []string{"delegate"}
	whole := l.trial(t, c, bench.Source{})
	if got := whole.through(t, g); got != "finished  " {
		t.Fatalf("ended %s", got)
	}
	events := whole.log.Events()
	if n := len(agenttest.Of[bench.DelegationEnded](whole.log)); n != 1 {
		t.Fatalf("%d delegations ended", n)
	}
	for cut := 1; cut <= len(events); cut++ {
		before := cutOff(events[:cut])
		again := l.trial(t, c, bench.Source{})
		for _, e := range before {
			if err := again.log.Append(context.Background(), e); err != nil {
				t.Fatal(err)
			}
		}
		again.job.History = &agent.History{Events: before}
		sub, err := command.New(g, "0").Run(t.Context(), again.job)
		if err != nil || sub.State != bench.AgentFinished {
			t.Fatalf("cut after %d: %+v, %v", cut, sub, err)
		}
		agenttest.CheckLog(t, again.log)
		var calls []string
		for _, call := range agenttest.Of[bench.LLMCall](again.log) {
			calls = append(calls, call.CallID)
		}
		slices.Sort(calls)
		made := len(calls) - len(slices.DeleteFunc(slices.Clone(before), func(e bench.Event) bool {
			_, ok := e.Payload.(bench.LLMCall)
			return !ok
		}))
		if made != 3 || len(slices.Compact(calls)) != len(calls) {
			t.Errorf("cut after %d: %d calls were made, all are %s", cut, made, strings.Join(calls, " "))
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// cutOff is the beginning of a log as it is resumed: calls under way are calls of which
// nothing more was heard.
func cutOff(events []bench.Event) []bench.Event {
	out, open := slices.Clone(events), map[string]bench.Event{}
	for _, e := range events {
		switch p := e.Payload.(type) {
		case bench.LLMCallStarted:
			e.Payload = p.LLMCall
			open[p.CallID] = e
		case bench.LLMCall:
			delete(open, p.CallID)
		}
	}
	for _, e := range open {
		out = append(out, e)
	}
	return out
}
