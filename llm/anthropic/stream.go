package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"bench/llm"
	"bench/llm/wire"
)

// event is one event of a stream:
// platform.claude.com/docs/en/build-with-claude/streaming
type event struct {
	Type    string          `json:"type"`
	Message answer          `json:"message"`
	Index   int             `json:"index"`
	Block   json.RawMessage `json:"content_block"`
	Delta   delta           `json:"delta"`
	Usage   json.RawMessage `json:"usage"`
	Error   json.RawMessage `json:"error"`
}

type delta struct {
	Type       string `json:"type"`
	Text       string `json:"text"`
	Partial    string `json:"partial_json"`
	Thinking   string `json:"thinking"`
	Signature  string `json:"signature"`
	StopReason string `json:"stop_reason"`
}

// growing is a content block that is under way.
type growing struct {
	start     json.RawMessage
	text      []byte // of text, input and thinking, whichever it is
	signature []byte
}

// stream puts an answer together.
type stream struct {
	answer *answer
	blocks []growing
	begun  json.RawMessage // usage as the beginning has it
}

// readStream reads events until the message has ended.
func readStream(a *wire.Attempt, into *answer) error {
	s := &stream{answer: into}
	err := a.Events(func(e wire.Event) (bool, error) {
		if s.fast(e.Data) {
			a.Token()
			return false, nil
		}
		return s.take(a, e)
	})
	broken := err != nil && !(errors.Is(err, io.ErrUnexpectedEOF) && into.StopReason != "")
	if broken {
		a.ID, a.ServedModel = into.ID, into.Model
		a.Original, a.Said = s.evidence()
		return err
	}
	return s.finish()
}

// take reads an event of any kind. Kinds that are not known are passed over, as
// the API asks.
func (s *stream) take(a *wire.Attempt, from wire.Event) (done bool, err error) {
	var e event
	if err := json.Unmarshal(from.Data, &e); err != nil {
		return false, wire.Spoiled("event that is not JSON: %w", err)
	}
	switch e.Type {
	case "message_start":
		*s.answer, s.begun = e.Message, e.Message.Usage
		s.answer.Content, s.answer.Usage = nil, nil // what it used is not known before its end
	case "content_block_start":
		a.Token()
		s.at(e.Index).start = e.Block
	case "content_block_delta":
		a.Token()
		b := s.at(e.Index)
		b.text = append(b.text, e.Delta.Text+e.Delta.Partial+e.Delta.Thinking...)
		b.signature = append(b.signature, e.Delta.Signature...)
	case "message_delta":
		s.answer.StopReason = e.Delta.StopReason
		if wire.Present(e.Usage) {
			s.answer.Usage = merged(s.begun, e.Usage)
		}
	case "message_stop":
		return true, nil
	case "error":
		return false, wire.ErrorObject(e.Error, a.Header, from.Data)
	}
	return false, nil
}

// maxBlocks bounds the blocks of one answer.
const maxBlocks = 10_000

func (s *stream) at(index int) *growing {
	index = min(max(index, 0), maxBlocks)
	for len(s.blocks) <= index {
		s.blocks = append(s.blocks, growing{})
	}
	return &s.blocks[index]
}

// The ends of a delta in the form in which the API sends it.
const (
	deltaHead = `{"type":"content_block_delta","index":`
	deltaBody = `,"delta":{"type":"`
)

// kinds of deltas, and how what they add begins.
var kinds = [][]byte{
	[]byte(`text_delta","text":"`),
	[]byte(`input_json_delta","partial_json":"`),
	[]byte(`thinking_delta","thinking":"`),
}

// fast reads a delta in the API's own form without decoding it, which is most
// of a stream. It reports false, and does nothing, where it meets another form.
func (s *stream) fast(data []byte) bool {
	rest, ok := bytes.CutPrefix(data, []byte(deltaHead))
	if !ok {
		return false
	}
	digits := bytes.IndexByte(rest, ',')
	if digits < 1 || digits > 4 {
		return false
	}
	index, err := strconv.Atoi(string(rest[:digits]))
	if err != nil || index < 0 || index >= len(s.blocks) {
		return false
	}
	rest, ok = bytes.CutPrefix(rest[digits:], []byte(deltaBody))
	if !ok {
		return false
	}
	for _, kind := range kinds {
		if value, ok := bytes.CutPrefix(rest, kind); ok {
			return s.blocks[index].add(value)
		}
	}
	return false
}

// add appends a string of JSON whose opening quote is gone and after which only
// braces and spaces follow.
func (b *growing) add(value []byte) bool {
	end := bytes.LastIndexByte(value, '"')
	if end < 0 || len(bytes.Trim(value[end+1:], " }")) > 0 {
		return false
	}
	before := len(b.text)
	text, ok := wire.AppendText(b.text, value[:end]) // not if another field follows
	if !ok {
		text = text[:before]
	}
	b.text = text
	return ok
}

// finish gives the blocks the form in which an answer in one piece has them.
func (s *stream) finish() error {
	for _, g := range s.blocks {
		if len(g.start) == 0 {
			return wire.Spoiled("content block without a beginning")
		}
		var b block
		if err := json.Unmarshal(g.start, &b); err != nil {
			return wire.Spoiled("content block of an unknown form: %w", err)
		}
		switch {
		case b.Type == "text":
			b.Text += string(g.text)
		case b.Type == "tool_use" && len(g.text) > 0:
			b.Input = g.text
		case b.Type == "thinking":
			b.raw = g.thinking()
		}
		s.answer.Content = append(s.answer.Content, b)
	}
	return nil
}

// evidence is what came of an answer that broke off.
func (s *stream) evidence() (message json.RawMessage, said int64) {
	parts := []any{`{"role":"assistant","content":[`}
	for i, g := range s.blocks {
		if i > 0 {
			parts = append(parts, ",")
		}
		said += int64(len(g.text))
		parts = append(parts, `{"block":`, string(orNull(g.start)), `,"text":`,
			llm.Quote(string(g.text)), `}`)
	}
	if said == 0 {
		return nil, 0
	}
	return wire.Concat(append(parts, "]}")...), said
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

// thinking is a block of thoughts as it must come back: its text and signature
// put together, its other fields as they came.
func (b *growing) thinking() json.RawMessage {
	var start struct {
		Thinking  string `json:"thinking"`
		Signature string `json:"signature"`
	}
	if json.Unmarshal(b.start, &start) != nil {
		return b.start
	}
	out := wire.Concat(`{"type":"thinking","thinking":`, llm.Quote(start.Thinking+string(b.text)),
		`,"signature":`, llm.Quote(start.Signature+string(b.signature)))
	if others := llm.Extras(b.start, "type", "thinking", "signature"); others != nil {
		out = wire.Concat(out, ",", others[1:len(others)-1])
	}
	return append(out, '}')
}

// merged lays the fields of a later usage report over an earlier one: counts
// are of the whole message, and those that do not apply are left out.
func merged(earlier, later json.RawMessage) json.RawMessage {
	var fields, over map[string]json.RawMessage
	if json.Unmarshal(earlier, &fields) != nil || fields == nil {
		return later
	}
	if json.Unmarshal(later, &over) != nil {
		return earlier
	}
	for name, value := range over {
		if string(value) != "null" {
			fields[name] = value
		}
	}
	out, err := json.Marshal(fields)
	if err != nil {
		return later
	}
	return out
}
