package scripted

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	goopenai "github.com/sashabaranov/go-openai"
)

// Any client can stream from the server.
func TestStreaming(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("wörds and more ", 20)
	server, url := start(t, fmt.Sprintf(`
models: {m: {price: {input: 1, output: 1}}}
rules:
  - when: {last: talk}
    say: %q
    calls: [{tool: a, arguments: {x: 1}}, {tool: b}]
  - {when: {last: break}, fault: {kind: truncate}}`, long))
	config := goopenai.DefaultConfig("none")
	config.BaseURL = url + "/v1"
	c := goopenai.NewClientWithConfig(config)
	ask := func(text string) (*goopenai.ChatCompletionStream, error) {
		return c.CreateChatCompletionStream(t.Context(), goopenai.ChatCompletionRequest{
			Model: "m", StreamOptions: &goopenai.StreamOptions{IncludeUsage: true},
			Messages: []goopenai.ChatCompletionMessage{{Role: "user", Content: text}},
		})
	}
	stream, err := ask("talk")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	got := collect(t, stream)
	if got.text != long || got.finish != "tool_calls" || fmt.Sprint(got.names) != "[a b]" ||
		got.arguments != `{"x":1}{}` {
		t.Errorf("%+v", got)
	}
	l := server.Ledger()
	if got.usage == nil || l.Usage.Output != int64(got.usage.CompletionTokens) || l.Calls != 1 {
		t.Errorf("usage %+v, ledger %+v", got.usage, l)
	}
	broken, err := ask("break")
	for err == nil {
		_, err = broken.Recv()
	}
	if errors.Is(err, io.EOF) {
		t.Error("a truncated stream went well")
	}
	_ = broken.Close()
}

type collected struct {
	text, arguments string
	names           []string
	finish          goopenai.FinishReason
	usage           *goopenai.Usage
}

func collect(t *testing.T, stream *goopenai.ChatCompletionStream) collected {
	t.Helper()
	var c collected
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return c
		}
		if err != nil {
			t.Fatal(err)
		}
		if chunk.Usage != nil {
			c.usage = chunk.Usage
		}
		for _, choice := range chunk.Choices {
			c.text += choice.Delta.Content
			c.finish = max(c.finish, choice.FinishReason)
			for _, call := range choice.Delta.ToolCalls {
				if call.Function.Name != "" {
					c.names = append(c.names, call.Function.Name)
				}
				c.arguments += call.Function.Arguments
			}
		}
	}
}
