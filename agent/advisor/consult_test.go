package advisor

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// Two questions in one response are two consultations at the same time; each
// sees what was said before, and is recorded as an agent of its own.
func TestConsult(t *testing.T) {
	t.Parallel()
	c := configuration()
	var both sync.WaitGroup
	both.Add(2)
	s := &script{
		said: []llm.Response{
			llmtest.Answer("I look.", shell("cat README")),
			llmtest.Answer("I ask.", question("Which one?"), question("Why?")),
			llmtest.Answer("done"),
		},
		advise: func(_ context.Context, req llm.Request) (llm.Response, error) {
			both.Done()
			both.Wait() // neither is answered before both have asked
			return llmtest.Answer("Advice for " + req.Speaker.Agent), nil
		},
	}
	tr := run(t, c, s)
	if tr.sub.State != bench.AgentFinished || tr.sub.Message != "done" {
		t.Errorf("submission %+v", tr.sub)
	}
	want := []string{"[consultation a0001]\n\nAdvice for a0001", "[consultation a0002]\n\nAdvice for a0002"}
	if got := tr.answers(); !reflect.DeepEqual(got, want) {
		t.Errorf("answers %q", got)
	}
	for _, req := range s.asked {
		if len(req.Messages) != 2 || req.Tools != nil || req.Speaker.Turn != 1 ||
			req.Messages[0].Text != advisorPrompt() {
			t.Errorf("the advisor is asked %+v", req)
		}
		text := req.Messages[1].Text
		for _, part := range []string{"It is broken.", "I look.", "hello\n", "call 1, terminal"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in what the advisor reads:\n%s", part, text)
			}
		}
		if strings.Contains(text, "I ask.") || strings.Contains(text, "experienced software engineer") {
			t.Errorf("the advisor reads the response that asks, or the prompt:\n%s", text)
		}
	}
	started := map[string]bench.AgentStarted{}
	var cost bench.USD
	for _, e := range tr.log.Events() {
		switch p := e.Payload.(type) {
		case bench.AgentStarted:
			started[e.Agent] = p
		case bench.LLMCall:
			if e.Agent != "single" {
				cost += p.Cost
			}
		case bench.BudgetNotice:
			t.Errorf("%s was told of a budget: %+v", e.Agent, p)
		}
	}
	for _, id := range []string{"a0001", "a0002"} {
		a := started[id]
		if a.Role != bench.RoleAdvisor || a.Parent != "single" || a.Model != "big" ||
			a.Limits != (bench.Limits{Iterations: 1, Cost: bench.Dollars(1), Tokens: 100_000}) {
			t.Errorf("%s started as %+v", id, a)
		}
	}
	if started["single"].Role != bench.RoleSingle || len(started) != 3 || cost == 0 {
		t.Errorf("started %+v, advice cost %v", started, cost)
	}
}

// Whatever becomes of a consultation, the work continues.
func TestConsultFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*bench.Configuration)
		advise func() (llm.Response, error)
		ask    []llm.ToolCall
		want   []string // regular expressions
	}{
		{
			name: "costs are shown", change: func(c *bench.Configuration) { c.ShowCosts = true },
			ask:  []llm.ToolCall{question("q")},
			want: []string{`^\[consultation a0001\]\ntokens: 100 in, 4 out\ncost: \$0\.0012\n\nLook at README\.$`},
		},
		{
			name: "used up", change: func(c *bench.Configuration) { c.Advisor.Consults = 1 },
			ask:  []llm.ToolCall{question("one"), question("two")},
			want: []string{`Look at README`, `^Error: the limit of consultations, 1, is used up`},
		},
		{
			name: "no limit of consultations", change: func(c *bench.Configuration) { c.Advisor.Consults = 0 },
			ask:  []llm.ToolCall{question("1"), question("2"), question("3"), question("4")},
			want: []string{"a0001", "a0002", "a0003", "a0004"},
		},
		{
			name:   "too dear",
			change: func(c *bench.Configuration) { c.Advisor.Limits.Cost = 1 },
			ask:    []llm.ToolCall{question("q")},
			want:   []string{`^Error: consultation a0001 failed: cost limit of the agent reached; go on`},
		},
		{
			name:   "the provider fails",
			advise: func() (llm.Response, error) { return llm.Response{Start: time.Now()}, errors.New("HTTP 503") },
			ask:    []llm.ToolCall{question("q")},
			want:   []string{`^Error: consultation a0001 failed: HTTP 503; go on`},
		},
		{
			name:   "nothing is said",
			advise: func() (llm.Response, error) { return llmtest.Answer(""), nil },
			ask:    []llm.ToolCall{question("q")},
			want:   []string{`^Error: consultation a0001 failed: the advisor wrote nothing`},
		},
		{
			name: "tools are called that are not there",
			advise: func() (llm.Response, error) {
				return llmtest.Answer("", shell("rm -rf .")), nil
			},
			ask:  []llm.ToolCall{question("q")},
			want: []string{`the advisor wrote nothing`},
		},
		{
			name: "cut off",
			advise: func() (llm.Response, error) {
				r := llmtest.Answer("Half an ans")
				r.Finish = llm.FinishLength
				return r, nil
			},
			ask:  []llm.ToolCall{question("q")},
			want: []string{`Half an ans\n\[the advice was cut off at its output limit\]$`},
		},
		{
			name:   "the window is too small for the question",
			change: func(c *bench.Configuration) { c.Advisor.Model.ContextWindow = 300 },
			ask:    []llm.ToolCall{question(strings.Repeat("long ", 3000))},
			want:   []string{`does not fit the advisor's context window; go on`},
		},
		{
			name: "no question", ask: []llm.ToolCall{question(" ")},
			want: []string{`^Error: consult: question must not be empty$`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := configuration()
			if test.change != nil {
				test.change(&c)
			}
			s := &script{said: []llm.Response{llmtest.Answer("", test.ask...), llmtest.Answer("done")}}
			if test.advise != nil {
				s.advise = func(context.Context, llm.Request) (llm.Response, error) { return test.advise() }
			}
			tr := run(t, c, s)
			if tr.sub.State != bench.AgentFinished || tr.sub.Message != "done" {
				t.Errorf("submission %+v", tr.sub)
			}
			got := tr.answers()
			if len(got) != len(test.want) {
				t.Fatalf("answers %q", got)
			}
			for i, want := range test.want {
				if !regexp.MustCompile(want).MatchString(got[i]) {
					t.Errorf("answer %d is %q, want %s", i, got[i], want)
				}
			}
		})
	}
}
