package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	goopenai "github.com/sashabaranov/go-openai"

	"bench/llm"
)

// placeholder is the one message go-openai encodes.
const placeholder = "conversation"

// slot is the placeholder as it stands in go-openai's body. It cannot occur
// inside a string, where quotes are escaped.
var placeholderJSON = []byte(`"messages":[{"role":"user","content":"` + placeholder + `"}]`)

var errNoPlaceholder = errors.New("the request body has no place for the conversation")

// skeleton is the request go-openai builds and checks. Only the model and the
// bound on output are in it: go-openai cannot send a temperature of 0, and
// turns away effort and sampling by model names it knows, which says nothing
// about the model behind another endpoint.
func skeleton(req llm.Request) goopenai.ChatCompletionRequest {
	r := goopenai.ChatCompletionRequest{
		Model: req.Model,
		Messages: []goopenai.ChatCompletionMessage{{
			Role: goopenai.ChatMessageRoleUser, Content: placeholder,
		}},
	}
	if countsReasoning(req.Model) {
		r.MaxCompletionTokens = int(req.MaxOutputTokens)
	} else {
		r.MaxTokens = int(req.MaxOutputTokens) //nolint:staticcheck // most endpoints know no other
	}
	return r
}

// countsReasoning reports whether a model takes max_completion_tokens. Models
// of OpenAI since o1 refuse max_tokens; everyone else knows max_tokens.
func countsReasoning(model string) bool {
	name := model[strings.LastIndexByte(model, '/')+1:]
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// extra is what is added to go-openai's body.
type extra struct {
	Temperature     *float64        `json:"temperature,omitempty"`
	TopP            *float64        `json:"top_p,omitempty"`
	Seed            *int            `json:"seed,omitempty"`
	ReasoningEffort string          `json:"reasoning_effort,omitempty"`
	CacheControl    json.RawMessage `json:"cache_control,omitempty"`
}

// marksCache reports whether a request must ask for prompt caching. Everyone
// caches by itself but Anthropic's models, and OpenRouter passes the wish on:
// openrouter.ai/docs/client-sdks/typescript/models/anthropiccachecontroldirective
func marksCache(host, model string) bool {
	host, _, _ = strings.Cut(host, ":")
	return (host == "openrouter.ai" || strings.HasSuffix(host, ".openrouter.ai")) &&
		strings.HasPrefix(model, "anthropic/")
}

// body is a request body in pieces: what comes before the messages, the
// messages as they are, and what comes after. Nothing is copied.
type body struct {
	head     []byte
	messages []*llm.Message
	tail     [][]byte
	size     int64
}

// splice puts the conversation of req into the body that go-openai encoded.
func splice(encoded []byte, req llm.Request, markCache bool) (*body, error) {
	at := bytes.Index(encoded, placeholderJSON)
	if at < 0 || encoded[len(encoded)-1] != '}' {
		return nil, errNoPlaceholder
	}
	rest := encoded[at+len(placeholderJSON) : len(encoded)-1]
	add := extra{
		Temperature: req.Temperature, TopP: req.TopP, Seed: req.Seed,
		ReasoningEffort: req.ReasoningEffort,
	}
	if markCache {
		add.CacheControl = json.RawMessage(`{"type":"ephemeral"}`)
	}
	fields, err := json.Marshal(add)
	if err != nil {
		return nil, err
	}
	b := &body{
		head:     append(encoded[:at:at], `"messages":[`...),
		messages: req.Messages,
		tail:     [][]byte{[]byte("]"), rest},
	}
	if len(fields) > 2 {
		b.tail = append(b.tail, []byte(","), fields[1:len(fields)-1])
	}
	if len(req.Tools) > 0 {
		b.tail = append(b.tail, []byte(`,"tools":`), req.Tools)
	}
	b.tail = append(b.tail, []byte("}"))
	b.size = b.measure()
	return b, nil
}

func (b *body) measure() int64 {
	size := len(b.head) + max(0, len(b.messages)-1) // commas
	for _, m := range b.messages {
		size += len(m.JSON)
	}
	for _, t := range b.tail {
		size += len(t)
	}
	return int64(size)
}

// into makes b the body of an HTTP request.
func (b *body) into(r *http.Request) {
	r.Body = b.reader()
	r.GetBody = func() (io.ReadCloser, error) { return b.reader(), nil }
	r.ContentLength = b.size
}

func (b *body) reader() io.ReadCloser { return &bodyReader{body: b, piece: b.head} }

// bodyReader reads a body piece by piece.
type bodyReader struct {
	body  *body
	piece []byte // what is left of the current piece
	next  int    // the piece after it: messages and commas, then tail
}

var comma = []byte(",")

func (r *bodyReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		for len(r.piece) == 0 {
			if !r.advance() {
				if n == 0 {
					return 0, io.EOF
				}
				return n, nil
			}
		}
		k := copy(p[n:], r.piece)
		r.piece = r.piece[k:]
		n += k
	}
	return n, nil
}

// advance goes to the next piece: message, comma, message, …, tail.
func (r *bodyReader) advance() bool {
	messages := max(0, 2*len(r.body.messages)-1)
	switch i := r.next; {
	case i < messages && i%2 == 0:
		r.piece = r.body.messages[i/2].JSON
	case i < messages:
		r.piece = comma
	case i-messages < len(r.body.tail):
		r.piece = r.body.tail[i-messages]
	default:
		return false
	}
	r.next++
	return true
}

func (r *bodyReader) Close() error { return nil }
