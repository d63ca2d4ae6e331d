package responses

import (
	"context"
	"net/http"

	"bench/llm"
	"bench/llm/wire"
)

// DefaultBaseURL is OpenAI's own endpoint.
const DefaultBaseURL = "https://api.openai.com/v1"

// Options says where the endpoint is and how it is asked.
type Options struct {
	wire.Options // BaseURL ends before /responses; default DefaultBaseURL
	// Cache asks for prompt caching, which here is to send a key for each
	// conversation. Default wire.CacheAuto: to hosts that are known to take it.
	Cache wire.Cache
	// Extra are fields of the request, in place of the client's own or beside
	// them.
	Extra map[string]any
	// Whole asks for answers in one piece instead of a stream.
	Whole bool
}

// Client is an llm.Client.
type Client struct {
	endpoint *wire.Endpoint
	header   http.Header
	options  Options
	tools    wire.Tools
}

var _ llm.Client = (*Client)(nil)

// New returns a client. It makes no request; a base URL that cannot be used is
// an error.
func New(o Options) (*Client, error) {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	e, err := wire.NewEndpoint(o.Options)
	if err != nil {
		return nil, err
	}
	c := &Client{endpoint: e, options: o, header: http.Header{}}
	if o.APIKey != "" {
		c.header.Set("Authorization", "Bearer "+o.APIKey)
	}
	return c, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.endpoint.Close() }

// Complete makes one attempt, as wire.Endpoint.Do does.
func (c *Client) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	body, err := c.body(req)
	if err != nil {
		return llm.Response{}, err
	}
	return c.endpoint.Do(ctx, wire.Call{
		Path: "responses", Header: c.header, Body: body, Speaker: req.Speaker,
		Read: func(a *wire.Attempt) error { return Read(a, len(req.Messages)) },
	})
}
