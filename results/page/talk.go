package page

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"bench"
	"bench/results/conversation"
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

// talkID is the id of a trial's packed conversation.
func talkID(t *trial) string { return t.ID + "-talk" }

// wantsTalk reports whether the page holds what was said in a trial.
func (b *builder) wantsTalk(t *trial) bool {
	if !t.BodiesDroppedAt.IsZero() {
		return false
	}
	switch b.options.Bodies {
	case AllBodies:
		return true
	case FailedBodies:
		return t.Resolved == nil || !*t.Resolved
	case NoBodies:
	}
	return false
}

// talking are the trials whose conversations are asked for: those of tasks that one side
// alone has resolved first, as people look at them first.
func (b *builder) talking() (out []*trial) {
	flipped := map[string]bool{}
	for _, f := range b.flips {
		for _, x := range slices.Concat(f.OnlyBaseline, f.OnlyCandidate) {
			flipped[x.Baseline], flipped[x.Candidate] = true, true
		}
	}
	for _, first := range []bool{true, false} {
		for _, t := range b.trials {
			if flipped[t.ID] == first && b.wantsTalk(t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// writeTalks writes conversations until they are all written, or the next would make
// the file larger than it may be, and returns how many.
func (b *builder) writeTalks(ctx context.Context, w *counter) (int, error) {
	trials := b.talking()
	for i, t := range trials {
		var packed bytes.Buffer
		if err := b.packTalk(ctx, &packed, t); err != nil {
			return i, err
		}
		most := b.options.MostBytes
		if most > 0 && w.bytes+int64(packed.Len()+len(script)) > most {
			return i, nil
		}
		if _, err := packed.WriteTo(w); err != nil {
			return i, err
		}
	}
	return len(trials), nil
}

// packTalk packs the conversations of a trial.
func (b *builder) packTalk(ctx context.Context, w io.Writer, t *trial) error {
	d, err := b.source.Detail(ctx, t.RunID, t.Key)
	if err != nil {
		return err
	}
	d.Trial = t.Trial // by which its events are found
	agents, err := conversation.Of(ctx, b.source, d)
	if err != nil {
		return err
	}
	r := talkReader{agents, map[string]bool{}}
	var all []*talk
	// In order of their beginnings: main comes before those that its calls lead to.
	for _, a := range agents {
		if !r.done[a.ID] {
			all = append(all, r.of(a))
		}
	}
	var html strings.Builder
	if err := render(&html, "talks", all); err != nil {
		return err
	}
	return pack(w, talkID(t), html.String())
}

// talkReader lays the conversations of one trial into each other.
type talkReader struct {
	agents []conversation.Agent
	done   map[string]bool // by id
}

// of is the conversation of an agent.
func (r talkReader) of(a conversation.Agent) *talk {
	r.done[a.ID] = true
	out := &talk{Agent: a.ID, Role: a.Role, Model: a.WireModel}
	for _, m := range a.Messages {
		shown := message{Role: m.Role, Text: cut(m.Text, longestAnswer)}
		if m.Call != nil {
			shown.Turn = fmt.Sprintf("turn %d", m.Call.Turn)
		}
		for _, c := range m.Calls {
			made := called{Name: c.Name, Arguments: cut(c.Arguments, longestAnswer)}
			if c.Answer != nil {
				made.Answer = cut(c.Answer.Text, longestAnswer)
			}
			if c.Delegation != nil {
				made.Sidekick = r.sidekick(c.Delegation.Child)
			}
			shown.Calls = append(shown.Calls, made)
		}
		out.Messages = append(out.Messages, shown)
	}
	return out
}

// sidekick is the conversation of who worked on a delegation; nil if nobody did, or
// if it stands elsewhere already.
func (r talkReader) sidekick(id string) *talk {
	for _, a := range r.agents {
		if a.ID == id && !r.done[id] {
			return r.of(a)
		}
	}
	return nil
}
