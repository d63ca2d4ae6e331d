package scripted

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"unicode/utf8"
)

// dialect is one of the protocols in which the server answers. Rules know none
// of them: they match conversations and make replies, to which a dialect gives
// its form.
type dialect struct {
	name, path string
	callPrefix string // of the ids of tool calls
	scan       func(body []byte) (*request, error)
	document   func(*reply) doc // the whole answer
	// events are the same answer as a stream; asked is whether the request wants
	// its usage.
	events  func(d doc, p pacing, asked bool) [][]byte
	failure func(failure) doc // the body of an error
	// failed is the event of an error in mid-stream, after so many others.
	failed func(f failure, after int) []byte
	end    string // the mark of a stream's end
	ping   string // what keeps a stream alive; "" is a comment
	// unwritten: reports have no word for what is written to a cache, so that nothing
	// is.
	unwritten bool
	// bind is the dialect for one request, where its path says what others say in the
	// body; nil is the dialect itself.
	bind func(dialect, *http.Request) (*dialect, error)
}

// dialects are all protocols.
var dialects = []*dialect{chat, messages, responses, gemini}

// failure is an error of the server, in the words of every protocol.
type failure struct {
	status      int
	kind        string // type
	code, param any    // nil is null
	message     string
	detail      any // in place of the message, where a server has lists
	requestID   string
}

// sse is one server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html
func sse(event string, d doc) []byte {
	var b []byte
	if event != "" {
		b = fmt.Appendf(nil, "event: %s\n", event)
	}
	b = append(b, "data: "...)
	return append(append(b, mustMarshal(d)...), "\n\n"...)
}

// without returns a copy of an object that lacks some fields.
func without(d doc, names ...string) doc {
	out := maps.Clone(d)
	if out == nil {
		return doc{}
	}
	for _, name := range names {
		delete(out, name)
	}
	return out
}

// pieces cuts a text into pieces of about n bytes, between characters.
func pieces(s string, n int) []string {
	var out []string
	for len(s) > n {
		cut := n
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		if cut == 0 {
			_, cut = utf8.DecodeRuneInString(s)
		}
		out, s = append(out, s[:cut]), s[cut:]
	}
	if s != "" {
		out = append(out, s)
	}
	return out
}

// piecesOrEmpty is one empty piece where there is no text: a field that is there
// and empty is not the same as none.
func piecesOrEmpty(s string, n int) []string {
	if s == "" {
		return []string{""}
	}
	return pieces(s, n)
}

// mustMarshal encodes values that were made to be encoded, which always works.
func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return b
}

// writeFailure answers with an error in the words of a protocol.
func (d *dialect) writeFailure(w http.ResponseWriter, f failure) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	flushed(w, mustMarshal(d.failure(f)))
}
