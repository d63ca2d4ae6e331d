package agent

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"bench"
	"bench/llm"
)

// agentHistory is what the log holds of one agent that was cut off, as far as
// the agent needs it to resume. An agent that starts has the nil history.
type agentHistory struct {
	log       *History
	messages  []*llm.Message        // the conversation, to the byte
	answers   map[int]*loggedAnswer // by their index in messages
	tools     map[callPosition]*loggedCall
	chosen    []bench.RouteChosen
	made      int    // model calls, answered or not
	result    Result // turns and costs only
	used      bench.Amount
	telling   bool // a notice of a limit nearby is in the next call
	noticed   bool // one is in a call that ended; what was not sent is told again
	began     time.Time
	lastEvent time.Time     // when it last did something
	paused    time.Duration // of the time since it began, outages included
	outage    bench.Outage  // the last one
}

// callPosition is where a tool call stands: its batch, and its index in it.
type callPosition struct {
	batch string
	index int
}

// loggedAnswer is the model call that an answer came from.
type loggedAnswer struct {
	bench.LLMCall
	original []byte // the answer before it was made fit to go back, if it had to be
}

// loggedCall is a tool call that was executed.
type loggedCall struct {
	bench.ToolCall
	text string // the observation
}

// ofAgent returns the history of one agent, nil if it never started.
func (p *History) ofAgent(agent string) (*agentHistory, error) {
	if p == nil {
		return nil, nil
	}
	m := &agentHistory{log: p, answers: map[int]*loggedAnswer{}, tools: map[callPosition]*loggedCall{}}
	for _, e := range p.Events {
		if e.Agent != agent {
			continue
		}
		if !bench.Remains(e.Payload) {
			m.lastEvent = e.Time
		}
		if err := m.add(e); err != nil {
			return nil, fmt.Errorf("read %s of agent %s: %w", e.Payload.Type(), agent, err)
		}
	}
	if m.began.IsZero() {
		return nil, nil
	}
	if err := m.converse(agent); err != nil {
		return nil, fmt.Errorf("read the conversation of agent %s: %w", agent, err)
	}
	return m, nil
}

// converse takes over the agent's conversation, with the bytes that it had.
func (m *agentHistory) converse(agent string) error {
	said, err := bench.Conversation(m.log.Events, agent)
	if err != nil {
		return err
	}
	m.messages = make([]*llm.Message, len(said))
	for i, s := range said {
		data, err := m.log.Body(s.Body)
		if err != nil {
			return err
		}
		if m.messages[i], err = llm.ParseMessage(data); err != nil {
			return err
		}
		if s.Call == nil {
			continue
		}
		answer := &loggedAnswer{LLMCall: *s.Call}
		m.answers[i] = answer
		if answer.Original != "" {
			if answer.original, err = m.log.Body(answer.Original); err != nil {
				return err
			}
		}
	}
	return nil
}

// Conversation returns what an agent whose work has ended, its model and its
// tools had said; nothing if it never started. What nobody told the model any
// more, because the work ended with it, is part of it: every call is answered.
func (p *History) Conversation(agent string) ([]*llm.Message, error) {
	m, err := p.ofAgent(agent)
	if m == nil {
		return nil, err
	}
	last := len(m.messages) - 1
	answer := m.answers[last]
	if answer == nil {
		return m.messages, nil
	}
	understood := m.heard(last, nil)
	m.messages[last] = understood.message
	for i, c := range understood.message.ToolCalls {
		text := notMade // after a wrap-up call, as all that it asks for
		if done := m.tools[callPosition{answer.CallID, i}]; done != nil {
			text = done.text
		}
		m.messages = append(m.messages, llm.Observation(c.ID, text))
	}
	return m.messages, nil
}

