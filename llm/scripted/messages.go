package scripted

import (
	"encoding/json"

	"bench"
)

// messages is the protocol of Anthropic's Messages:
// https://docs.anthropic.com/en/api/messages
var messages = &dialect{
	name: "messages", path: "/v1/messages", callPrefix: "toolu_",
	scan: scanMessages, document: messagesDocument, events: messagesEvents,
	failure: messagesFailure, failed: messagesFailed,
	ping: "event: ping\ndata: {\"type\":\"ping\"}\n\n",
}

// stopReasons says what the finish reasons of chat completions are called:
// https://docs.anthropic.com/en/api/handling-stop-reasons
var stopReasons = map[string]string{
	"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens", "content_filter": "refusal",
}

func messagesDocument(r *reply) doc {
	content := []any{}
	if r.think != nil {
		content = append(content, r.think.block())
	}
	if text := r.text(); text != "" {
		content = append(content, doc{"type": "text", "text": text})
	}
	for _, c := range r.calls {
		content = append(content, c.block())
	}
	reason := r.finishOr("end_turn", "tool_use")
	if word, ok := reason.(string); ok && stopReasons[word] != "" {
		reason = stopReasons[word]
	}
	d := doc{
		"id": "msg_" + r.id, "type": "message", "role": "assistant", "model": r.model,
		"content": content, "stop_reason": reason, "stop_sequence": nil, "usage": messagesUsage(r.usage),
	}
	return r.complete(d)
}

func (t *spoken) block() doc {
	if t.redacted != "" {
		return doc{"type": "redacted_thinking", "data": t.redacted}
	}
	return doc{"type": "thinking", "thinking": t.text, "signature": t.signature}
}

// block is the call as a block of content. Arguments that are no JSON go as the
// text they are.
func (c madeCall) block() doc {
	var input any = c.arguments
	if json.Valid([]byte(c.arguments)) {
		input = json.RawMessage(c.arguments)
	}
	d := doc{"type": "tool_use", "name": c.name, "input": input}
	return merge(merge(d, doc{"id": c.id}), c.extra)
}

// messagesUsage counts what was read from the cache and written to it apart:
// https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
func messagesUsage(u bench.Usage) doc {
	return doc{
		"input_tokens":                u.Input - u.CachedInput - u.CacheWrite,
		"cache_read_input_tokens":     u.CachedInput,
		"cache_creation_input_tokens": u.CacheWrite,
		"cache_creation": doc{
			"ephemeral_5m_input_tokens": u.CacheWrite, "ephemeral_1h_input_tokens": 0,
		},
		"output_tokens": u.Output,
		"service_tier":  "standard",
	}
}

// messagesStream cuts a document into events:
// https://docs.anthropic.com/en/docs/build-with-claude/streaming
type messagesStream struct {
	chunk int
	out   [][]byte
}

func messagesEvents(d doc, p pacing, _ bool) [][]byte {
	s := &messagesStream{chunk: p.Chunk}
	usage, reported := d["usage"]
	start := merge(without(d), doc{"content": []any{}, "stop_reason": nil})
	if u, ok := usage.(doc); ok && u["output_tokens"] != nil {
		start["usage"] = merge(without(u), doc{"output_tokens": 1})
	}
	s.send("message_start", doc{"message": start})
	blocks, _ := d["content"].([]any)
	for i, b := range blocks {
		s.block(i, b)
	}
	end := doc{"delta": doc{"stop_reason": d["stop_reason"], "stop_sequence": d["stop_sequence"]}}
	if reported {
		end["usage"] = usage
	}
	s.send("message_delta", end)
	s.send("message_stop", doc{})
	return s.out
}

func (s *messagesStream) send(kind string, d doc) {
	s.out = append(s.out, sse(kind, merge(d, doc{"type": kind})))
}

func (s *messagesStream) block(i int, block any) {
	b, _ := block.(doc)
	text, rest := "", []doc(nil)
	start := block
	switch b["type"] {
	case "text":
		text, _ = b["text"].(string)
		start, rest = merge(without(b), doc{"text": ""}), s.deltas("text_delta", "text", text)
	case "thinking":
		text, _ = b["thinking"].(string)
		start = merge(without(b), doc{"thinking": "", "signature": ""})
		rest = append(s.deltas("thinking_delta", "thinking", text),
			doc{"type": "signature_delta", "signature": b["signature"]})
	case "tool_use":
		start = merge(without(b), doc{"input": doc{}})
		rest = s.deltas("input_json_delta", "partial_json", inputText(b["input"]))
	}
	s.send("content_block_start", doc{"index": i, "content_block": start})
	for _, delta := range rest {
		s.send("content_block_delta", doc{"index": i, "delta": delta})
	}
	s.send("content_block_stop", doc{"index": i})
}

func (s *messagesStream) deltas(kind, field, text string) []doc {
	var out []doc
	for _, piece := range pieces(text, s.chunk) {
		out = append(out, doc{"type": kind, field: piece})
	}
	return out
}

// inputText is the input of a call as it is streamed: its JSON, or what a rule
// has in place of it.
func inputText(input any) string {
	if text, ok := input.(string); ok {
		return text
	}
	return string(mustMarshal(input))
}

// messagesFailure is an error as Anthropic writes it:
// https://docs.anthropic.com/en/api/errors
func messagesFailure(f failure) doc {
	kind := word(f.kind, word(errorTypes[f.status], "api_error"))
	d := doc{"type": "error", "error": doc{"type": kind, "message": f.message}}
	if f.requestID != "" {
		d["request_id"] = f.requestID
	}
	return d
}

var errorTypes = map[int]string{
	400: "invalid_request_error", 401: "authentication_error", 402: "billing_error",
	403: "permission_error", 404: "not_found_error", 413: "request_too_large",
	429: "rate_limit_error", 504: "timeout_error", 529: "overloaded_error",
}

func messagesFailed(f failure, _ int) []byte { return sse("error", messagesFailure(f)) }
