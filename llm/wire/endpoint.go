package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"bench"
	"bench/llm"
)

// DefaultTimeout is how long one attempt may take from its start to the last
// byte of the answer.
const DefaultTimeout = 10 * time.Minute

// maxAnswer bounds what is read of one answer, maxError what is read of an
// answer that is an error.
const (
	maxAnswer = 64 << 20
	maxError  = 1 << 20
)

// Options says where and how requests are sent, in every protocol.
type Options struct {
	BaseURL   string            // paths are appended to it; a query of its own is kept
	APIKey    string            // may be empty; it appears in no error and no Response
	Headers   map[string]string // sent with every request, in place of the client's own
	Secrets   []string          // of BaseURL and Headers; they appear nowhere either
	Simulated bool              // a scripted server: llm.Speaker is sent in X-Bench headers
	Timeout   time.Duration     // of one attempt; default DefaultTimeout
	Usage     bench.UsageForm   // how the server counts cached tokens; empty is auto
	Idle      time.Duration     // how long a stream may be silent; default DefaultIdle
	Transport http.RoundTripper // default NewTransport()
}

// Endpoint sends requests to one base URL, takes the time, and judges what
// becomes of them. Attempts are not repeated here: llm.Retry does that.
type Endpoint struct {
	http    *http.Client
	base    *url.URL
	options Options
	keys    *bench.Redactor
	usage   UsageReader
}

// NewEndpoint returns an endpoint. It makes no request; a base URL that cannot
// be used is an error.
func NewEndpoint(o Options) (*Endpoint, error) {
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
	if o.Idle <= 0 {
		o.Idle = DefaultIdle
	}
	if o.Transport == nil {
		o.Transport = NewTransport()
	}
	keys := bench.NewRedactor(leastKey, o.Keys()...)
	e := &Endpoint{base: u, options: o, keys: keys, http: &http.Client{
		Transport: o.Transport,
		// A redirect would turn the POST into a GET, or carry it elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	e.usage.Form = o.Usage
	return e, nil
}

// Host is the endpoint's host, with its port if it has one.
func (e *Endpoint) Host() string { return e.base.Host }

// Path is the path of the base URL, without a slash at its end.
func (e *Endpoint) Path() string { return strings.TrimRight(e.base.Path, "/") }

// Keys takes the keys of the endpoint out of what its server wrote.
func (e *Endpoint) Keys() *bench.Redactor { return e.keys }

// Close drops idle connections.
func (e *Endpoint) Close() {
	if t, ok := e.options.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Call is one request.
type Call struct {
	Path    string // behind the base URL
	Header  http.Header
	Body    *Body
	Speaker llm.Speaker
	// Read takes the answer, whose status is 2xx, out of the attempt. A
	// *llm.StatusError says what is wrong with it; any other error means that
	// the answer broke off.
	Read func(*Attempt) error
}

// Do makes one attempt. Errors are *llm.StatusError, wrapping
// llm.ErrContextOverflow or llm.ErrRefused where these apply, or the cause of
// a context that ended.
func (e *Endpoint) Do(ctx context.Context, c Call) (llm.Response, error) {
	return e.once(ctx, func(ctx context.Context, cut func(), a *Attempt) error {
		return e.attempt(ctx, cut, c, a)
	})
}

// once makes an attempt within the limits of time, and says what became of it.
func (e *Endpoint) once(
	ctx context.Context, attempt func(ctx context.Context, cut func(), a *Attempt) error,
) (llm.Response, error) {
	if ctx.Err() != nil {
		return llm.Response{}, fmt.Errorf("model call: %w", context.Cause(ctx))
	}
	late := fmt.Errorf("%s: no complete answer within %s", e.base.Host, e.options.Timeout)
	limited, stop := context.WithTimeoutCause(ctx, e.options.Timeout, late)
	defer stop()
	limited, cancel := context.WithCancelCause(limited)
	defer cancel(nil)
	silent := fmt.Errorf("%s: %w for %s", e.base.Host, ErrIdle, e.options.Idle)
	a := &Attempt{start: time.Now(), usage: &e.usage}
	err := a.refuse(
		attempt(httptrace.WithClientTrace(limited, a.trace()), func() { cancel(silent) }, a))
	resp := a.response(time.Now(), e.keys.Text)
	billed := true
	if err != nil {
		resp.Message = nil
		err, billed = e.failure(ctx, limited, a, err)
	}
	if billed && !a.Reported.Known {
		resp.UnknownUsage = 1
	}
	return resp, err
}

// attempt sends the request and reads the answer.
func (e *Endpoint) attempt(ctx context.Context, cut func(), c Call, a *Attempt) error {
	r, err := e.request(ctx, c)
	if err != nil {
		return &llm.StatusError{Err: fmt.Errorf("encode request: %w", err)}
	}
	resp, err := e.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	a.Status, a.Header = resp.StatusCode, resp.Header
	counted := &countingReader{from: resp.Body}
	a.Body, a.idle, a.cut = io.LimitReader(counted, maxAnswer), e.options.Idle, cut
	if a.Status < 200 || a.Status > 299 {
		return a.refusal()
	}
	err = c.Read(a)
	var status *llm.StatusError
	if err == nil || errors.As(err, &status) || ctx.Err() != nil {
		return err
	}
	return &llm.StatusError{
		Retryable: true, Billed: true,
		Err: fmt.Errorf("answer cut off after %d bytes: %w", counted.read, err),
	}
}

// request is the HTTP request of a call.
func (e *Endpoint) request(ctx context.Context, c Call) (*http.Request, error) {
	u := e.base.JoinPath(c.Path)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	c.Body.Into(r)
	for name, values := range c.Header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/json")
	if e.options.Simulated {
		SetSpeaker(r.Header, c.Speaker)
	}
	for name, value := range e.options.Headers {
		r.Header.Set(name, value)
	}
	return r, nil
}

// failure gives an error of the attempt its final form, and says whether the
// provider may have billed it.
func (e *Endpoint) failure(
	ctx, limited context.Context, a *Attempt, err error,
) (error, bool) {
	if ctx.Err() != nil {
		return fmt.Errorf("model call: %w", context.Cause(ctx)), a.sent.Load()
	}
	var status *llm.StatusError
	switch {
	case errors.As(err, &status):
		copied := *status
		status = &copied
	case limited.Err() != nil:
		status = &llm.StatusError{
			Retryable: true, Billed: a.sent.Load(), Err: context.Cause(limited),
		}
	default:
		status = &llm.StatusError{
			Retryable: true, Billed: a.sent.Load(), Err: e.broken(err),
		}
	}
	status.Err = Scrubbed(status.Err, e.keys.Text)
	return status, status.Billed
}

// broken describes a connection that did not hold, without the URL.
func (e *Endpoint) broken(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("connection to %s: %w", e.base.Host, err)
}

// refusal is the failure of a status other than 2xx. Where one request is redirected, so
// are all.
func (a *Attempt) refusal() *llm.StatusError {
	if a.Status < 400 {
		return &llm.StatusError{Status: a.Status, Err: fmt.Errorf("%w: redirected to %s, where no "+
			"request is sent: set base_url to where the API is", llm.ErrHopeless,
			cmp.Or(a.Header.Get("Location"), "no place that is named"))}
	}
	body, _ := io.ReadAll(io.LimitReader(a.Body, maxError)) // what came is what there is to say
	return Refused(a.Status, a.Header, body)
}