func (m *agentHistory) add(e bench.Event) error {
	switch p := e.Payload.(type) {
	case bench.AgentStarted:
		m.began = e.Time
	case bench.AgentResumed:
		m.paused += p.Paused + m.waited(e.Time.Add(-p.Paused))
		m.outage = bench.Outage{}
	case bench.Outage:
		m.paused += m.waited(cmp.Or(p.To, p.From))
		m.outage = p
	case bench.RouteChosen:
		m.chosen = append(m.chosen, p)
	case bench.LLMCall:
		m.addCall(p)
	case bench.ToolCall:
		text, err := m.log.Body(p.Result)
		m.tools[callPosition{p.BatchID, p.Index}] = &loggedCall{ToolCall: p, text: string(text)}
		return err
	case bench.BudgetNotice:
		m.telling = m.telling || p.Kind == bench.NoticeNear
	}
	return nil
}

// addCall counts a call.
func (m *agentHistory) addCall(c bench.LLMCall) {
	m.made++
	m.noticed = m.noticed || m.telling && len(c.Messages) > 0 // else it is lost, with its request
	m.result.Add(c)
	m.used = m.used.Add(c.Amount())
}

// heard reads the answer at an index, as it was read when it came: a reader needs
// no more of a model than its name on the wire.
func (m *agentHistory) heard(index int, tools map[string]Tool) reading {
	answer := m.answers[index]
	as := reader{model: bench.Model{Model: answer.WireModel}, tools: tools}
	return as.heard(m.messages[index], answer.original, m.messages[:index])
}

// calls is how many model calls were made.
func (m *agentHistory) calls() int {
	if m == nil {
		return 0
	}
	return m.made
}

// call is a tool call that was executed, nil if it was not. One that was cut off
// is still to be done.
func (m *agentHistory) call(batch string, index int) *loggedCall {
	if m == nil {
		return nil
	}
	done := m.tools[callPosition{batch, index}]
	if done == nil || ErrorClass(done.ErrorClass) == ClassCancelled {
		return nil
	}
	return done
}

// restore puts the run where the agent was when it was cut off. The runner has
// charged the trial's budget already.
func (r *run) restore() {
	m := r.history
	r.request.Messages = append([]*llm.Message(nil), m.messages...)
	if len(m.messages) == 0 {
		r.request.Messages = r.opening()
	}
	r.result = m.result
	for i, message := range m.messages {
		if message.Role == "assistant" {
			r.result.Message = spoken(message, r.result.Message)
		}
		if call := m.answers[i]; call != nil {
			r.made(message, call.Model)
			r.recall(m.messages[:i], call)
		}
	}
	for _, c := range m.chosen {
		if int64(c.Turn) <= m.result.Turns { // else it is still to be taken
			r.took(c.Model)
			r.follow(c.Model)
		}
	}
	r.noticed = m.noticed
	r.worked = m.worked()
	r.Budget.ChargeAlone(m.used)
}

// resume replays the tool calls of the agent in its sandbox, and completes its
// last turn. Observations are those of the log. Its wall stands still until it goes on.
func (r *run) resume(ctx context.Context) {
	m := r.history
	if m == nil {
		return
	}
	r.hold = r.wall.Hold()
	defer r.hold()
	last := len(m.messages) - 1
	for i, message := range m.messages[:max(0, last)] {
		switch {
		case message.Role != "assistant":
		case len(message.ToolCalls) > 0:
			r.replayBatch(ctx, i)
		default:
			r.replayText(i)
		}
	}
	answer := m.answers[last]
	if answer == nil || answer.Purpose == bench.PurposeWrapUp || len(m.messages[last].ToolCalls) == 0 {
		r.goOn(ctx)
	} // else when the calls were replayed that it had made
	if r.fault != nil || answer == nil || r.result.State != "" {
		return
	}
	r.follow(answer.Model)
	understood := m.heard(last, r.tools)
	r.request.Messages[last] = understood.message
	r.made(understood.message, answer.Model)
	if answer.Purpose == bench.PurposeWrapUp {
		r.wrapped = true
		r.makeNone(understood.message)
		return
	}
	r.answer(ctx, llm.Response{
		CallID: answer.CallID, Finish: ending(answer.Finish, answer.FinishReason),
		Message:  understood.message,
		Original: answer.original,
	})
	r.goOn(ctx) // whatever became of it
}

