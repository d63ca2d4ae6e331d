package agent_test

import (
	"strings"
	"testing"

	"bench/agent"
	"bench/llm"
)

func TestTranscript(t *testing.T) {
	t.Parallel()
	call := func(id, name, arguments string) llm.ToolCall {
		return llm.ToolCall{ID: id, Name: name, Arguments: arguments}
	}
	talk := []*llm.Message{
		llm.System("You are secret."), llm.User("Mend it.\n"),
		llm.Assistant("I look.", []llm.ToolCall{
			call("b", "terminal", `{"command":"ls"}`), call("a", "file_editor", `{"command":"view"}`),
		}),
		llm.Observation("b", "a.txt\n[exit code 0]"), llm.Observation("a", ""),
		llm.Assistant(" ", []llm.ToolCall{call("b", "terminal", `{"command":"pwd"}`)}),
		llm.Observation("b", "/é\n"), llm.User("[harness] Go on."),
	}
	const whole = "[User]\nMend it.\n\n[Assistant]\nI look.\n\n" +
		"[Assistant makes call 1, terminal]\n{\"command\":\"ls\"}\n\n" +
		"[Assistant makes call 2, file_editor]\n{\"command\":\"view\"}\n\n" +
		"[Result of call 1, terminal]\na.txt\n[exit code 0]\n\n" +
		"[Result of call 2, file_editor]\n(no output)\n\n" +
		"[Assistant makes call 3, terminal]\n{\"command\":\"pwd\"}\n\n" +
		"[Result of call 3, terminal]\n/é\n\n[User]\n[harness] Go on.\n"
	for _, test := range []struct {
		name     string
		messages []*llm.Message
		limit    int
		want     string
	}{
		{"nothing", nil, 0, ""},
		{"nothing but the prompt", talk[:1], 10, ""},
		{"all of it", talk, 0, whole},
		{"room enough", talk, len(whole), whole},
		{"clipped", talk[1:3], 24, "[User]\nMend " +
			"\n[124 characters of the conversation are left out here]\n" + "nd\":\"view\"}\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := agent.Transcript(test.messages, test.limit); got != test.want {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
	if strings.Contains(agent.Transcript(talk, 0), "secret") {
		t.Error("the system prompt is in the transcript")
	}
}
