package bench_test

import (
	"fmt"
	"strings"
	"testing"

	"bench"
)

// said makes a call of main that adds messages: "0 system s" is index, role and body.
func said(id string, messages ...string) bench.Event {
	c := bench.LLMCall{CallID: id}
	for _, m := range messages {
		var ref bench.MessageRef
		if _, err := fmt.Sscan(m, &ref.Index, &ref.Role, &ref.Body); err != nil {
			panic(err)
		}
		c.Messages = append(c.Messages, ref)
	}
	return bench.Event{Agent: "main", Payload: c}
}

// failed is a call that failed.
func failed(id string, messages ...string) bench.Event {
	e := said(id, messages...)
	c := e.Payload.(bench.LLMCall)
	c.Error = "lost"
	e.Payload = c
	return e
}

// by makes an event another agent's.
func by(agent string, e bench.Event) bench.Event { e.Agent = agent; return e }

func TestConversation(t *testing.T) {
	t.Parallel()
	first := said("c1", "0 system s", "1 user u", "2 assistant a")
	second := said("c2", "3 tool r", "4 assistant b")
	for _, test := range []struct {
		name   string
		events []bench.Event
		want   string // bodies, with the call that each answers
	}{
		{"nothing was said", nil, ""},
		{"every call adds to it", []bench.Event{first, second}, "s u a=c1 r b=c2"},
		{"what others said is not part of it",
			[]bench.Event{first, by("side", second), {Agent: "main", Payload: bench.AgentResumed{}}}, "s u a=c1"},
		{"a call that failed has no answer",
			[]bench.Event{first, failed("c2", "3 tool r"), said("c3", "4 user n", "5 assistant b")},
			"s u a=c1 r n b=c3"},
		{"a failed call whose last message is an earlier answer",
			[]bench.Event{failed("c1", "0 system s", "1 user u", "2 assistant a")}, "s u a"},
		{"a probe adds nothing and answers nothing", []bench.Event{first, said("c2")}, "s u a=c1"},
		{"a call without an answer", []bench.Event{said("c1", "0 system s", "1 user u")}, "s u"},
		{"the last message is said again with a notice", // as agent.told does
			[]bench.Event{first, failed("c2", "3 tool r"), said("c3", "3 tool r+n", "4 assistant b")},
			"s u a=c1 r+n b=c3"},
		{"a shorter conversation replaces all after it",
			[]bench.Event{first, second, said("c3", "1 user summary", "2 assistant c")}, "s summary c=c3"},
		{"what was replaced is not an answer later",
			[]bench.Event{first, second, failed("c3", "1 user summary"),
				said("c4", "2 user a", "3 tool r", "4 user b")},
			"s summary a r b"},
		{"a conversation that is resumed is logged again", // with a directory that has moved
			[]bench.Event{first, second, failed("c3", "0 system s2", "1 user u2", "2 assistant a2", "3 tool r2",
				"4 assistant b2", "5 tool x")}, "s2 u2 a2=c1 r2 b2=c2 x"},
		{"another role in the place of an answer",
			[]bench.Event{first, said("c2", "0 system s", "1 user u", "2 user v", "3 assistant b")}, "s u v b=c2"},
		{"another agent's conversation goes on", // its answers are those of its own calls
			[]bench.Event{said("c1", "0 system s", "1 user u", "2 assistant a", "3 user v", "4 assistant b")},
			"s u a v b=c1"},
	} {
		got, err := bench.Conversation(test.events, "main")
		if written := written(got); err != nil || written != test.want {
			t.Errorf("%s: %q, %v, want %q", test.name, written, err, test.want)
		}
	}
}

func written(messages []bench.LoggedMessage) string {
	words := make([]string, len(messages))
	for i, m := range messages {
		words[i] = string(m.Body)
		if m.Call != nil {
			words[i] += "=" + m.Call.CallID
		}
	}
	return strings.Join(words, " ")
}

func TestConversationOfADamagedLog(t *testing.T) {
	t.Parallel()
	first := said("c1", "0 system s", "1 user u", "2 assistant a")
	for want, e := range map[string]bench.Event{
		"call c2: message 4 in a conversation of 3":  said("c2", "4 tool r", "5 assistant b"),
		"call c2: message -1 in a conversation of 3": said("c2", "-1 tool r"),
	} {
		if got, err := bench.Conversation([]bench.Event{first, e}, "main"); err == nil || err.Error() != want {
			t.Errorf("%v, %v, want %s", got, err, want)
		}
	}
}
