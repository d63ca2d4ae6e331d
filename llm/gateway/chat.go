package gateway

import (
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/openai"
	"bench/llm/wire"
)

// chat is the protocol of OpenAI's chat completions:
// platform.openai.com/docs/api-reference/chat
var chat = &protocol{
	name: Chat, parse: parseChat, convert: convertChat, read: openai.Read, bounded: boundedField,
	path:      func(*wire.Endpoint, *ask) string { return "chat/completions" },
	authorize: openai.Authorize, words: openaiWords, failure: openaiFailure, hosted: hostedChat,
}

func parseChat(a *ask, o wire.Outline) error {
	a.sample(o)
	a.units, a.tools = elements(o["messages"]), o["tools"]
	for _, t := range elements(a.tools) {
		a.names = append(a.names, text(field(field(t, "function"), "name")))
	}
	a.reports = string(field(o["stream_options"], "include_usage")) == "true"
	a.choices = max(1, count(o["n"]))
	a.sampling.ReasoningEffort = text(o["reasoning_effort"])
	for _, name := range []string{"max_completion_tokens", "max_tokens"} {
		if n := count(o[name]); n > 0 {
			a.bound, a.boundName = n, name
			break
		}
	}
	return nil
}

// convertChat makes a message of one that has the form already. Marks of where to
// cache move from request to request and are no part of it.
func convertChat(unit []byte, _ int) []said {
	raw := wire.Strip(unit, "cache_control")
	if content := field(raw, "content"); len(content) > 0 && content[0] == '[' {
		if parts := elements(content); len(parts) == 1 && onlyText(content, "text") {
			raw = wire.SetField(raw, "content", llm.Quote(text(field(parts[0], "text"))))
		}
	}
	m := parsed(slices.Clone(raw))
	if m.Role == "developer" {
		m = llm.System(m.Text)
	}
	return []said{{Message: m}}
}

// boundedField sets the bound on output, in the field in which the request has it or
// else the one in which its model takes it.
func boundedField(a *ask, body []byte, bound int64) []byte {
	name := a.boundName
	switch {
	case name != "":
	case a.name == Responses:
		name = "max_output_tokens"
	case a.name == Messages:
		name = "max_tokens"
	default:
		name = string(openai.BoundName(text(field(body, "model"))))
	}
	return wire.SetField(body, name, number(bound))
}

// hostedChat are OpenAI's search models' options, and OpenRouter's plug-ins, which
// search: openrouter.ai/docs/features/web-search
func hostedChat(_ *ask, o wire.Outline) (out []string) {
	for _, name := range []string{"web_search_options", "plugins"} {
		if wire.Present(o[name]) {
			out = append(out, name)
		}
	}
	return out
}

// withUsage asks that a stream reports what it used.
func withUsage(body []byte) []byte {
	options := field(body, "stream_options")
	if len(options) == 0 || options[0] != '{' {
		return wire.SetField(body, "stream_options", []byte(`{"include_usage":true}`))
	}
	return wire.SetField(body, "stream_options",
		wire.SetField(slices.Clone(options), "include_usage", []byte("true")))
}

// noUsageReports reports whether a refusal is about asking for usage.
func noUsageReports(h wire.Held) bool {
	return (h.Status == 400 || h.Status == 422) && strings.Contains(string(h.Body), "stream_options")
}
