package inspect

import (
	"encoding/json"

	"bench"
	"bench/llm"
	"bench/results/conversation"
)

// messagesOf is a message and what tools answered to it.
func messagesOf(m conversation.Message) []chatMessage {
	out := []chatMessage{messageOf(m)}
	for _, c := range m.Calls {
		if c.Answer != nil {
			out = append(out, chatMessage{
				Role: "tool", Content: c.Answer.Text, CallID: c.ID, Function: c.Name,
			})
		}
	}
	return out
}

func messageOf(m conversation.Message) chatMessage {
	x := chatMessage{Role: m.Role, Content: m.Text, CallID: m.CallID}
	if m.Role != "assistant" {
		return x
	}
	x.Source = "generate"
	if m.Call != nil {
		x.Model = m.Call.WireModel
	}
	if thoughts := m.Reasoning(); thoughts != "" {
		x.Content = []part{{Type: "reasoning", Reasoning: thoughts}, {Type: "text", Text: m.Text}}
	}
	for _, c := range m.Calls {
		arguments, problem := argumentsOf(c)
		x.Calls = append(x.Calls, toolCall{c.ID, c.Name, arguments, problem, "function"})
	}
	return x
}

// argumentsOf are those of a call, which are none where the model sent no object.
func argumentsOf(c conversation.Called) (arguments json.RawMessage, problem string) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(c.Arguments), &object); err != nil || object == nil {
		return json.RawMessage("{}"), "no object: " + c.Arguments
	}
	return json.RawMessage(c.Arguments), ""
}

// outputOf is the answer to a call.
func outputOf(m conversation.Message) modelOutput {
	took := m.Call.End.Sub(m.Call.Start).Seconds()
	u := usageOf(m.Call.Usage, m.Call.Cost)
	return modelOutput{
		Model: m.Call.WireModel, Usage: &u, Time: &took,
		Choices: []choice{{messageOf(m), stopOf(m.Call)}},
	}
}

// stopOf is why an answer ended, in Inspect's words.
func stopOf(c *bench.LLMCall) string {
	switch llm.Finish(c.Finish) {
	case llm.FinishStop:
		return "stop"
	case llm.FinishToolCalls:
		return "tool_calls"
	case llm.FinishLength:
		return "max_tokens"
	case llm.FinishRefusal:
		return "content_filter"
	case llm.FinishSpoiled:
	}
	if c.Finish == "" && c.ToolCalls > 0 {
		return "tool_calls"
	}
	return "unknown"
}
