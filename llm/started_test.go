package llm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// started is what the journal says last of calls under way, one line each.
func (j *journal) started() string {
	var lines []string
	for _, e := range j.events {
		if c, ok := e.Payload.(bench.LLMCallStarted); ok {
			lines = append(lines, fmt.Sprintf("%s turn %d retries %d unknown %d in %d cost %s+%s",
				c.CallID, c.Turn, c.Retries, c.UnknownUsage, c.Amount().Tokens, c.Cost, c.EstimatedUnknown))
		}
	}
	return strings.Join(lines, "\n")
}

// A call is in the journal before its request leaves, with what it comes to if
// the process dies then: the attempts that may have been billed so far, and the
// one that is about to be sent.
func TestCallIsRecordedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var sent []string // what the journal had said when a request came
		answers := []error{
			&llm.StatusError{Status: http.StatusTooManyRequests, Retryable: true, Err: errors.New("later")},
			&llm.StatusError{Retryable: true, Billed: true, Err: errors.New("broken off")},
			nil,
		}
		provider := &llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
			sent = append(sent, j.started())
			err := answers[len(sent)-1]
			resp := llm.Response{Start: time.Now(), End: time.Now()}
			var status *llm.StatusError
			if errors.As(err, &status) && status.Billed {
				resp.UnknownUsage = 1
			}
			if err == nil {
				resp = llmtest.Answer("done")
			}
			return resp, err
		}}
		budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{Cost: bench.Dollars(5)})
		m := model
		m.MaxOutputTokens = 100
		c := forAgent(llm.Shared(provider, llm.RateLimit{}, llm.RetryOptions{}), m, budget, j.recorder())
		req := llm.NewRequest(m)
		req.Messages, req.Speaker.Turn = []*llm.Message{llm.User(strings.Repeat("x", 4000))}, 3
		if _, err := c.Complete(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSpace(wantStarted)
		if got := j.started(); got != want {
			t.Fatalf("started:\n%s\nwant:\n%s", got, want)
		}
		lines := strings.SplitAfter(want, "\n")
		for i, before := range sent {
			if want := strings.TrimSpace(strings.Join(lines[:1+2*i], "")); before != want {
				t.Errorf("when request %d came the journal said\n%s\nwant\n%s", i+1, before, want)
			}
		}
		first, ok := j.events[0].Payload.(bench.LLMCallStarted)
		if !ok || !first.CutOff || first.Error == "" || first.Reserved == 0 || first.Start.IsZero() ||
			first.Parameters.MaxOutputTokens != 100 || first.PriceID != m.Price.ID {
			t.Errorf("%+v", j.events[0].Payload)
		}
		last := j.call(t, 0)
		if last.CallID != first.CallID || last.UnknownUsage != 1 || last.Retries != 2 {
			t.Errorf("ended as %+v", last)
		}
	})
}

// The lines are: before the first request, while the second is waited for, before
// the second, while the third is waited for, before the third.
const wantStarted = `
fusion/a__b-1#1/main-1 turn 3 retries 0 unknown 1 in 1075 cost $0.00+$0.0107
fusion/a__b-1#1/main-1 turn 3 retries 0 unknown 0 in 0 cost $0.00+$0.00
fusion/a__b-1#1/main-1 turn 3 retries 1 unknown 1 in 1075 cost $0.00+$0.0107
fusion/a__b-1#1/main-1 turn 3 retries 1 unknown 1 in 1075 cost $0.00+$0.0107
fusion/a__b-1#1/main-1 turn 3 retries 2 unknown 2 in 2150 cost $0.00+$0.0215
`

// What waits for a free slot has not been sent, and is not in the journal.
func TestWaitingCallIsNotRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j journal
		busy := make(chan struct{})
		provider := &llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
			<-busy
			return llmtest.Answer("done"), nil
		}}
		shared := llm.Shared(provider, llm.RateLimit{Concurrency: 1}, llm.RetryOptions{})
		req := llm.Request{Model: "m", Messages: []*llm.Message{llm.User("x")}}
		go shared.Complete(t.Context(), req)
		synctest.Wait()
		go j.meter(shared).Complete(t.Context(), req)
		synctest.Wait()
		if len(j.events) != 0 {
			t.Errorf("recorded %+v", j.events)
		}
		close(busy)
		synctest.Wait()
		if len(j.events) != 2 {
			t.Errorf("%d events", len(j.events))
		}
	})
}

// What cannot be recorded is not sent.
func TestUnrecordedCallIsNotSent(t *testing.T) {
	t.Parallel()
	j := journal{fail: errors.New("disk full")}
	provider := llmtest.Sequence(llmtest.Answer("done"))
	c := j.meter(llm.Shared(provider, llm.RateLimit{}, llm.RetryOptions{}))
	_, err := c.Complete(t.Context(), llm.Request{Model: "m", Messages: []*llm.Message{llm.User("x")}})
	if !errors.Is(err, j.fail) || len(provider.Requests()) != 0 {
		t.Errorf("error %v, %d requests", err, len(provider.Requests()))
	}
}
