package scripted

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"bench"
)

// reply is what the model says, before a protocol gives it a form.
type reply struct {
	id     string // of the answer, without the prefix of a protocol
	model  string
	served string
	say    *string // nil says nothing
	think  *spoken
	calls  []madeCall
	finish anything
	usage  bench.Usage
	report *anything // of the usage; nil is the truth

	conversation    uint64
	message, answer doc // what rules put over it
	encrypted       bool
}

// spoken is a thought as it is sent. The signature is what the model's server
// knows it by when it comes back; encrypted is the thought itself for Responses.
type spoken struct{ text, redacted, signature, encrypted string }

type madeCall struct {
	id              any // mostly a text
	name, arguments string
	extra           doc
}

func (r *reply) text() string {
	if r.say == nil {
		return ""
	}
	return *r.say
}

// finishOr is the finish reason: the rule's, or the one of an answer without
// calls or with them.
func (r *reply) finishOr(text, calls string) any {
	if len(r.calls) > 0 {
		return r.finish.or(calls)
	}
	return r.finish.or(text)
}

// complete puts into an answer what rules say about the whole of it.
func (r *reply) complete(d doc) doc {
	if r.served != "" {
		d["model"] = r.served
	}
	if r.report != nil {
		merge(d, doc{"usage": absent{}})
		if r.report.is != any("absent") {
			merge(d, doc{"usage": r.report.is})
		}
	}
	return merge(d, r.answer)
}

// size is about how many bytes of the model's own are in the reply.
func (r *reply) size() int {
	n := len(r.text())
	if r.think != nil {
		n += len(r.think.text) + len(r.think.redacted)
	}
	for _, c := range r.calls {
		n += len(c.name) + len(c.arguments) + 4*tokenBytes
	}
	return n
}

// compose makes the reply of a rule. Captures that are used must be found.
func (s *Script) compose(r *rule, q *question) (*reply, error) {
	f := &filler{script: s, q: q}
	conversation := q.conversation()
	out := &reply{
		id:           fmt.Sprintf("%016x", mix(conversation, "reply", strconv.Itoa(q.turns))),
		conversation: conversation,
		model:        q.model, served: r.ServedModel, finish: r.FinishReason, report: r.Usage.Report,
		message: f.object(r.Message), answer: f.object(r.Answer), encrypted: q.encrypted,
	}
	if r.Say != nil {
		say := f.text(*r.Say)
		out.say = &say
	}
	if r.Think != nil {
		out.think = f.thought(r.Think, conversation)
	}
	for i := range r.Calls {
		out.calls = append(out.calls, f.call(&r.Calls[i], i, conversation))
	}
	return out, f.err
}

// filler puts captures into what a rule says. It remembers the first error.
type filler struct {
	script *Script
	q      *question
	err    error
}

func (f *filler) text(t string) string {
	filled, err := f.script.fill(t, f.q)
	if err != nil && f.err == nil {
		f.err = err
	}
	return filled
}

func (f *filler) object(m map[string]any) doc {
	if len(m) == 0 {
		return nil
	}
	out := make(doc, len(m))
	for k, e := range m {
		out[k] = f.value(e)
	}
	return out
}

func (f *filler) value(v any) any {
	switch v := v.(type) {
	case string:
		return f.text(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = f.value(e)
		}
		return out
	case map[string]any:
		if len(v) == 0 {
			return doc{}
		}
		return f.object(v)
	}
	return v
}

func (f *filler) thought(t *thought, conversation uint64) *spoken {
	out := &spoken{text: f.text(t.Text), redacted: f.text(t.Redacted)}
	if t.Signature != nil {
		out.signature = f.text(*t.Signature)
		out.encrypted = out.signature
		return out
	}
	out.signature, out.encrypted = sign(conversation, out.text), sign(conversation, encryptedSeal)
	return out
}

func (f *filler) call(c *callSpec, i int, conversation uint64) madeCall {
	id := fmt.Sprintf("%s%08x_%d_%d", f.q.dialect.callPrefix, uint32(conversation), f.q.turns, i)
	if m := f.script.strictness(f.q.model); m != nil && m.callID != nil {
		id = m.callID(conversation, f.q.turns, i)
	}
	return madeCall{
		id: f.value(c.ID.or(id)), name: f.text(*c.Tool), arguments: f.arguments(c),
		extra: f.object(c.Extra),
	}
}

func (f *filler) arguments(c *callSpec) string {
	switch {
	case c.Raw != nil:
		return f.text(*c.Raw)
	case c.Arguments.value == nil:
		return "{}"
	}
	b, err := json.Marshal(f.object(c.Arguments.value))
	if err != nil && f.err == nil {
		f.err = err
	}
	return string(b)
}

// sign is a signature of a thought that can be verified without remembering it.
func sign(seed uint64, text string) string {
	return fmt.Sprintf("sig%016x%016x", seed, mix(seed, "signature", text))
}

// knows reports whether a signature is one that the server made of the text, or
// that the script has.
func (q *question) knows(signature, text string) bool {
	if signature != "" && strings.Contains(q.script.text, signature) {
		return true
	}
	var seed, seal uint64
	n, err := fmt.Sscanf(signature, "sig%16x%16x", &seed, &seal)
	return err == nil && n == 2 && signature == sign(seed, text)
}

// fill puts captures into a text.
func (s *Script) fill(t string, q *question) (string, error) {
	if !strings.Contains(t, "${") {
		return t, nil
	}
	for name, c := range s.captures {
		mark := "${" + name + "}"
		if !strings.Contains(t, mark) {
			continue
		}
		text := ""
		if c.Scope == "last" {
			text = q.lastSaid()
		} else {
			text = q.briefing()
		}
		found := c.Regex.re.FindStringSubmatch(text)
		switch {
		case found == nil && c.Default != nil:
			found = []string{*c.Default}
		case found == nil:
			return "", fmt.Errorf("capture %s: %s matches nothing", name, c.Regex.re)
		}
		t = strings.ReplaceAll(t, mark, found[min(1, len(found)-1)])
	}
	return t, nil
}
