package openai

import (
	"bytes"

	"bench/llm/wire"
)

// answer is an answer as far as it has come, whole or in chunks. A whole one is
// one large chunk, whose choices have a message where those of a chunk have a
// delta. It is read field by field, so that an odd one spoils nothing elsewhere.
type answer struct {
	id, model string
	usage     []byte // the last report that names tokens
	fault     []byte // an error object
	choices   bool   // there were some
	inChunk   bool   // in this chunk, too
	deltas    bool   // the message comes in pieces
	streamed  bool   // the answer comes as a stream
	odd       bool   // something has a form of its own
	stray     string // the last event that was neither an answer nor an error
	finish    []byte // finish_reason, between the quotes
	native    []byte // native_finish_reason, which OpenRouter passes on

	text    []byte // of the content, between the quotes
	parts   *value // the content, where it is a list of parts
	content bool   // it came, if only as ""
	refusal []byte // between the quotes
	legacy  call   // function_call, which came before tool_calls
	calls   calls
	extra   value // an object: fields of the message that the protocol does not name
	spoken  bool  // something has come that the model said

	shape   shape
	effects int    // of this chunk on the message
	name    []byte // of the last field that had one
	value   []byte // and what it was
}

func newAnswer() *answer { return &answer{extra: value{kind: '{'}} }

// take reads a chunk, or a whole answer, and reports whether it is an object.
func (g *answer) take(chunk []byte) bool {
	return wire.Fields(chunk, g.field)
}

func (g *answer) field(name, value []byte) {
	switch string(name) {
	case "choices":
		g.inChunk = true
		g.odd = !wire.Elements(value, g.choice) && string(value) != "null" || g.odd
	case "id":
		g.id = first(g.id, value)
	case "model":
		g.model = first(g.model, value)
	case "usage":
		g.report(value)
	case "x_groq": // console.groq.com/docs/api-reference#chat-create
		g.report(member(value, "usage"))
	case "error":
		if wire.Present(value) {
			g.fault = bytes.Clone(value)
		}
	}
}

// first keeps the first text that says something.
func first(have string, value []byte) string {
	if have != "" {
		return have
	}
	return unquote(inner(value))
}

// report keeps a usage report. Servers that report with every chunk count up;
// some send one of zeros as well.
func (g *answer) report(usage []byte) {
	if wire.Present(usage) && bytes.ContainsAny(usage, "123456789") {
		g.usage = append(g.usage[:0], usage...)
	}
}

// choice reads one of the choices. There should be one; some gateways put the
// text into the first and the calls into others:
// github.com/HKUDS/nanobot/pull/1555
func (g *answer) choice(value []byte) {
	g.choices = true
	known := wire.Fields(value, func(name, value []byte) {
		switch string(name) {
		case "delta":
			g.deltas = g.deltas || len(value) > 2
			g.odd = !wire.Fields(value, g.part) && string(value) != "null" || g.odd
		case "message":
			g.message(value)
		case "finish_reason":
			g.ends(&g.finish, value)
		case "native_finish_reason": // openrouter.ai/docs/api-reference/overview
			g.ends(&g.native, value)
		case "usage": // platform.moonshot.ai/docs/api/chat
			g.report(value)
		case "error": // openrouter.ai/docs/api-reference/errors
			if wire.Present(value) {
				g.fault = bytes.Clone(value)
			}
		}
	})
	g.odd = g.odd || !known
}

// message reads a whole message. Some servers end a stream with what it said
// already: platform.minimaxi.com/document/ChatCompletion_v2
func (g *answer) message(value []byte) {
	if g.deltas {
		return
	}
	g.calls.whole = true
	g.odd = !wire.Fields(value, g.part) && string(value) != "null" || g.odd
}

// ends keeps a finish reason. Of several the one that promises calls counts:
// the others are of choices without any.
func (g *answer) ends(reason *[]byte, value []byte) {
	if v := inner(value); len(v) > 0 && !bytes.HasPrefix(*reason, []byte("tool")) {
		*reason = bytes.Clone(v)
	}
}

// part reads a field of the message.
func (g *answer) part(name, value []byte) {
	if says(value) && string(value) != "[]" && string(name) != "role" {
		g.effects++
		g.name, g.value = name, value
	}
	switch string(name) {
	case "content":
		g.addContent(value)
	case "tool_calls":
		g.calls.add(value)
		g.spoken = g.spoken || len(g.calls.list) > 0
	case "refusal":
		g.refusal = append(g.refusal, inner(value)...)
	case "function_call":
		g.addLegacy(value)
	case "role", "annotations", "audio":
		g.noise(name, value)
	default:
		g.addExtra(name, value)
	}
}

// noise are fields that servers send in every message, mostly with nothing in
// them, and that others refuse to take back. They are kept if they say something:
// github.com/BerriAI/litellm/pull/30850
func (g *answer) noise(name, value []byte) {
	if string(name) != "role" && wire.Present(value) && string(value) != "[]" {
		g.addExtra(name, value)
	}
}

func (g *answer) addExtra(name, value []byte) {
	g.spoken = g.spoken || says(value)
	g.extra.field(string(name)).add(value, string(name))
}

// addContent takes content: a string, null, or a list of parts, as the thinking
// models of Mistral mix with strings: docs.mistral.ai/capabilities/reasoning
func (g *answer) addContent(value []byte) {
	switch value[0] {
	case '"':
		g.content = true
		g.addText(value)
	case '[':
		g.content = true
		if g.parts == nil {
			g.parts = newValue([]byte("[]"))
			g.addTextPart(g.text)
		}
		g.parts.add(value, "content")
		g.spoken = g.spoken || len(value) > 2
	}
}

func (g *answer) addText(value []byte) {
	text := inner(value)
	g.spoken = g.spoken || len(text) > 0
	if g.parts != nil {
		g.addTextPart(text)
		return
	}
	g.text = append(g.text, text...)
}

func (g *answer) addTextPart(text []byte) {
	if len(text) > 0 {
		g.parts.add([]byte(`[{"type":"text","text":"`+string(text)+`"}]`), "content")
	}
}

// addLegacy takes the one call of the protocol before tool_calls.
func (g *answer) addLegacy(value []byte) {
	var p callPiece
	p.field([]byte("function"), value)
	if len(p.name) > 0 || len(p.args) > 0 {
		g.legacy.add(p)
		g.spoken = true
	}
}
