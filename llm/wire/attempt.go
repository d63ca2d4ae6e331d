package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"bench/llm"
)

// Attempt is one request under way, and what is known of its answer. Whoever
// reads the answer fills in what it says.
type Attempt struct {
	Status int
	Header http.Header
	Body   io.Reader

	Message      *llm.Message
	Original     json.RawMessage // as llm.Response has it
	Finish       llm.Finish
	FinishReason string
	ServedModel  string
	ID           string // of the answer; used where no header names the request
	Reported     Reported
	Said         int64 // bytes of what broke off, as llm.Response has it

	usage *UsageReader // the endpoint's; nil reads each report by itself
	start time.Time
	sent  atomic.Bool  // the whole request is written
	first atomic.Int64 // first byte, nanoseconds after start
	token time.Time    // first token
	idle  time.Duration
	cut   func()
}

// Stream reads the events of a streamed answer. It is to be closed.
func (a *Attempt) Stream() *Stream { return NewStream(a.Body, a.idle, a.cut) }

// Events calls each for every event of a streamed answer until it returns true,
// which must happen before the stream ends.
func (a *Attempt) Events(each func(Event) (done bool, err error)) error {
	stream := a.Stream()
	defer stream.Close()
	for {
		event, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if done, err := each(event); done || err != nil {
			return err
		}
	}
}

// Document reads an answer that comes in one piece. Where known then reports
// that it is none of the protocol's, it may be an error with status 2xx.
func (a *Attempt) Document(into any, known func() bool) error {
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		return err
	}
	raw = bytes.TrimPrefix(bytes.TrimSpace(raw), []byte("\xef\xbb\xbf"))
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(into); err != nil {
		return a.NotJSON(raw, err)
	}
	if known() {
		return nil
	}
	if failed := ReportedError(a.Header, raw); failed != nil {
		return failed
	}
	return Spoiled("answer of an unknown form: %s", Clip(string(raw), 200))
}

// Report reads the usage that the answer reports, and what gateways say of its
// price.
func (a *Attempt) Report(usage json.RawMessage) {
	r := a.usage
	if r == nil {
		r = new(UsageReader)
	}
	a.Reported = r.Read(usage, a.Header)
}

// Token notes that a token of the answer has come.
func (a *Attempt) Token() {
	if a.token.IsZero() {
		a.token = time.Now()
	}
}

// Streams reports whether the answer is a stream of events.
func (a *Attempt) Streams() bool {
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	return kind == "text/event-stream"
}

// trace notes when the request was sent and when the answer began. Its
// functions run on the connection's goroutines.
func (a *Attempt) trace() *httptrace.ClientTrace {
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
func (a *Attempt) response(end time.Time, scrub func(string) string) llm.Response {
	r := llm.Response{
		Message: a.Message, Original: a.Original, Finish: a.Finish, FinishReason: a.FinishReason,
		Usage: a.Reported.Usage, ReportedCost: a.Reported.Cost,
		CacheUnclear: a.Reported.Unclear,
		ServedModel:  scrub(a.ServedModel), RequestID: scrub(a.requestID()),
		Said: a.Said, Start: a.start, First: a.token, End: end,
	}
	if first := a.first.Load(); first > 0 && r.First.IsZero() {
		r.First = a.start.Add(time.Duration(first))
	}
	return r
}

// requestID is the name under which the provider's support finds the request.
func (a *Attempt) requestID() string {
	for _, name := range []string{"X-Request-Id", "Request-Id", "X-Generation-Id"} {
		if id := a.Header.Get(name); id != "" {
			return id
		}
	}
	return a.ID
}

// Spoiled is the failure of an answer that is no use although the model spoke.
func Spoiled(format string, args ...any) *llm.StatusError {
	return &llm.StatusError{Retryable: true, Billed: true, Err: fmt.Errorf(format, args...)}
}

// NotJSON is the failure of an answer that cannot be decoded. A page of HTML
// comes from something in between, and no model was asked.
func (a *Attempt) NotJSON(raw []byte, err error) *llm.StatusError {
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	start := strings.TrimSpace(Clip(string(raw), 120))
	switch {
	case kind == "text/html" || strings.HasPrefix(start, "<"):
		return &llm.StatusError{
			Retryable: true, Err: fmt.Errorf("a page of HTML instead of an answer: %s", start),
		}
	case start == "":
		return Spoiled("empty answer")
	}
	return Spoiled("answer is not JSON: %w", err)
}

// countingReader counts what is read.
type countingReader struct {
	from io.Reader
	read int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.read += int64(n)
	return n, err
}
