package sdktest

import (
	"errors"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

func anthropicClient(url string, more ...option.RequestOption) anthropic.Client {
	return anthropic.NewClient(append([]option.RequestOption{
		option.WithBaseURL(url + "/"), option.WithAPIKey("none"), option.WithMaxRetries(0),
	}, more...)...)
}

func messageParams(text string) anthropic.MessageNewParams {
	tool := func(name string) anthropic.ToolUnionParam {
		return anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{Name: name}}
	}
	return anthropic.MessageNewParams{
		Model: "m", MaxTokens: 4096, Thinking: anthropic.ThinkingConfigParamOfEnabled(1024),
		System:   []anthropic.TextBlockParam{{Text: "Be brief."}},
		Tools:    []anthropic.ToolUnionParam{tool("look"), tool("list")},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(text))},
	}
}

func message(
	t *testing.T, c anthropic.Client, p anthropic.MessageNewParams, stream bool,
) (*anthropic.Message, error) {
	t.Helper()
	if !stream {
		return c.Messages.New(t.Context(), p)
	}
	s := c.Messages.NewStreaming(t.Context(), p)
	defer s.Close()
	var all anthropic.Message
	for s.Next() {
		if err := all.Accumulate(s.Current()); err != nil {
			t.Errorf("the accumulator refuses %s: %v", s.Current().RawJSON(), err)
		}
	}
	return &all, s.Err()
}

func TestMessages(t *testing.T) {
	for name, stream := range streams {
		t.Run(name, func(t *testing.T) {
			server, url := serve(t, "anthropic")
			h, err := talkMessages(t, anthropicClient(url), "Find it.", stream)
			if err != nil {
				t.Fatal(err)
			}
			h.check(t, server, [4]int64{3000 - 1024 - 128, 1024, 50, 128}, "end_turn")
		})
	}
}

// talkMessages talks for three turns, and answers tool calls.
func talkMessages(t *testing.T, c anthropic.Client, text string, stream bool) (h heard, err error) {
	t.Helper()
	p := messageParams(text)
	for range 3 {
		a, err := message(t, c, p, stream)
		if err != nil {
			return h, err
		}
		p.Messages = append(p.Messages, a.ToParam())
		words, results := "", []anthropic.ContentBlockParamUnion(nil)
		for _, b := range a.Content {
			switch b := b.AsAny().(type) {
			case anthropic.TextBlock:
				words += b.Text
			case anthropic.ThinkingBlock:
				if b.Signature == "" || b.Thinking == "" {
					t.Errorf("thought %+v", b)
				}
			case anthropic.ToolUseBlock:
				h.call(b.ID, b.Name, string(b.Input))
				results = append(results, anthropic.NewToolResultBlock(b.ID, "found", false))
			}
		}
		h.words = append(h.words, words)
		if len(results) > 0 {
			p.Messages = append(p.Messages, anthropic.NewUserMessage(results...))
		}
		u := a.Usage
		h.finish = string(a.StopReason)
		h.usage = [4]int64{u.InputTokens, u.CacheReadInputTokens, u.OutputTokens, u.CacheCreationInputTokens}
	}
	return h, nil
}

func TestMessagesErrors(t *testing.T) {
	_, url := serve(t, "anthropic")
	c := anthropicClient(url)
	for _, stream := range streams {
		_, err := message(t, c, messageParams("refuse"), stream)
		var e *anthropic.Error
		if !errors.As(err, &e) || e.StatusCode != 429 || !strings.Contains(e.Error(), "slow down, please") {
			t.Errorf("%v", err)
		}
		p := messageParams("x")
		p.Temperature = anthropic.Float(0.5)
		if _, err = message(t, c, p, stream); !errors.As(err, &e) || e.StatusCode != 400 ||
			!strings.Contains(e.Error(), "`temperature` may only be set to 1 when thinking is enabled") {
			t.Errorf("%v", err)
		}
	}
	if _, err := message(t, c, messageParams("break"), true); err == nil ||
		!strings.Contains(err.Error(), "broke down") {
		t.Errorf("an error in mid-stream: %v", err)
	}
}

func TestCountTokens(t *testing.T) {
	server, url := serve(t, "anthropic")
	c := anthropicClient(url)
	n, err := c.Messages.CountTokens(t.Context(), anthropic.MessageCountTokensParams{
		Model:    "m",
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(strings.Repeat("x", 4000)))},
	})
	if err != nil || n.InputTokens < 1000 || n.InputTokens > 1030 || server.Ledger().Calls != 0 {
		t.Errorf("%+v, %v", n, err)
	}
}
