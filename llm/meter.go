package llm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"bench"
)

// Meter records every call, successful or not, as a bench.LLMCall event of
// rec's agent, with the bodies of the messages that joined the conversation
// since the previous call; the answer is the last of them. bench.Conversation
// folds the refs recorded so far back into the conversation.
//
// What is announced of a call is recorded as bench.LLMCallStarted, so that no
// request leaves without a trace: the process may die before the answer comes.
//
// Meter belongs to one agent. A call that was refused before anything was sent
// or waited for (an empty budget, a dead context) is not a call and leaves no
// event. When the event cannot be appended the error says so, whatever became
// of the call.
//
// Made is how many calls of the agent are in the log already: ids continue from there.
func Meter(next Client, model bench.Model, rec bench.Recorder, made int) Client {
	return Meters(rec, made)(next, model)
}

// Meters is Meter for an agent whose conversation goes to several models. It
// returns what makes the client of each; their calls are counted and their
// messages recorded as those of one agent.
func Meters(rec bench.Recorder, made int) func(next Client, model bench.Model) Client {
	shared := &metered{rec: rec, calls: made}
	return func(next Client, model bench.Model) Client { return &meter{next, model, shared} }
}

type meter struct {
	next  Client
	model bench.Model
	*metered
}

// metered is what is known of an agent, whichever model it calls.
type metered struct {
	rec bench.Recorder

	mu       sync.Mutex
	calls    int
	recorded []*Message // the conversation as the log knows it
}

var _ Client = (*meter)(nil)

func (m *meter) Complete(ctx context.Context, req Request) (Response, error) {
	var number int // of the call, once it has one
	sent := req
	sent.Announce = func(ctx context.Context, soFar Response) error {
		return m.started(ctx, &number, req, soFar)
	}
	resp, err := m.next.Complete(ctx, sent)
	resp.assume(req)
	if err != nil && number == 0 &&
		(resp.Start.IsZero() && resp.Waited == 0 || errors.Is(err, ErrUnasked)) {
		return resp, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	resp.CallID = m.callID(&number)
	event := m.event(req, resp, number, err)
	event.CutOff = err != nil && bench.CutOff(ctx)
	var bodies []bench.Body
	event.Messages, bodies = m.said(req, resp.Message)
	if original := bench.Body(resp.Original); len(original) > 0 {
		event.Original = original.Hash()
		bodies = append(bodies, original)
	}
	for _, said := range resp.Lost {
		lost := bench.Body(said)
		event.Lost = append(event.Lost, lost.Hash())
		bodies = append(bodies, lost)
	}
	if failed := m.rec.Record(ctx, event, bodies...); failed != nil {
		failed = fmt.Errorf("record call %s: %w", resp.CallID, failed)
		return resp, errors.Join(failed, err)
	}
	return resp, err
}

// errLost is what is recorded of a call of which nothing more is heard.
var errLost = errors.New("the process ended before the answer was recorded")

// started records a call under way.
func (m *meter) started(ctx context.Context, number *int, req Request, soFar Response) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	soFar.CallID = m.callID(number)
	call := m.event(req, soFar, *number, errLost)
	call.CutOff = true
	if err := m.rec.Record(ctx, bench.LLMCallStarted{LLMCall: call}); err != nil {
		return fmt.Errorf("record that call %s begins: %w", call.CallID, err)
	}
	return nil
}

// callID is trial/agent-n, unique in a run because an agent's name is unique
// in its trial. A call that has no number yet is given the next one.
func (m *meter) callID(number *int) string {
	if *number == 0 {
		m.calls++
		*number = m.calls
	}
	if m.rec.Trial().IsZero() {
		return fmt.Sprintf("%s-%d", m.rec.Agent(), *number)
	}
	return fmt.Sprintf("%s/%s-%d", m.rec.Trial(), m.rec.Agent(), *number)
}

func (m *meter) event(req Request, resp Response, number int, err error) bench.LLMCall {
	c := bench.LLMCall{
		CallID: resp.CallID, Turn: req.Speaker.Turn, Purpose: req.Purpose,
		Model: m.model.Name, WireModel: req.Model,
		ServedModel: resp.ServedModel, RequestID: resp.RequestID,
		Usage: resp.Usage, Cost: resp.Cost(m.model.Price),
		ReportedCost: resp.ReportedCost, PriceID: m.model.Price.ID, Reserved: resp.Reserved,
		Start: resp.Start, First: resp.First, End: resp.End,
		Waited: resp.Waited, Retries: resp.Retries,
		FinishReason: resp.FinishReason, Finish: string(resp.Finish), UnknownUsage: resp.UnknownUsage,
		Unreported: resp.Unreported, EstimatedUnknown: resp.UnreportedCost(m.model.Price),
		CacheUnclear: resp.CacheUnclear, Parameters: parameters(req, resp), Source: resp.Source,
	}
	if c.Start.IsZero() { // it ended while it waited
		c.Start = m.rec.Now()
		c.End = c.Start
	}
	if c.Turn == 0 {
		c.Turn = number
	}
	if c.Purpose == "" {
		c.Purpose = bench.PurposeAgent
	}
	if n := len(resp.Attempts); n > 1 || n == 1 && !resp.Attempts[0].Start.Equal(resp.Start) {
		c.Attempts = resp.Attempts
	}
	if resp.Message != nil {
		c.ToolCalls = len(resp.Message.ToolCalls)
	}
	if err != nil {
		c.Error = err.Error()
	}
	return c
}

// parameters are those that were sent.
func parameters(req Request, resp Response) bench.Parameters {
	p := bench.Parameters{
		MaxOutputTokens: req.MaxOutputTokens, Temperature: req.Temperature, TopP: req.TopP,
		ReasoningEffort: req.ReasoningEffort, Seed: req.Seed, ToolChoice: string(req.ToolChoice),
	}
	if resp.MaxOutputTokens > 0 {
		p.MaxOutputTokens = resp.MaxOutputTokens
	}
	if resp.EffortLeftOut {
		p.ReasoningEffort = ""
	}
	return p
}

// said are the messages that a call adds to the log. A probe's are a part of the
// conversation that is there; those of a call beside it are all its own.
func (m *meter) said(req Request, reply *Message) ([]bench.MessageRef, []bench.Body) {
	switch req.Purpose {
	case bench.PurposeProbe:
		return nil, nil
	case bench.PurposeAside:
		return (&meter{metered: &metered{}}).added(req.Messages, reply)
	case bench.PurposeAgent, bench.PurposeWrapUp:
	}
	return m.added(req.Messages, reply)
}

// added brings the log's idea of the conversation up to date and returns what
// it lacked.
func (m *meter) added(request []*Message, reply *Message) ([]bench.MessageRef, []bench.Body) {
	same := 0
	for same < len(request) && same < len(m.recorded) && equal(request[same], m.recorded[same]) {
		same++
	}
	m.recorded = append(m.recorded[:same], request[same:]...)
	if reply != nil {
		m.recorded = append(m.recorded, reply)
	}
	fresh := m.recorded[same:]
	refs := make([]bench.MessageRef, len(fresh))
	bodies := make([]bench.Body, len(fresh))
	for i, msg := range fresh {
		bodies[i] = bench.Body(msg.JSON)
		refs[i] = bench.MessageRef{Index: same + i, Role: msg.Role, Body: bodies[i].Hash()}
	}
	return refs, bodies
}

func equal(a, b *Message) bool { return a == b || bytes.Equal(a.JSON, b.JSON) }
