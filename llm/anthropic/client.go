package anthropic

import (
	"context"
	"net/http"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// DefaultBaseURL is Anthropic's own endpoint.
const DefaultBaseURL = "https://api.anthropic.com"

// Version is the API version, which all models have and every request names:
// platform.claude.com/docs/en/api/versioning
const Version = "2023-06-01"

// Options says where the endpoint is and how it is asked.
type Options struct {
	wire.Options // BaseURL ends before or behind /v1; default DefaultBaseURL
	// Cache asks for prompt caching. Breakpoints stand behind the tools, the
	// system prompt and the last two turns, which are as many as a request may
	// have. Default wire.CacheAuto, which lives for five minutes.
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
	path     string
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
	c := &Client{endpoint: e, path: Path(e), options: o, header: http.Header{}}
	c.header.Set("Anthropic-Version", Version)
	Authorize(c.header, e.Host(), o.APIKey)
	return c, nil
}

// Authorize puts a key into a header where a host looks for it. An empty one is
// none.
func Authorize(h http.Header, host, key string) {
	if key == "" {
		return
	}
	h.Set("X-Api-Key", key)
	if !strings.HasSuffix(host, "anthropic.com") { // gateways look here
		h.Set("Authorization", "Bearer "+key)
	}
}

// Path is where an endpoint serves Messages, behind its base URL.
func Path(e *wire.Endpoint) string {
	if strings.HasSuffix(e.Path(), "/v1") {
		return "messages"
	}
	return "v1/messages"
}

// Close drops idle connections.
func (c *Client) Close() { c.endpoint.Close() }

// Complete makes one attempt, as wire.Endpoint.Do does.
func (c *Client) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	unthinking := mayNotThink(req)
	if unthinking {
		req.ReasoningEffort = ""
	}
	body, err := c.body(req)
	if err != nil {
		return llm.Response{}, err
	}
	resp, err := c.endpoint.Do(ctx, wire.Call{
		Path: c.path, Header: c.header, Body: body, Speaker: req.Speaker,
		Read: func(a *wire.Attempt) error { return Read(a, len(req.Messages)) },
	})
	resp.EffortLeftOut = unthinking
	return resp, err
}
