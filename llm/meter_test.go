package llm_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// journal keeps events in memory.
type journal struct {
	events []bench.Event
	fail   error
}

func (j *journal) append(_ context.Context, e bench.Event) error {
	if j.fail != nil {
		return j.fail
	}
	j.events = append(j.events, e)
	return nil
}

// call is the ith call that ended.
func (j *journal) call(t *testing.T, i int) bench.LLMCall {
	t.Helper()
	var ended []bench.Event
	for _, e := range j.events {
		if _, ok := e.Payload.(bench.LLMCall); ok {
			ended = append(ended, e)
		}
	}
	if i >= len(ended) {
		t.Fatalf("%d calls ended, want the one at %d", len(ended), i)
	}
	c := ended[i].Payload.(bench.LLMCall)
	for k, ref := range c.Messages {
		if got := ended[i].Bodies[k].Hash(); got != ref.Body {
			t.Errorf("body %d of call %d is %s, its ref says %s", k, i, got, ref.Body)
		}
	}
	return c
}

var (
	key   = bench.TrialKey{Configuration: "fusion", InstanceID: "a__b-1", Attempt: 1}
	model = bench.Model{Name: "frontier", Model: "vendor/big", Price: price}
)

func (j *journal) meter(next llm.Client) llm.Client {
	return llm.Meter(next, model, j.recorder(), 0)
}

func (j *journal) recorder() bench.Recorder {
	return bench.NewRecorder("r1", j.append, nil).ForTrial(key).For("main")
}

func refs(c bench.LLMCall) string {
	var b strings.Builder
	for _, r := range c.Messages {
		b.WriteString(strings.Repeat(" ", min(1, b.Len())))
		b.WriteString(string(rune('0'+r.Index)) + r.Role)
	}
	return b.String()
}

func TestMeterRecordsACall(t *testing.T) {
	t.Parallel()
	var j journal
	reported := bench.Dollars(0.5)
	answer := llmtest.Answer("let me see", llm.ToolCall{ID: "1", Name: "terminal", Arguments: "{}"})
	answer.Usage = bench.Usage{Input: 100, CachedInput: 50, Output: 10, Reasoning: 5}
	answer.ReportedCost, answer.RequestID = &reported, "req-1"
	answer.Waited, answer.Retries, answer.UnknownUsage = 3*time.Second, 2, 1
	req := llm.NewRequest(model)
	req.Messages = []*llm.Message{llm.System("s"), llm.User("u")}
	req.Speaker.Turn, req.Purpose = 7, bench.PurposeWrapUp
	resp, err := j.meter(llmtest.Sequence(answer)).Complete(t.Context(), req)
	if err != nil || resp.CallID != "fusion/a__b-1#1/main-1" {
		t.Fatalf("%q, %v", resp.CallID, err)
	}
	c := j.call(t, 0)
	if j.events[0].Agent != "main" || j.events[0].Trial != key {
		t.Errorf("event %+v", j.events[0])
	}
	want := bench.LLMCall{
		CallID: resp.CallID, Turn: 7, Purpose: bench.PurposeWrapUp, Model: "frontier",
		WireModel: "vendor/big", ServedModel: "fake", RequestID: "req-1", Usage: answer.Usage,
		Cost: answer.Usage.Cost(price), ReportedCost: &reported, PriceID: "test",
		Start: answer.Start, First: answer.First, End: answer.End,
		Waited: 3 * time.Second, Retries: 2, FinishReason: "tool_calls", ToolCalls: 1,
		UnknownUsage: 1,
		// the request is smaller than the input that was reported; the answer larger
		EstimatedUnknown: bench.Usage{Output: int64(len(answer.Message.JSON)+3)/4 - 10}.Cost(price),
	}
	if got := refs(c); got != "0system 1user 2assistant" {
		t.Errorf("messages %s", got)
	}
	if !slices.Equal(j.events[0].Bodies[2], answer.Message.JSON) {
		t.Errorf("body %s", j.events[0].Bodies[2])
	}
	c.Messages = nil
	if c.ReportedCost == nil || *c.ReportedCost != reported {
		t.Errorf("reported cost %v", c.ReportedCost)
	}
	c.ReportedCost, want.ReportedCost = nil, nil
	if !equalCalls(c, want) {
		t.Errorf("recorded\n%+v\nwant\n%+v", c, want)
	}
}

