package sdktest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

func openaiClient(url string, more ...option.RequestOption) openai.Client {
	return openai.NewClient(append([]option.RequestOption{
		option.WithBaseURL(url + "/v1/"), option.WithAPIKey("none"), option.WithMaxRetries(0),
	}, more...)...)
}

func chatParams(text string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: "m", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)},
		MaxCompletionTokens: openai.Int(1000),
		Tools: []openai.ChatCompletionToolUnionParam{
			openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "look"}),
			openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "list"}),
		},
	}
}

func completeChat(
	t *testing.T, c openai.Client, p openai.ChatCompletionNewParams, stream bool,
) (*openai.ChatCompletion, error) {
	t.Helper()
	if !stream {
		return c.Chat.Completions.New(t.Context(), p)
	}
	p.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	s := c.Chat.Completions.NewStreaming(t.Context(), p)
	defer s.Close()
	var all openai.ChatCompletionAccumulator
	for s.Next() {
		if !all.AddChunk(s.Current()) {
			t.Errorf("the accumulator refuses %s", s.Current().RawJSON())
		}
	}
	return &all.ChatCompletion, s.Err()
}

func TestChat(t *testing.T) {
	for name, stream := range streams {
		t.Run(name, func(t *testing.T) {
			server, url := serve(t, "openai")
			h, err := talkChat(t, openaiClient(url), "Find it.", stream)
			if err != nil {
				t.Fatal(err)
			}
			h.check(t, server, [4]int64{3000, 1024, 50, 20}, "stop")
		})
	}
}

// talkChat talks for three turns, and answers tool calls.
func talkChat(t *testing.T, c openai.Client, text string, stream bool) (h heard, err error) {
	t.Helper()
	p := chatParams(text)
	for range 3 {
		a, err := completeChat(t, c, p, stream)
		if err != nil {
			return h, err
		}
		if len(a.Choices) == 0 {
			return h, errors.New("nobody speaks in the answer")
		}
		m := a.Choices[0].Message
		p.Messages = append(p.Messages, m.ToParam())
		h.words = append(h.words, m.Content)
		for _, call := range m.ToolCalls {
			h.call(call.ID, call.Function.Name, call.Function.Arguments)
			p.Messages = append(p.Messages, openai.ToolMessage("found", call.ID))
		}
		u := a.Usage
		h.finish = string(a.Choices[0].FinishReason)
		h.usage = [4]int64{u.PromptTokens, u.PromptTokensDetails.CachedTokens, u.CompletionTokens,
			u.CompletionTokensDetails.ReasoningTokens}
	}
	return h, nil
}

// refused checks an error with a status.
func refused(t *testing.T, err error, status int, words string) {
	t.Helper()
	var e *openai.Error
	if !errors.As(err, &e) || e.StatusCode != status || !strings.Contains(e.Message, words) {
		t.Errorf("%v, want %d %s", err, status, words)
	}
}

func TestChatErrors(t *testing.T) {
	_, url := serve(t, "openai")
	c := openaiClient(url)
	for _, stream := range streams {
		_, err := completeChat(t, c, chatParams("refuse"), stream)
		refused(t, err, 429, "slow down, please")
		p := chatParams("x")
		p.Model, p.MaxTokens = "gpt-5.1", openai.Int(1)
		_, err = completeChat(t, c, p, stream)
		refused(t, err, 400, "Unsupported parameter: 'max_tokens'")
	}
	if _, err := completeChat(t, c, chatParams("break"), true); err == nil ||
		!strings.Contains(err.Error(), "broke down") {
		t.Errorf("an error in mid-stream: %v", err)
	}
}

func responseParams(text string) responses.ResponseNewParams {
	tool := func(name string) responses.ToolUnionParam {
		return responses.ToolUnionParam{OfFunction: &responses.FunctionToolParam{
			Name: name, Parameters: map[string]any{"type": "object"}, Strict: openai.Bool(false),
		}}
	}
	return responses.ResponseNewParams{
		Model: "m", Store: openai.Bool(false), MaxOutputTokens: openai.Int(1000),
		Include: []responses.ResponseIncludable{responses.ResponseIncludableReasoningEncryptedContent},
		Tools:   []responses.ToolUnionParam{tool("look"), tool("list")},
		Input: responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
			responses.ResponseInputItemParamOfMessage(text, responses.EasyInputMessageRoleUser),
		}},
	}
}

func respond(
	t *testing.T, c openai.Client, p responses.ResponseNewParams, stream bool,
) (*responses.Response, error) {
	t.Helper()
	if !stream {
		return c.Responses.New(t.Context(), p)
	}
	s := c.Responses.NewStreaming(t.Context(), p)
	defer s.Close()
	var last responses.Response
	text, next := "", int64(0)
	for s.Next() {
		e := s.Current()
		if e.SequenceNumber != next {
			t.Errorf("event %s has number %d, want %d", e.Type, e.SequenceNumber, next)
		}
		next++
		switch e := e.AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text += e.Delta
		case responses.ResponseCompletedEvent:
			last = e.Response
		case responses.ResponseErrorEvent:
			return nil, errors.New(e.Message)
		}
	}
	if s.Err() == nil && text != last.OutputText() {
		t.Errorf("the pieces say %q, the whole %q", text, last.OutputText())
	}
	return &last, s.Err()
}

func TestResponses(t *testing.T) {
	for name, stream := range streams {
		t.Run(name, func(t *testing.T) {
			server, url := serve(t, "openai-responses")
			h, err := talkResponses(t, openaiClient(url), "Find it.", stream)
			if err != nil {
				t.Fatal(err)
			}
			h.check(t, server, [4]int64{3000, 1024, 50, 20}, "completed")
		})
	}
}

// talkResponses talks for three turns, and answers tool calls.
func talkResponses(t *testing.T, c openai.Client, text string, stream bool) (h heard, err error) {
	t.Helper()
	p := responseParams(text)
	for range 3 {
		a, err := respond(t, c, p, stream)
		if err != nil {
			return h, err
		}
		h.words = append(h.words, a.OutputText())
		list := &p.Input.OfInputItemList
		var results responses.ResponseInputParam
		for _, i := range a.Output {
			*list = append(*list, param.Override[responses.ResponseInputItemUnionParam](
				json.RawMessage(i.RawJSON())))
			if i.Type == "function_call" {
				h.call(i.CallID, i.Name, i.AsFunctionCall().Arguments)
				results = append(results,
					responses.ResponseInputItemParamOfFunctionCallOutput("found"))
				results[len(results)-1].OfFunctionCallOutput.CallID = openai.String(i.CallID)
			}
		}
		*list = append(*list, results...)
		u := a.Usage
		h.finish = string(a.Status)
		h.usage = [4]int64{u.InputTokens, u.InputTokensDetails.CachedTokens, u.OutputTokens,
			u.OutputTokensDetails.ReasoningTokens}
	}
	return h, nil
}

func TestResponsesErrors(t *testing.T) {
	_, url := serve(t, "openai-responses")
	c := openaiClient(url)
	for _, stream := range streams {
		_, err := respond(t, c, responseParams("refuse"), stream)
		refused(t, err, 429, "slow down, please")
		p := responseParams("x")
		p.PreviousResponseID = openai.String("resp_1")
		_, err = respond(t, c, p, stream)
		refused(t, err, 400, "Previous response with id 'resp_1' not found.")
	}
	if _, err := respond(t, c, responseParams("break"), true); err == nil ||
		!strings.Contains(err.Error(), "broke down") {
		t.Errorf("an error in mid-stream: %v", err)
	}
}
