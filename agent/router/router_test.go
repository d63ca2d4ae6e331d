package router

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

func model(name string, usd float64) bench.Model {
	return bench.Model{Name: name, Model: name, MaxOutputTokens: 100, Price: bench.Price{
		ID: name, Rates: bench.Rates{Input: bench.PerMillion(usd), Output: bench.PerMillion(4 * usd)},
	}}
}

// configuration is what tests start from: big takes over when tests fail, and from the
// fourth turn on tiny is asked.
func configuration() bench.Configuration {
	most := int64(3)
	return bench.Configuration{
		Name: "routed", Kind: bench.KindRouter, MaxParallelTools: 8, CommandTimeout: time.Minute,
		Main: model("small", 1),
		Router: &bench.Router{
			Models: []bench.Model{model("big", 10)}, Tests: `^check`,
			Rules: []bench.RouteRule{
				{Model: "big", When: []bench.RouteCondition{
					{Fact: bench.FactFailedTests, Text: "1..", Range: bench.Range{Min: 1}},
				}},
				{Model: "small", When: []bench.RouteCondition{
					{Fact: bench.FactTurn, Text: "..3", Range: bench.Range{Max: &most}},
				}},
			},
			Ask: &bench.RouteAsk{Model: model("tiny", 0.1), Choices: []bench.RouteChoice{
				{Model: "big", When: "it is hard"}, {Model: "small", When: "it is easy"},
			}},
		},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	c := configuration()
	c.Router.Rules, c.Router.Ask = c.Router.Rules[:1], nil
	agenttest.Run(t, agenttest.Kit{
		New: func(clients func(bench.Model) llm.Client) agent.Agent {
			return New(Options{Clients: clients})
		},
		Configuration: c, Box: agenttest.Boxes(t),
	})
}

// script is what the agent says by turn, and what is answered to who asks for a model.
type script struct {
	said   []llm.Response
	choose func(turn int) (llm.Response, error)
	asked  map[int]int // how often, by turn
}

func (s *script) client(bench.Model) llm.Client {
	return &llmtest.Fake{Do: func(_ context.Context, req llm.Request) (llm.Response, error) {
		turn := req.Speaker.Turn
		if req.Speaker.Role == bench.RoleRouter {
			s.asked[turn]++
			return s.choose(turn)
		}
		if turn > len(s.said) {
			return llmtest.Answer("done"), nil
		}
		return s.said[turn-1], nil
	}}
}

func shell(command string) llm.ToolCall {
	return llm.ToolCall{ID: command, Name: "terminal", Arguments: fmt.Sprintf(`{"command":%q}`, command)}
}

// run is one trial, resumed if there are events of it.
func run(
	t *testing.T, c bench.Configuration, s *script, bodies *agenttest.Log, past []bench.Event,
) (agent.Submission, *agenttest.Log) {
	t.Helper()
	box, err := agenttest.Boxes(t)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close(context.Background()) }()
	s.asked = map[int]int{}
	log := &agenttest.Log{}
	key := bench.TrialKey{Configuration: c.Name, InstanceID: "i", Attempt: 1}
	job := agent.Job{
		Trial: bench.Trial{Key: key, Configuration: c, Task: bench.Task{ProblemStatement: "It is broken."}},
		Box:   box, Budget: bench.NewBudget(bench.ScopeTrial, bench.Limits{}), Record: log.Recorder(key),
	}
	if past != nil {
		job.History = &agent.History{Events: past, Body: func(h bench.BodyHash) (bench.Body, error) {
			return bench.Body(bodies.Body(h)), nil
		}}
	}
	sub, err := New(Options{Clients: s.client}).Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return sub, log
}

// turns are six turns of the agent: it edits, has tests fail and then pass.
func turns() []llm.Response {
	return []llm.Response{
		llmtest.Answer("I look.", shell("cat README")),
		llmtest.Answer("I write.", shell("echo 1 >a"), shell("check() { return 1; }; check")),
		llmtest.Answer("They fail?", shell("check() { return 1; }\ncheck")),
		llmtest.Answer("I mend it.", shell("check() { :; }; check")),
		llmtest.Answer("Once more.", shell("false")),
	}
}

