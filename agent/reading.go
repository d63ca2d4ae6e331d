package agent

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"bench"
	"bench/llm"
)

// reading is a model's answer as it is understood. A bad call is the model's own
// doing and is answered like any other; what goes back to the provider is what
// the strictest of servers take.
type reading struct {
	message *llm.Message // what goes back; the answer itself where that is fit
	calls   []askedCall
}

// askedCall is one call of an answer: as it was meant or, where something is
// wrong with it, as the model wrote it. Its id is the one that goes back.
type askedCall struct {
	llm.ToolCall
	wrong Observation // what the model is told instead; no text if nothing is wrong
}

// reader reads the answers of one agent's model.
type reader struct {
	model bench.Model
	tools map[string]Tool // nil where they are not known: then any name will do
}

// read reads an answer to a conversation. The same answer to the same
// conversation is always read the same way, so a trial that is resumed continues
// as if it had not been cut off.
func (r reader) read(m *llm.Message, before []*llm.Message) reading {
	out := reading{message: m, calls: make([]askedCall, len(m.ToolCalls))}
	back := make([]llm.ToolCall, len(m.ToolCalls))
	ids := r.callIDs(before)
	fit := true
	for i, c := range m.ToolCalls {
		out.calls[i], back[i] = r.readCall(c)
		back[i].ID = ids.take(c.ID)
		out.calls[i].ID = back[i].ID
		fit = fit && back[i].ID == c.ID && back[i].Name == c.Name && back[i].Arguments == c.Arguments
	}
	if !fit {
		out.message = m.WithCalls(back)
	}
	return out
}

// readCall returns a call as it was meant, and what of it goes back.
func (r reader) readCall(c llm.ToolCall) (asked askedCall, back llm.ToolCall) {
	asked, back = askedCall{ToolCall: c}, c
	name, known := r.toolNamed(c.Name)
	arguments, err := objectArguments(c.Arguments)
	if back.Arguments = arguments; err != nil {
		back.Arguments = "{}"
	}
	switch {
	case !known:
		asked.wrong = r.unknownTool(c.Name)
		back.Name = safeName(c.Name)
		return asked, back
	case err != nil:
		asked.wrong = Failure(ClassArguments, "%s: %v", name, err)
	default:
		asked.Arguments = arguments
	}
	asked.Name, back.Name = name, name
	return asked, back
}

func (r reader) unknownTool(name string) Observation {
	what := "the call names no tool"
	if strings.TrimSpace(name) != "" {
		what = fmt.Sprintf("there is no tool %q", prefix(name, 100))
	}
	if len(r.tools) == 0 {
		return Failure(ClassUnknownTool, "%s", what)
	}
	known := slices.Sorted(maps.Keys(r.tools))
	return Failure(ClassUnknownTool, "%s; the tools are: %s", what, strings.Join(known, ", "))
}

// Names of tools with what models put around them: the namespace of OpenAI's
// harmony format or of Gemini's, a channel or another special token after the
// name, the number of Kimi's ids. TestToolNames has a source for each.
var (
	namespace = regexp.MustCompile(`^(?:to=)?(?:functions?|tools?|default_api)[.:/]`)
	afterName = regexp.MustCompile(`(?:\s*<[|｜].*|:\d+|\(\))$`)
	fitName   = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$`)
)

// toolNamed returns the tool that a name means. A name is read as meant only
// where nothing but what surrounds it is wrong: a tool is never guessed.
func (r reader) toolNamed(name string) (string, bool) {
	if r.tools == nil {
		return name, fitName.MatchString(name)
	}
	for range 3 {
		if _, ok := r.tools[name]; ok {
			return name, true
		}
		name = strings.Trim(strings.TrimSpace(name), "`\"'")
		name = namespace.ReplaceAllString(afterName.ReplaceAllString(name, ""), "")
	}
	lower := strings.ToLower(name)
	_, ok := r.tools[lower]
	return lower, ok
}

// safeName is a name that every provider takes, in place of one of no tool:
// OpenAI and Anthropic take ^[a-zA-Z0-9_-]{1,64}$, and Gemini no digit or dash
// in front.
func safeName(name string) string {
	safe := strings.Map(func(c rune) rune {
		if c < 128 && (c == '_' || c == '-' || c >= '0' && c <= '9' || c|32 >= 'a' && c|32 <= 'z') {
			return c
		}
		return '_'
	}, strings.TrimSpace(name))
	switch {
	case strings.Trim(safe, "_") == "":
		return "unknown_tool"
	case !fitName.MatchString(safe[:1]):
		safe = "_" + safe
	}
	return prefix(safe, 64)
}

// fitClient is a client whose answers can go back to the provider. An answer
// that could not is kept as Response.Original, and its reading takes its place.
type fitClient struct {
	next   llm.Client
	reader reader
	view   *view // of the conversation; nil where there is one model
}

var _ llm.Client = fitClient{}

func (c fitClient) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	sent := req
	if c.view != nil {
		sent.Messages, sent.Whole = c.view.of(req.Messages), req.Messages
	}
	resp, err := c.next.Complete(ctx, sent)
	if err != nil || resp.Message == nil {
		return resp, err
	}
	if m := c.reader.read(resp.Message, req.Messages).message; m != resp.Message {
		resp.Original, resp.Message = resp.Message.JSON, m
	}
	if c.view != nil {
		c.view.makers[resp.Message] = c.reader.model.Name
	}
	return resp, nil
}

// heard reads an answer of which the message has been made fit already; original
// is what it was before, nil if it is the same.
func (r reader) heard(m *llm.Message, original []byte, before []*llm.Message) reading {
	whole, err := llm.ParseMessage(original)
	if err != nil || len(whole.ToolCalls) != len(m.ToolCalls) {
		whole = m // kept by the client, in a form of the provider's own
	}
	return r.read(whole, before)
}
