package gateway

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
)

// delegation is work that one agent of a program handed to another, as far as calls
// show it: the call of a tool, the conversation that begins with what it says, and
// the answer to the call.
type delegation struct {
	id     string
	by     *agent
	call   llm.ToolCall
	index  int // among those of the answer
	of     int
	briefs []string // texts of the call, the longest first
	noted  chan struct{}

	child    *thread // nil until it is seen
	started  bool    // that it works is recorded
	reported bool    // the call was answered
	failed   bool    // with an error
	report   string
	done     bool // its end is recorded
}

// asked is a call of a tool that was not answered yet.
type asked struct {
	index int
	call  llm.ToolCall
	batch string // the model call that asked for it
	at    time.Time
}

// leastBrief is how long a text must be for a conversation to be known by it.
const leastBrief = 16

// spawn notes the delegations of an answer. It holds the lock.
func (s *Session) spawn(by *agent, m *llm.Message) (out []*delegation) {
	for _, c := range m.ToolCalls {
		if !slices.Contains(s.o.Gateway.Delegating, c.Name) {
			continue
		}
		texts := briefs(c.Arguments)
		if len(texts) == 0 {
			continue // a call that hands over nothing, such as one that asks how it goes
		}
		s.spawned++
		out = append(out, &delegation{
			id: fmt.Sprintf("t%04d", s.spawned), by: by, call: c, index: len(out), briefs: texts,
			noted: make(chan struct{}),
		})
	}
	for _, d := range out {
		d.of = len(out)
	}
	s.delegations = append(s.delegations, out...)
	return out
}

// briefs are the texts in the arguments of a call, the longest first.
func briefs(arguments string) (out []string) {
	var v any
	if json.Unmarshal([]byte(arguments), &v) != nil {
		v = arguments
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if v = strings.TrimSpace(v); len(v) >= leastBrief {
				out = append(out, v)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	return out
}

// delegated finds the delegation that a conversation begins with, or goes on with: the
// first that nobody works on whose brief is in what the user says last. It holds the
// lock.
func (s *Session) delegated(t *thread) {
	text := t.told()
	for _, d := range s.delegations {
		if d.child == nil && !d.done && d.by != t.agent && strings.Contains(text, d.briefs[0]) {
			d.child, t.under, t.work = t, d, work{}
			return
		}
	}
}

// told is what the user says since the last answer.
func (t *thread) told() string {
	var out []string
	for _, u := range slices.Backward(t.units) {
		for _, m := range u.said {
			switch m.Role {
			case assistant:
				return strings.Join(out, "\n")
			case "user":
				out = append(out, m.Text)
			}
		}
	}
	return strings.Join(out, "\n")
}

// noteSpawned records delegations once the call that asked for them is.
func (s *Session) noteSpawned(ctx context.Context, list []*delegation, batch string) {
	for _, d := range list {
		prompt := bench.Body(d.briefs[0])
		s.record(ctx, d.by.id, bench.DelegationSpawned{
			DelegationID: d.id, Activation: 1, BatchID: batch, Index: d.index, BatchSize: d.of,
			Description: argument(d.call, "description"), Prompt: prompt.Hash(),
			SubagentType: cmp.Or(argument(d.call, "subagent_type"), d.call.Name),
		}, prompt)
		close(d.noted)
	}
}

func argument(c llm.ToolCall, name string) string {
	return text(field([]byte(c.Arguments), name))
}

// answers takes from a request the answers to tool calls of the thread's last answer.
// It holds the lock.
func (s *Session) answers(t *thread) (out []answer) {
	results := map[string]said{}
	for _, u := range slices.Backward(t.units) {
		for _, m := range u.said {
			if m.Role == "tool" {
				results[m.CallID] = m
			}
		}
		if len(u.said) > 0 && u.said[0].Role == assistant {
			break
		}
	}
	t.asked = slices.DeleteFunc(t.asked, func(a asked) bool {
		m, ok := results[a.call.ID]
		if ok {
			out = append(out, answer{a, m})
			s.reported(t.agent, a.call.ID, m)
		}
		return ok
	})
	return out
}

// answer is what became of a tool call.
type answer struct {
	asked
	result said
}

// reported notes that a delegation's call was answered.
func (s *Session) reported(by *agent, call string, m said) {
	for _, d := range s.delegations {
		if d.by == by && d.call.ID == call {
			d.reported, d.failed, d.report = true, m.failed, m.Text
		}
	}
}

// noteAnswers records tool calls of a program. When they ran is not known: only that
// it was after the model asked for them and before it was told.
func (s *Session) noteAnswers(ctx context.Context, t *thread, list []answer, now time.Time) {
	for _, a := range list {
		arguments, result := bench.Body(a.call.Arguments), bench.Body(a.result.Text)
		s.record(ctx, t.agent.id, bench.ToolCall{
			CallID: a.call.ID, BatchID: a.batch, Index: a.index, Name: a.call.Name,
			Arguments: arguments.Hash(), Result: result.Hash(), Start: a.at, End: now,
			Bytes: int64(len(result)), IsError: a.result.failed,
		}, arguments, result)
	}
}

// over returns the delegations that have ended: the call was answered, and the child
// has said its last word. It holds the lock.
func (s *Session) over() (out []*delegation) {
	for _, d := range s.delegations {
		if !d.done && d.child != nil && d.reported && d.child.quiet() {
			d.done = true
			out = append(out, d)
		}
	}
	return out
}

// quiet reports whether the last answer of a thread has come, and asks for nothing.
func (t *thread) quiet() bool { return !t.busy && t.answer != nil && len(t.answer.ToolCalls) == 0 }

// noteEnded records the end of delegations, after that of the calls in them.
func (s *Session) noteEnded(ctx context.Context, list []*delegation) {
	for _, d := range list {
		s.mu.Lock()
		e := d.ended()
		s.mu.Unlock()
		report := bench.Body(d.report)
		e.Report = report.Hash()
		s.record(ctx, d.by.id, e, report)
	}
}

// ended is what is known of a delegation that is over. Of one whose child was never
// seen, that is next to nothing.
func (d *delegation) ended() bench.DelegationEnded {
	e := bench.DelegationEnded{
		DelegationID: d.id, Activation: 1, State: bench.AgentFinished,
		Escalation: bench.EscalationUnknown,
	}
	if c := d.child; c != nil && d.started {
		e.Child, e.Turns, e.Usage = c.agent.id, c.work.turns, c.work.usage
		e.Cost, e.UnreportedCost = c.work.cost, c.work.unreported
		if c.under == d {
			c.under = nil
		}
	}
	switch {
	case d.failed:
		e.State, e.Error = bench.AgentErrorInternal, "the program reports an error"
	case !d.reported:
		e.State = bench.AgentCancelled
	}
	return e
}
