package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"bench/llm"
	"bench/llm/wire"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 64 << 20

// attempt is what the doer learns about one request. The trace writes sent and
// first from the connection's goroutines.
type attempt struct {
	request llm.Request
	start   time.Time
	sent    atomic.Bool  // the whole request is written
	first   atomic.Int64 // first byte, nanoseconds after start

	status   int
	header   http.Header
	raw      []byte // the answer as it came
	parts    parts
	message  json.RawMessage // of the first choice, its arguments made plain
	usage    *wire.UsageReader
	reported wire.Reported
}

type attemptKey struct{}

func (a *attempt) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err == nil {
				a.sent.Store(true)
			}
		},
		GotFirstResponseByte: func() { a.first.CompareAndSwap(0, int64(time.Since(a.start))) },
	}
}

// response is what is true of the attempt, whatever became of it.
func (a *attempt) response(end time.Time, scrub func(string) string) llm.Response {
	r := llm.Response{
		Start: a.start, End: end, Usage: a.reported.Usage, ReportedCost: a.reported.Cost,
		CacheUnclear: a.reported.Unclear,
		ServedModel:  scrub(a.parts.model()), RequestID: scrub(a.requestID()),
	}
	if first := a.first.Load(); first > 0 {
		r.First = a.start.Add(time.Duration(first))
	}
	return r
}

// requestID is the name under which the provider's support finds the request.
func (a *attempt) requestID() string {
	for _, name := range []string{"X-Request-Id", "Request-Id", "X-Generation-Id"} {
		if id := a.header.Get(name); id != "" {
			return id
		}
	}
	return a.parts.id()
}

// doer is the HTTPDoer between go-openai and the network.
type doer struct {
	http      *http.Client
	simulated bool
}

func (d *doer) Do(r *http.Request) (*http.Response, error) {
	a, ok := r.Context().Value(attemptKey{}).(*attempt)
	if !ok {
		return nil, errors.New("request without an attempt")
	}
	if err := d.prepare(r, a.request); err != nil {
		return nil, &llm.StatusError{Err: fmt.Errorf("encode request: %w", err)}
	}
	resp, err := d.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	a.raw, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil && success(a.status) {
		if r.Context().Err() != nil {
			return nil, err
		}
		return nil, &llm.StatusError{
			Retryable: true, Billed: true,
			Err: fmt.Errorf("answer cut off after %d bytes: %w", len(a.raw), err),
		}
	}
	if a.status < 400 && !success(a.status) {
		return nil, a.failure("redirected to "+resp.Header.Get("Location"), "").Judge()
	}
	if !success(a.status) {
		return withBody(resp, a.raw), nil // go-openai reads the error in it
	}
	clean, failed := a.read()
	if failed != nil {
		return nil, failed
	}
	return withBody(resp, clean), nil
}

// prepare turns go-openai's request into the one that is sent.
func (d *doer) prepare(r *http.Request, req llm.Request) error {
	encoded, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	b, err := splice(encoded, req, marksCache(r.URL.Host, req.Model))
	if err != nil {
		return err
	}
	b.into(r)
	if d.simulated {
		wire.SetSpeaker(r.Header, req.Speaker)
	}
	return nil
}

func withBody(resp *http.Response, b []byte) *http.Response {
	copied := *resp
	copied.Body = io.NopCloser(bytes.NewReader(b))
	copied.ContentLength = int64(len(b))
	return &copied
}

func success(status int) bool { return status >= 200 && status < 300 }
