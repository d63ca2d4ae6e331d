// Package openai is the client for every endpoint that speaks the OpenAI
// chat-completions protocol, over github.com/sashabaranov/go-openai.
//
// go-openai builds the request around one placeholder message. The HTTPDoer
// given to it (doer.go) puts the conversation in its place, which llm.Message
// holds in wire form already, so that nothing is encoded twice; it adds the
// fields go-openai cannot send, and records what go-openai does not hand out.
package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	goopenai "github.com/sashabaranov/go-openai"

	"bench"
	"bench/llm"
	"bench/llm/wire"
)

// DefaultTimeout is how long one attempt may take from its start to the last
// byte of the answer.
const DefaultTimeout = 10 * time.Minute

// Options says where and how to reach an endpoint.
type Options struct {
	BaseURL string // up to, not including, /chat/completions
	APIKey  string // may be empty; it appears in no error and no Response
	// Simulated marks a scripted server: llm.Speaker is sent in X-Bench headers.
	Simulated bool
	Usage     bench.UsageForm   // how it counts cached tokens; empty is bench.UsageAuto
	Timeout   time.Duration     // of one attempt; default DefaultTimeout
	Transport http.RoundTripper // default wire.NewTransport()
}

// Client is an llm.Client. Attempts are not repeated here: llm.Retry does that.
type Client struct {
	api       *goopenai.Client
	transport http.RoundTripper
	timeout   time.Duration
	host      string
	scrub     func(string) string
	usage     wire.UsageReader
}

var _ llm.Client = (*Client)(nil)

// New returns a client. It makes no request; a base URL that cannot be used is
// an error.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("base URL %s: want http(s)://host/path", u.Redacted())
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Transport == nil {
		o.Transport = wire.NewTransport()
	}
	c := &Client{
		transport: o.Transport, timeout: o.Timeout, host: u.Host, scrub: wire.Scrubber(o.APIKey),
	}
	c.usage.Form = o.Usage
	config := goopenai.DefaultConfig(o.APIKey)
	config.BaseURL = strings.TrimRight(o.BaseURL, "/")
	config.HTTPClient = &doer{simulated: o.Simulated, http: &http.Client{
		Transport: o.Transport,
		// A redirect would turn the POST into a GET, or carry it elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.api = goopenai.NewClientWithConfig(config)
	return c, nil
}

// Close drops idle connections.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Complete makes one attempt. Errors are *llm.StatusError, wrapping
// llm.ErrContextOverflow or llm.ErrRefused where these apply, or the cause of
// a context that ended.
func (c *Client) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	if ctx.Err() != nil {
		return llm.Response{}, fmt.Errorf("chat completion: %w", context.Cause(ctx))
	}
	a := &attempt{request: req, usage: &c.usage}
	attemptCtx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	attemptCtx = httptrace.WithClientTrace(attemptCtx, a.trace())
	attemptCtx = context.WithValue(attemptCtx, attemptKey{}, a)

	a.start = time.Now()
	answer, err := c.api.CreateChatCompletion(attemptCtx, skeleton(req))
	resp := a.response(time.Now(), c.scrub)
	if err == nil {
		err = a.accept(answer, &resp)
	}
	if err == nil {
		if !a.reported.Known {
			resp.UnknownUsage = 1
		}
		return resp, nil
	}
	resp.Message = nil
	err, billed := c.failure(ctx, attemptCtx, a, err)
	if billed && !a.reported.Known {
		resp.UnknownUsage = 1
	}
	return resp, err
}

// failure gives an error of the attempt its final form, and says whether the
// provider may have billed it.
func (c *Client) failure(
	ctx, attemptCtx context.Context, a *attempt, err error,
) (error, bool) {
	if ctx.Err() != nil {
		return fmt.Errorf("chat completion: %w", context.Cause(ctx)), a.sent.Load()
	}
	var status *llm.StatusError
	switch {
	case errors.As(err, &status): // made by the doer
	case attemptCtx.Err() != nil:
		status = &llm.StatusError{
			Retryable: true, Billed: a.sent.Load(),
			Err: fmt.Errorf("%s: no complete answer within %s", c.host, c.timeout),
		}
	case a.status != 0 && !success(a.status):
		status = wire.Refused(a.status, a.header, a.raw)
	case a.status != 0:
		status = &llm.StatusError{
			Retryable: true, Billed: true, Err: fmt.Errorf("answer of an unknown form: %w", err),
		}
	default:
		status = &llm.StatusError{Retryable: true, Billed: a.sent.Load(), Err: c.broken(err)}
	}
	status.Err = wire.Scrubbed(status.Err, c.scrub)
	return status, status.Billed
}

// broken describes a connection that did not hold, without the URL.
func (c *Client) broken(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("connection to %s: %w", c.host, err)
}
