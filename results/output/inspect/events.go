package inspect

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"bench"
	"bench/results"
	"bench/results/conversation"
)

// at is an event with its time and, of events at once, its rank, to put it in order by:
// spans begin before what is in them, and end after it.
type at struct {
	time  time.Time
	rank  int
	event any
}

// eventsOf is what happened in a trial, in its order. Messages that models were told
// are in the pool, by range.
func eventsOf(d results.Detail, agents []conversation.Agent, p *pool) []any {
	w := eventWriter{detail: d, pool: p}
	for _, a := range agents {
		w.agent(a)
	}
	for _, x := range d.Delegations {
		w.delegation(x)
	}
	slices.SortStableFunc(w.events, func(a, b at) int {
		return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.rank, b.rank))
	})
	out := []any{}
	for _, e := range w.events {
		out = append(out, e.event)
	}
	return out
}

type eventWriter struct {
	detail results.Detail
	pool   *pool
	events []at
}

// base is what the events of an agent have in common.
func (w *eventWriter) base(kind, span string, t time.Time) baseEvent {
	return baseEvent{kind, span, stamp(t), t.Sub(w.detail.Trial.StartedAt).Seconds()}
}

func (w *eventWriter) add(t time.Time, event any) { w.events = append(w.events, at{t, 0, event}) }

// agent adds the work of an agent. Sidekicks have the spans of their delegations,
// others their own.
func (w *eventWriter) agent(a conversation.Agent) {
	if a.Role != bench.RoleSidekick {
		w.span(a.ID, a.Parent, a.ID, a.StartedAt, a.EndedAt, map[string]any{"role": a.Role})
	}
	first := len(w.pool.Messages)
	for _, m := range a.Messages {
		if m.Call != nil {
			w.call(a, m, [][2]int{{first, len(w.pool.Messages)}})
		}
		w.pool.Messages = append(w.pool.Messages, messagesOf(m)...)
		for _, c := range m.Calls {
			w.tool(a, c)
		}
	}
	for _, c := range a.Unanswered {
		u := usageOf(c.Usage, c.Cost)
		w.model(a, c, [][2]int{}, modelOutput{
			Model: c.WireModel, Choices: []choice{}, Usage: &u, Error: c.Error,
		})
	}
}

func (w *eventWriter) span(id, parent, name string, from, to time.Time, meta map[string]any) {
	begin := spanBegin{w.base("span_begin", id, from), id, parent, "agent", name, meta}
	w.events = append(w.events, at{from, -1, begin})
	if !to.IsZero() {
		w.events = append(w.events, at{to, 1, spanEnd{w.base("span_end", id, to), id}})
	}
}

// delegation adds the span of an activation.
func (w *eventWriter) delegation(x results.Delegation) {
	from := x.StartedAt
	if from.IsZero() {
		from = x.SpawnedAt // it never began to work
	}
	w.span(spanOf(x), x.Agent, x.ID, from, x.EndedAt, map[string]any{
		"role": bench.RoleSidekick, "description": x.Description, "activation": x.Activation,
		"batch_id": x.BatchID, "batch_index": x.Index, "batch_size": x.BatchSize,
		"queue_s": x.Queue.Seconds(), "state": x.State, "escalation": x.Escalation, "reason": x.Reason,
		"cost_usd": x.Cost,
	})
}

func spanOf(x results.Delegation) string { return x.ID + "/" + strconv.Itoa(x.Activation) }

// spanAt is the span that an agent works in at a time.
func (w *eventWriter) spanAt(a conversation.Agent, t time.Time) string {
	span := a.ID
	for _, x := range w.detail.Delegations { // by activation
		if x.Child == a.ID && (span == a.ID || !x.StartedAt.After(t)) {
			span = spanOf(x)
		}
	}
	return span
}

// call adds a model call and its answer.
func (w *eventWriter) call(a conversation.Agent, m conversation.Message, told [][2]int) {
	w.model(a, *m.Call, told, outputOf(m))
}

func (w *eventWriter) model(a conversation.Agent, c bench.LLMCall, told [][2]int, out modelOutput) {
	config := map[string]any{}
	if n := c.Parameters.MaxOutputTokens; n > 0 {
		config["max_tokens"] = n
	}
	if t := c.Parameters.Temperature; t != nil {
		config["temperature"] = *t
	}
	w.add(c.Start, modelEvent{
		baseEvent: w.base("model", w.spanAt(a, c.Start), c.Start), Model: c.WireModel,
		Role: string(a.Role), Input: []chatMessage{}, Refs: told, Tools: []json.RawMessage{},
		ToolChoice: "auto", Config: config, Output: out, Retries: c.Retries, Error: c.Error,
		Completed: stamp(c.End), WorkTime: c.End.Sub(c.Start).Seconds(),
	})
}

// tool adds a tool call that was made.
func (w *eventWriter) tool(a conversation.Agent, c conversation.Called) {
	r := c.Record
	if r == nil {
		return
	}
	arguments, _ := argumentsOf(c)
	e := toolEvent{
		baseEvent: w.base("tool", w.spanAt(a, r.Start), r.Start), Type: "function", ID: c.ID,
		Function: c.Name, Arguments: arguments, Completed: stamp(r.End), WorkTime: r.Duration.Seconds(),
		Failed: r.IsError,
	}
	if c.Answer != nil {
		e.Result = c.Answer.Text
	}
	if c.Delegation != nil {
		e.Agent, e.AgentSpan = "sidekick", spanOf(*c.Delegation)
	}
	w.add(r.Start, e)
}
