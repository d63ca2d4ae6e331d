package scripted

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"bench"
)

// gemini is the protocol of Google's generateContent. The path says which model is
// asked and whether it answers as a stream: https://ai.google.dev/api/generate-content
var gemini = &dialect{
	name: "gemini", path: "/v1beta/models/{call}", callPrefix: "call_",
	scan:     func([]byte) (*request, error) { return nil, errShape }, // see bind
	document: geminiDocument, events: geminiEvents, failure: geminiFailure, failed: geminiFailed,
	unwritten: true, bind: bindGemini,
}

// bindGemini is the dialect for one request.
func bindGemini(d dialect, r *http.Request) (*dialect, error) {
	model, verb, _ := strings.Cut(r.PathValue("call"), ":")
	stream := verb == "streamGenerateContent"
	if !stream && verb != "generateContent" {
		return nil, fmt.Errorf("%s: want generateContent or streamGenerateContent", verb)
	}
	if stream && r.URL.Query().Get("alt") != "sse" {
		return nil, fmt.Errorf("%s: only with alt=sse", verb)
	}
	d.scan = func(body []byte) (*request, error) {
		q, err := scanGemini(body)
		if err != nil {
			return nil, err
		}
		q.model, q.stream = model, stream
		return q, q.whole("contents")
	}
	return &d, nil
}

// scanGemini finds the parts of a request. Results of functions, which lie in
// contents of the user, become messages of their own.
func scanGemini(body []byte) (*request, error) {
	q, err := outline(body, "contents", func(q *request, raw []byte) error {
		var c struct {
			Role  string            `json:"role"`
			Parts []json.RawMessage `json:"parts"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			return err
		}
		if c.Role == "model" {
			q.messages = append(q.messages,
				message{role: "assistant", raw: contentOf(mustMarshal(c.Parts))})
			return nil
		}
		for i, p := range c.Parts {
			q.messages = append(q.messages, geminiPart(p, i > 0))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var told struct {
		Parts json.RawMessage `json:"parts"`
	}
	if err := q.field("systemInstruction", &told); err != nil {
		return nil, err
	}
	if len(told.Parts) > 0 {
		q.messages = append([]message{{role: "system", raw: contentOf(told.Parts)}}, q.messages...)
	}
	return q, nil
}

// geminiPart is a part of what the user says: a text, or the result of a function.
func geminiPart(raw []byte, more bool) message {
	var p struct {
		Response *struct {
			Response json.RawMessage `json:"response"`
		} `json:"functionResponse"`
	}
	if json.Unmarshal(raw, &p) == nil && p.Response != nil {
		return message{role: "tool", raw: contentOf(mustMarshal(string(p.Response.Response))),
			more: more}
	}
	return message{role: "user", raw: raw, more: more}
}

// geminiReasons says what the finish reasons of chat completions are called.
var geminiReasons = map[string]string{
	"stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY",
}

func geminiDocument(r *reply) doc {
	parts := []any{}
	if r.think != nil && r.think.redacted == "" {
		parts = append(parts, doc{
			"text": r.think.text, "thought": true,
			"thoughtSignature": base64.StdEncoding.EncodeToString([]byte(r.think.signature)),
		})
	}
	if text := r.text(); text != "" {
		parts = append(parts, doc{"text": text})
	}
	for _, c := range r.calls {
		parts = append(parts, c.part())
	}
	reason := r.finishOr("STOP", "STOP")
	if word, ok := reason.(string); ok && geminiReasons[word] != "" {
		reason = geminiReasons[word]
	}
	d := doc{
		"candidates": []any{doc{
			"content": doc{"role": "model", "parts": parts}, "finishReason": reason, "index": 0,
		}},
		"usage": geminiUsage(r.usage), "model": r.model, "responseId": r.id,
	}
	d = r.complete(d)
	for from, to := range map[string]string{"usage": "usageMetadata", "model": "modelVersion"} {
		if v, ok := d[from]; ok {
			d[to] = v
			delete(d, from)
		}
	}
	return d
}

func (c madeCall) part() doc {
	var args any = c.arguments
	if json.Valid([]byte(c.arguments)) {
		args = json.RawMessage(c.arguments)
	}
	call := merge(doc{"name": c.name, "args": args}, doc{"id": c.id})
	return merge(doc{"functionCall": call}, c.extra)
}

// geminiUsage counts thoughts apart from what is said:
// https://ai.google.dev/api/generate-content#UsageMetadata
func geminiUsage(u bench.Usage) doc {
	d := doc{
		"promptTokenCount": u.Input, "candidatesTokenCount": u.Output - u.Reasoning,
		"totalTokenCount": u.Tokens(),
	}
	if u.CachedInput > 0 {
		d["cachedContentTokenCount"] = u.CachedInput
	}
	if u.Reasoning > 0 {
		d["thoughtsTokenCount"] = u.Reasoning
	}
	return d
}

// geminiEvents cuts the parts of a document into pieces, of which each reports the
// prompt and the last one everything.
func geminiEvents(d doc, p pacing, _ bool) [][]byte {
	list, _ := d["candidates"].([]any)
	if len(list) != 1 {
		return [][]byte{sse("", d)}
	}
	candidate, _ := list[0].(doc)
	content, _ := candidate["content"].(doc)
	parts, _ := content["parts"].([]any)
	usage, _ := d["usageMetadata"].(doc)
	var out [][]byte
	for _, part := range geminiPieces(parts, p.Chunk) {
		piece := without(d, "candidates", "usageMetadata")
		piece["candidates"] = []any{doc{
			"content": doc{"role": "model", "parts": []any{part}}, "index": 0,
		}}
		if usage != nil {
			piece["usageMetadata"] = without(usage, "candidatesTokenCount", "thoughtsTokenCount")
		}
		out = append(out, sse("", piece))
	}
	last := without(d)
	last["candidates"] = []any{merge(without(candidate), doc{"content": doc{
		"role": "model", "parts": []any{doc{"text": ""}},
	}})}
	return append(out, sse("", last))
}

// geminiPieces are parts with their texts in pieces.
func geminiPieces(parts []any, n int) (out []any) {
	for _, p := range parts {
		part, _ := p.(doc)
		text, isText := part["text"].(string)
		if !isText {
			out = append(out, p)
			continue
		}
		for _, piece := range pieces(text, n) {
			out = append(out, merge(without(part), doc{"text": piece}))
		}
	}
	return out
}

// geminiStatus are Google's words for statuses: https://cloud.google.com/apis/design/errors
var geminiStatus = map[int]string{
	400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
	429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}

func geminiFailure(f failure) doc {
	status := f.status
	if status == 0 {
		status = http.StatusInternalServerError
	}
	return doc{"error": doc{
		"code": status, "message": f.message,
		"status": word(f.kind, word(geminiStatus[status], "UNKNOWN")),
	}}
}

func geminiFailed(f failure, _ int) []byte { return sse("", geminiFailure(f)) }
