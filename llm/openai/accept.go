package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"bench/llm"
	"bench/llm/wire"
)

// accept turns an answer into what the attempt has to say.
func (g *answer) accept(a *wire.Attempt, req llm.Request) error {
	if g.odd {
		return wire.Spoiled("answer of an unknown form")
	}
	if !g.choices {
		return wire.Spoiled("answer without choices")
	}
	out := llm.Answer{Text: unquote(g.text), NullContent: !g.content, Extra: g.extra.object()}
	if g.parts != nil {
		out.Parts = g.parts.append(nil)
		out.Text = partsText(out.Parts)
	}
	if out.Text == "" && len(g.refusal) > 0 {
		out.Text = unquote(g.refusal)
		a.Original = g.encode()
	}
	out.ToolCalls = g.toolCalls(len(req.Messages))
	if !sound(out) {
		return wire.Spoiled("answer with a field that is not JSON")
	}
	finish, err := g.judge(req, out.Text, out.ToolCalls)
	if err != nil {
		return err
	}
	a.Finish, a.FinishReason, a.Message = finish, unquote(g.finish), out.Message()
	return nil
}

// sound reports whether what goes back as it came is JSON: it was not decoded.
func sound(a llm.Answer) bool {
	valid := func(raw json.RawMessage) bool { return raw == nil || json.Valid(raw) }
	odd := func(c llm.ToolCall) bool { return !valid(c.Extra) }
	return valid(a.Extra) && valid(a.Parts) && !slices.ContainsFunc(a.ToolCalls, odd)
}

// toolCalls gives every call an id of its own: some servers send none, or the
// same one twice.
func (g *answer) toolCalls(messages int) []llm.ToolCall {
	list := g.calls.list
	if len(list) == 0 && len(g.legacy.name) > 0 {
		list = []*call{&g.legacy}
	}
	var out []llm.ToolCall
	seen := map[string]bool{}
	for i, c := range list {
		id := unquote(c.id)
		if id == "" || seen[id] {
			id = fmt.Sprintf("call_%d_%d", messages, i)
		}
		seen[id] = true
		out = append(out, llm.ToolCall{
			ID: id, Name: unquote(c.name), Arguments: unquote(c.args), Extra: c.extras(),
		})
	}
	return out
}

// encode is the message as it came, with pieces put together.
func (g *answer) encode() json.RawMessage {
	out := []byte(`{"role":"assistant","content":`)
	switch {
	case g.parts != nil:
		out = g.parts.append(out)
	case g.content:
		out = append(append(append(out, '"'), g.text...), '"')
	default:
		out = append(out, "null"...)
	}
	if len(g.refusal) > 0 {
		out = append(append(append(out, `,"refusal":"`...), g.refusal...), '"')
	}
	if len(g.calls.list) > 0 {
		out = append(out, `,"tool_calls":`...)
		for i, c := range g.calls.list {
			out = c.append(append(out, "[,"[min(i, 1)]))
		}
		out = append(out, ']')
	}
	if len(g.legacy.name) > 0 {
		out = append(append(out, `,"function_call":`...), g.legacy.function()...)
	}
	if extra := g.extra.object(); extra != nil {
		out = append(append(out, ','), extra[1:len(extra)-1]...)
	}
	out = append(out, '}')
	if !json.Valid(out) { // an escape that is none
		return llm.Quote(string(out))
	}
	return bytes.Clone(out)
}

// partsText is the text of a list of parts.
func partsText(parts []byte) string {
	var text []byte
	wire.Elements(parts, func(part []byte) {
		text = append(text, inner(member(part, "text"))...)
	})
	return unquote(text)
}
