package command

import (
	"fmt"
	"strings"

	"bench/agent/command/acp"
)

// transcript is what a program says in its turn, as a text: what is recorded as its
// output. Of a long one the end is left out.
type transcript struct {
	text    strings.Builder
	dropped int64 // bytes

	kind    acp.UpdateKind // of the chunk before
	message string         // that it belongs to

	final strings.Builder // what it said last, after its last tool call
	last  string          // message that this belongs to
}

// chunk adds a piece of a message or a thought.
func (t *transcript) chunk(u acp.Update) {
	text := u.Text()
	if text == "" {
		return
	}
	if u.Kind != t.kind || u.Message() != t.message {
		t.line(speakers[u.Kind] + ": ")
		t.kind, t.message = u.Kind, u.Message()
	}
	t.add(text)
	if u.Kind != acp.UpdateMessage {
		return
	}
	if u.Message() != t.last {
		t.final.Reset()
	}
	if t.last = u.Message(); t.final.Len() < outputChars {
		t.final.WriteString(text)
	}
}

// speakers are how a transcript names who says something.
var speakers = map[acp.UpdateKind]string{
	acp.UpdateUser: "user", acp.UpdateMessage: "agent", acp.UpdateThought: "thought",
}

// line begins a line.
func (t *transcript) line(s string) {
	if n := t.text.Len(); n > 0 && t.text.String()[n-1] != '\n' {
		t.add("\n")
	}
	t.add(s)
	t.kind, t.message = "", ""
}

func (t *transcript) add(s string) {
	room := outputChars - t.text.Len()
	if len(s) > room {
		cut := strings.ToValidUTF8(s[:max(0, room)], "")
		t.dropped += int64(len(s) - len(cut))
		s = cut
	}
	t.text.WriteString(s)
}

// tool adds how far a tool call is.
func (t *transcript) tool(c *acp.Tool) {
	t.final.Reset()
	t.line(fmt.Sprintf("tool %s %s: %s (%s)", c.ID, c.Kind, oneLine(c.Title), c.Status))
}

// plan adds what the program means to do.
func (t *transcript) plan(steps []acp.Step) {
	for _, s := range steps {
		t.line(fmt.Sprintf("plan: %s (%s)", oneLine(s.Content), s.Status))
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// said is the whole, with what the program wrote to its standard error behind it.
func (t *transcript) said(errors string) string {
	if t.dropped > 0 {
		t.text.WriteString(fmt.Sprintf("\n[%d bytes left out]", t.dropped))
	}
	if errors == "" {
		return t.text.String()
	}
	if t.text.Len() > 0 {
		errors = "\n\nstandard error:\n" + errors
	}
	return t.text.String() + errors
}
