package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// head is a request but for instructions, tools and input.
type head struct {
	Model           string         `json:"model"`
	MaxOutputTokens int64          `json:"max_output_tokens,omitempty"`
	Stream          bool           `json:"stream,omitempty"`
	Store           bool           `json:"store"`
	Include         []string       `json:"include,omitempty"`
	Temperature     *float64       `json:"temperature,omitempty"`
	TopP            *float64       `json:"top_p,omitempty"`
	Reasoning       *reasoning     `json:"reasoning,omitempty"`
	ToolChoice      llm.ToolChoice `json:"tool_choice,omitempty"`
	Parallel        bool           `json:"parallel_tool_calls,omitempty"`
	CacheKey        string         `json:"prompt_cache_key,omitempty"`
}

type reasoning struct {
	Effort string `json:"effort"`
}

// encrypted asks for reasoning in a form that may be handed back:
// platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items
const encrypted = "reasoning.encrypted_content"

// body is the request: its head, instructions, tools and the conversation.
func (c *Client) body(req llm.Request) (*wire.Body, error) {
	h := head{
		Model: req.Model, MaxOutputTokens: req.MaxOutputTokens, Stream: !c.options.Whole,
		Temperature: req.Temperature, TopP: req.TopP, CacheKey: c.cacheKey(req),
	}
	if reasons(req.Model) {
		h.Include = []string{encrypted}
	}
	if req.ReasoningEffort != "" {
		h.Reasoning = &reasoning{req.ReasoningEffort}
	}
	if len(req.Tools) > 0 {
		h.Parallel = true
		if req.ToolChoice == llm.ToolsNone {
			h.ToolChoice = llm.ToolsNone
		}
	}
	fields, err := wire.Merge(h, c.options.Extra)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	b := &wire.Body{}
	b.Add(fields)
	if len(req.Tools) > 0 {
		tools, err := c.tools.Convert(req.Tools, convertTools)
		if err != nil {
			return nil, fmt.Errorf("encode tools: %w", err)
		}
		b.Add([]byte(`,"tools":[`), tools, []byte("]"))
	}
	messages := req.Messages
	if len(messages) > 0 && messages[0].Role == "system" {
		b.Add([]byte(`,"instructions":`), messages[0].Native(protocol, instructions))
		messages = messages[1:]
	}
	b.Add([]byte(`,"input":[`))
	for i, m := range messages {
		if i > 0 {
			b.Add(comma)
		}
		b.Add(m.Native(protocol, encodeItems))
	}
	b.Add([]byte("]}"))
	return b, nil
}

var comma = []byte(",")

// plainModels are those of OpenAI that do not reason, and refuse to be asked for
// encrypted reasoning: github.com/pydantic/pydantic-ai/pull/2867
var plainModels = []string{"gpt-3", "gpt-4", "chatgpt", "gpt-5-chat"}

func reasons(model string) bool {
	name := model[strings.LastIndexByte(model, '/')+1:]
	return !slices.ContainsFunc(plainModels, func(p string) bool { return strings.HasPrefix(name, p) })
}

// keyed are hosts that take prompt_cache_key:
// platform.openai.com/docs/guides/prompt-caching, docs.x.ai/docs/guides/prompt-caching,
// openrouter.ai/docs/guides/best-practices/prompt-caching
var keyed = []string{"openai.com", "openai.azure.com", "cognitiveservices.azure.com", "x.ai",
	"openrouter.ai"}

func (c *Client) cacheKey(req llm.Request) string {
	host, _, _ := strings.Cut(c.endpoint.Host(), ":")
	known := slices.ContainsFunc(keyed, func(k string) bool {
		return host == k || strings.HasSuffix(host, "."+k)
	})
	switch c.options.Cache {
	case wire.CacheOff:
		return ""
	case wire.CacheAuto, "":
		if !known && !c.options.Simulated {
			return ""
		}
	case wire.CacheMarkers, wire.Cache5m, wire.Cache1h:
	}
	return wire.CacheKey(req.Speaker)
}

type tool struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
	// Strict is on where it is left out, and then wants schemas of its own kind:
	// platform.openai.com/docs/guides/migrate-to-responses#4-update-function-definitions
	Strict bool `json:"strict"`
}

// convertTools turns the tools of chat completions into those of this protocol,
// separated by commas.
func convertTools(raw json.RawMessage) ([]byte, error) {
	var from []struct {
		Function tool `json:"function"`
	}
	if err := json.Unmarshal(raw, &from); err != nil {
		return nil, err
	}
	var out [][]byte
	for _, t := range from {
		t.Function.Type = "function"
		if len(t.Function.Parameters) == 0 {
			t.Function.Parameters = json.RawMessage(`{"type":"object"}`)
		}
		one, err := json.Marshal(t.Function)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return bytes.Join(out, comma), nil
}
