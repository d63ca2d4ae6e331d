package openai

import (
	"bytes"
	"encoding/json"
	"slices"

	"bench/llm"
	"bench/llm/wire"
)

// call is a tool call that comes in pieces.
type call struct {
	id, name []byte // between the quotes
	args     []byte // of the string, between the quotes
	extra    value  // an object: what the protocol does not name
}

// callPiece is what one chunk says of a call.
type callPiece struct {
	index    []byte
	id, name []byte
	args     []byte // as it is written
	extra    []byte // an object still open, of what the protocol does not name
}

// calls are the tool calls of a message in the order in which they began.
// Servers agree in little about how pieces find their call: index may be absent,
// zero for all or begin anywhere, ids may be absent, come once or with every
// piece, or be the same for two calls.
// github.com/apache/maka/pull/1995, github.com/agno-agi/agno/pull/8880
type calls struct {
	list    []*call
	current *call
	indexes map[string]*call // the call that an index meant last
	whole   bool             // every element is a call of its own
}

// add takes the tool_calls field of a message or of a piece of it.
func (c *calls) add(raw []byte) {
	wire.Elements(raw, func(element []byte) {
		p := callPiece{}
		wire.Fields(element, p.field)
		c.addPiece(p)
	})
}

func (p *callPiece) field(name, value []byte) {
	switch string(name) {
	case "index":
		p.index = value
	case "id":
		p.id = inner(value)
	case "type":
	case "name", "arguments": // without an object around them
		p.function(name, value)
	case "function":
		wire.Fields(value, p.function)
	default:
		p.extra = appendField(p.extra, name, value)
	}
}

func (p *callPiece) function(name, value []byte) {
	switch string(name) {
	case "name":
		p.name = inner(value)
	case "arguments":
		p.args = value
	}
}

// inner is what stands between the quotes of a string; nil of everything else.
func inner(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' {
		return nil
	}
	return value[1 : len(value)-1]
}

func (c *calls) addPiece(p callPiece) {
	to := c.find(p)
	if to == nil {
		to = &call{extra: value{kind: '{'}}
		c.list = append(c.list, to)
	}
	c.current = to
	if p.index != nil {
		if c.indexes == nil {
			c.indexes = map[string]*call{}
		}
		c.indexes[string(p.index)] = to
	}
	to.add(p)
}

// find returns the call that a piece belongs to; nil if it begins one.
func (c *calls) find(p callPiece) *call {
	if c.whole {
		return nil
	}
	if p.index != nil {
		if at, ok := c.indexes[string(p.index)]; ok {
			if len(p.id) == 0 || len(at.id) == 0 || bytes.Equal(p.id, at.id) {
				return at.unlessAnother(p)
			}
			return c.byID(p)
		}
	}
	switch {
	case len(p.id) > 0:
		return c.byID(p)
	case len(p.name) > 0 && p.index != nil:
		return nil
	case c.current != nil:
		return c.current.unlessAnother(p)
	}
	return nil
}

func (c *calls) byID(p callPiece) *call {
	for _, have := range c.list {
		if bytes.Equal(have.id, p.id) {
			return have.unlessAnother(p)
		}
	}
	return nil
}

// unlessAnother returns the call, or nil where the piece begins another one: it
// has a name, and what there is of the call is complete already.
func (c *call) unlessAnother(p callPiece) *call {
	switch {
	case len(p.name) == 0 || len(c.name) == 0:
		return c
	case bytes.Equal(p.id, c.id) && bytes.Equal(p.name, c.name) && c.repeats(p.args):
		return c // the whole call once more
	case c.complete() && len(p.args) > 0 && string(p.args) != `""` && string(p.args) != "null":
		return nil
	case c.complete() && !bytes.Equal(p.name, c.name):
		return nil
	}
	return c
}

func (c *call) complete() bool {
	n := len(c.args)
	return n > 1 && c.args[n-1] == '}' && json.Valid([]byte(unquote(c.args)))
}

func (c *call) repeats(args []byte) bool {
	return len(c.args) > 0 && bytes.Equal(asText(args), c.args)
}

// asText is what stands between the quotes if the arguments, which some servers
// send as an object, are written as the string that the protocol asks for.
func asText(args []byte) []byte {
	switch {
	case len(args) == 0 || args[0] == 'n':
		return nil
	case args[0] == '"':
		return inner(args)
	}
	return inner(llm.Quote(string(args)))
}

func (c *call) add(p callPiece) {
	if len(c.id) == 0 {
		c.id = bytes.Clone(p.id)
	}
	switch {
	case bytes.HasPrefix(p.name, c.name): // new, the same again, or grown
		c.name = bytes.Clone(p.name)
	case len(c.args) == 0 && !bytes.HasSuffix(c.name, p.name):
		c.name = append(c.name, p.name...)
	}
	if !(len(p.name) > 0 && c.complete() && c.repeats(p.args)) {
		c.args = append(c.args, asText(p.args)...)
	}
	if p.extra != nil {
		c.extra.add(append(p.extra, '}'), "")
	}
}

// append adds the call as JSON to dst, as it came.
func (c *call) append(dst []byte) []byte {
	dst = append(append(dst, `{"id":"`...), c.id...)
	dst = append(append(dst, `","type":"function","function":`...), c.function()...)
	if extra := c.extras(); extra != nil {
		dst = append(append(dst, ','), extra[1:len(extra)-1]...)
	}
	return append(dst, '}')
}

func (c *call) function() []byte {
	return slices.Concat([]byte(`{"name":"`), c.name, []byte(`","arguments":"`), c.args, []byte(`"}`))
}

// extras are the fields that the protocol does not name, but for those that are
// null; nil if there are none.
func (c *call) extras() json.RawMessage { return c.extra.object() }

// unquote decodes what stands between the quotes of a JSON string; what is none
// stays as it is.
func unquote(text []byte) string {
	out, ok := wire.AppendText(make([]byte, 0, len(text)), text)
	if !ok {
		return string(text)
	}
	return string(out)
}

func appendField(object, name, value []byte) []byte {
	if object == nil {
		object = append(object, '{')
	} else {
		object = append(object, ',')
	}
	object = append(append(append(object, '"'), name...), '"', ':')
	return append(object, value...)
}
