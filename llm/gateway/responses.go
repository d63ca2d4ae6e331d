package gateway

import (
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/openai"
	"bench/llm/responses"
	"bench/llm/wire"
)

// responsesAPI is the protocol of OpenAI's Responses:
// platform.openai.com/docs/api-reference/responses
var responsesAPI = &protocol{
	name: Responses, parse: parseResponses, convert: convertResponses, bounded: boundedField,
	read: func(a *wire.Attempt, req llm.Request) error {
		return responses.Read(a, len(req.Messages))
	},
	path:      func(*wire.Endpoint, *ask) string { return "responses" },
	authorize: openai.Authorize, words: openaiWords, failure: openaiFailure, hosted: hostedResponses,
}

func parseResponses(a *ask, o wire.Outline) error {
	a.sample(o)
	a.system = text(o["instructions"])
	if in := o["input"]; len(in) > 0 && in[0] == '"' {
		a.units = [][]byte{wire.Concat(`{"role":"user","content":`, in, `}`)}
	} else {
		a.units = itemUnits(in)
	}
	a.tools = o["tools"]
	for _, t := range elements(a.tools) {
		a.names = append(a.names, text(field(t, "name")))
	}
	a.bound, a.boundName = count(o["max_output_tokens"]), "max_output_tokens"
	a.choices = 1
	a.previous = text(o["previous_response_id"])
	a.sampling.ReasoningEffort = text(field(o["reasoning"], "effort"))
	return nil
}

// itemUnits puts the items of one answer together: what the model thought, said and
// called is one message.
func itemUnits(input []byte) (units [][]byte) {
	items := elements(input)
	for from := 0; from < len(items); {
		to := from + 1
		for modelItem(items[from]) && to < len(items) && modelItem(items[to]) {
			to++
		}
		units = append(units, stretch(items[from], items[to-1]))
		from = to
	}
	return units
}

// stretch is the text from one element of a list to another.
func stretch(first, last []byte) []byte {
	return first[:cap(first)-cap(last)+len(last)]
}

// modelItem reports whether the model made an item.
func modelItem(item []byte) bool {
	kind := text(field(item, "type"))
	switch {
	case kind == "message" || kind == "":
		return text(field(item, "role")) == "assistant"
	case strings.HasSuffix(kind, "_output"):
		return false
	}
	return kind == "reasoning" || strings.HasSuffix(kind, "_call")
}

func convertResponses(unit []byte, _ int) []said {
	items := elements(wire.Concat("[", unit, "]"))
	if len(items) == 0 {
		return nil
	}
	if modelItem(items[0]) {
		return []said{{Message: itemsAnswer(items)}}
	}
	item := items[0]
	if kind := text(field(item, "type")); strings.HasSuffix(kind, "_output") {
		output := field(item, "output")
		plain := len(output) > 0 && (output[0] == '"' || onlyText(output, "input_text", "text"))
		if len(output) == 0 || output[0] != '"' && output[0] != '[' {
			output, plain = llm.Quote(string(output)), true
		}
		return []said{{Message: answered(text(field(item, "call_id")), output, plain)}}
	}
	role, content := text(field(item, "role")), field(item, "content")
	if role == "developer" {
		role = "system"
	}
	if role == "" || len(content) == 0 { // an item of another kind
		return []said{{Message: llm.User(string(item))}}
	}
	return []said{{Message: told(role, content, onlyText(content, "input_text", "text"))}}
}

// itemsAnswer is what the model said, as a program sends it back.
func itemsAnswer(items [][]byte) *llm.Message {
	out := llm.Answer{NullContent: true}
	var texts []string
	var kept [][]byte
	for _, item := range items {
		switch kind := text(field(item, "type")); kind {
		case "message", "":
			if t := outputText(field(item, "content")); t != "" {
				texts = append(texts, t)
			}
		case "reasoning":
			kept = append(kept, item)
		default:
			if call, ok := itemCall(kind, item); ok {
				out.ToolCalls = append(out.ToolCalls, call)
			} else {
				kept = append(kept, item)
			}
		}
	}
	out.Text = strings.Join(texts, "\n\n")
	if len(kept) > 0 {
		out.Extra = wire.Concat(`{"responses_output":[`, slices.Concat(joined(kept)...), `]}`)
	}
	return out.Message()
}

func outputText(content []byte) string {
	if len(content) > 0 && content[0] == '"' {
		return text(content)
	}
	var out string
	for _, p := range elements(content) {
		out += text(field(p, "text")) + text(field(p, "refusal"))
	}
	return out
}

// itemCall is a call that the program is to make: of a function, or of a tool that
// takes a text.
func itemCall(kind string, item []byte) (llm.ToolCall, bool) {
	arguments := field(item, "arguments")
	if kind == "custom_tool_call" {
		arguments = field(item, "input")
	} else if kind != "function_call" {
		return llm.ToolCall{}, false
	}
	c := llm.ToolCall{
		ID: text(field(item, "call_id")), Name: text(field(item, "name")),
		Arguments: string(arguments),
	}
	if len(arguments) > 0 && arguments[0] == '"' {
		c.Arguments = text(arguments)
	}
	return c, true
}

// hostedResponses are the tools that the provider runs:
// platform.openai.com/docs/guides/tools
func hostedResponses(a *ask, _ wire.Outline) (out []string) {
	own := []string{"function", "custom", "namespace", "local_shell", "shell", "apply_patch",
		"tool_search"}
	for _, t := range elements(a.tools) {
		kind := text(field(t, "type"))
		if !slices.Contains(own, kind) {
			out = append(out, kind)
		}
	}
	return out
}
