package gateway

import (
	"encoding/json"
	"net/http"
	"strconv"

	"bench/llm"
	"bench/llm/wire"
)

// Protocol is one in which programs ask models.
type Protocol string

// The protocols.
const (
	Chat      Protocol = "chat"      // OpenAI's chat completions
	Responses Protocol = "responses" // OpenAI's Responses
	Messages  Protocol = "messages"  // Anthropic's Messages
	Gemini    Protocol = "gemini"    // Google's generateContent
)

// protocol is all that the gateway knows of one. Each has a file.
type protocol struct {
	name Protocol
	// parse reads a request; what the path says is in the ask already.
	parse func(a *ask, o wire.Outline) error
	// convert makes messages of a unit of the conversation. Index is the place of the
	// first in it.
	convert func(unit []byte, index int) []said
	// read takes an answer out of an attempt.
	read func(a *wire.Attempt, req llm.Request) error
	// bounded returns the body with another bound on output.
	bounded func(a *ask, body []byte, bound int64) []byte
	// path is where an endpoint serves a request, behind its base URL.
	path func(e *wire.Endpoint, a *ask) string
	// authorize puts the key of an upstream into the header of a request to a host.
	authorize func(h http.Header, host, key string)
	words     map[refusalKind]words                   // its errors
	failure   func(said words, message string) []byte // the body of an error
	// hosted are the tools of a request that the provider runs itself.
	hosted func(a *ask, o wire.Outline) []string
}

// ask is what a request of a program says, as far as the gateway has to know.
type ask struct {
	*protocol
	body   []byte
	model  string // as the program calls it
	stream bool

	system string   // the system prompt, where it has a field of its own
	units  [][]byte // the conversation: each is a message, or the parts of one
	tools  []byte   // those that are offered, as they are written
	names  []string // of these
	hosts  []string // of tools that the provider runs

	bound     int64  // most tokens of an answer that it asks for; 0 if it does not say
	boundName string // of the field that says so
	choices   int64  // how many answers it asks for, at least 1
	thoughts  int64  // tokens of the bound that are for thoughts alone
	reports   bool   // chat completions: it asks that a stream reports usage
	previous  string // Responses: the answer that it continues
	sampling  llm.Request
}

// said is a message of a conversation.
type said struct {
	*llm.Message
	failed bool // a tool's answer that is an error
}

// count reads a whole number of a request; 0 if it is none.
func count(raw []byte) int64 {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// decimal reads a number of a request; nil if it is none.
func decimal(raw []byte) *float64 {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return nil
	}
	return &f
}

func number(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// elements are those of a list, as they are written.
func elements(raw []byte) (out [][]byte) {
	wire.Elements(raw, func(e []byte) { out = append(out, e) })
	return out
}

// field is the value of a field, nil if there is none.
func field(object []byte, name string) (found []byte) {
	wire.Fields(object, func(key, value []byte) {
		if string(key) == name {
			found = value
		}
	})
	return found
}

// text is a string of a request.
func text(raw []byte) string { return wire.Text(raw) }

// sample takes the parameters that have the same names in all of OpenAI's and
// Anthropic's protocols.
func (a *ask) sample(o wire.Outline) {
	a.sampling.Temperature, a.sampling.TopP = decimal(o["temperature"]), decimal(o["top_p"])
	var seed int
	if json.Unmarshal(o["seed"], &seed) == nil && len(o["seed"]) > 0 {
		a.sampling.Seed = &seed
	}
}

// blockText joins the texts of a list of blocks, or is the text.
func blockText(raw []byte) string {
	if len(raw) > 0 && raw[0] == '"' {
		return text(raw)
	}
	var out string
	for _, b := range elements(raw) {
		if t := text(field(b, "text")); t != "" && out != "" {
			out += "\n\n" + t
		} else {
			out += t
		}
	}
	return out
}

// onlyText reports whether every block of a list is a text, or there is no list.
func onlyText(raw []byte, kinds ...string) bool {
	if len(raw) > 0 && raw[0] == '"' {
		return true
	}
	for _, b := range elements(raw) {
		kind, known := text(field(b, "type")), false
		for _, k := range kinds {
			known = known || k == kind
		}
		if !known {
			return false
		}
	}
	return true
}

// told is a message with its role that is not the model's. A content with anything
// but text in it stays as it came.
func told(role string, content []byte, plain bool) *llm.Message {
	if plain {
		switch t := blockText(content); role {
		case "user":
			return llm.User(t)
		case "system":
			return llm.System(t)
		}
	}
	return parsed(wire.Concat(`{"role":`, llm.Quote(role), `,"content":`, content, `}`))
}

// answered is the answer to a tool call.
func answered(id string, content []byte, plain bool) *llm.Message {
	if plain {
		return llm.Observation(id, blockText(content))
	}
	return parsed(wire.Concat(`{"role":"tool","content":`, content, `,"tool_call_id":`,
		llm.Quote(id), `}`))
}

// parsed reads a message that was put together here, or that a program sent in the
// form of chat completions. What has another form is kept as a text.
func parsed(raw []byte) *llm.Message {
	m, err := llm.ParseMessage(raw)
	if err != nil || m.Role == "" {
		return llm.User(string(raw))
	}
	return m
}
