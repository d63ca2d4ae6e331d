package anthropic

import (
	"bytes"
	"encoding/json"
	"fmt"

	"bench/llm"
	"bench/llm/wire"
)

// head is a request but for tools, system and messages.
type head struct {
	Model        string        `json:"model"`
	MaxTokens    int64         `json:"max_tokens"`
	Stream       bool          `json:"stream,omitempty"`
	Temperature  *float64      `json:"temperature,omitempty"`
	TopP         *float64      `json:"top_p,omitempty"`
	Thinking     *thinking     `json:"thinking,omitempty"`
	OutputConfig *outputConfig `json:"output_config,omitempty"`
	ToolChoice   *choice       `json:"tool_choice,omitempty"`
}

type choice struct {
	Type string `json:"type"`
}

// What stands between the pieces of a request.
var (
	comma         = []byte(",")
	endList       = []byte("]")
	endTurn       = []byte("]}")
	userTurn      = []byte(`{"role":"user","content":[`)
	assistantTurn = []byte(`{"role":"assistant","content":[`)
)

// body is the request: its head, the tools, the system prompt, the turns.
// Marks of the cache are put between the pieces, so that the pieces themselves
// are those of the request before.
func (c *Client) body(req llm.Request) (*wire.Body, error) {
	h := head{
		Model: req.Model, MaxTokens: req.MaxOutputTokens, Stream: !c.options.Whole,
		Temperature: req.Temperature, TopP: req.TopP,
	}
	h.Thinking, h.OutputConfig = reasoning(req)
	if len(req.Tools) > 0 && req.ToolChoice == llm.ToolsNone {
		h.ToolChoice = &choice{"none"}
	}
	fields, err := wire.Merge(h, c.options.Extra)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	b := &wire.Body{}
	b.Add(fields)
	mark := marker(c.options.Cache)
	if len(req.Tools) > 0 {
		tools, err := c.tools.Convert(req.Tools, convertTools)
		if err != nil {
			return nil, fmt.Errorf("encode tools: %w", err)
		}
		b.Add([]byte(`,"tools":[`))
		addMarked(b, tools, mark)
		b.Add(endList)
	}
	system, turns := split(req.Messages)
	if len(system) > 0 {
		b.Add([]byte(`,"system":[`))
		addBlocks(b, system, mark)
		b.Add(endList)
	}
	addTurns(b, turns, mark)
	b.Add([]byte("}"))
	return b, nil
}

// marker is the field that ends a cached prefix, with a comma before it; nil
// for none: platform.claude.com/docs/en/build-with-claude/prompt-caching
func marker(c wire.Cache) []byte {
	switch c {
	case wire.CacheOff:
		return nil
	case wire.Cache1h:
		return []byte(`,"cache_control":{"type":"ephemeral","ttl":"1h"}`)
	case wire.CacheAuto, wire.CacheMarkers, wire.Cache5m:
	}
	return []byte(`,"cache_control":{"type":"ephemeral"}`)
}

// split separates the system prompt from the turns. A turn is what messages of
// one role follow each other; results of tools and what the user says are one.
func split(messages []*llm.Message) (system []*llm.Message, turns [][]*llm.Message) {
	start := 0
	for start < len(messages) && messages[start].Role == "system" {
		start++
	}
	system, messages = messages[:start], messages[start:]
	for len(messages) > 0 {
		end := 1
		for end < len(messages) && isAssistant(messages[end]) == isAssistant(messages[0]) {
			end++
		}
		turns = append(turns, messages[:end])
		messages = messages[end:]
	}
	return system, turns
}

func isAssistant(m *llm.Message) bool { return m.Role == "assistant" }

// marked is how many turns end with a mark. The one before the last is where
// the request before ended; it finds what that one wrote, should the last turn
// have more blocks than the cache looks back.
const marked = 2

func addTurns(b *wire.Body, turns [][]*llm.Message, mark []byte) {
	b.Add([]byte(`,"messages":[`))
	users := 0
	for _, t := range turns {
		if !isAssistant(t[0]) {
			users++
		}
	}
	for i, t := range turns {
		if i > 0 {
			b.Add(comma)
		}
		if isAssistant(t[0]) {
			addAssistant(b, t, i == len(turns)-1)
			continue
		}
		b.Add(userTurn)
		if users <= marked {
			addBlocks(b, resultsFirst(t), mark)
		} else {
			addBlocks(b, resultsFirst(t), nil)
		}
		users--
		b.Add(endTurn)
	}
	b.Add(endList)
}

// addAssistant adds a turn of the model. Where it is the last of the
// conversation, its text must not end in white space.
func addAssistant(b *wire.Body, turn []*llm.Message, last bool) {
	b.Add(assistantTurn)
	if final := turn[len(turn)-1]; last && len(final.ToolCalls) == 0 {
		turn = append(turn[:len(turn)-1:len(turn)-1], trimmed(final))
	}
	addBlocks(b, turn, nil)
	b.Add(endTurn)
}

// resultsFirst puts the results of tools before everything else in a turn,
// where the protocol wants them:
// platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls
func resultsFirst(turn []*llm.Message) []*llm.Message {
	said := false
	for _, m := range turn {
		if m.Role == "tool" && said {
			return sorted(turn)
		}
		said = said || m.Role != "tool"
	}
	return turn
}

func sorted(turn []*llm.Message) []*llm.Message {
	var results, rest []*llm.Message
	for _, m := range turn {
		if m.Role == "tool" {
			results = append(results, m)
		} else {
			rest = append(rest, m)
		}
	}
	return append(results, rest...)
}

// addBlocks adds the blocks of messages, and the mark to the last one.
func addBlocks(b *wire.Body, messages []*llm.Message, mark []byte) {
	for i, m := range messages {
		if i > 0 {
			b.Add(comma)
		}
		blocks := m.Native(protocol, encodeBlocks)
		if i == len(messages)-1 {
			addMarked(b, blocks, mark)
		} else {
			b.Add(blocks)
		}
	}
}

// addMarked adds objects with the mark at the end of the last one.
func addMarked(b *wire.Body, objects, mark []byte) {
	if len(mark) == 0 {
		b.Add(objects)
		return
	}
	b.Add(objects[:len(objects)-1], mark, objects[len(objects)-1:])
}

// chatTool is a tool as the request of chat completions has it.
type chatTool struct {
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	InputSchema json.RawMessage `json:"input_schema"`
}

// convertTools turns the tools of chat completions into those of this protocol,
// separated by commas.
func convertTools(raw json.RawMessage) ([]byte, error) {
	var from []chatTool
	if err := json.Unmarshal(raw, &from); err != nil {
		return nil, err
	}
	var out [][]byte
	for _, t := range from {
		schema := t.Function.Parameters
		if len(schema) == 0 {
			schema = json.RawMessage(`{"type":"object"}`)
		}
		one, err := json.Marshal(tool{t.Function.Name, t.Function.Description, schema})
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return bytes.Join(out, []byte(",")), nil
}
