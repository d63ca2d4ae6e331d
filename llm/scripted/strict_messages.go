package scripted

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// anthropicServer is Anthropic: its Messages, and what of their rules gateways
// pass on to chat completions.
var anthropicServer = &manners{
	name: "anthropic", dialects: []*dialect{messages, chat}, dress: dressAnthropic,
	checks: []check{
		{"https://docs.anthropic.com/en/api/messages", onMessages, anthropicRequired},
		{"https://github.com/ding113/claude-code-hub/issues/662", onMessages, anthropicFields},
		{"https://docs.anthropic.com/en/api/messages", onMessages, anthropicMessageFields},
		{"https://github.com/anthropics/claude-code/issues/62379", onMessages, anthropicBlank},
		{"https://github.com/continuedev/continue/pull/6937", onMessages, anthropicMarkers},
		{"https://github.com/MartialBE/one-hub/issues/529", onMessages, anthropicSampling},
		{"https://github.com/maximhq/bifrost/issues/5097", nil, anthropicNames},
		{"https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use", nil,
			anthropicTools},
		{"https://github.com/LibreChat-AI/agents/pull/153", nil, anthropicUnique},
		{"https://github.com/anthropics/claude-code/issues/3086", onMessages, anthropicPairs},
		{"https://github.com/OpenHands/software-agent-sdk/issues/2127", onChat, anthropicChatPairs},
		{"https://github.com/anthropics/claude-code/issues/13460", onMessages, anthropicOrphans},
		{"https://github.com/deepset-ai/haystack-core-integrations/issues/2146", onMessages,
			anthropicThinking},
		{"https://github.com/ding113/claude-code-hub/issues/518", onMessages, anthropicSignatures},
		{"https://github.com/langchain-ai/deepagents/issues/1585", onMessages, anthropicPrefill},
	},
}

var onMessages = []*dialect{messages}

// thinks reports how a request wants the model to think: enabled, adaptive, or
// not at all.
func (q *question) thinks() string {
	var t struct{ Type string }
	_ = json.Unmarshal(q.fields["thinking"], &t) // what is no object asks for nothing
	return strings.Replace(t.Type, "disabled", "", 1)
}

func dressAnthropic(r *reply, q *question) {
	if r.think == nil && q.dialect == messages && q.thinks() != "" {
		r.think = &spoken{text: "I think."}
		r.think.signature = sign(r.conversation, r.think.text)
	}
}

func anthropicRequired(q *question) *failure {
	if q.fields["max_tokens"] == nil {
		return bad("max_tokens: Field required")
	}
	if first := q.dialogue(); first[0].role != "user" {
		return bad("messages: first message must use the \"user\" role")
	}
	return nil
}

// anthropicFields: https://docs.anthropic.com/en/api/messages
func anthropicFields(q *question) *failure {
	name := unknown(q.fields, "model", "max_tokens", "cache_control", "container",
		"context_management",
		"inference_geo", "mcp_servers", "metadata", "output_config", "service_tier", "speed",
		"stop_sequences",
		"stream", "system", "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p")
	if name == "" {
		return nil
	}
	return bad("%s: Extra inputs are not permitted", name)
}

func anthropicMessageFields(q *question) *failure {
	for _, t := range q.dialogue() {
		if t.role != "user" && t.role != "assistant" {
			return bad("messages.%d.role: Input should be 'user' or 'assistant'", t.at)
		}
		if name := unknown(t.fields, "role", "content"); name != "" {
			return bad("messages.%d.%s: Extra inputs are not permitted", t.at, name)
		}
		for i, b := range t.of("tool_use") {
			if len(b.Input) == 0 || b.Input[0] != '{' {
				return bad("messages.%d.content.%d.tool_use.input: Input should be a valid dictionary", t.at, i)
			}
		}
	}
	return nil
}

func anthropicBlank(q *question) *failure {
	turns := q.dialogue()
	for i, t := range turns {
		if len(t.blocks) == 0 && i < len(turns)-1 {
			return bad("messages.%d: all messages must have non-empty content except for the optional "+
				"final "+
				"assistant message", t.at)
		}
		for j, b := range t.blocks {
			switch {
			case b.Type != "text" || strings.TrimSpace(b.Text) != "":
			case b.Text == "" && b.Cache != nil:
				return bad("messages.%d.content.%d.text: cache_control cannot be set for empty text blocks",
					t.at, j)
			case b.Text == "":
				return bad("messages: text content blocks must be non-empty")
			default: // https://github.com/anthropics/claude-code/issues/23440
				return bad("messages: text content blocks must contain non-whitespace text")
			}
		}
	}
	return nil
}

const anthropicMostMarkers = 4

func anthropicMarkers(q *question) *failure {
	n := 0
	for _, t := range q.dialogue() {
		for j, b := range t.blocks {
			if b.Cache == nil {
				continue
			}
			if b.Type == "thinking" { // https://github.com/router-for-me/CLIProxyAPI/issues/512
				return bad("messages.%d.content.%d.thinking.cache_control: Extra inputs are not permitted",
					t.at, j)
			}
			n++
		}
	}
	for _, field := range []string{"system", "tools"} {
		var blocks []block
		_ = json.Unmarshal(q.fields[field], &blocks) // a text has no markers
		for _, b := range blocks {
			n += min(len(b.Cache), 1)
		}
	}
	if n <= anthropicMostMarkers {
		return nil
	}
	return bad("A maximum of 4 blocks with cache_control may be provided. Found %d.", n)
}

