package gateway

import (
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/anthropic"
	"bench/llm/wire"
)

// messages is the protocol of Anthropic's Messages: docs.claude.com/en/api/messages
var messages = &protocol{
	name: Messages, parse: parseMessages, convert: convertMessages, bounded: boundedField,
	read: func(a *wire.Attempt, req llm.Request) error {
		return anthropic.Read(a, len(req.Messages))
	},
	path:      func(e *wire.Endpoint, _ *ask) string { return anthropic.Path(e) },
	authorize: anthropic.Authorize, words: anthropicWords, failure: anthropicFailure,
	hosted: hostedMessages,
}

func parseMessages(a *ask, o wire.Outline) error {
	a.sample(o)
	a.system = blockText(o["system"])
	a.units, a.tools = elements(o["messages"]), o["tools"]
	for _, t := range elements(a.tools) {
		a.names = append(a.names, text(field(t, "name")))
	}
	a.bound, a.boundName = count(o["max_tokens"]), "max_tokens"
	a.choices = 1
	a.thoughts = count(field(o["thinking"], "budget_tokens"))
	a.sampling.ReasoningEffort = text(field(o["output_config"], "effort"))
	return nil
}

// convertMessages makes messages of one of Anthropic's: the results of tools in it
// become messages of their own.
func convertMessages(unit []byte, _ int) []said {
	raw := wire.Strip(unit, "cache_control")
	role, content := text(field(raw, "role")), field(raw, "content")
	if role == "assistant" {
		return []said{{Message: anthropicAnswer(content)}}
	}
	if len(content) == 0 || content[0] != '[' {
		return []said{{Message: told(role, content, true)}}
	}
	var out []said
	var own [][]byte // blocks that are the user's
	for _, b := range elements(content) {
		if text(field(b, "type")) != "tool_result" {
			own = append(own, b)
			continue
		}
		result := field(b, "content")
		if len(result) == 0 {
			result = []byte(`""`)
		}
		out = append(out, said{
			Message: answered(text(field(b, "tool_use_id")), result, onlyText(result, "text")),
			failed:  string(field(b, "is_error")) == "true",
		})
	}
	if len(own) > 0 || len(out) == 0 {
		list := wire.Concat("[", slices.Concat(joined(own)...), "]")
		out = append(out, said{Message: told(role, list, onlyText(list, "text"))})
	}
	return out
}

// joined puts commas between parts.
func joined(parts [][]byte) (out [][]byte) {
	for i, p := range parts {
		if i > 0 {
			out = append(out, []byte(","))
		}
		out = append(out, p)
	}
	return out
}

// anthropicAnswer is what the model said, as a program sends it back.
func anthropicAnswer(content []byte) *llm.Message {
	if len(content) > 0 && content[0] == '"' {
		return llm.Assistant(text(content), nil)
	}
	out := llm.Answer{NullContent: true}
	var thinking [][]byte
	for _, b := range elements(content) {
		switch text(field(b, "type")) {
		case "text":
			out.Text += text(field(b, "text"))
		case "tool_use":
			input := strings.TrimSpace(string(field(b, "input")))
			if input == "" {
				input = "{}"
			}
			out.ToolCalls = append(out.ToolCalls, llm.ToolCall{
				ID: text(field(b, "id")), Name: text(field(b, "name")), Arguments: input,
			})
		default:
			thinking = append(thinking, b)
		}
	}
	if len(thinking) > 0 {
		out.Extra = wire.Concat(`{"thinking_blocks":[`, slices.Concat(joined(thinking)...), `]}`)
	}
	return out.Message()
}

// hostedMessages are the tools whose type says what they do, but for those that a
// program runs itself, and servers of tools:
// docs.claude.com/en/docs/agents-and-tools/tool-use/overview
func hostedMessages(a *ask, o wire.Outline) (out []string) {
	own := []string{"", "custom", "bash_", "text_editor_", "computer_", "memory_", "tool_search_"}
	for _, t := range elements(a.tools) {
		kind := text(field(t, "type"))
		if !slices.ContainsFunc(own, func(p string) bool {
			return kind == p || p != "" && strings.HasPrefix(kind, p)
		}) {
			out = append(out, kind)
		}
	}
	if len(elements(o["mcp_servers"])) > 0 {
		out = append(out, "mcp_servers")
	}
	return out
}
