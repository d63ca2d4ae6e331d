package router

import (
	"encoding/json"
	"regexp"

	"bench"
	"bench/agent"
)

// facts returns what tells how an agent stands. Tests is the expression of commands
// that run tests; the budget is the trial's.
func facts(tests string, budget *bench.Budget) func(agent.Situation) bench.RouteFacts {
	// The config was checked, and the expression is kept with the run.
	expression := regexp.MustCompile(tests)
	return func(s agent.Situation) bench.RouteFacts {
		f := bench.RouteFacts{
			Turn: int64(s.Turn), Phase: bench.WorkExplore, ContextTokens: s.Context,
			Cost: budget.Spent().Cost, Stay: int64(s.Stay),
		}
		for _, step := range s.Steps {
			take(&f, step, expression)
		}
		return f
	}
}

// take adds what a tool call says.
func take(f *bench.RouteFacts, step agent.Step, tests *regexp.Regexp) {
	f.LastTool = step.Name
	if step.Failed || step.ExitCode != nil && *step.ExitCode != 0 {
		f.ToolErrors++
	} else {
		f.ToolErrors = 0
	}
	for _, t := range step.Touched {
		if t.Write {
			f.Phase = bench.WorkEdit
		}
	}
	if step.ExitCode == nil || !tests.MatchString(command(step)) {
		return
	}
	if f.Phase == bench.WorkEdit {
		f.Phase = bench.WorkVerify
	}
	if *step.ExitCode == 0 {
		f.FailedTests = 0
	} else {
		f.FailedTests++
	}
}

// command is the command line of a terminal call.
func command(step agent.Step) string {
	var a struct {
		Command string `json:"command"`
	}
	if step.Name != "terminal" || json.Unmarshal([]byte(step.Arguments), &a) != nil {
		return ""
	}
	return a.Command
}
