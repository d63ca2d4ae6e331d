package acp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// Peer hears what a program says besides its answers. Its methods are called one at a
// time, in the order in which the program said it.
type Peer interface {
	// Told takes a notification.
	Told(method string, params json.RawMessage)
	// Asked answers a request.
	Asked(method string, params json.RawMessage) (result any, refused *Error)
	// Stray takes a line that is no message, or answers what nobody asked.
	Stray(line []byte)
}

// The codes of errors that are told apart.
const (
	CodeMethodNotFound = -32601
	CodeInvalidParams  = -32602
	CodeAuthRequired   = -32000
)

// Error is an answer that refuses a request.
type Error struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Error is the message, with what the data say where the message says nothing.
func (e *Error) Error() string {
	const most = 500
	text := e.Message
	if len(e.Data) > 0 && string(e.Data) != "null" {
		text += ": " + string(e.Data)
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return fmt.Sprintf("%s (code %d)", text, e.Code)
}

// ErrClosed: the program has ended, or is no longer listened to.
var ErrClosed = errors.New("the program has ended")

// Conn is a connection to a program. Serve reads what it says; Call and Notify may be
// used meanwhile, from any goroutine.
type Conn struct {
	w    io.Writer
	peer Peer
	done chan struct{} // closed when Serve returns

	writing sync.Mutex

	mu      sync.Mutex
	next    int64
	waiting map[int64]chan message
}

// NewConn returns a connection whose messages go to w.
func NewConn(w io.Writer, peer Peer) *Conn {
	return &Conn{w: w, peer: peer, done: make(chan struct{}), waiting: map[int64]chan message{}}
}

// message is a request, a notification or an answer, as it comes.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// refusal is the error of an answer; nil if there is none. Some programs send a text.
func (m message) refusal() *Error {
	if len(m.Error) == 0 || string(m.Error) == "null" {
		return nil
	}
	e := &Error{}
	if json.Unmarshal(m.Error, e) != nil || e.Code == 0 && e.Message == "" {
		*e = Error{Message: string(m.Error)}
	}
	return e
}

// Serve reads lines until there are none, and returns why. Calls that wait then end.
func (c *Conn) Serve(next func() ([]byte, error)) error {
	defer close(c.done)
	for {
		line, err := next()
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if failed := c.take(line); failed != nil {
				return failed
			}
		}
		if err != nil {
			return err
		}
	}
}

// take takes a message. The error is that of an answer to it which could not be written.
func (c *Conn) take(line []byte) error {
	var m message
	valid := line[0] == '{' && json.Unmarshal(line, &m) == nil
	switch {
	case !valid:
		c.peer.Stray(line)
	case m.Method != "" && m.ID != nil:
		result, refused := c.peer.Asked(m.Method, m.Params)
		if refused != nil {
			return c.write(outgoing{ID: m.ID, Error: refused})
		}
		return c.write(outgoing{ID: m.ID, Result: result})
	case m.Method != "":
		c.peer.Told(m.Method, m.Params)
	case !c.answer(m):
		c.peer.Stray(line)
	}
	return nil
}

// answer hands an answer to the call that waits for it. Some programs make texts of
// numbers.
func (c *Conn) answer(m message) bool {
	id, err := strconv.ParseInt(strings.Trim(string(m.ID), `"`), 10, 64)
	if err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	to := c.waiting[id]
	if to == nil {
		return false
	}
	delete(c.waiting, id)
	to <- m // has room for one
	return true
}

// outgoing is a message as it goes.
type outgoing struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  any             `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

func (c *Conn) write(m outgoing) error {
	m.JSONRPC = "2.0"
	line, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if _, err := c.w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return nil
}

// Notify tells the program something.
func (c *Conn) Notify(method string, params any) error {
	return c.write(outgoing{Method: method, Params: params})
}

// Call asks the program and waits for its answer. The error is an *Error, ErrClosed, or
// the cause with which ctx ended. A program that does not read what it is sent is waited
// for whatever becomes of ctx: it must be ended.
func (c *Conn) Call(ctx context.Context, method string, params, result any) error {
	to := make(chan message, 1)
	c.mu.Lock()
	c.next++
	id := c.next
	c.waiting[id] = to
	c.mu.Unlock()
	m := outgoing{ID: strconv.AppendInt(nil, id, 10), Method: method, Params: params}
	if err := c.write(m); err != nil {
		return err
	}
	var answer message
	select {
	case answer = <-to:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.done:
		select {
		case answer = <-to: // its last word
		default:
			return ErrClosed
		}
	}
	if refused := answer.refusal(); refused != nil {
		return refused
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		return fmt.Errorf("%w: %w", errAnswer, err)
	}
	return nil
}

// errAnswer marks an answer that is not what was asked for.
var errAnswer = errors.New("an answer of another form than the protocol's")
