package llmtest

import (
	"errors"
	"testing"

	"bench/llm"
)

func TestSequence(t *testing.T) {
	t.Parallel()
	f := Sequence(Answer("one"), Answer("", llm.ToolCall{ID: "1", Name: "terminal"}))
	first, err := f.Complete(t.Context(), llm.Request{Model: "a"})
	if err != nil || first.Message.Text != "one" || first.FinishReason != "stop" {
		t.Errorf("%+v, %v", first, err)
	}
	second, err := f.Complete(t.Context(), llm.Request{Model: "b"})
	if err != nil || len(second.Message.ToolCalls) != 1 || second.FinishReason != "tool_calls" {
		t.Errorf("%+v, %v", second, err)
	}
	if _, err := f.Complete(t.Context(), llm.Request{}); err == nil {
		t.Error("a third answer of two")
	}
	if got := f.Requests(); len(got) != 3 || got[1].Model != "b" {
		t.Errorf("%d requests", len(got))
	}
}

func TestFakeWithoutAFunction(t *testing.T) {
	t.Parallel()
	if _, err := new(Fake).Complete(t.Context(), llm.Request{}); !errors.Is(err, llm.ErrRefused) {
		t.Errorf("%v", err)
	}
}
