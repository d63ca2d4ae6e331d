package gateway

import (
	"encoding/json"
	"net/http"

	"bench/llm"
)

// refusal is an error that a program is told by the gateway itself.
type refusal struct {
	kind    refusalKind
	message string
}

func (r refusal) Error() string { return r.message }

// refusalKind says what kind of error it is. Each protocol has words for it.
type refusalKind int

const (
	refusedRequest  refusalKind = iota // the request cannot be served as it is
	refusedToken                       // the token is not that of the trial
	refusedModel                       // no model of that name
	refusedPath                        // the gateway does not serve this
	refusedSize                        // the body is too large
	refusedLimit                       // a limit of the budget is reached
	refusedUpstream                    // the model gave no answer
	refusedEnded                       // the trial has ended
)

// words are how a protocol says what kind of error it is.
type words struct {
	status     int
	kind, code string
}

// openaiWords: platform.openai.com/docs/guides/error-codes
var openaiWords = map[refusalKind]words{
	refusedRequest:  {400, "invalid_request_error", ""},
	refusedToken:    {401, "invalid_request_error", "invalid_api_key"},
	refusedModel:    {404, "invalid_request_error", "model_not_found"},
	refusedPath:     {404, "invalid_request_error", "unknown_url"},
	refusedSize:     {413, "invalid_request_error", ""},
	refusedLimit:    {429, "insufficient_quota", "insufficient_quota"},
	refusedUpstream: {502, "server_error", ""},
	refusedEnded:    {503, "server_error", ""},
}

// anthropicWords: docs.claude.com/en/api/errors
var anthropicWords = map[refusalKind]words{
	refusedRequest:  {400, "invalid_request_error", ""},
	refusedToken:    {401, "authentication_error", ""},
	refusedModel:    {404, "not_found_error", ""},
	refusedPath:     {404, "not_found_error", ""},
	refusedSize:     {413, "request_too_large", ""},
	refusedLimit:    {402, "billing_error", ""},
	refusedUpstream: {502, "api_error", ""},
	refusedEnded:    {503, "api_error", ""},
}

// googleWords: ai.google.dev/gemini-api/docs/troubleshooting
var googleWords = map[refusalKind]words{
	refusedRequest:  {400, "INVALID_ARGUMENT", ""},
	refusedToken:    {401, "UNAUTHENTICATED", ""},
	refusedModel:    {404, "NOT_FOUND", ""},
	refusedPath:     {404, "NOT_FOUND", ""},
	refusedSize:     {413, "INVALID_ARGUMENT", ""},
	refusedLimit:    {429, "RESOURCE_EXHAUSTED", ""},
	refusedUpstream: {502, "UNAVAILABLE", ""},
	refusedEnded:    {503, "UNAVAILABLE", ""},
}

// refuse tells a program of an error in the form of its protocol, which its client
// knows. Nothing is gained by asking again: what could be tried again was.
func (p *protocol) refuse(w http.ResponseWriter, r refusal) {
	w.Header().Set("Content-Type", "application/json")
	// github.com/openai/openai-go, github.com/anthropics/anthropic-sdk-go
	w.Header().Set("X-Should-Retry", "false")
	said := p.words[r.kind]
	w.WriteHeader(said.status)
	_, _ = w.Write(p.failure(said, r.message)) // a program that has gone hears nothing
}

func openaiFailure(said words, message string) []byte {
	var code any
	if said.code != "" {
		code = said.code
	}
	return object(map[string]any{"error": map[string]any{
		"message": message, "type": said.kind, "param": nil, "code": code,
	}})
}

func anthropicFailure(said words, message string) []byte {
	return object(map[string]any{"type": "error", "error": map[string]any{
		"type": said.kind, "message": message,
	}})
}

func googleFailure(said words, message string) []byte {
	return object(map[string]any{"error": map[string]any{
		"code": said.status, "message": message, "status": said.kind,
	}})
}

// object encodes an answer of the gateway's own.
func object(v map[string]any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // texts and numbers always encode
		return llm.Quote(err.Error())
	}
	return b
}
