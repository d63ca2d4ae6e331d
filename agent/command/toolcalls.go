package command

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/command/acp"
)

// What is kept of tool calls that a program tells of.
const (
	mostCalls = 20_000 // in all; more are passed over
	mostOpen  = 500    // of which more may come: that they are over, or whose they are
	mostID    = 200    // bytes of an id
)

// toolCalls are the tool calls that a program tells of, joined with those that its
// gateway sees its models ask for. The gateway knows which agent asked for a call and
// what it is called; the program knows when it ran. A call that both know is recorded
// once. It is safe for concurrent use: the program and its gateway are heard at once.
type toolCalls struct {
	ctx     context.Context // of the trial, for its log
	workdir string
	record  bench.Recorder // of the program
	metered bool           // there is a gateway
	silent  bool           // what was said is not stored

	mu     sync.Mutex
	all    map[string]*told
	open   []*told // in the order in which they were heard of
	seen   bool    // the gateway sees tool calls
	last   int     // index of the last one that was recorded here
	passed int     // calls beyond those that are kept
	alone  int     // calls that the gateway, which sees others, does not see
	err    error   // of the log
}

// told is a tool call that a program tells of.
type told struct {
	acp.Tool
	permission string
	held       func(*told) // appends the event of the gateway, if that knows the call
}

func newToolCalls(record bench.Recorder, c bench.Command) *toolCalls {
	return &toolCalls{
		ctx: context.Background(), record: record, metered: c.Gateway != nil, all: map[string]*told{},
		silent: c.Gateway != nil && c.Gateway.DropBodies,
	}
}

// hear takes what a program says of a call, and how a request for permission was
// answered, if it asked. It returns the call as it is now, nil if it is not kept, and
// whether it is as far as it was not before.
func (c *toolCalls) hear(u acp.Update, permission string) (now *acp.Tool, news bool) {
	id := u.ToolID()
	if id == "" || len(id) > mostID {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.all[id]
	if t == nil {
		if len(c.all) >= mostCalls {
			c.passed++
			return nil, false
		}
		t = &told{}
		c.all[id], c.open = t, append(c.open, t)
		c.shrink()
	}
	if permission != "" {
		t.permission = permission
	}
	before := t.Status
	u.Into(&t.Tool, c.record.Now())
	is := t.Tool
	if !before.Over() && is.Status.Over() && (!c.metered || t.held != nil) {
		c.settle(t)
	}
	return &is, is.Status != before
}

// shrink settles the oldest call if too many are open.
func (c *toolCalls) shrink() {
	if len(c.open) > mostOpen {
		c.settle(c.open[0])
	}
}

// settle records a call, unless the gateway does, and forgets what was said. It holds
// the lock.
func (c *toolCalls) settle(t *told) {
	switch {
	case t.held != nil:
		t.held(t)
	case c.seen:
		c.alone++
	default:
		c.last++
		c.append(t)
	}
	for i, o := range c.open {
		if o == t {
			c.open = append(c.open[:i:i], c.open[i+1:]...)
			break
		}
	}
	status := t.Status
	if !status.Over() {
		status = acp.StatusCompleted // whatever is heard of it yet: it is in the log
	}
	*t = told{Tool: acp.Tool{ID: t.ID, Status: status, Start: t.Start}}
}

// append records a call that only the program knows. What it was called is not known:
// its kind is.
func (c *toolCalls) append(t *told) {
	e := bench.ToolCall{
		CallID: t.ID, Index: c.last, Name: string(t.Kind), Start: t.Start, End: t.End,
		Bytes: int64(len(t.Output)) + t.Dropped, Clipped: t.Dropped,
	}
	if t.End.IsZero() {
		e.End, e.ErrorClass = c.record.Now(), classUnfinished
	}
	c.complete(&e, t)
	var bodies []bench.Body
	if !c.silent {
		arguments, result := bench.Body(t.Input), bench.Body(t.Output)
		e.Arguments, e.Result = arguments.Hash(), result.Hash()
		bodies = append(bodies, arguments, result)
	}
	c.err = errors.Join(c.err, c.record.Record(c.ctx, e, bodies...))
}

// classUnfinished is the class of calls of which a program never said that they were over.
const classUnfinished = "unfinished"

// complete adds to an event what only the program knows.
func (c *toolCalls) complete(e *bench.ToolCall, t *told) {
	e.Permission = t.permission
	if t.Status == acp.StatusFailed {
		e.IsError = true
		if e.ErrorClass == "" {
			e.ErrorClass = string(agent.ClassTool)
		}
	}
	for _, l := range t.Locations {
		path := l.Path
		if below, ok := strings.CutPrefix(path, c.workdir+"/"); ok {
			path = below
		}
		e.Touched = append(e.Touched, bench.Touch{
			Path: path, Write: t.Kind.Writes(), From: l.Line, To: l.Line, Derived: true,
		})
	}
	if !c.silent {
		e.Title = t.Title
	}
}

// through is how the gateway's events are appended: tool calls with what the program
// tells of them. One that is not over yet waits until it is.
func (c *toolCalls) through(next bench.Append) bench.Append {
	return func(ctx context.Context, e bench.Event) error {
		call, ok := e.Payload.(bench.ToolCall)
		if !ok {
			return next(ctx, e)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.seen = true
		t := c.match(call, e.Bodies)
		if t == nil {
			return next(ctx, e)
		}
		t.held = func(t *told) {
			c.join(&call, t)
			e.Payload = call
			c.err = errors.Join(c.err, next(ctx, e))
		}
		if t.Status.Over() {
			c.settle(t)
		}
		return c.err
	}
}

// match finds the call of the program that is one of the gateway's: by its id, or else
// by what goes into it. It holds the lock.
func (c *toolCalls) match(call bench.ToolCall, bodies []bench.Body) *told {
	for _, t := range c.open {
		if t.ID == call.CallID && t.held == nil {
			return t
		}
	}
	if len(bodies) == 0 || len(bodies[0]) == 0 {
		return nil
	}
	for _, t := range c.open {
		if t.held == nil && t.Input != "" && !t.Start.After(call.End) &&
			(t.End.IsZero() || t.End.After(call.Start)) && sameJSON(t.Input, string(bodies[0])) {
			return t
		}
	}
	return nil
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil &&
		reflect.DeepEqual(x, y)
}

// join adds to a call of the gateway's what the program tells of it. The gateway knows
// between which moments it ran: after the model had asked for it, before it was told.
func (c *toolCalls) join(call *bench.ToolCall, t *told) {
	start, end := latest(t.Start, call.Start), call.End
	if !t.End.IsZero() && t.End.Before(end) {
		end = t.End
	}
	if start.Before(end) {
		call.Start, call.End = start, end
	}
	c.complete(call, t)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// close settles what is open when the program has ended. The error is one of the log.
func (c *toolCalls) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.open) > 0 {
		c.settle(c.open[0])
	}
	return c.err
}
