package agent_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

// The two models of the tests: the dear one takes the even turns.
var (
	small = bench.Model{Name: "small", Model: "wire/small", MaxOutputTokens: 500, Price: price}
	large = bench.Model{Name: "large", Model: "wire/large", MaxOutputTokens: 3000, Price: bench.Price{
		ID: "dear", Rates: bench.Rates{Input: bench.PerMillion(50), Output: bench.PerMillion(200)},
	}}
)

// speaker is what a fake client does.
type speaker = func(context.Context, llm.Request) (llm.Response, error)

// alternating is a loop on both models, whose clients give the same answers.
func alternating(t *testing.T, limits bench.Limits, log *agenttest.Log, answer speaker) *agent.Loop {
	t.Helper()
	cheap, dear := &llmtest.Fake{Do: answer}, &llmtest.Fake{Do: answer}
	t.Cleanup(func() {
		for model, client := range map[string]*llmtest.Fake{small.Model: cheap, large.Model: dear} {
			for _, req := range client.Requests() {
				if req.Model != model {
					t.Errorf("the client of %s is asked for %s", model, req.Model)
				}
			}
		}
	})
	return &agent.Loop{
		Agent: "main", Role: bench.RoleMain, Record: log.Recorder(key).For("main"), Scope: bench.ScopeAgent,
		Limits: limits, Budget: bench.NewBudget(bench.ScopeAgent, limits),
		System: "system", First: "first", Tools: []agent.Tool{echo},
		Model: small, Client: cheap,
		Router: &agent.Router{
			Routes: []agent.Route{{Model: large, Client: dear}},
			Choose: func(_ context.Context, s agent.Situation) (bench.RouteChosen, error) {
				if len(s.Steps) != s.Turn-1 || (s.Model == "") != (s.Turn == 1) || s.Context == 0 {
					t.Errorf("turn %d is chosen by %+v", s.Turn, s)
				}
				model := []string{large.Name, small.Name}[s.Turn%2]
				return bench.RouteChosen{Model: model, By: bench.ChosenByRule, Rule: 1 + s.Turn%2}, nil
			},
		},
	}
}

// echoes calls a tool in every turn but the last.
func echoes(turns int) speaker {
	return func(_ context.Context, req llm.Request) (llm.Response, error) {
		if req.Speaker.Turn >= turns {
			return llmtest.Answer("done"), nil
		}
		return llmtest.Answer("so far", use("echo", fmt.Sprint(req.Speaker.Turn))), nil
	}
}

// Every call is made, priced, held back in the budget and recorded as its own
// model says; the conversation is one.
func TestRoutePerTurn(t *testing.T) {
	t.Parallel()
	var log agenttest.Log
	l := alternating(t, bench.Limits{Iterations: 9, Cost: bench.Dollars(5)}, &log, echoes(4))
	result, err := l.Run(t.Context())
	if err != nil || result.State != bench.AgentFinished || result.Message != "done" || result.Turns != 4 {
		t.Fatalf("%+v, %v", result, err)
	}
	agenttest.CheckConversation(t, result.Messages)
	agenttest.CheckLog(t, &log)
	started := agenttest.Of[bench.AgentStarted](&log)[0]
	if started.Model != small.Name || started.WireModel != small.Model {
		t.Errorf("started on %s (%s)", started.Model, started.WireModel)
	}
	var sum bench.USD
	for i, c := range agenttest.Of[bench.LLMCall](&log) {
		checkRouted(t, c, i+1, []bench.Model{small, large}[i%2])
		sum += c.Cost
	}
	if spent := l.Budget.Spent(); spent.Cost != sum || result.Cost != sum || spent.Iterations != 4 {
		t.Errorf("spent %+v, the result says %v, the calls %v", spent, result.Cost, sum)
	}
	checkLogged(t, &log, result.Messages)
}

