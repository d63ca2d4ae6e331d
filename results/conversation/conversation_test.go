package conversation

import (
	"testing"

	"bench"
	"bench/llm"
	"bench/results"
	"bench/results/resultstest"
	"bench/results/storetest"
)

// Every call of a trial is answered by a message, every tool call has its record and
// its answer, and every delegation is in the call that made it.
func TestOf(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: "r", Tasks: 3, Seed: 5})
	trials, err := s.Trials(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range trials {
		d, err := s.Detail(t.Context(), "r", trial.Key)
		if err != nil {
			t.Fatal(err)
		}
		agents, err := Of(t.Context(), s, d)
		if err != nil {
			t.Fatal(err)
		}
		answers, tools, delegated := 0, 0, map[string]bool{}
		for _, a := range agents {
			for i, m := range a.Messages {
				if m.At.IsZero() || i > 0 && m.At.Before(a.Messages[i-1].At) {
					t.Errorf("%s of %s: message %d at %s", a.ID, trial.Key, i, m.At)
				}
				if m.Call != nil {
					answers++
				}
				for _, c := range m.Calls {
					if c.Record == nil || c.Record.ID != c.ID || c.Answer == nil && i < len(a.Messages)-1 {
						t.Errorf("%s of %s: call %+v", a.ID, trial.Key, c)
					}
					tools++
					if c.Delegation != nil {
						delegated[c.Delegation.ID] = true
					}
				}
			}
		}
		if answers != len(d.Calls) || tools != len(d.ToolCalls) || len(delegated) != len(d.Delegations) ||
			!agents[0].Role.Leads() {
			t.Errorf("%s: %d answers of %d, %d tools of %d, %d delegations of %d", trial.Key, answers,
				len(d.Calls), tools, len(d.ToolCalls), len(delegated), len(d.Delegations))
		}
	}
}

// Delegations are counted among the calls of their tool, whatever else is in the batch.
func TestMixedBatch(t *testing.T) {
	t.Parallel()
	r := reader{detail: results.Detail{Delegations: []results.Delegation{
		{ID: "t0001", Agent: "main", BatchID: "b", Index: 0}, {ID: "t0002", Agent: "main", BatchID: "b", Index: 1},
	}}}
	m := r.withCalls("main", Message{
		Message: &llm.Message{ToolCalls: []llm.ToolCall{{Name: "task"}, {Name: "terminal"}, {Name: "task"}}},
		Call:    &bench.LLMCall{CallID: "b"},
	})
	if m.Calls[0].Delegation.ID != "t0001" || m.Calls[1].Delegation != nil || m.Calls[2].Delegation.ID != "t0002" {
		t.Errorf("got %+v", m.Calls)
	}
}

func TestReasoning(t *testing.T) {
	t.Parallel()
	for extra, want := range map[string]string{
		`{"reasoning_content":"a"}`: "a", `{"reasoning":"b"}`: "b", `{"reasoning":{}}`: "", ``: "",
		`{"reasoning":{},"thinking_blocks":[{"type":"thinking","thinking":"c"},{"data":"x"},{"thinking":"d"}]}`: "c\n\nd",
	} {
		m := Message{Message: &llm.Message{Extra: []byte(extra)}}
		if got := m.Reasoning(); got != want {
			t.Errorf("%s: got %q, want %q", extra, got, want)
		}
	}
}
