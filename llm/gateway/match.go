package gateway

import (
	"bytes"
	"slices"

	"bench/llm"
)

// talk is the conversation of a request, of which only as much is decoded as is
// needed to tell it from others.
type talk struct {
	*ask
	made []*unit // by unit; nil of those that are not decoded
}

func newTalk(a *ask) *talk { return &talk{ask: a, made: make([]*unit, len(a.units))} }

// unit decodes a part of the conversation. Index is how many messages come before.
func (k *talk) unit(i, index int) *unit {
	if k.made[i] == nil {
		raw := bytes.Clone(k.units[i]) // the body is not kept
		k.made[i] = &unit{raw: raw, said: k.convert(raw, index)}
	}
	return k.made[i]
}

// own is how many messages the system prompt's field makes.
func (k *talk) own() int {
	if k.system == "" {
		return 0
	}
	return 1
}

// common is how many units a thread and the request begin with alike.
func (k *talk) common(t *thread) int {
	index := k.own()
	for i := range min(len(k.units), len(t.units)) {
		known := t.units[i]
		if !bytes.Equal(known.raw, k.units[i]) && !alike(known.said, k.unit(i, index).said) {
			return i
		}
		index += len(known.said)
	}
	return min(len(k.units), len(t.units))
}

// alike reports whether messages say the same.
func alike(a, b []said) bool {
	return slices.EqualFunc(a, b, func(x, y said) bool {
		return bytes.Equal(x.JSON, y.JSON) || x.Role == assistant && same(x.Message, y.Message)
	})
}

const assistant = "assistant"

// same reports whether two answers are one: programs write anew what they send back,
// and leave thoughts out.
func same(x, y *llm.Message) bool {
	return x.Role == y.Role && x.Text == y.Text &&
		slices.EqualFunc(x.ToolCalls, y.ToolCalls, func(a, b llm.ToolCall) bool {
			return a.ID == b.ID && a.Name == b.Name
		})
}

// continues reports whether a request goes on with a thread: it has all that was in
// the last one, and more; or it has the answer to that, whatever else was changed; or
// it is the last one again, which had no answer.
func (k *talk) continues(t *thread) bool {
	if k.previous != "" {
		return k.previous == t.reply
	}
	common := k.common(t)
	switch {
	case common == len(t.units) && len(k.units) > common:
		return true
	case common == len(t.units) && len(k.units) == common:
		return t.answer == nil
	}
	return t.answer != nil && k.last(t.answer)
}

// last reports whether the last answer in the request is this one.
func (k *talk) last(answer *llm.Message) bool {
	for i := range slices.Backward(k.units) {
		for _, m := range k.unit(i, k.own()).said {
			if m.Role == assistant {
				return same(m.Message, answer)
			}
		}
	}
	return false
}

// taken are the units of the request. What the thread has already is taken from it,
// so that a message stays the same one.
func (k *talk) taken(t *thread) []*unit {
	out, index := make([]*unit, 0, len(k.units)), k.own()
	if k.previous != "" && k.previous == t.reply && t.answer != nil {
		out = append(slices.Clone(t.units), &unit{said: []said{{Message: t.answer}}})
		for _, u := range out {
			index += len(u.said)
		}
	}
	common := 0
	if len(out) == 0 {
		common = k.common(t)
	}
	for i := range k.units {
		u := k.known(t, i, common)
		if u == nil {
			u = k.unit(i, index)
			if len(u.said) == 1 && t.answer != nil && same(u.said[0].Message, t.answer) {
				u.said[0].Message = t.answer
			}
		}
		out = append(out, u)
		index += len(u.said)
	}
	return out
}

// known is a unit as the thread has it; nil if it has not.
func (k *talk) known(t *thread, i, common int) *unit {
	if i >= common {
		return nil
	}
	u := t.units[i]
	if !bytes.Equal(u.raw, k.units[i]) { // marks of the cache have moved
		u = &unit{raw: bytes.Clone(k.units[i]), said: u.said}
	}
	return u
}

// texts are the system prompt and what the user says first.
func (k *talk) texts() (system, first string) {
	system = k.system
	index := k.own()
	for i := range k.units {
		u := k.unit(i, index)
		index += len(u.said)
		for _, m := range u.said {
			switch m.Role {
			case "system":
				system += m.Text
			case "user":
				return system, m.Text
			}
		}
	}
	return system, ""
}
