package agenttest

import (
	"encoding/json"
	"regexp"
	"testing"

	"bench/llm"
)

// What the strictest of servers take: OpenAI's and Anthropic's alphabets.
var (
	callName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	callID   = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,40}$`)
)

// CheckConversation fails unless every tool call of every answer is followed by
// exactly one observation, in call order and before anything else is said, and
// every message is what the strictest of servers accept: nothing is said to a
// model twice in a row, or after a tool; ids occur once; names and ids keep to
// the common alphabet; arguments are JSON objects.
func CheckConversation(t testing.TB, messages []*llm.Message) {
	t.Helper()
	var open []string
	seen := map[string]bool{}
	for i, m := range messages {
		switch {
		case m.Role == "tool":
			if len(open) == 0 || open[0] != m.CallID {
				t.Fatalf("message %d answers %q, waiting for %q", i, m.CallID, open)
			}
			open = open[1:]
		case len(open) > 0:
			t.Fatalf("message %d: calls %q are not answered", i, open)
		case m.Role == "user" && i > 0 && messages[i-1].Role != "assistant" && messages[i-1].Role != "system":
			t.Fatalf("message %d: user after %s: %q", i, messages[i-1].Role, m.Text)
		}
		for _, c := range m.ToolCalls {
			checkCall(t, i, c, seen)
			open = append(open, c.ID)
		}
	}
	if len(open) > 0 {
		t.Fatalf("calls %q are not answered", open)
	}
}

func checkCall(t testing.TB, message int, c llm.ToolCall, seen map[string]bool) {
	t.Helper()
	var object map[string]any
	switch {
	case !callID.MatchString(c.ID) || seen[c.ID]:
		t.Fatalf("message %d: call id %q is not fit, or not unique", message, c.ID)
	case !callName.MatchString(c.Name):
		t.Fatalf("message %d: call of %q", message, c.Name)
	case json.Unmarshal([]byte(c.Arguments), &object) != nil || object == nil:
		t.Fatalf("message %d: arguments of %s are no object: %s", message, c.Name, c.Arguments)
	}
	seen[c.ID] = true
}