func equalCalls(a, b bench.LLMCall) bool {
	a.Messages, b.Messages = nil, nil
	return a.CallID == b.CallID && a.Turn == b.Turn && a.Purpose == b.Purpose &&
		a.Model == b.Model && a.WireModel == b.WireModel && a.ServedModel == b.ServedModel &&
		a.RequestID == b.RequestID && a.Usage == b.Usage && a.Cost == b.Cost &&
		a.PriceID == b.PriceID && a.Start.Equal(b.Start) && a.First.Equal(b.First) &&
		a.End.Equal(b.End) && a.Waited == b.Waited && a.Retries == b.Retries &&
		a.FinishReason == b.FinishReason && a.ToolCalls == b.ToolCalls &&
		a.UnknownUsage == b.UnknownUsage && a.EstimatedUnknown == b.EstimatedUnknown &&
		a.Error == b.Error
}

// Each message is recorded once, however often it is sent.
func TestMeterRecordsWhatIsNew(t *testing.T) {
	t.Parallel()
	var j journal
	c := j.meter(&llmtest.Fake{Do: func(_ context.Context, r llm.Request) (llm.Response, error) {
		if len(r.Messages) == 6 {
			return llm.Response{Start: time.Now(), UnknownUsage: 1}, errors.New("lost")
		}
		return llmtest.Answer("ok"), nil
	}})
	messages := []*llm.Message{llm.System("s"), llm.User("u")}
	say := func() {
		resp, err := c.Complete(t.Context(), llm.Request{Messages: messages})
		if err == nil {
			messages = append(messages, resp.Message)
		}
	}
	say()
	messages = append(messages, llm.Observation("1", "one"))
	say()
	messages = append(messages, llm.Observation("2", "two"))
	say() // fails
	messages = append(messages, llm.User("go on"))
	say()
	messages = []*llm.Message{llm.System("s"), llm.User("a summary")}
	say() // rewritten
	for i, want := range []string{
		"0system 1user 2assistant", "3tool 4assistant", "5tool", "6user 7assistant",
		"1user 2assistant",
	} {
		if got := refs(j.call(t, i)); got != want {
			t.Errorf("call %d: %s, want %s", i+1, got, want)
		}
	}
	failed := j.call(t, 2)
	if failed.Error != "lost" || failed.Cost != 0 || failed.EstimatedUnknown == 0 {
		t.Errorf("failed call %+v", failed)
	}
	if id := j.call(t, 4).CallID; id != "fusion/a__b-1#1/main-5" {
		t.Errorf("call id %s", id)
	}
}

func TestMeterLeavesRefusedCallsOut(t *testing.T) {
	t.Parallel()
	var j journal
	budget := bench.NewBudget(bench.ScopeRun, bench.Limits{Cost: 1})
	rec := bench.NewRecorder("r1", j.append, nil).ForTrial(key).For("main")
	c := forAgent(&llmtest.Fake{}, model, budget, rec)
	_, err := c.Complete(t.Context(), request(100))
	if _, ok := err.(*bench.LimitError); !ok { //nolint:errorlint // it must come unwrapped
		t.Errorf("error %v", err)
	}
	if len(j.events) != 0 {
		t.Errorf("%d events", len(j.events))
	}
}

// A call that was given up while it waited for its turn is still a call, and
// has a place in time.
func TestMeterRecordsACallThatOnlyWaited(t *testing.T) {
	t.Parallel()
	var j journal
	waited := llm.Response{Waited: time.Minute}
	c := j.meter(&llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		return waited, errors.New("too late")
	}})
	if _, err := c.Complete(t.Context(), llm.Request{}); err == nil {
		t.Fatal("no error")
	}
	got := j.call(t, 0)
	if got.Start.IsZero() || !got.End.Equal(got.Start) || got.Waited != time.Minute {
		t.Errorf("%+v", got)
	}
}

func TestMeterReportsABrokenJournal(t *testing.T) {
	t.Parallel()
	j := journal{fail: errors.New("disk full")}
	resp, err := j.meter(llmtest.Sequence(llmtest.Answer("x"))).Complete(t.Context(), llm.Request{})
	if !errors.Is(err, j.fail) || resp.Message == nil {
		t.Errorf("%+v, %v", resp, err)
	}
}
