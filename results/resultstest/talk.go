package resultstest

import (
	"encoding/json"

	"bench"
)

// talk is the conversation of one agent of a script.
type talk struct {
	said    int            // messages that the log has
	pending []bench.Body   // answers of tools that no call has told yet
	event   int            // of the latest call
	answer  map[string]any // of the latest call
}

// told adds the messages that a call tells its model, and its answer, which the
// tools that follow add their calls to.
func (s *script) told(agent, answer string) (refs []bench.MessageRef, bodies []bench.Body) {
	t := s.talks[agent]
	if t == nil {
		t = &talk{pending: []bench.Body{
			wire(map[string]any{"role": "system", "content": "You fix issues in small steps."}),
			wire(map[string]any{"role": "user", "content": "Fix " + s.key.InstanceID + "."}),
		}}
		s.talks[agent] = t
	}
	t.answer = map[string]any{"role": "assistant", "content": answer}
	for _, body := range append(t.pending, wire(t.answer)) {
		refs = append(refs, bench.MessageRef{Index: t.said, Role: role(body), Body: body.Hash()})
		bodies = append(bodies, body)
		t.said++
	}
	t.pending, t.event = nil, len(s.events)
	return refs, bodies
}

// asked adds a tool call to the answer of an agent's latest call, and what the
// tool said to what its next call tells.
func (s *script) asked(agent, id, name string, arguments, result bench.Body) {
	t := s.talks[agent]
	calls, _ := t.answer["tool_calls"].([]any)
	t.answer["tool_calls"] = append(calls, map[string]any{
		"id": id, "type": "function",
		"function": map[string]any{"name": name, "arguments": string(arguments)},
	})
	t.pending = append(t.pending, wire(map[string]any{
		"role": "tool", "tool_call_id": id, "content": string(result),
	}))
	e := &s.events[t.event]
	call := e.Payload.(bench.LLMCall)
	body, last := wire(t.answer), len(call.Messages)-1
	call.Messages[last].Body, e.Bodies[last] = body.Hash(), body
}

func wire(message map[string]any) bench.Body {
	b, err := json.Marshal(message)
	if err != nil {
		panic(err) // of texts alone
	}
	return b
}

func role(body bench.Body) string {
	var m struct{ Role string }
	if err := json.Unmarshal(body, &m); err != nil {
		panic(err) // made by wire
	}
	return m.Role
}
