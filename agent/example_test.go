package agent_test

import (
	"context"
	"fmt"

	"bench"
	"bench/agent"
	"bench/llm"
	"bench/llm/llmtest"
)

// A loop asks the model, runs the tool calls it asks for, and ends with the
// model's answer.
func ExampleLoop_Run() {
	client := llmtest.Sequence(
		llmtest.Answer("Let me look.", llm.ToolCall{ID: "1", Name: "echo", Arguments: `"hello"`}),
		llmtest.Answer("It says hello."),
	)
	record := func(_ context.Context, e bench.Event) error {
		fmt.Println(e.Payload.Type())
		return nil
	}
	loop := agent.Loop{
		Agent: "main", Role: bench.RoleMain, Client: client, Tools: []agent.Tool{echo},
		Record: bench.NewRecorder("run", record, nil).ForTrial(key).For("main"),
		Budget: bench.NewBudget(bench.ScopeAgent, bench.Limits{Iterations: 10}),
		System: "You look things up.", First: "What does it say?",
	}
	result, err := loop.Run(context.Background())
	fmt.Println(result.State, result.Turns, result.Message, err)
	// Output:
	// agent_started
	// llm_call
	// tool_call
	// llm_call
	// agent_ended
	// finished 2 It says hello. <nil>
}
