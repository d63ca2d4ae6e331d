package advisor

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

func price(id string, input, output float64) bench.Price {
	return bench.Price{ID: id, Rates: bench.Rates{
		Input: bench.PerMillion(input), CachedInput: bench.PerMillion(input),
		Output: bench.PerMillion(output),
	}}
}

// configuration is what tests start from.
func configuration() bench.Configuration {
	return bench.Configuration{
		Name: "advised", Kind: bench.KindAdvisor, MaxParallelTools: 8, CommandTimeout: time.Minute,
		Main: bench.Model{Name: "small", Model: "small", MaxOutputTokens: 100, Price: price("p", 1, 4)},
		Advisor: &bench.Advisor{
			Model:    bench.Model{Name: "big", Model: "big", MaxOutputTokens: 1000, Price: price("d", 10, 40)},
			Consults: 3, Limits: bench.Limits{Cost: bench.Dollars(1), Tokens: 100_000},
		},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	agenttest.Run(t, agenttest.Kit{
		New: func(clients func(bench.Model) llm.Client) agent.Agent {
			return New(Options{Clients: clients})
		},
		Configuration: configuration(), Box: agenttest.Boxes(t),
	})
}

// script is what the executor says, in turn, and what advisors answer.
type script struct {
	mu     sync.Mutex
	said   []llm.Response
	advise func(ctx context.Context, req llm.Request) (llm.Response, error)
	asked  []llm.Request // of advisors
}

func (s *script) client(bench.Model) llm.Client {
	return &llmtest.Fake{Do: func(ctx context.Context, req llm.Request) (llm.Response, error) {
		s.mu.Lock()
		if req.Speaker.Role != bench.RoleAdvisor {
			defer s.mu.Unlock()
			if len(s.said) == 0 {
				return llmtest.Answer("nothing left"), nil
			}
			next := s.said[0]
			s.said = s.said[1:]
			return next, nil
		}
		s.asked = append(s.asked, req)
		s.mu.Unlock()
		if s.advise == nil {
			return llmtest.Answer("Look at README."), nil
		}
		return s.advise(ctx, req)
	}}
}

func question(q string) llm.ToolCall {
	return llm.ToolCall{ID: q, Name: "consult", Arguments: fmt.Sprintf(`{"question":%q}`, q)}
}

func shell(command string) llm.ToolCall {
	return llm.ToolCall{ID: command, Name: "terminal", Arguments: fmt.Sprintf(`{"command":%q}`, command)}
}

// trial is one run of the agent.
type trial struct {
	log    *agenttest.Log
	budget *bench.Budget
	sub    agent.Submission
}

func run(t *testing.T, c bench.Configuration, s *script) trial {
	t.Helper()
	box, err := agenttest.Boxes(t)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close(context.Background()) })
	tr := trial{log: &agenttest.Log{}, budget: bench.NewBudget(bench.ScopeTrial, bench.Limits{
		Cost: c.Limits.Cost, Tokens: c.Limits.Tokens,
	})}
	key := bench.TrialKey{Configuration: c.Name, InstanceID: "i", Attempt: 1}
	tr.sub, err = New(Options{Clients: s.client}).Run(t.Context(), agent.Job{
		Trial: bench.Trial{Key: key, Configuration: c, Task: bench.Task{ProblemStatement: "It is broken."}},
		Box:   box, Budget: tr.budget, Record: tr.log.Recorder(key),
	})
	if err != nil {
		t.Fatal(err)
	}
	agenttest.CheckLog(t, tr.log)
	if got, want := tr.budget.Spent().Cost, tr.log.Cost(); got != want {
		t.Errorf("the budget spent %d, the calls cost %d", got, want)
	}
	return tr
}

// answers are what calls of consult were answered, in call order.
func (tr trial) answers() []string {
	all := map[int]string{}
	for _, c := range agenttest.Of[bench.ToolCall](tr.log) {
		if c.Name == "consult" {
			all[c.Index] = tr.log.Body(c.Result)
		}
	}
	var out []string
	for i := range len(all) {
		out = append(out, all[i])
	}
	return out
}
