package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"bench/llm"
)

// Relayed is a request that another program wrote. It is sent as it is, and its
// answer goes back as it comes.
type Relayed struct {
	Path   string // behind the base URL
	Query  string // of the URL, encoded, beside that of the base URL
	Header http.Header
	Body   []byte
	// Speaker is sent to simulated models alone, as that of a Call.
	Speaker llm.Speaker
	Sink    Sink
	// Read takes what the answer says out of the attempt, as Call.Read does. It
	// need not read all of it.
	Read func(*Attempt) error
}

// Sink takes the answer to a relayed request.
type Sink interface {
	// Pass is called with the first bytes of a stream. What is written is on its way
	// to the program: an attempt of which anything was passed on is not made again.
	Pass(status int, h http.Header) io.Writer
	// Cut says that a stream broke off of which something was passed on, so that the
	// program's breaks off, too.
	Cut()
	// Hold keeps a whole answer, in place of the one before. It is passed on if the
	// call ends with it, so that the program can be told what the last attempt was.
	Hold(Held)
}

// Held is a whole answer.
type Held struct {
	Status int
	Header http.Header
	Body   []byte
}

// Relay makes one attempt at a request of another program, as Do does at one of
// our own. Two things differ: what has been passed on cannot be asked for again,
// and neither is a whole answer that may be billed, whatever is in it. The program
// is told what it would have been told without us.
func (e *Endpoint) Relay(ctx context.Context, r Relayed) (llm.Response, error) {
	resp, err := e.once(ctx, func(ctx context.Context, cut func(), a *Attempt) error {
		return e.relay(ctx, cut, r, a)
	})
	if resp.Finish == llm.FinishSpoiled { // a word of our own agents, who ask again
		resp.Finish = ""
	}
	return resp, err
}

func (e *Endpoint) relay(ctx context.Context, cut func(), r Relayed, a *Attempt) error {
	body := new(Body)
	body.Add(r.Body)
	req, err := e.request(ctx, Call{Path: r.Path, Header: r.Header, Body: body, Speaker: r.Speaker})
	if err != nil {
		return &llm.StatusError{Err: fmt.Errorf("encode request: %w", err)}
	}
	req.URL.RawQuery = joinQuery(req.URL.RawQuery, r.Query)
	resp, err := e.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	a.Status, a.Header = resp.StatusCode, resp.Header
	switch {
	case a.Status < 200 || a.Status > 299:
		return a.refusedRelay(resp.Body, r.Sink)
	case a.Streams():
		return e.relayStream(cut, resp.Body, r, a)
	}
	return relayWhole(resp.Body, r, a)
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// refusedRelay is the failure of a status other than 2xx.
func (a *Attempt) refusedRelay(from io.Reader, to Sink) *llm.StatusError {
	body, _ := io.ReadAll(io.LimitReader(from, maxError)) // what came is what there is to say
	to.Hold(Held{a.Status, a.Header, body})
	a.Body = bytes.NewReader(body)
	return a.refusal()
}

// relayWhole reads an answer that comes in one piece.
func relayWhole(from io.Reader, r Relayed, a *Attempt) error {
	body, err := io.ReadAll(io.LimitReader(from, maxAnswer))
	if err != nil {
		return cutOff(int64(len(body)), err, true)
	}
	r.Sink.Hold(Held{a.Status, a.Header, body})
	a.Body = bytes.NewReader(body)
	err = r.Read(a)
	var status *llm.StatusError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &status):
		return &llm.StatusError{Billed: true, Err: fmt.Errorf("answer that cannot be read: %w", err)}
	case !status.Billed:
		return err
	}
	return final(status)
}

// final is a failure after which the attempt is not made again.
func final(err *llm.StatusError) *llm.StatusError {
	last := *err
	last.Retryable = false
	return &last
}

func cutOff(after int64, err error, again bool) *llm.StatusError {
	return &llm.StatusError{
		Retryable: again, Billed: true,
		Err: fmt.Errorf("answer cut off after %d bytes: %w", after, err),
	}
}

// relayStream passes a stream on while it is read. The reader waits for nothing:
// it is the program that decides when it has heard enough.
func (e *Endpoint) relayStream(cut func(), from io.Reader, r Relayed, a *Attempt) error {
	t := &tee{from: from, idle: e.options.Idle, begin: func() io.Writer {
		return r.Sink.Pass(a.Status, a.Header)
	}}
	t.timer = time.AfterFunc(e.options.Idle, cut)
	defer t.timer.Stop()
	a.Body = t
	err := r.Read(a)
	_, rest := io.Copy(io.Discard, t) // what the reader has no use for
	if failed := t.pass(); rest == nil {
		rest = failed
	}
	var status *llm.StatusError
	switch {
	case rest != nil && t.passed == 0:
		return cutOff(0, rest, true)
	case rest != nil && err != nil:
		r.Sink.Cut()
		return cutOff(t.passed, rest, false)
	case err == nil: // whole, whatever became of the connection
		if rest != nil {
			r.Sink.Cut()
		}
		return nil
	case !errors.As(err, &status):
		return cutOff(t.passed, err, t.passed == 0)
	case t.passed > 0:
		return final(status)
	}
	return status
}

// tee passes on what is read through it, when more is asked for: whoever reads knows
// what an answer says before the program does. A program that is slow to read makes
// the provider wait, and is no silence of the provider's.
type tee struct {
	from   io.Reader
	begin  func() io.Writer
	to     io.Writer // nil before the first byte
	next   []byte    // read, and not passed on
	passed int64
	idle   time.Duration
	timer  *time.Timer
	err    error
}

func (t *tee) Read(p []byte) (int, error) {
	if err := t.pass(); err != nil {
		t.err = err
	}
	if t.err != nil {
		return 0, t.err
	}
	t.timer.Reset(t.idle)
	n, err := t.from.Read(p)
	t.timer.Stop()
	t.next, t.err = append(t.next, p[:n]...), err
	return n, err
}

// pass passes on what was read last.
func (t *tee) pass() error {
	if len(t.next) == 0 {
		return nil
	}
	if t.to == nil {
		t.to = t.begin()
	}
	t.passed += int64(len(t.next))
	_, err := t.to.Write(t.next)
	t.next = t.next[:0]
	if err != nil {
		return fmt.Errorf("pass on: %w", err)
	}
	return nil
}
