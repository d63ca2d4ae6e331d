// Package openai is the client for every endpoint that speaks the OpenAI
// chat-completions protocol.
//
// The request is that of github.com/sashabaranov/go-openai, around one
// placeholder message. The conversation, which llm.Message holds in wire form
// already, takes its place, so that nothing is encoded twice; fields that
// go-openai cannot send are laid over it. Answers are read here and not by
// go-openai, which drops what it does not know and loses what a broken stream
// had said.
package openai

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// Stream says whether answers are asked for as a stream.
type Stream string

// The ways to ask for an answer.
const (
	StreamAuto Stream = "auto" // as a stream, unless the server refuses that
	StreamOff  Stream = "off"  // in one piece
)

// Echo says which fields of an answer that the protocol does not name go back
// with it, of the message and of its tool calls.
type Echo string

// The choices. Most providers that send such fields want them back unchanged.
const (
	EchoAuto Echo = "auto" // all, but for those that the server refuses
	EchoAll  Echo = "all"
	EchoNone Echo = "none"
)

// MaxTokensField is the name under which the bound on output is sent.
type MaxTokensField string

// The names. The default is max_completion_tokens for models of OpenAI that
// refuse max_tokens, and max_tokens for all others.
const (
	MaxTokens           MaxTokensField = "max_tokens"
	MaxCompletionTokens MaxTokensField = "max_completion_tokens"
	MaxOutputTokens     MaxTokensField = "max_output_tokens"
	MaxTokensNone       MaxTokensField = "none" // it is not sent
)

// Options says where the endpoint is and how it is asked. Zero fields take the
// defaults.
type Options struct {
	wire.Options                  // BaseURL ends before /chat/completions; its query is kept
	Stream         Stream         // default StreamAuto
	Echo           Echo           // default EchoAuto
	Cache          wire.Cache     // default wire.CacheAuto
	MaxTokensField MaxTokensField // default by the model
	// Extra are fields of the request, in place of the client's own or beside
	// them. Those that the client needs itself are refused by New.
	Extra map[string]any
}

// Client is an llm.Client. Attempts are not repeated here, but for those that a
// server refuses because of a field it does not know: they are sent once more
// without it.
type Client struct {
	endpoint *wire.Endpoint
	header   http.Header
	options  Options
	without  refused
}

var _ llm.Client = (*Client)(nil)

// New returns a client. It makes no request; a base URL that cannot be used is
// an error.
func New(o Options) (*Client, error) {
	for _, name := range []string{"messages", "tools", "stream"} {
		if _, taken := o.Extra[name]; taken {
			return nil, fmt.Errorf("extra field %s: the client sends its own", name)
		}
	}
	e, err := wire.NewEndpoint(o.Options)
	if err != nil {
		return nil, err
	}
	c := &Client{endpoint: e, options: o, header: http.Header{}}
	Authorize(c.header, e.Host(), o.APIKey)
	return c, nil
}

// Authorize puts a key into a header where a host looks for it. An empty one is
// none.
func Authorize(h http.Header, host, key string) {
	switch {
	case key == "":
	case isAzure(host): // learn.microsoft.com/azure/ai-foundry/openai/reference
		h.Set("Api-Key", key)
	default:
		h.Set("Authorization", "Bearer "+key)
	}
}

// Close drops idle connections.
func (c *Client) Close() { c.endpoint.Close() }

// Complete makes one attempt, as wire.Endpoint.Do does.
func (c *Client) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	for {
		without := c.without.now()
		resp, err := c.attempt(ctx, req, without)
		feature := c.refusedFeature(err, req, without)
		if feature == "" {
			return resp, err
		}
		c.without.add(feature)
	}
}

func (c *Client) attempt(
	ctx context.Context, req llm.Request, without []string,
) (llm.Response, error) {
	body, err := c.body(req, without)
	if err != nil {
		return llm.Response{}, err
	}
	header := c.header.Clone()
	if c.streams(without) {
		header.Set("Accept", "text/event-stream")
	} else {
		header.Set("Accept", "application/json")
	}
	return c.endpoint.Do(ctx, wire.Call{
		Path: "chat/completions", Header: header, Body: body, Speaker: req.Speaker,
		Read: func(a *wire.Attempt) error { return Read(a, req) },
	})
}

func (c *Client) streams(without []string) bool {
	return c.options.Stream != StreamOff && !slices.Contains(without, featureStream)
}

// isAzure reports whether a host is one of Azure's, which takes keys in a header
// of its own.
func isAzure(host string) bool {
	host, _, _ = strings.Cut(host, ":")
	return strings.HasSuffix(host, ".openai.azure.com") ||
		strings.HasSuffix(host, ".cognitiveservices.azure.com")
}
