// Package conversation joins what the agents of a trial and their models said to each
// other with what came of it: the calls that were made, what tools answered, and who
// worked on what was delegated.
package conversation

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/llm"
	"bench/results"
)

// Agent is an agent of a trial with its conversation.
type Agent struct {
	results.Agent
	Messages []Message // without those of tools, which are in the calls
	// Unanswered are the model calls that failed. Their cost is part of the trial's.
	Unanswered []bench.LLMCall
}

// Message is one of a conversation.
type Message struct {
	*llm.Message
	Call  *bench.LLMCall // that it answers; nil for what the model was told
	At    time.Time      // when it was said; of what the model was told, when it was sent
	Calls []Called       // in the order in which they were asked for
}

// Called is a tool call of a message with what came of it.
type Called struct {
	llm.ToolCall
	Record     *results.ToolCall   // nil if it was never made
	Answer     *llm.Message        // nil if the model was told nothing of it
	Delegation *results.Delegation // nil if it delegated nothing
}

// Source is where conversations are stored, as in results.Store.
type Source interface {
	TrialEvents(ctx context.Context, run string, key bench.TrialKey) ([]bench.Event, error)
	Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error)
}

// Of are the agents of a trial, in the order in which they began: who answers for it
// comes first. A trial without agents, as one that was imported, has none.
func Of(ctx context.Context, s Source, d results.Detail) ([]Agent, error) {
	events, err := s.TrialEvents(ctx, d.Trial.RunID, d.Trial.Key)
	if err != nil {
		return nil, err
	}
	r := reader{source: s, detail: d, events: events}
	var out []Agent
	for _, a := range d.Agents {
		messages, err := r.messages(ctx, a)
		if err != nil {
			return nil, fmt.Errorf("conversation of %s in %s: %w", a.ID, d.Trial.Key, err)
		}
		out = append(out, Agent{Agent: a, Messages: messages, Unanswered: r.unanswered(a.ID)})
	}
	slices.SortStableFunc(out, func(a, b Agent) int { return leadsFirst(b) - leadsFirst(a) })
	return out, nil
}

func leadsFirst(a Agent) int {
	if a.Role.Leads() {
		return 1
	}
	return 0
}

// reader reads the conversations of one trial.
type reader struct {
	source Source
	detail results.Detail
	events []bench.Event
}

// unanswered are the calls of an agent that failed.
func (r reader) unanswered(agent string) (calls []bench.LLMCall) {
	for _, e := range r.events {
		if c, ok := e.Payload.(bench.LLMCall); ok && e.Agent == agent && c.Error != "" {
			calls = append(calls, c)
		}
	}
	return calls
}

func (r reader) messages(ctx context.Context, a results.Agent) ([]Message, error) {
	said, err := bench.Conversation(r.events, a.ID)
	if err != nil {
		return nil, err
	}
	var out []Message
	for _, s := range said {
		data, err := r.source.Body(ctx, s.Body)
		if err != nil {
			return nil, err
		}
		m, err := llm.ParseMessage(data)
		if err != nil {
			return nil, err
		}
		if m.Role == "tool" && answer(out, m) {
			continue
		}
		next := Message{Message: m, Call: s.Call}
		if s.Call != nil {
			next.At = s.Call.End
		}
		out = append(out, r.withCalls(a.ID, next))
	}
	return told(out, a.StartedAt), nil
}

// answer gives a tool's answer to the latest call of its id that has none.
func answer(messages []Message, m *llm.Message) bool {
	for _, before := range slices.Backward(messages) {
		for i := range before.Calls {
			if c := &before.Calls[i]; c.ID == m.CallID && c.Answer == nil {
				c.Answer = m
				return true
			}
		}
	}
	return false
}

// withCalls joins the tool calls of a message with their records and delegations.
func (r reader) withCalls(agent string, m Message) Message {
	nth := map[string]int{} // among the calls of one tool
	for i, c := range m.ToolCalls {
		called := Called{ToolCall: c}
		if m.Call != nil {
			called.Record = r.record(agent, m.Call.CallID, i)
			called.Delegation = r.delegation(agent, m.Call.CallID, c.Name, nth[c.Name])
		}
		nth[c.Name]++
		m.Calls = append(m.Calls, called)
	}
	return m
}

func (r reader) record(agent, batch string, index int) *results.ToolCall {
	for i := range r.detail.ToolCalls {
		if t := &r.detail.ToolCalls[i]; t.Agent == agent && t.BatchID == batch && t.Index == index {
			return t
		}
	}
	return nil
}

// delegating is what the tool is called that delegates.
const delegating = "task"

func (r reader) delegation(agent, batch, tool string, nth int) *results.Delegation {
	for i := range r.detail.Delegations {
		d := &r.detail.Delegations[i]
		if tool == delegating && d.Agent == agent && d.BatchID == batch && d.Index == nth {
			return d
		}
	}
	return nil
}

// told fills in when the model was told what it did not say: when the next call was
// sent, or, of what no call has told, when what came before was said.
func told(messages []Message, started time.Time) []Message {
	var sent time.Time
	for i := range slices.Backward(messages) {
		m := &messages[i]
		if m.Call != nil {
			sent = m.Call.Start
		} else if !sent.IsZero() {
			m.At = sent
		}
	}
	last := started
	for i := range messages {
		if messages[i].At.IsZero() {
			messages[i].At = last
		}
		last = messages[i].At
	}
	return messages
}

// Reasoning is what the model thought before it answered, as far as its provider
// shows it.
func (m Message) Reasoning() string {
	var extra struct {
		ReasoningContent string `json:"reasoning_content"`
		Reasoning        string `json:"reasoning"`
		Blocks           []struct {
			Thinking string `json:"thinking"`
		} `json:"thinking_blocks"`
	}
	_ = json.Unmarshal(m.Extra, &extra) // what has another form stays empty
	if text := cmp.Or(extra.ReasoningContent, extra.Reasoning); text != "" {
		return text
	}
	var parts []string
	for _, b := range extra.Blocks {
		if b.Thinking != "" {
			parts = append(parts, b.Thinking)
		}
	}
	return strings.Join(parts, "\n\n")
}
