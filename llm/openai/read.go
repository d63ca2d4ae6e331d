package openai

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"bench/llm"
	"bench/llm/wire"
)

// Read takes the answer out of an attempt. What an answer had said that broke
// off, or that is of no use, is kept as the attempt's original.
func Read(a *wire.Attempt, req llm.Request) error {
	got := newAnswer()
	err := receive(a, got)
	a.ID, a.ServedModel = got.id, got.model
	if err == nil || len(got.finish) > 0 || got.fault != nil {
		a.Report(got.usage) // what breaks off has no last report
	}
	if err == nil {
		err = got.accept(a, req)
	}
	if err != nil && got.spoken {
		a.Original = got.encode()
		err = spokenAnyway(err)
	}
	return err
}

// spokenAnyway makes an error billed: the model had begun to answer.
func spokenAnyway(err error) error {
	var status *llm.StatusError
	if !errors.As(err, &status) {
		return err
	}
	billed := *status
	billed.Billed = true
	return &billed
}

// receive reads a stream, or an answer in one piece, whatever was asked for and
// whatever the server says it is.
func receive(a *wire.Attempt, into *answer) error {
	if a.Streams() {
		return stream(a, into)
	}
	in := bufio.NewReader(a.Body)
	a.Body = in
	for {
		begin, err := in.Peek(1)
		if err != nil || bytes.IndexByte([]byte(" \t\r\n\xef\xbb\xbf"), begin[0]) < 0 {
			break
		}
		_, _ = in.Discard(1)
	}
	begin, _ := in.Peek(len("event:"))
	for _, field := range []string{"data:", "event:", ":", "id:", "retry:"} {
		if bytes.HasPrefix(begin, []byte(field)) {
			return stream(a, into)
		}
	}
	return document(a, into)
}

// document reads an answer that comes in one piece. What follows it is of no
// interest.
func document(a *wire.Attempt, into *answer) error {
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		return err
	}
	var doc json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&doc); err != nil {
		return a.NotJSON(raw, err)
	}
	return into.chunk(a, wire.Event{Data: doc})
}

// The waits for what may still come after the model has finished: the usage, and
// the end of the stream.
const (
	waitForUsage = 15 * time.Second
	waitForEnd   = time.Second
)

// stream reads the chunks of a streamed answer.
func stream(a *wire.Attempt, into *answer) error {
	s := a.Stream()
	defer s.Close()
	into.streamed = true
	for {
		e, err := s.Next()
		if err != nil {
			return into.ended(s.Done(), err)
		}
		if err := into.chunk(a, e); err != nil {
			return err
		}
		if len(into.finish) > 0 {
			if len(into.usage) > 0 {
				s.Hurry(waitForEnd)
			} else {
				s.Hurry(waitForUsage)
			}
		}
	}
}

// ended says whether a stream that has ended was whole: it gave a reason, or it
// ended in order after it had said [DONE] or what was used. Some servers forget
// the reason: github.com/open-learning-exchange/planet/pull/10281
func (g *answer) ended(done bool, err error) error {
	switch {
	case len(g.finish) > 0 || done && g.spoken:
		return nil
	case g.stray != "":
		return wire.Spoiled("stream that is no stream of an answer: %s", g.stray)
	case done:
		return wire.Spoiled("stream without an answer")
	case errors.Is(err, io.EOF) && g.spoken && len(g.usage) > 0:
		return nil
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}

// chunk reads an event of the stream, or the whole answer.
func (g *answer) chunk(a *wire.Attempt, e wire.Event) error {
	if text := g.shape.string(e.Data); text != nil && g.spoken {
		g.part(g.shape.name, text)
		return nil
	}
	before := g.spoken
	g.inChunk, g.effects = false, 0
	if !g.take(e.Data) {
		return g.notAChunk(a, e.Data)
	}
	if g.spoken && !before {
		a.Token()
	}
	if g.effects == 1 && g.value[0] == '"' && len(g.finish) == 0 {
		g.shape.learn(e.Data, g.name, g.value)
	}
	if g.fault != nil {
		return wire.ErrorObject(g.fault, a.Header, e.Data)
	}
	if g.inChunk {
		return nil
	}
	if g.streamed && e.Name != "error" && remark(e.Data) {
		g.stray = wire.Clip(string(e.Data), 120)
		return nil
	}
	if failed := wire.ReportedError(a.Header, e.Data); failed != nil {
		return failed
	}
	return nil
}

// remark reports whether an event of a stream, which is no part of an answer, has
// a message but nothing that makes it an error: gateways say so that they are
// connected, or that a request waits in a queue.
func remark(event []byte) bool {
	says, fails := false, false
	wire.Fields(event, func(name, value []byte) {
		text := strings.ToLower(string(inner(value)))
		switch string(name) {
		case "message", "msg":
			says = text != ""
		case "type", "object", "status":
			fails = fails || strings.Contains(text, "error") || strings.Contains(text,
				"fail") || value[0] != '"'
		case "code", "status_code", "error_code", "error_msg", "errors", "detail", "base_resp":
			fails = fails || wire.Present(value) && string(value) != "0" && string(value) != "200"
		}
	})
	return says && !fails
}

// notAChunk judges an event that is no object: a list with an error in it, JSON
// that is broken, or words that some servers send to keep a connection open.
func (g *answer) notAChunk(a *wire.Attempt, data []byte) error {
	if failed := wire.ReportedError(a.Header, data); failed != nil {
		return failed
	}
	if data = bytes.TrimSpace(data); data[0] == '{' || data[0] == '[' {
		return &llm.StatusError{Retryable: true, Billed: true, Err: fmt.Errorf(
			"chunk that is not JSON: %s", wire.Clip(string(data), 120))}
	}
	g.stray = wire.Clip(string(data), 120)
	return nil
}
