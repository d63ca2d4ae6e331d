package responses

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// event is one event of a stream:
// platform.openai.com/docs/api-reference/responses-streaming
type event struct {
	Type     string          `json:"type"`
	Response answer          `json:"response"`
	Index    int             `json:"output_index"`
	Item     item            `json:"item"`
	Error    json.RawMessage `json:"error"`
}

// done is an item that came before the whole answer.
type done struct {
	index int
	item  item
}

// stream is an answer under way.
type stream struct {
	items []done
	said  []byte // what deltas added, of all items together
}

// readStream reads events until the answer is whole, which the last one is:
// what comes before says when the first token came, has the items that some
// servers leave out of it, and is the evidence of an answer that broke off.
func readStream(a *wire.Attempt, into *answer) error {
	s := &stream{}
	err := a.Events(func(e wire.Event) (bool, error) {
		if isDelta(e) {
			a.Token()
			s.add(e.Data)
			return false, nil
		}
		return s.take(a, e, into)
	})
	if err != nil {
		a.Original, a.Said = s.evidence()
		return err
	}
	if len(into.Output) == 0 {
		slices.SortStableFunc(s.items, func(x, y done) int { return x.index - y.index })
		for _, d := range s.items {
			into.Output = append(into.Output, d.item)
		}
	}
	return nil
}

// take reads an event of any other kind; those that say nothing new are passed
// over.
func (s *stream) take(a *wire.Attempt, from wire.Event, into *answer) (last bool, err error) {
	var e event
	if err := json.Unmarshal(from.Data, &e); err != nil {
		return false, wire.Spoiled("event that is not JSON: %w", err)
	}
	switch e.Type {
	case "response.created":
		a.ID, a.ServedModel = e.Response.ID, e.Response.Model // should it break off
	case "response.output_item.done":
		a.Token()
		s.items = append(s.items, done{e.Index, e.Item})
	case "response.completed", "response.incomplete", "response.failed":
		*into = e.Response
		if into.Status == "" {
			into.Status = strings.TrimPrefix(e.Type, "response.")
		}
		return true, nil
	case "error":
		return false, streamError(a, e, from.Data)
	}
	return false, nil
}

// add keeps what a delta adds, for the case that the rest does not come.
func (s *stream) add(data []byte) {
	_, value, ok := bytes.Cut(data, []byte(`"delta":"`))
	if !ok {
		return
	}
	for end := range value { // to the quote that ends the string
		if value[end] == '"' && !escaped(value[:end]) {
			if said, ok := wire.AppendText(s.said, value[:end]); ok {
				s.said = said
			}
			return
		}
	}
}

// escaped reports whether a backslash that is none of a pair ends text.
func escaped(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1
}

// evidence is what came of an answer that broke off.
func (s *stream) evidence() (message json.RawMessage, said int64) {
	if len(s.said) == 0 {
		return nil, 0
	}
	return wire.Concat(`{"role":"assistant","content":`, llm.Quote(string(s.said)), `}`),
		int64(len(s.said))
}

// streamError is an error in the middle of a stream, in an object of its own or
// as the event itself.
func streamError(a *wire.Attempt, e event, data []byte) error {
	raw := e.Error
	if !wire.Present(raw) {
		raw = data
	}
	return wire.ErrorObject(bytes.Clone(raw), a.Header, data)
}

// deltas is how the data of most events begins.
var deltas = [][]byte{
	[]byte(`{"type":"response.output_text.delta"`),
	[]byte(`{"type":"response.function_call_arguments.delta"`),
	[]byte(`{"type":"response.reasoning_summary_text.delta"`),
	[]byte(`{"type":"response.reasoning_text.delta"`),
}

// isDelta reports whether an event adds to an item that will come whole.
func isDelta(e wire.Event) bool {
	if e.Name != "" {
		return strings.HasSuffix(e.Name, ".delta")
	}
	return slices.ContainsFunc(deltas, func(p []byte) bool { return bytes.HasPrefix(e.Data, p) })
}
