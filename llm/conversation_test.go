package llm_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// FuzzMeter: whatever is added to a conversation, said anew or cut from it
// between calls, what the meter records folds back into the messages of the last
// call and its answer, and every answer is that of the call that gave it.
func FuzzMeter(f *testing.F) {
	for _, steps := range []string{
		"", "aaa", "aafa", "aata", "aaaca", "aacfara", "aarfaa", "ffa", "apa", "aaacprca",
	} {
		f.Add(steps)
	}
	f.Fuzz(func(t *testing.T, steps string) {
		if len(steps) > 60 {
			return
		}
		a := &talker{callOf: map[string]string{}, messages: []*llm.Message{llm.System("s"), llm.User("u")}}
		a.restart()
		for i, step := range []byte(steps) {
			a.step(t.Context(), i, step)
			a.check(t, steps[:i+1])
		}
	})
}

// talker is a conversation that is changed step by step.
type talker struct {
	journal  journal
	meter    llm.Client
	messages []*llm.Message
	sent     []*llm.Message    // with the last call, and its answer
	callOf   map[string]string // by the answer
	made     int
	fails    bool
}

// restart is a new process: its meter knows nothing of what was recorded.
func (a *talker) restart() {
	a.meter = llm.Meter(&llmtest.Fake{Do: func(context.Context, llm.Request) (llm.Response, error) {
		if a.fails {
			return llm.Response{Start: time.Now()}, errors.New("lost")
		}
		return llmtest.Answer(fmt.Sprintf("answer %d", a.made)), nil
	}}, model, a.journal.recorder(), a.made)
}

func (a *talker) step(ctx context.Context, i int, step byte) {
	last := len(a.messages) - 1
	req := llm.Request{}
	switch a.fails = false; step {
	case 'f':
		a.fails = true
	case 't': // the last message is told again
		a.messages = append(a.messages[:last:last], llm.User(fmt.Sprint("again ", i)))
	case 'c':
		a.messages = a.messages[:1+last/2]
	case 'r':
		a.restart()
		return
	case 'p':
		req.Purpose, req.Messages = bench.PurposeProbe, []*llm.Message{llm.User("short")}
	default:
		a.messages = append(a.messages, llm.User(fmt.Sprint("step ", i)))
	}
	if req.Purpose == "" {
		req.Messages = a.messages
	}
	resp, err := a.meter.Complete(ctx, req)
	a.made++
	if req.Purpose == bench.PurposeProbe {
		return
	}
	if err == nil {
		a.messages = append(a.messages[:len(a.messages):len(a.messages)], resp.Message)
		a.callOf[string(resp.Message.JSON)] = resp.CallID
	}
	a.sent = a.messages
}

func (a *talker) check(t *testing.T, steps string) {
	t.Helper()
	got, err := bench.Conversation(a.journal.events, "main")
	if err != nil || len(got) != len(a.sent) {
		t.Fatalf("%s: %d messages, %v, want %d", steps, len(got), err, len(a.sent))
	}
	for i, m := range a.sent {
		call := ""
		if got[i].Call != nil {
			call = got[i].Call.CallID
		}
		if got[i].Role != m.Role || got[i].Body != bench.Body(m.JSON).Hash() || call != a.callOf[string(m.JSON)] {
			t.Errorf("%s: message %d is %+v of call %q, want %s of %q",
				steps, i, got[i], call, m.JSON, a.callOf[string(m.JSON)])
		}
	}
}
