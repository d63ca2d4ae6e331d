package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/gemini"
	"bench/llm/wire"
)

// geminiAPI is the protocol of Google's generateContent, where the path says which
// model is asked: ai.google.dev/api/generate-content
var geminiAPI = &protocol{
	name: Gemini, parse: parseGemini, convert: convertGemini, bounded: boundedGemini,
	read: func(a *wire.Attempt, req llm.Request) error {
		return gemini.Read(a, len(req.Messages))
	},
	path: func(e *wire.Endpoint, a *ask) string {
		verb := "generateContent"
		if a.stream {
			verb = "streamGenerateContent"
		}
		return geminiPath(e, a.sampling.Model, verb)
	},
	authorize: func(h http.Header, _, key string) {
		if key != "" {
			h.Set("X-Goog-Api-Key", key)
		}
	},
	words: googleWords, failure: googleFailure, hosted: hostedGemini,
}

// geminiPath is where an endpoint serves a verb of a model. The base URL may be that of
// OpenAI's protocols on the same host.
func geminiPath(e *wire.Endpoint, model, verb string) string {
	path := "v1beta/models/" + url.PathEscape(model) + ":" + verb
	if strings.HasSuffix(e.Path(), "/v1") {
		return "../" + path
	}
	return path
}

// either is a field that proto JSON takes under two names: protobuf.dev/programming-guides/json
func either(o wire.Outline, camel, snake string) ([]byte, error) {
	if o[camel] != nil && o[snake] != nil {
		return nil, fmt.Errorf("%s is given as %s, too", camel, snake)
	}
	return slices.Concat(o[camel], o[snake]), nil
}

func parseGemini(a *ask, o wire.Outline) error {
	system, wrong := either(o, "systemInstruction", "system_instruction")
	settings, also := either(o, "generationConfig", "generation_config")
	if err := errors.Join(wrong, also); err != nil {
		return err
	}
	a.system = blockText(field(system, "parts"))
	a.units, a.tools = elements(o["contents"]), o["tools"]
	for _, t := range elements(a.tools) {
		for _, list := range []string{"functionDeclarations", "function_declarations"} {
			for _, f := range elements(field(t, list)) {
				a.names = append(a.names, text(field(f, "name")))
			}
		}
	}
	a.choices, a.boundName = 1, "generationConfig"
	if o["generation_config"] != nil {
		a.boundName = "generation_config"
	}
	if len(settings) == 0 {
		return nil
	}
	g, err := wire.OutlineOf(settings)
	if err != nil {
		return fmt.Errorf("%s: %w", a.boundName, err)
	}
	bound, wrong := either(g, "maxOutputTokens", "max_output_tokens")
	many, also := either(g, "candidateCount", "candidate_count")
	a.bound, a.choices = count(bound), max(1, count(many))
	a.sampling.Temperature, a.sampling.TopP = decimal(g["temperature"]), decimal(g["topP"])
	return errors.Join(wrong, also)
}

// boundedGemini sets the bound on output, which lies in another object.
func boundedGemini(a *ask, body []byte, bound int64) []byte {
	settings := slices.Clone(field(body, a.boundName))
	if len(settings) == 0 || settings[0] != '{' {
		settings = []byte("{}")
	}
	name := "maxOutputTokens"
	if field(settings, "max_output_tokens") != nil {
		name = "max_output_tokens"
	}
	return wire.SetField(body, a.boundName, wire.SetField(settings, name, number(bound)))
}

// convertGemini makes messages of one of Google's: the results of functions in it
// become messages of their own. Calls without ids are named by where they stand.
func convertGemini(unit []byte, index int) []said {
	parts := elements(field(unit, "parts"))
	if text(field(unit, "role")) == "model" {
		return []said{{Message: partsAnswer(parts, index)}}
	}
	var out []said
	var own [][]byte
	for _, p := range parts {
		r := field(p, "functionResponse")
		if len(r) == 0 {
			own = append(own, p)
			continue
		}
		id := text(field(r, "id"))
		if id == "" {
			id = gemini.CallID(index-1, len(out))
		}
		response := field(r, "response")
		out = append(out, said{
			Message: llm.Observation(id, resultText(response)),
			failed:  len(field(response, "error")) > 0,
		})
	}
	if len(own) > 0 || len(out) == 0 {
		list := wire.Concat("[", slices.Concat(joined(own)...), "]")
		plain := !slices.ContainsFunc(own, func(p []byte) bool { return field(p, "text") == nil })
		out = append(out, said{Message: told("user", list, plain)})
	}
	return out
}

// resultText is what a function returned: the text, where it is nothing else.
func resultText(response []byte) string {
	for _, name := range []string{"output", "result", "error"} {
		if v := field(response, name); len(v) > 0 && v[0] == '"' {
			return text(v)
		}
	}
	return string(response)
}

func partsAnswer(parts [][]byte, index int) *llm.Message {
	out := llm.Answer{NullContent: true}
	var thoughts strings.Builder
	for _, p := range parts {
		call := field(p, "functionCall")
		switch {
		case len(call) > 0:
			c := llm.ToolCall{
				ID: text(field(call, "id")), Name: text(field(call, "name")),
				Arguments: string(field(call, "args")),
			}
			if c.ID == "" {
				c.ID = gemini.CallID(index, len(out.ToolCalls))
			}
			if c.Arguments == "" {
				c.Arguments = "{}"
			}
			out.ToolCalls = append(out.ToolCalls, c)
		case string(field(p, "thought")) == "true":
			thoughts.WriteString(text(field(p, "text")))
		default:
			out.Text += text(field(p, "text"))
		}
	}
	if thoughts.Len() > 0 {
		out.Extra = wire.Concat(`{"reasoning_content":`, llm.Quote(thoughts.String()), `}`)
	}
	return out.Message()
}

// hostedGemini are all tools but functions: ai.google.dev/gemini-api/docs/function-calling
func hostedGemini(a *ask, _ wire.Outline) (out []string) {
	for _, t := range elements(a.tools) {
		wire.Fields(t, func(name, _ []byte) {
			if n := string(name); n != "functionDeclarations" && n != "function_declarations" {
				out = append(out, n)
			}
		})
	}
	return out
}
