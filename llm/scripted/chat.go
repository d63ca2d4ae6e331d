package scripted

import (
	"slices"
	"time"

	"bench"
)

// chat is the protocol of OpenAI's chat completions:
// https://platform.openai.com/docs/api-reference/chat
var chat = &dialect{
	name: "chat", path: "/v1/chat/completions", callPrefix: "call_",
	scan: scan, document: chatDocument, events: chatEvents,
	failure: openaiFailure, failed: chatFailed, end: "data: [DONE]\n\n",
}

func chatDocument(r *reply) doc {
	message := doc{"role": "assistant", "content": r.content()}
	if len(r.calls) > 0 {
		calls := make([]any, len(r.calls))
		for i, c := range r.calls {
			calls[i] = c.chat()
		}
		message["tool_calls"] = calls
	}
	if r.think != nil {
		merge(message, r.think.chat())
	}
	merge(message, r.message)
	d := doc{
		"id": "chatcmpl-" + r.id, "object": "chat.completion", "created": time.Now().Unix(),
		"model": r.model, "usage": chatUsage(r.usage),
		"choices": []any{doc{"index": 0, "message": message, "finish_reason": r.finishOr("stop",
			"tool_calls")}},
	}
	return r.complete(d)
}

// content is null where the model only calls tools.
func (r *reply) content() any {
	if r.say == nil && len(r.calls) > 0 {
		return nil
	}
	return r.text()
}

func (c madeCall) chat() doc {
	d := doc{"type": "function", "function": doc{"name": c.name, "arguments": c.arguments}}
	return merge(merge(d, doc{"id": c.id}), c.extra)
}

func (t *spoken) chat() doc {
	if t.redacted != "" { // https://openrouter.ai/docs/use-cases/reasoning-tokens
		return doc{"reasoning_details": []any{
			doc{"type": "reasoning.encrypted", "data": t.redacted, "index": 0},
		}}
	}
	return doc{"reasoning_content": t.text}
}

func chatUsage(u bench.Usage) doc {
	return doc{
		"prompt_tokens": u.Input, "completion_tokens": u.Output, "total_tokens": u.Tokens(),
		"prompt_tokens_details": doc{
			"cached_tokens": u.CachedInput, "cache_write_tokens": u.CacheWrite,
		},
		"completion_tokens_details": doc{"reasoning_tokens": u.Reasoning},
	}
}

// chatStream cuts a document into chunks.
type chatStream struct {
	base  doc // what every chunk has
	chunk int
	out   [][]byte
}

// chatEvents are the chunks of a stream: who speaks, what is thought, the text,
// each call's name and then its arguments, the end, and the usage.
func chatEvents(d doc, p pacing, asked bool) [][]byte {
	usage, reported := d["usage"]
	s := &chatStream{base: without(d, "choices", "usage", "object"), chunk: p.Chunk}
	s.base["object"] = "chat.completion.chunk"
	if asked && p.Usage != "finish" {
		s.base["usage"] = nil // as OpenAI has it in all chunks but the last
	}
	choice, message := onlyChoice(d)
	if message == nil {
		s.send(doc{"choices": d["choices"]})
	} else {
		s.message(message)
	}
	end := doc{"choices": []any{merge(without(choice, "message"), doc{"delta": doc{}})}}
	if p.Usage == "finish" && reported {
		end["usage"] = usage
	}
	if message != nil {
		s.send(end)
	}
	if reported && (p.Usage == "always" || p.Usage != "finish" && asked) {
		s.send(doc{"choices": []any{}, "usage": usage})
	}
	return s.out
}

// onlyChoice returns the choice of a document and its message, nil if a rule has
// made something else of them.
func onlyChoice(d doc) (choice, message doc) {
	list, ok := d["choices"].([]any)
	if !ok || len(list) != 1 {
		return nil, nil
	}
	choice, _ = list[0].(doc)
	message, _ = choice["message"].(doc)
	return choice, message
}

func (s *chatStream) send(more doc) {
	s.out = append(s.out, sse("", merge(without(s.base), more)))
}

func (s *chatStream) delta(d doc) {
	s.send(doc{"choices": []any{doc{"index": 0, "delta": d, "finish_reason": nil}}})
}

func (s *chatStream) message(m doc) {
	opening := doc{"role": m["role"], "content": m["content"]}
	content, isText := m["content"].(string)
	if isText {
		opening["content"] = ""
	}
	s.delta(opening)
	for _, name := range sorted(m) {
		if !slices.Contains([]string{"role", "content", "tool_calls"}, name) {
			s.field(name, m[name])
		}
	}
	for _, piece := range pieces(content, s.chunk) {
		s.delta(doc{"content": piece})
	}
	calls, _ := m["tool_calls"].([]any)
	for i, c := range calls {
		if call, ok := c.(doc); ok {
			s.call(i, call)
		}
	}
}

// field streams a field that is not of the protocol: texts in pieces, reasoning
// details as OpenRouter does it, everything else whole.
func (s *chatStream) field(name string, value any) {
	switch v := value.(type) {
	case string:
		for _, piece := range piecesOrEmpty(v, s.chunk) {
			s.delta(doc{name: piece})
		}
	case []any:
		for _, fragment := range s.fragments(v) {
			s.delta(doc{name: []any{fragment}})
		}
	default:
		s.delta(doc{name: v})
	}
}

// fragments cuts reasoning details that have an index, by which a client joins
// them again; the signature comes last.
func (s *chatStream) fragments(details []any) []any {
	var out []any
	for _, e := range details {
		d, ok := e.(doc)
		text, isText := d["text"].(string)
		if !ok || !isText || d["index"] == nil {
			out = append(out, e)
			continue
		}
		for i, piece := range piecesOrEmpty(text, s.chunk) {
			part := doc{"type": d["type"], "index": d["index"], "text": piece}
			if i == 0 {
				part = merge(without(d, "signature"), doc{"text": piece})
			}
			out = append(out, part)
		}
		if signature, ok := d["signature"]; ok {
			out = append(out, doc{"type": d["type"], "index": d["index"], "signature": signature})
		}
	}
	return out
}

func (s *chatStream) call(i int, call doc) {
	function, _ := call["function"].(doc)
	arguments, isText := function["arguments"].(string)
	open := merge(without(call), doc{"index": i})
	if !isText {
		s.delta(doc{"tool_calls": []any{open}})
		return
	}
	open["function"] = merge(without(function), doc{"arguments": ""})
	s.delta(doc{"tool_calls": []any{open}})
	for _, piece := range pieces(arguments, s.chunk) {
		s.delta(doc{"tool_calls": []any{doc{"index": i, "function": doc{"arguments": piece}}}})
	}
}

// openaiFailure is an error as OpenAI writes it:
// https://platform.openai.com/docs/guides/error-codes
func openaiFailure(f failure) doc {
	return doc{"error": doc{"message": f.message, "type": word(f.kind, "scripted"),
		"param": f.param, "code": f.code}}
}

func chatFailed(f failure, _ int) []byte { return sse("", openaiFailure(f)) }
