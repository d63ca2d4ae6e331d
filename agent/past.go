package agent

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"bench"
	"bench/llm"
)

// memory is what the log holds of one agent that was cut off, as far as it
// needs it to go on. The nil memory is that of an agent that starts.
type memory struct {
	past     *History
	messages []*llm.Message // the conversation, to the byte
	batches  map[int]string // the model call that each answer came from, by its index
	last     bench.LLMCall  // the last one that was answered
	tools    map[place]*pastCall
	made     int // model calls, answered or not
	turns    int64
	used     bench.Amount
	usage    bench.Usage
	noticed  bool
	workdir  string // where its files lay
	began    time.Time
	seen     time.Time     // when its last event was
	paused   time.Duration // of the time since it began
}

// place is where a tool call stands: in which batch, and where in it.
type place struct {
	batch string
	index int
}

// pastCall is a tool call that was executed.
type pastCall struct {
	bench.ToolCall
	text string // the observation
}

// of returns the memory of an agent, nil if it never started.
func (p *History) of(agent string) (*memory, error) {
	if p == nil {
		return nil, nil
	}
	m := &memory{past: p, batches: map[int]string{}, tools: map[place]*pastCall{}}
	for _, e := range p.Events {
		if e.Agent != agent {
			continue
		}
		m.seen = e.Time
		if err := m.add(e); err != nil {
			return nil, fmt.Errorf("recall %s of agent %s: %w", e.Payload.Type(), agent, err)
		}
	}
	if m.began.IsZero() {
		return nil, nil
	}
	return m, nil
}

// Conversation returns what an agent whose work has ended, its model and its
// tools had said; nothing if it never started. What nobody told the model any
// more, because the work ended with it, is part of it: every call is answered.
func (p *History) Conversation(agent string) ([]*llm.Message, error) {
	m, err := p.of(agent)
	if m == nil {
		return nil, err
	}
	last := len(m.messages) - 1
	batch := m.batches[last]
	if batch == "" {
		return m.messages, nil
	}
	if m.last.Purpose == bench.PurposeWrapUp { // calls that it asked for were not made
		m.messages[last] = wrappedUp(m.messages[last])
		return m.messages, nil
	}
	answer := named(m.messages[last], m.turns)
	m.messages[last] = answer
	for i, c := range answer.ToolCalls {
		if done := m.tools[place{batch, i}]; done != nil {
			m.messages = append(m.messages, llm.Observation(c.ID, done.text))
		}
	}
	return m.messages, nil
}

func (m *memory) add(e bench.Event) error {
	switch p := e.Payload.(type) {
	case bench.AgentStarted:
		m.began, m.workdir = e.Time, p.Workdir
	case bench.AgentResumed:
		m.paused += p.Paused
	case bench.LLMCall:
		return m.addCall(p)
	case bench.ToolCall:
		text, err := m.past.Body(p.Result)
		m.tools[place{p.BatchID, p.Index}] = &pastCall{p, string(text)}
		return err
	case bench.BudgetNotice:
		m.noticed = m.noticed || p.Kind == bench.NoticeNear
	}
	return nil
}

// addCall takes over the messages that a call added. One at an index that is
// there already replaces it and all after it.
func (m *memory) addCall(c bench.LLMCall) error {
	m.made++
	m.turns++
	m.usage = m.usage.Add(c.Usage)
	m.used = m.used.Add(c.Amount())
	for _, ref := range c.Messages {
		data, err := m.past.Body(ref.Body)
		if err != nil {
			return err
		}
		message, err := llm.ParseMessage(data)
		if err != nil {
			return err
		}
		m.messages = append(m.messages[:min(ref.Index, len(m.messages))], message)
	}
	if c.Error == "" && len(c.Messages) > 0 {
		m.batches[len(m.messages)-1] = c.CallID
		m.last = c
	}
	return nil
}

// calls is how many model calls were made.
func (m *memory) calls() int {
	if m == nil {
		return 0
	}
	return m.made
}

// call is a tool call that was executed, nil if it was not. One that was stopped
// is still to be done.
func (m *memory) call(batch string, index int) *pastCall {
	if m == nil {
		return nil
	}
	done := m.tools[place{batch, index}]
	if done == nil || ErrorClass(done.ErrorClass) == ClassCancelled {
		return nil
	}
	return done
}

// moved takes the conversation to another work directory. Copies of local
// sandboxes do not always lie where they lay; those of containers do.
func (m *memory) moved(workdir string) error {
	if m.workdir == workdir || m.workdir == "" || workdir == "" {
		return nil
	}
	for i, message := range m.messages {
		data := bytes.ReplaceAll(message.JSON, []byte(m.workdir), []byte(workdir))
		moved, err := llm.ParseMessage(data)
		if err != nil {
			return err
		}
		m.messages[i] = moved
	}
	for _, call := range m.tools {
		call.text = strings.ReplaceAll(call.text, m.workdir, workdir)
	}
	return nil
}

