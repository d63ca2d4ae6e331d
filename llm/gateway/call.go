package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/wire"
)

// call is one request of a program on its way.
type call struct {
	*ask
	session  *Session
	upstream *upstream
	header   http.Header
	query    string
	sink     *sink

	talk    *talk
	thread  *thread
	starts  *delegation // that the thread begins to work on, until that is recorded
	payer   *llm.Payer
	whole   int64           // the output that the program may have, where money is no matter
	reply   *llm.Message    // what the model said; nil before it did
	spawned []*delegation   // by it
	before  <-chan struct{} // closed when the call before it is recorded
	ready   chan<- struct{} // to be closed when this one is
	arrived time.Time
}

// do makes the call, and tells the program what came of it.
func (c *call) do(ctx context.Context, alias string) {
	c.arrived = time.Now()
	c.enter(alias)
	defer close(c.ready)
	var resp llm.Response
	err := c.announce(ctx)
	if err == nil {
		client := c.thread.agent.clients(c.payer, c.upstream.Model)
		resp, err = client.Complete(ctx, c.request())
	}
	c.settle(ctx, resp, err)
	c.conclude(err)
}

// enter finds out whose call it is.
func (c *call) enter(alias string) {
	s, k := c.session, newTalk(c.ask)
	r := ruleOf(s.rules, caller{c.ask, c.header, alias, k.texts})
	s.mu.Lock()
	defer s.mu.Unlock()
	c.talk = k
	c.thread = s.choose(r, k)
	answered := c.thread.answer == nil || len(c.thread.answer.ToolCalls) == 0
	c.before, c.payer = c.thread.begin(k), c.thread.payer(c.upstream)
	c.ready = c.thread.ready
	if r.role == bench.RoleSidekick && c.thread.under == nil && answered {
		s.delegated(c.thread)
	}
	if d := c.thread.under; d != nil && !d.started {
		c.starts = d
	}
}