// Rules come first, in order; then somebody is asked; what cannot be asked or says
// nothing of use leaves the turn to the configuration's own model.
func TestChosen(t *testing.T) {
	t.Parallel()
	s := &script{said: turns(), choose: func(turn int) (llm.Response, error) {
		if turn == 6 {
			return llmtest.Answer("Both big and small would do."), nil
		}
		return llmtest.Answer("**Big**."), nil
	}}
	sub, log := run(t, configuration(), s, nil, nil)
	if sub.State != bench.AgentFinished || sub.Message != "done" {
		t.Errorf("submission %+v", sub)
	}
	agenttest.CheckLog(t, log)
	type choice struct {
		model, from string
		by          bench.ChosenBy
		rule        int
		phase       bench.WorkPhase
		failed, bad int64
	}
	var got []choice
	for i, c := range agenttest.Of[bench.RouteChosen](log) {
		if c.Turn != i+1 || c.Facts.Turn != int64(i+1) || c.Reason == "" || c.Facts.ContextTokens == 0 ||
			(c.Facts.Cost == 0) != (i == 0) {
			t.Errorf("choice %d: %+v", i, c)
		}
		got = append(got, choice{c.Model, c.From, c.By, c.Rule, c.Facts.Phase, c.Facts.FailedTests, c.Facts.ToolErrors})
	}
	want := []choice{
		{"small", "", bench.ChosenByRule, 2, bench.WorkExplore, 0, 0},
		{"small", "", bench.ChosenByRule, 2, bench.WorkExplore, 0, 0},
		{"big", "small", bench.ChosenByRule, 1, bench.WorkVerify, 1, 1},
		{"big", "", bench.ChosenByRule, 1, bench.WorkVerify, 2, 2},
		{"big", "", bench.ChosenByModel, 0, bench.WorkVerify, 0, 0},
		{"small", "big", bench.ChosenByDefault, 0, bench.WorkVerify, 0, 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("chosen\n%+v\nwant\n%+v", got, want)
	}
	if want := map[int]int{5: 1, 6: 1}; !reflect.DeepEqual(s.asked, want) {
		t.Errorf("asked %v", s.asked)
	}
	models := ""
	for _, e := range log.Events() {
		switch p := e.Payload.(type) {
		case bench.LLMCall:
			models += p.Model + " "
			if (e.Agent == "router") != (p.Purpose == bench.PurposeAside) || p.Cost == 0 {
				t.Errorf("%s: %+v", e.Agent, p)
			}
		case bench.AgentStarted:
			if e.Agent == "router" && (p.Role != bench.RoleRouter || p.Parent != "single" || p.Model != "tiny") {
				t.Errorf("%+v", p)
			}
		}
	}
	if models != "small small big big tiny big tiny small " {
		t.Errorf("calls went to %s", models)
	}
}

// What becomes of a question never ends the work.
func TestAskingFails(t *testing.T) {
	t.Parallel()
	s := &script{choose: func(int) (llm.Response, error) {
		return llm.Response{}, &llm.StatusError{Status: 400, Err: errors.New("no such model")}
	}}
	c := configuration()
	c.Router.Rules = nil
	sub, log := run(t, c, s, nil, nil)
	chosen := agenttest.Of[bench.RouteChosen](log)
	if sub.State != bench.AgentFinished || len(chosen) != 1 || chosen[0].Model != "small" ||
		chosen[0].By != bench.ChosenByDefault || !strings.Contains(chosen[0].Reason, "no such model") {
		t.Errorf("%+v, %+v", sub, chosen)
	}
	agenttest.CheckLog(t, log)
}

// A trial that is resumed, wherever its log ended, chooses and asks nothing twice, and
// comes to the same.
func TestResume(t *testing.T) {
	t.Parallel()
	script := func() *script {
		return &script{said: turns(), choose: func(turn int) (llm.Response, error) {
			return llmtest.Answer([]string{"small", "big"}[turn%2]), nil
		}}
	}
	_, whole := run(t, configuration(), script(), nil, nil)
	want, events := agenttest.Of[bench.RouteChosen](whole), whole.Events()
	for cut := 1; cut < len(events); cut++ {
		asked := map[int]int{}
		chosen := 0
		for _, e := range events[:cut] {
			switch p := e.Payload.(type) {
			case bench.LLMCall:
				if e.Agent == "router" {
					asked[p.Turn]++
				}
			case bench.RouteChosen:
				chosen++
			}
		}
		s := script()
		sub, log := run(t, configuration(), s, whole, events[:cut])
		if sub.State != bench.AgentFinished || sub.Message != "done" {
			t.Errorf("cut after %d events: submission %+v", cut, sub)
		}
		for turn, n := range s.asked {
			asked[turn] += n
		}
		if !reflect.DeepEqual(asked, map[int]int{5: 1, 6: 1}) {
			t.Errorf("cut after %d events: asked %v", cut, asked)
		}
		got := agenttest.Of[bench.RouteChosen](log)
		for i, c := range got {
			w := want[chosen+i]
			c.Facts.Cost, w.Facts.Cost = 0, 0 // the runner charges budgets, which is not here
			if c != w {
				t.Errorf("cut after %d events: chosen %+v, want %+v", cut, c, w)
			}
		}
		if chosen+len(got) != len(want) {
			t.Errorf("cut after %d events: %d choices, want %d", cut, chosen+len(got), len(want))
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	a := &asked{RouteAsk: bench.RouteAsk{Choices: []bench.RouteChoice{
		{Model: "gpt-6"}, {Model: "gpt-6-mini"}, {Model: "o5"},
	}}}
	for answer, want := range map[string]string{
		"gpt-6": "gpt-6", "`GPT-6-mini`.": "gpt-6-mini", "I choose gpt-6.": "gpt-6",
		"**o5** because it is hard": "o5", "gpt-6-mini, not o5": "", "none": "", "": "", "go5": "",
		"The answer is gpt-6-mini": "gpt-6-mini",
	} {
		if got := a.named(answer); got != want {
			t.Errorf("%q names %q, want %q", answer, got, want)
		}
	}
}

// What is told of a turn has all that the choice rests on.
func TestPrompts(t *testing.T) {
	t.Parallel()
	ask := configuration().Router.Ask
	choose := prompts.Render("choose.tmpl", ask.Choices)
	turn := prompts.Render("turn.tmpl", map[string]any{
		"Facts": bench.RouteFacts{Turn: 7, Phase: bench.WorkEdit, FailedTests: 2, ToolErrors: 3,
			ContextTokens: 4321, Cost: bench.Dollars(1.25), Stay: 4},
		"Model": "big", "Conversation": "said",
	})
	for text, parts := range map[string][]string{
		choose: {"- big: it is hard", "- small: it is easy", "name of one model"},
		turn: {"<conversation>\nsaid\n</conversation>", "Turn 7 is next", "taken by big, as the last of 4",
			"4321 tokens", "$1.25", "Phase: edit", "failed in a row: 2", "went wrong in a row: 3"},
	} {
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in\n%s", part, text)
			}
		}
	}
}
