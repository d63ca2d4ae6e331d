package llm_test

import (
	"context"
	"fmt"

	"bench"
	"bench/llm"
	"bench/llm/llmtest"
)

// One line per model, one line per agent.
func Example() {
	provider := llmtest.Sequence(llmtest.Answer("Hello."))
	model := bench.Model{Name: "frontier", Model: "vendor/big", MaxOutputTokens: 1000,
		Price: bench.Price{ID: "config", Rates: bench.Rates{
			Input: bench.PerMillion(15), Output: bench.PerMillion(75)}}}
	record := func(_ context.Context, e bench.Event) error {
		if call, ok := e.Payload.(bench.LLMCall); ok {
			fmt.Println(call.CallID, call.Cost, len(call.Messages))
		}
		return nil
	}
	budget := bench.NewBudget(bench.ScopeTrial, bench.Limits{Cost: bench.Dollars(3)})
	recorder := bench.NewRecorder("run", record, nil).For("main")

	shared := llm.Shared(provider, llm.RateLimit{Concurrency: 64}, llm.RetryOptions{})
	client := llm.Meter(llm.Budgeted(shared, budget, model.Price), model, recorder, 0)

	req := llm.NewRequest(model)
	req.Messages = []*llm.Message{llm.System("Be brief."), llm.User("Hello?")}
	resp, err := client.Complete(context.Background(), req)
	fmt.Println(resp.Message.Text, err, budget.Spent().Cost)
	// Output:
	// main-1 $0.0016 3
	// Hello. <nil> $0.0016
}