// remember puts the run where the agent was when it was cut off. Its trial's
// budget has been charged by who took up the trial.
func (r *run) remember(ctx context.Context) error {
	m := r.memory
	if err := m.moved(r.Workdir); err != nil {
		return err
	}
	r.request.Messages = append([]*llm.Message(nil), m.messages...)
	if len(m.messages) == 0 {
		r.request.Messages = r.opening()
	}
	r.result.Turns, r.result.Usage, r.result.Cost = m.turns, m.usage, m.used.Cost
	for _, message := range m.messages {
		if message.Role == "assistant" {
			r.result.Message = spoken(message, r.result.Message)
		}
	}
	r.noticed = m.noticed
	r.started = time.Now().Add(-m.seen.Sub(m.began) + m.paused)
	r.Budget.ChargeAlone(m.used)
	return ctx.Err()
}

// goOn does again what the agent had done in its sandbox, and goes on in the
// middle of its last turn. Observations are those of the log.
func (r *run) goOn(ctx context.Context) {
	m := r.memory
	if m == nil {
		return
	}
	last := len(m.messages) - 1
	for i, message := range m.messages {
		if i < last && message.Role == "assistant" && len(message.ToolCalls) > 0 {
			r.redoBatch(ctx, m.batches[i], i)
		}
	}
	r.record(ctx, bench.AgentResumed{Paused: time.Since(m.seen)})
	if r.fault != nil || last < 0 || m.batches[last] == "" || r.result.State != "" {
		return
	}
	if m.last.Purpose == bench.PurposeWrapUp {
		r.wrapped = true
		return
	}
	answer := named(m.messages[last], r.result.Turns)
	r.request.Messages[last] = answer
	r.answer(ctx, llm.Response{
		CallID: m.last.CallID, FinishReason: m.last.FinishReason, Message: answer,
	})
}

// redoBatch does the calls of an answer again, one after the other.
func (r *run) redoBatch(ctx context.Context, id string, index int) {
	calls := r.memory.messages[index].ToolCalls
	b := &batch{run: r, id: id, slots: make([]slot, 0, len(calls)),
		before: r.memory.messages[:index]}
	for i, call := range b.calls(calls) {
		past := r.memory.call(id, i)
		if past == nil {
			continue
		}
		b.slots = append(b.slots, slot{call: calls[i], index: i, past: past})
		b.redo(ctx, &b.slots[len(b.slots)-1], call)
	}
	if len(b.slots) > 0 {
		r.circles.add(b.slots)
	}
}

// redo does to the sandbox what a call in the log had done, and takes the
// observation from the log.
func (b *batch) redo(ctx context.Context, s *slot, call Call) *Final {
	p := s.past
	s.seen = Observation{
		Text: p.text, Stable: p.text, IsError: p.IsError, ErrorClass: ErrorClass(p.ErrorClass),
		ExitCode: p.ExitCode, Bytes: p.Bytes, Clipped: p.Clipped, Touched: p.Touched,
	}
	b.wrote(p.Touched)
	tool, ok := b.tools[p.Name]
	if !ok || !did(s.seen) || b.result.State != "" {
		return nil
	}
	final, err := b.again(ctx, tool, call)
	if err != nil {
		s.seen.Fault = err
		b.end(bench.AgentErrorSandbox, err)
	}
	return final
}

// did reports whether a call can have done anything.
func did(o Observation) bool {
	switch o.ErrorClass {
	case ClassArguments, ClassUnknownTool, ClassNotExecuted:
		return false
	default:
		return true
	}
}

// again makes a call once more; only its effects count. The error ends the
// agent's work.
func (b *batch) again(ctx context.Context, tool Tool, call Call) (final *Final, err error) {
	defer func() {
		if v := recover(); v != nil { // as it may have done the first time
			Panicked(ctx, tool.Definition().Name, v)
		}
	}()
	if redoer, ok := tool.(Redoer); ok {
		return nil, redoer.Redo(ctx, call)
	}
	w, err := tool.Accept(ctx, call)
	if err != nil || w.Run == nil {
		return w.Final, nil
	}
	hold := b.locks.Enqueue(w.Locks...)
	defer hold.Release()
	if !w.Waits {
		if err := hold.Wait(ctx); err != nil {
			return nil, nil // the next look at ctx says why
		}
	}
	return nil, w.Run(ctx, hold).Fault
}
