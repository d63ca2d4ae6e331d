package page

import (
	"context"
	"fmt"

	"bench"
	"bench/llm"
	"bench/results"
)

// talk is the conversation of an agent, with those of its sidekicks in the calls
// that made them.
type talk struct {
	Agent    string
	Role     bench.Role
	Model    string
	Messages []message
}

// message is one of a conversation. What tools answered stands in the calls.
type message struct {
	Role  string
	Text  string
	Turn  string
	Calls []called
}

// called is a tool call with its answer.
type called struct {
	Name, Arguments, Answer string
	Sidekick                *talk // who did the work, if it was delegated
}

// longestAnswer is how many bytes of a tool's answer a conversation shows.
const longestAnswer = 8_000

// packTalk packs the conversations of a trial.
func (b *builder) packTalk(ctx context.Context, id string, t *trial, d results.Detail) error {
	events, err := b.source.TrialEvents(ctx, t.RunID, t.Key)
	if err != nil {
		return err
	}
	r := talkReader{b, ctx, d, events, map[string]bool{}}
	var all []*talk
	// In order of their beginnings: main comes before those that its calls lead to.
	for _, a := range d.Agents {
		if r.done[a.ID] {
			continue
		}
		said, err := r.of(a.ID)
		if err != nil {
			return fmt.Errorf("conversation of %s in %s: %w", a.ID, t.Key, err)
		}
		all = append(all, said)
	}
	return b.pack(id, "talks", all)
}

// talkReader reads the conversations of one trial.
type talkReader struct {
	*builder
	ctx    context.Context //nolint:containedctx // lives as long as one call of packTalk
	detail results.Detail
	events []bench.Event
	done   map[string]bool // agents
}

// of is the conversation of an agent.
func (r talkReader) of(agent string) (*talk, error) {
	r.done[agent] = true
	out := &talk{Agent: agent}
	for _, a := range r.detail.Agents {
		if a.ID == agent {
			out.Role, out.Model = a.Role, a.WireModel
		}
	}
	said, err := bench.Conversation(r.events, agent)
	if err != nil {
		return nil, err
	}
	calls := map[string][2]int{} // by id: the message and which of its calls
	for _, s := range said {
		data, err := r.source.Body(r.ctx, s.Body)
		if err != nil {
			return nil, err
		}
		m, err := llm.ParseMessage(data)
		if err != nil {
			return nil, err
		}
		if at, ok := calls[m.CallID]; m.Role == "tool" && ok {
			out.Messages[at[0]].Calls[at[1]].Answer = cut(m.Text, longestAnswer)
			continue
		}
		shown := message{Role: m.Role, Text: cut(m.Text, longestAnswer)}
		if s.Call != nil {
			shown.Turn = fmt.Sprintf("turn %d", s.Call.Turn)
		}
		for i, c := range m.ToolCalls {
			calls[c.ID] = [2]int{len(out.Messages), i}
			made := called{Name: c.Name, Arguments: cut(c.Arguments, longestAnswer)}
			if s.Call != nil {
				if made.Sidekick, err = r.sidekick(s.Call.CallID, i); err != nil {
					return nil, err
				}
			}
			shown.Calls = append(shown.Calls, made)
		}
		out.Messages = append(out.Messages, shown)
	}
	return out, nil
}

// sidekick is the conversation of who worked on a delegation that a call asked
// for; nil if it is none, or if it stands elsewhere already.
func (r talkReader) sidekick(call string, index int) (*talk, error) {
	for _, d := range r.detail.Delegations {
		if d.BatchID == call && d.Index == index && d.Child != "" && !r.done[d.Child] {
			return r.of(d.Child)
		}
	}
	return nil, nil
}