func checkRouted(t *testing.T, c bench.LLMCall, turn int, m bench.Model) {
	t.Helper()
	if c.Model != m.Name || c.WireModel != m.Model || c.PriceID != m.Price.ID || c.Turn != turn {
		t.Errorf("turn %d: call of turn %d to %s (%s) at price %s", turn, c.Turn, c.Model, c.WireModel, c.PriceID)
	}
	if id := fmt.Sprintf("%s/main-%d", key, turn); c.CallID != id {
		t.Errorf("turn %d: call id %s, want %s", turn, c.CallID, id)
	}
	if want := c.Usage.Cost(m.Price); c.Cost != want || want == 0 {
		t.Errorf("turn %d costs %v, want %v", turn, c.Cost, want)
	}
	output := bench.Usage{Output: m.MaxOutputTokens}.Cost(m.Price)
	if c.Parameters.MaxOutputTokens != m.MaxOutputTokens || c.Reserved < output || c.Reserved > 2*output {
		t.Errorf("turn %d: %d tokens asked for, %v held back, want %d and a little more than %v",
			turn, c.Parameters.MaxOutputTokens, c.Reserved, m.MaxOutputTokens, output)
	}
}

// checkLogged: the log has the conversation, each message once.
func checkLogged(t *testing.T, log *agenttest.Log, messages []*llm.Message) {
	t.Helper()
	logged, err := bench.Conversation(log.Events(), "main")
	if err != nil || len(logged) != len(messages) {
		t.Fatalf("%d messages are logged, %v, want %d", len(logged), err, len(messages))
	}
	for i, m := range messages {
		if log.Body(logged[i].Body) != string(m.JSON) {
			t.Errorf("message %d is logged as %s, want %s", i, log.Body(logged[i].Body), m.JSON)
		}
	}
	refs := 0
	for _, c := range agenttest.Of[bench.LLMCall](log) {
		refs += len(c.Messages)
	}
	if refs != len(messages) {
		t.Errorf("%d messages were recorded for a conversation of %d", refs, len(messages))
	}
}

// A budget that can pay for the cheap model's turns only ends the work at the
// turn that would go to the dear one; and so does a window of that model alone.
func TestRouteLimits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cost   bench.USD
		window int64
		state  bench.AgentState
	}{
		"budget": {cost: bench.Dollars(0.02), state: bench.AgentLimitCost},
		"window": {cost: bench.Dollars(5), window: 100, state: bench.AgentLimitContext},
	} {
		var log agenttest.Log
		l := alternating(t, bench.Limits{Cost: test.cost}, &log, echoes(4))
		l.Router.Routes[0].Model.ContextWindow = test.window
		result, err := l.Run(t.Context())
		if err != nil || result.State != test.state || result.Turns != 1 {
			t.Errorf("%s: %s after %d turns, %v", name, result.State, result.Turns, err)
		}
		l = alternating(t, bench.Limits{Cost: test.cost}, &agenttest.Log{}, echoes(4))
		l.Router = nil
		if result, err := l.Run(t.Context()); err != nil || result.State != bench.AgentFinished {
			t.Errorf("%s: the cheap model alone: %s, %v", name, result.State, err)
		}
	}
}

// An agent that is resumed goes on as if it had not been cut off: the next turn
// goes where it would have gone, and what both models counted is known.
func TestRouteResumed(t *testing.T) {
	t.Parallel()
	limits := bench.Limits{Iterations: 9, Cost: bench.Dollars(5)}
	var whole, again agenttest.Log
	want, err := alternating(t, limits, &whole, echoes(6)).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range whole.Events() {
		if c, ok := e.Payload.(bench.LLMCall); ok && c.Turn == 4 {
			break
		}
		if err := again.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	l := alternating(t, limits, &again, echoes(6))
	l.History = &agent.History{Events: again.Events(), Body: func(h bench.BodyHash) (bench.Body, error) {
		return bench.Body(again.Body(h)), nil
	}}
	got, err := l.Run(t.Context())
	if err != nil || got.State != want.State || got.Cost != want.Cost || got.Turns != want.Turns {
		t.Fatalf("%+v, %v, want %+v", got, err, want)
	}
	for i, m := range want.Messages {
		if !bytes.Equal(m.JSON, got.Messages[i].JSON) {
			t.Errorf("message %d is %s, want %s", i, got.Messages[i].JSON, m.JSON)
		}
	}
	before, after := agenttest.Of[bench.LLMCall](&whole), agenttest.Of[bench.LLMCall](&again)
	for i, c := range before {
		if r := after[i]; r.Model != c.Model || r.Reserved != c.Reserved || r.CallID != c.CallID {
			t.Errorf("call %s to %s, %v held back; want %s to %s, %v",
				r.CallID, r.Model, r.Reserved, c.CallID, c.Model, c.Reserved)
		}
	}
}