// announce records what is to be known before the call: it waits until the calls
// before it are recorded. One that ends while it waits leaves that to the next.
func (c *call) announce(ctx context.Context) error {
	s, t := c.session, c.thread
	if c.before != nil {
		<-c.before // its answer is there, or it has failed
	}
	s.mu.Lock()
	answers := s.answers(t)
	s.mu.Unlock()
	s.noteAnswers(ctx, t, answers, c.arrived)
	if c.starts != nil {
		select {
		case <-c.starts.noted:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	s.begin(ctx, c)
	if d := c.starts; d != nil {
		s.mu.Lock()
		d.started = true
		s.mu.Unlock()
		s.record(ctx, d.by.id, bench.DelegationStarted{
			DelegationID: d.id, Activation: 1, Child: t.agent.id,
		})
	}
	s.mu.Lock()
	over := s.over()
	s.mu.Unlock()
	s.noteEnded(ctx, over)
	return nil
}

// begin records that the agent of a call begins, if it is not recorded yet.
func (s *Session) begin(ctx context.Context, c *call) {
	s.mu.Lock()
	begun := c.thread.agent.begun
	c.thread.agent.begun = true
	s.mu.Unlock()
	if begun {
		return
	}
	e := bench.AgentStarted{
		Role: c.thread.agent.role, Model: c.upstream.Model.Name, WireModel: c.upstream.Model.Model,
	}
	if c.starts != nil {
		e.Parent, e.DelegationID = c.starts.by.id, c.starts.id
	}
	system, _ := c.talk.texts()
	prompt, tools := bench.Body(system), bench.Body(c.tools)
	e.SystemPrompt, e.Tools = prompt.Hash(), tools.Hash()
	s.record(ctx, c.thread.agent.id, e, prompt, tools)
}

// request is the call as all that it passes through sees it.
func (c *call) request() llm.Request {
	m, t := c.upstream.Model, c.thread
	req := c.sampling
	req.Model, req.Messages, req.Tools, req.Purpose = m.Model, t.messages(), c.tools, t.purpose
	c.whole = c.bound
	if c.whole == 0 {
		c.whole = m.MaxOutputTokens
	}
	c.whole *= c.choices
	req.MaxOutputTokens = c.whole
	req.Speaker = c.session.o.Speaker
	req.Speaker.Role, req.Speaker.Agent = t.agent.role, t.agent.id
	req.Send = c.send
	return req
}

// send makes one attempt.
func (c *call) send(ctx context.Context, req llm.Request) (llm.Response, error) {
	for {
		body, asked, err := c.bodyFor(req)
		if err != nil {
			return llm.Response{}, err
		}
		resp, err := c.attempt(ctx, req, body)
		if err == nil || !asked || c.sink.held == nil || !noUsageReports(*c.sink.held) {
			return resp, err
		}
		c.upstream.silent.Store(true)
	}
}

// bodyFor is the body that is sent: the program's, with what the gateway changes. It
// reports whether that asks for usage where the program did not.
func (c *call) bodyFor(req llm.Request) (body []byte, asked bool, err error) {
	body = c.body
	if c.name != Gemini && c.model != req.Model {
		body = wire.SetField(body, "model", llm.Quote(req.Model))
	}
	if asked = c.name == Chat && c.stream && !c.reports && !c.upstream.silent.Load(); asked {
		body = withUsage(body)
	}
	bound, less := req.MaxOutputTokens/c.choices, req.MaxOutputTokens < c.whole
	switch {
	case less && (bound < 1 || bound <= c.thoughts):
		// The provider refuses a bound that does not hold the thoughts that are asked for.
		req.MaxOutputTokens = c.whole
		if limit := c.payer.Lacks(req); limit != nil {
			return nil, false, limit
		}
	case less, c.bound == 0 && c.session.limited():
		body = c.bounded(c.ask, body, bound)
	}
	return body, asked, nil
}

// limited reports whether a budget bounds what the call may use.
func (s *Session) limited() bool {
	left := s.o.Budget.Unspent()
	return left.Cost >= 0 || left.Tokens >= 0
}

func (c *call) attempt(ctx context.Context, req llm.Request, body []byte) (llm.Response, error) {
	c.sink.held = nil
	e := c.upstream.endpoints[c.name]
	header := passedOn(c.header)
	c.authorize(header, e.Host(), c.upstream.Endpoint.APIKey)
	asked := *c.ask
	asked.sampling.Model = req.Model
	return e.Relay(ctx, wire.Relayed{
		Path: c.path(e, &asked), Query: c.query, Header: header, Body: body, Speaker: req.Speaker,
		Sink: c.sink,
		Read: func(a *wire.Attempt) error {
			err := c.read(a, req)
			if err == nil {
				c.heard(a)
			}
			return err
		},
	})
}

// heard notes what the answer asks for, before the program knows it.
func (c *call) heard(a *wire.Attempt) {
	s := c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	c.reply = a.Message
	c.thread.heard(a.Message, a.ID)
	c.spawned = s.spawn(c.thread.agent, a.Message)
}

// settle notes what became of the call, once it is recorded.
func (c *call) settle(ctx context.Context, resp llm.Response, err error) {
	s, t := c.session, c.thread
	s.mu.Lock()
	if t.ready == c.ready { // the next call of the thread has not begun
		t.busy = false
		if err != nil {
			t.answer, t.reply = nil, ""
		}
	}
	t.callID, t.ended, t.asked = resp.CallID, time.Now(), nil
	if err == nil && c.reply != nil {
		for i, tool := range c.reply.ToolCalls {
			t.asked = append(t.asked, asked{i, tool, resp.CallID, t.ended})
		}
	}
	price := c.upstream.Model.Price
	if resp.CallID != "" {
		t.agent.calls++
		t.work.turns++
	}
	t.work.usage = t.work.usage.Add(resp.Usage)
	t.work.cost += resp.Cost(price)
	t.work.unreported += resp.UnreportedCost(price)
	over := s.over()
	s.mu.Unlock()
	s.noteSpawned(ctx, c.spawned, resp.CallID)
	s.noteEnded(ctx, over)
}

// conclude tells the program what came of the call, as far as it does not know.
func (c *call) conclude(err error) {
	var limit *bench.LimitError
	switch {
	case c.sink.broken, c.session.ctx.Err() != nil && !c.sink.passed:
		panic(http.ErrAbortHandler) // the connection breaks off as the provider's did, or the trial
	case c.sink.passed:
		c.sink.finish()
	case errors.As(err, &limit):
		c.session.refusedFor(limit)
		c.refuse(c.sink.w, refusal{refusedLimit, limit.Error()})
	case c.sink.held != nil:
		c.sink.answer()
	case err != nil:
		c.refuse(c.sink.w, refusal{refusedUpstream, fmt.Sprintf("no answer of %s: %v",
			c.upstream.Model.Model, err)})
	}
}