// goOn records, once, that the agent is as it was, and goes on.
func (r *run) goOn(ctx context.Context) {
	if r.hold == nil {
		return
	}
	var still time.Duration
	if r.Replayed != nil {
		still = r.Replayed(ctx)
	}
	r.record(ctx, bench.AgentResumed{Paused: time.Since(r.history.lastEvent), Still: still})
	r.hold()
	r.hold = nil
}

// recall takes over what the provider said of a call, where its model is one that
// later calls may go to.
func (r *run) recall(before []*llm.Message, call *loggedAnswer) {
	if s := r.sessionOf(call.Model); s.model.Name == call.Model {
		s.payer.Recall(before, call.Usage, call.End)
		said := llm.Response{Usage: call.Usage, Retries: call.Retries}
		s.size.learn(llm.Request{Messages: before}, said)
	}
}

// replayBatch replays the calls of an answer, one after the other.
func (r *run) replayBatch(ctx context.Context, index int) {
	m := r.history
	answer := m.answers[index]
	if answer == nil { // another agent's, whose work this one continues
		return
	}
	r.emptyReplies = 0
	calls := m.heard(index, r.tools).calls
	b := &batch{run: r, id: answer.CallID, executions: make([]execution, 0, len(calls)),
		before: m.messages[:index]}
	for i, call := range b.calls(calls) {
		past := m.call(answer.CallID, i)
		if past == nil {
			continue
		}
		b.executions = append(b.executions, execution{call: calls[i].ToolCall, index: i, logged: past})
		b.replay(ctx, &b.executions[len(b.executions)-1], call)
	}
	if len(b.executions) > 0 {
		r.loops.add(b.executions)
		r.note(b.executions)
	}
}

// replayText takes over what a text did that did not end the work.
func (r *run) replayText(index int) {
	answer := r.history.answers[index]
	switch {
	case answer == nil:
	case ending(answer.Finish, answer.FinishReason) != llm.FinishStop,
		strings.TrimSpace(r.history.messages[index].Text) == "":
		r.emptyReplies++
	default:
		r.refusal() // as then
	}
}

// replay does to the sandbox what a call in the log had done, and takes the
// observation from the log.
func (b *batch) replay(ctx context.Context, s *execution, call Call) *Final {
	p := s.logged
	s.observation = Observation{
		Text: p.text, Stable: p.text, IsError: p.IsError, ErrorClass: ErrorClass(p.ErrorClass),
		ExitCode: p.ExitCode, Bytes: p.Bytes, Clipped: p.Clipped, Touched: p.Touched,
	}
	b.wrote(p.Touched)
	tool, ok := b.tools[p.Name]
	if !ok || !mayHaveEffects(s.observation) || b.result.State != "" {
		return nil
	}
	final, err := b.repeat(ctx, tool, call)
	if err != nil && ctx.Err() == nil { // else the next look at ctx says why
		s.observation.Fault = err
		b.end(bench.AgentErrorSandbox, err)
	}
	if final != nil && p.IsError { // it was not allowed to end the work
		b.refusal()
		return nil
	}
	return final
}

// mayHaveEffects reports whether a call can have changed anything.
func mayHaveEffects(o Observation) bool {
	switch o.ErrorClass {
	case ClassArguments, ClassUnknownTool, ClassNotExecuted:
		return false
	default:
		return true
	}
}

// repeat makes a call once more; only its effects count. The error ends the
// agent's work.
func (b *batch) repeat(ctx context.Context, tool Tool, call Call) (final *Final, err error) {
	defer func() {
		if v := recover(); v != nil { // as it may have done the first time
			Panicked(ctx, tool.Definition().Name, v)
		}
	}()
	if replayer, ok := tool.(Replayer); ok {
		return nil, replayer.Replay(ctx, call)
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
