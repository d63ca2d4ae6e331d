package openai

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	goopenai "github.com/sashabaranov/go-openai"

	"bench/llm"
	"bench/llm/wire"
)

// body is the request: its fields, then the messages, which are those of the
// request before and what has been added, and the tools.
func (c *Client) body(req llm.Request, without []string) (*wire.Body, error) {
	fields, err := c.fields(req, without)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	head, err := wire.Merge(fields, c.options.Extra)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	b := &wire.Body{}
	b.Add(head, []byte(`,"messages":[`))
	c.addMessages(b, req, without)
	b.Add([]byte("]"))
	if len(req.Tools) > 0 {
		b.Add([]byte(`,"tools":`), req.Tools)
	}
	b.Add([]byte("}"))
	return b, nil
}

// fields are those of go-openai's request but for the conversation, and those
// that it cannot send: a temperature of 0, and what it does not know.
func (c *Client) fields(req llm.Request, without []string) (map[string]json.RawMessage, error) {
	skeleton := goopenai.ChatCompletionRequest{
		Model: req.Model, Stream: c.streams(without),
		Seed: req.Seed, ReasoningEffort: req.ReasoningEffort,
	}
	if skeleton.Stream && !slices.Contains(without, featureUsage) {
		skeleton.StreamOptions = &goopenai.StreamOptions{IncludeUsage: true}
	}
	none := len(req.Tools) > 0 && req.ToolChoice == llm.ToolsNone
	if none && !slices.Contains(without, featureToolChoice) {
		skeleton.ToolChoice = "none"
	}
	fields := map[string]json.RawMessage{}
	if err := lay(fields, skeleton); err != nil {
		return nil, err
	}
	delete(fields, "messages")
	add := extra{Temperature: req.Temperature, TopP: req.TopP}
	if !slices.Contains(without, featureCacheKey) {
		add.PromptCacheKey = c.cacheKey(req)
	}
	if c.marks(req.Model) == markTop && !slices.Contains(without, featureCache) {
		add.CacheControl = json.RawMessage(c.marker())
	}
	if field := c.boundField(req.Model, without); field != "" && req.MaxOutputTokens > 0 {
		fields[field] = fmt.Append(nil, req.MaxOutputTokens)
	}
	return fields, lay(fields, add)
}

// extra are fields that go-openai cannot send.
type extra struct {
	Temperature    *float64        `json:"temperature,omitempty"`
	TopP           *float64        `json:"top_p,omitempty"`
	PromptCacheKey string          `json:"prompt_cache_key,omitempty"`
	CacheControl   json.RawMessage `json:"cache_control,omitempty"`
}

// lay puts the fields of a struct into a request.
func lay(fields map[string]json.RawMessage, from any) error {
	encoded, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(encoded, &fields)
}

// boundField is the name under which the bound on output is sent, empty if it is
// not. One that the server refuses gives way to the other.
func (c *Client) boundField(model string, without []string) string {
	switch field := c.options.MaxTokensField; field {
	case "":
	case MaxTokensNone:
		return ""
	default:
		return string(field)
	}
	names := []string{string(MaxTokens), string(MaxCompletionTokens)}
	if BoundName(model) == MaxCompletionTokens {
		slices.Reverse(names)
	}
	for _, name := range names {
		if !slices.Contains(without, name) {
			return name
		}
	}
	return ""
}

// BoundName is the name under which a model takes the bound on output. Models of
// OpenAI since o1 refuse max_tokens; everyone else knows max_tokens.
func BoundName(model string) MaxTokensField {
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(baseName(model), prefix) {
			return MaxCompletionTokens
		}
	}
	return MaxTokens
}

// baseName is the name of a model without its vendor, in lower case.
func baseName(model string) string {
	return strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
}

var comma = []byte(",")

// addMessages adds the conversation. A message goes as it is, but for fields
// that do not go back, and marks of the cache.
func (c *Client) addMessages(b *wire.Body, req llm.Request, without []string) {
	var marked []int
	if c.marks(req.Model) == markParts && !slices.Contains(without, featureCache) {
		marked = breakpoints(req.Messages)
	}
	drop := c.dropped(without)
	for i, m := range req.Messages {
		if i > 0 {
			b.Add(comma)
		}
		raw := m.JSON
		if !drop.nothing() && hasExtras(m) {
			raw = m.Native(drop.key, drop.encode)
		}
		if slices.Contains(marked, i) {
			addMarked(b, raw, c.marker())
		} else {
			b.Add(raw)
		}
	}
}