func anthropicSampling(q *question) *failure {
	if q.thinks() == "" {
		return nil
	}
	if t := string(q.fields["temperature"]); t != "" && t != "1" && t != "1.0" {
		return bad("`temperature` may only be set to 1 when thinking is enabled. Please consult our " +
			"documentation at https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking" +
			"#important-considerations-when-using-extended-thinking")
	}
	var choice struct{ Type string }
	_ = json.Unmarshal(q.fields["tool_choice"], &choice) // none forces nothing
	// Https://github.com/mastra-ai/mastra/issues/7507.
	if choice.Type == "any" || choice.Type == "tool" {
		return bad("Thinking may not be enabled when tool_choice forces tool use.")
	}
	var thinking struct {
		Budget int64 `json:"budget_tokens"`
	}
	var most int64
	_ = json.Unmarshal(q.fields["thinking"], &thinking)
	_ = json.Unmarshal(q.fields["max_tokens"], &most)
	// Https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking.
	if thinking.Budget >= most {
		return bad("`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our " +
			"documentation at https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking" +
			"#max-tokens-and-context-window-size")
	}
	return nil
}

var anthropicName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)

func anthropicNames(q *question) *failure {
	for _, t := range q.dialogue() {
		for j, b := range t.blocks {
			switch {
			case b.Type == "tool_use" && !plainName.MatchString(b.ID):
				return bad("messages.%d.content.%d.tool_use.id: "+
					"String should match pattern '^[a-zA-Z0-9_-]+$'", t.at, j)
			case b.Type == "tool_use" && !anthropicName.MatchString(b.Name):
				return bad("messages.%d.content.%d.tool_use.name: String should match pattern "+
					"'^[a-zA-Z0-9_-]{1,128}$'", t.at, j)
			}
		}
	}
	return nil
}

func anthropicTools(q *question) *failure {
	var tools []json.RawMessage
	_ = json.Unmarshal(q.tools(), &tools) // what is no list defines none
	used := slices.ContainsFunc(q.dialogue(), func(t turn) bool {
		return len(t.of("tool_use"))+len(t.of("tool_result")) > 0
	})
	if used && len(tools) == 0 {
		return bad("Requests which include `tool_use` or `tool_result` blocks must define tools")
	}
	return nil
}

func anthropicUnique(q *question) *failure {
	seen := map[string]bool{}
	for _, t := range q.dialogue() {
		for _, b := range t.of("tool_use") {
			if seen[b.ID] {
				return bad("messages: `tool_use` ids must be unique")
			}
			seen[b.ID] = true
		}
	}
	return nil
}

// leading are the results with which a message begins: after any text they do
// not count.
func leading(t turn) map[string]bool {
	ids := map[string]bool{}
	for _, b := range t.blocks {
		if b.Type != "tool_result" {
			break
		}
		ids[b.ToolUseID] = true
	}
	return ids
}

func anthropicPairs(q *question) *failure {
	turns := q.dialogue()
	for i, t := range turns {
		var next turn
		if i+1 < len(turns) {
			next = turns[i+1]
		}
		answered, missing := leading(next), []string(nil)
		for _, b := range t.of("tool_use") {
			if !answered[b.ID] {
				missing = append(missing, b.ID)
			}
		}
		if len(missing) > 0 {
			return unansweredUse(t.at, missing)
		}
	}
	return nil
}

func unansweredUse(at int, ids []string) *failure {
	return bad("messages.%d: `tool_use` ids were found without `tool_result` blocks immediately "+
		"after: %s. Each "+
		"`tool_use` block must have a corresponding `tool_result` block in the next message.",
		at, strings.Join(ids, ", "))
}

func anthropicChatPairs(q *question) *failure {
	if t, ids := unanswered(q.dialogue()); len(ids) > 0 {
		return unansweredUse(t.at, ids)
	}
	return nil
}

func anthropicOrphans(q *question) *failure {
	called := map[string]bool{}
	for _, t := range q.dialogue() {
		for j, b := range t.blocks {
			if b.Type == "tool_result" && !called[b.ToolUseID] {
				return bad("messages.%d.content.%d: unexpected `tool_use_id` found in `tool_result` "+
					"blocks: %s. "+
					"Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
					t.at, j, b.ToolUseID)
			}
		}
		clear(called)
		for _, b := range t.of("tool_use") {
			called[b.ID] = true
		}
	}
	return nil
}

// anthropicThinking wants the last answer of a turn of tools to begin with its
// thought.
func anthropicThinking(q *question) *failure {
	if q.thinks() != "enabled" {
		return nil
	}
	for _, t := range slices.Backward(sinceUser(q.dialogue())) {
		if t.role != "assistant" || len(t.of("tool_use")) == 0 {
			continue
		}
		if first := t.blocks[0].Type; first != "thinking" && first != "redacted_thinking" {
			return bad("messages.%d.content.0.type: Expected `thinking` or `redacted_thinking`, but "+
				"found `%s`. "+
				"When `thinking` is enabled, a final `assistant` message must start with a thinking block "+
				"(preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you "+ //nolint:lll,misspell // the words of the server
				"include "+
				"thinking blocks from previous turns. To avoid this requirement, disable `thinking`. "+
				"Please consult "+
				"our documentation at https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking",
				t.at, first)
		}
		return nil
	}
	return nil
}

func anthropicSignatures(q *question) *failure {
	for _, t := range q.dialogue() {
		for j, b := range t.blocks {
			if b.Type == "thinking" && !q.knows(b.Signature, b.Thinking) {
				return bad("messages.%d.content.%d: Invalid `signature` in `thinking` block", t.at, j)
			}
		}
	}
	return nil
}

func anthropicPrefill(q *question) *failure {
	turns := q.dialogue()
	if turns[len(turns)-1].role != "assistant" {
		return nil
	}
	return bad("This model does not support assistant message prefill. " +
		"The conversation must end with a user " +
		"message.")
}
