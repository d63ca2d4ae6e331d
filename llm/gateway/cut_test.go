package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"bench"
	"bench/agent/agenttest"
	"bench/llm/gateway"
)

const brief = "Look through all of the parser."

// delegates is an answer that hands over work.
const delegates = `{"id":"r","model":"m","choices":[{"message":{"role":"assistant","content":null,` +
	`"tool_calls":[{"id":"c1","type":"function","function":{"name":"delegate",` +
	`"arguments":"{\"prompt\":\"` + brief + `\"}"}}]},"finish_reason":"tool_calls"}],` +
	`"usage":{"prompt_tokens":10,"completion_tokens":2}}`

// cut is a session whose main agent has been told to hand over work, which is not
// recorded before it is released.
type cut struct {
	s       *gateway.Session
	log     *agenttest.Log
	l       *pipes
	release func()
}

func newCut(t *testing.T) cut {
	t.Helper()
	held := make(chan struct{})
	s, log, l := reached(t.Context(), t, func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"content":"x"`) && !strings.Contains(string(body), "c1") {
			return whole(r, delegates), err
		}
		return whole(r, yes), err
	}, gateway.Options{Gateway: bench.Gateway{
		Delegating: []string{"delegate"},
		Rules: []bench.CallRule{
			{Role: bench.RoleSidekick, Key: "^reader$"}, {Role: bench.RoleMain},
		},
	}}, func(next bench.Append) bench.Append {
		return func(ctx context.Context, e bench.Event) error {
			if c, ok := e.Payload.(bench.LLMCall); ok && c.ToolCalls > 0 {
				<-held
			}
			return next(ctx, e)
		}
	})
	first := make(chan error, 1)
	go func() {
		_, err := l.ask(t.Context(), s.Token(), plain)
		first <- err
	}()
	synctest.Wait()
	return cut{s, log, l, func() {
		t.Helper()
		close(held)
		if err := <-first; err != nil {
			t.Error(err)
		}
	}}
}

// giveUp sends a request, and ends it while it waits.
func (c cut) giveUp(t *testing.T, token, body string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := c.l.ask(ctx, token, body)
		gone <- err
	}()
	synctest.Wait()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("it did not wait: %v", err)
	}
	synctest.Wait()
}

// A sidekick whose first call ends before it can be recorded has not begun; if it calls
// again, it has.
func TestCutBeforeItsAgentBegins(t *testing.T) {
	t.Parallel()
	child := fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":%q}]}`, brief)
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprintf("again %t", again), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCut(t)
				c.giveUp(t, c.s.Token()+".reader", child)
				c.release()
				want := 0
				if again {
					want = 1
					if got, err := c.l.ask(t.Context(), c.s.Token()+".reader", child); got != yes || err != nil {
						t.Errorf("got %s, %v", got, err)
					}
				}
				ended(t, c.s, c.log, errors.New("over"))
				begun := len(agenttest.Of[bench.AgentStarted](c.log)) - 1 // but main
				started := len(agenttest.Of[bench.DelegationStarted](c.log))
				if begun != want || started != want {
					t.Errorf("%d sidekicks began, %d delegations, want %d", begun, started, want)
				}
				for _, d := range agenttest.Of[bench.DelegationEnded](c.log) {
					if (d.Child != "") != again {
						t.Errorf("the child is %q", d.Child)
					}
				}
			})
		})
	}
}

// What a program answers to tool calls is recorded once, also if the request with it ends
// before it is sent.
func TestCutBeforeAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCut(t)
		next := `{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,` +
			`"tool_calls":[{"id":"c1","type":"function","function":{"name":"delegate",` +
			`"arguments":"{\"prompt\":\"` + brief + `\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"ok"}]}`
		c.giveUp(t, c.s.Token(), next)
		c.release()
		if got, err := c.l.ask(t.Context(), c.s.Token(), next); got != yes || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
		ended(t, c.s, c.log, errors.New("over"))
		if calls := agenttest.Of[bench.ToolCall](c.log); len(calls) != 1 || calls[0].CallID != "c1" {
			t.Errorf("tool calls %+v", calls)
		}
	})
}

// A sidekick that works ends as its program is ended; one that has said its last word has
// finished.
func TestEndsOfSidekicks(t *testing.T) {
	t.Parallel()
	for cause, want := range map[error]bench.AgentState{
		nil: bench.AgentFinished,
		&bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}: bench.AgentLimitWall,
		bench.ErrInterrupted:  bench.AgentCancelled,
		errors.New("no disk"): bench.AgentCancelled,
	} {
		t.Run(fmt.Sprint(cause), func(t *testing.T) {
			t.Parallel()
			s, log, l := reached(t.Context(), t, func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				if strings.Contains(string(body), "work") {
					return whole(r, delegates), err
				}
				return whole(r, yes), err
			}, gateway.Options{Gateway: bench.Gateway{
				Rules: []bench.CallRule{{Role: bench.RoleSidekick, Key: "^reader$"}, {Role: bench.RoleMain}},
			}})
			for _, text := range []string{"answer", "work"} {
				body := fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":%q}]}`, text)
				if _, err := l.ask(t.Context(), s.Token()+".reader", body); err != nil {
					t.Error(err)
				}
			}
			ended(t, s, log, cause)
			states := map[string]bench.AgentState{}
			for _, e := range log.Events() {
				if p, ok := e.Payload.(bench.AgentEnded); ok {
					states[e.Agent] = p.State
				}
			}
			if states["s0001"] != bench.AgentFinished || states["s0002"] != want {
				t.Errorf("ended %v, want %s", states, want)
			}
		})
	}
}
