package scripted

import (
	"fmt"
	"time"

	"bench"
)

// responses is the protocol of OpenAI's Responses:
// https://platform.openai.com/docs/api-reference/responses
var responses = &dialect{
	name: "responses", path: "/v1/responses", callPrefix: "call_",
	scan: scanResponses, document: responsesDocument, events: responsesEvents,
	failure: openaiFailure, failed: responsesFailed,
}

// incomplete says why a response is not whole, by the finish reason of chat
// completions.
var incomplete = map[string]string{
	"length": "max_output_tokens", "max_tokens": "max_output_tokens",
	"content_filter": "content_filter",
}

func responsesDocument(r *reply) doc {
	output := []any{}
	if r.think != nil {
		output = append(output, r.think.item(r))
	}
	if text := r.text(); text != "" || len(r.calls) == 0 {
		output = append(output, r.item(text))
	}
	for i, c := range r.calls {
		output = append(output, c.item(fmt.Sprintf("fc_%s_%d", r.id, i)))
	}
	d := doc{
		"id": "resp_" + r.id, "object": "response", "created_at": time.Now().Unix(), "model": r.model,
		"output": output, "error": nil, "incomplete_details": nil, "instructions": nil, "metadata": doc{},
		"parallel_tool_calls": true, "previous_response_id": nil, "store": false,
		"temperature": 1, "top_p": 1, "tool_choice": "auto", "tools": []any{},
		"usage": responsesUsage(r.usage),
	}
	d["status"] = r.finishOr("completed", "completed")
	switch word, _ := d["status"].(string); {
	case incomplete[word] != "":
		d["status"], d["incomplete_details"] = "incomplete", doc{"reason": incomplete[word]}
	case word == "stop" || word == "tool_calls":
		d["status"] = "completed"
	}
	return r.complete(d)
}

func (r *reply) item(text string) doc {
	part := doc{"type": "output_text", "text": text, "annotations": []any{}, "logprobs": []any{}}
	return doc{
		"id": "msg_" + r.id, "type": "message", "status": "completed", "role": "assistant",
		"content": []any{part},
	}
}

// item is the thought as an item. What is encrypted comes only to who asks for
// it: https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items
func (t *spoken) item(r *reply) doc {
	d := doc{"id": "rs_" + r.id, "type": "reasoning", "summary": []any{}}
	if t.text != "" {
		d["summary"] = []any{doc{"type": "summary_text", "text": t.text}}
	}
	if r.encrypted {
		d["encrypted_content"] = word(t.redacted, t.encrypted)
	}
	return d
}

func (c madeCall) item(id string) doc {
	d := doc{
		"id": id, "type": "function_call", "status": "completed",
		"name": c.name, "arguments": c.arguments,
	}
	return merge(merge(d, doc{"call_id": c.id}), c.extra)
}

func responsesUsage(u bench.Usage) doc {
	return doc{
		"input_tokens": u.Input, "output_tokens": u.Output, "total_tokens": u.Tokens(),
		"input_tokens_details": doc{
			"cached_tokens": u.CachedInput, "cache_write_tokens": u.CacheWrite,
		},
		"output_tokens_details": doc{"reasoning_tokens": u.Reasoning},
	}
}

// responsesStream cuts a document into events:
// https://platform.openai.com/docs/api-reference/responses-streaming
type responsesStream struct {
	chunk int
	out   [][]byte
}

func responsesEvents(d doc, p pacing, _ bool) [][]byte {
	s := &responsesStream{chunk: p.Chunk}
	begun := merge(without(d, "usage"), doc{
		"status": "in_progress", "output": []any{}, "incomplete_details": nil, "usage": nil,
	})
	s.send("response.created", doc{"response": begun})
	s.send("response.in_progress", doc{"response": begun})
	items, _ := d["output"].([]any)
	for i, item := range items {
		it, _ := item.(doc)
		s.item(i, it)
	}
	last := "response.completed"
	if status, _ := d["status"].(string); status == "incomplete" || status == "failed" {
		last = "response." + status
	}
	s.send(last, doc{"response": d})
	return s.out
}

func (s *responsesStream) send(kind string, d doc) {
	s.out = append(s.out, sse(kind, merge(d, doc{"type": kind, "sequence_number": len(s.out)})))
}

func (s *responsesStream) item(at int, item doc) {
	where := doc{"output_index": at, "item_id": item["id"]}
	send := func(kind string, more doc) { s.send(kind, merge(without(where), more)) }
	added := merge(without(item), doc{"status": "in_progress"})
	switch item["type"] {
	case "message":
		added["content"] = []any{}
	case "function_call":
		added["arguments"] = ""
	case "reasoning":
		added = merge(without(item, "encrypted_content"), doc{"summary": []any{}})
	}
	s.send("response.output_item.added", doc{"output_index": at, "item": added})
	switch item["type"] {
	case "message":
		s.parts(item["content"], "content_index", "text", send,
			"response.content_part", "response.output_text")
	case "reasoning":
		s.parts(item["summary"], "summary_index", "text", send,
			"response.reasoning_summary_part", "response.reasoning_summary_text")
	case "function_call":
		s.arguments(item, send)
	}
	s.send("response.output_item.done", doc{"output_index": at, "item": item})
}

// parts streams the parts of an item, each opened, filled and closed.
func (s *responsesStream) parts(
	list any, index, field string, send func(string, doc), part, text string,
) {
	parts, _ := list.([]any)
	for i, p := range parts {
		whole, _ := p.(doc)
		words, _ := whole[field].(string)
		send(part+".added", doc{index: i, "part": merge(without(whole), doc{field: ""})})
		for _, piece := range pieces(words, s.chunk) {
			send(text+".delta", doc{index: i, "delta": piece})
		}
		send(text+".done", doc{index: i, "text": words})
		send(part+".done", doc{index: i, "part": whole})
	}
}

func (s *responsesStream) arguments(item doc, send func(string, doc)) {
	arguments, _ := item["arguments"].(string)
	for _, piece := range pieces(arguments, s.chunk) {
		send("response.function_call_arguments.delta", doc{"delta": piece})
	}
	send("response.function_call_arguments.done", doc{"name": item["name"], "arguments": arguments})
}

// responsesFailed is the event of an error:
// https://platform.openai.com/docs/api-reference/responses-streaming/error
func responsesFailed(f failure, after int) []byte {
	return sse("error", doc{
		"type": "error", "code": f.code, "message": f.message, "param": f.param,
		"sequence_number": after,
	})
}
