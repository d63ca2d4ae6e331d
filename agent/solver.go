package agent

import (
	"bench"
	"bench/llm"
)

// Solver returns the loop of the agent that answers for a whole task, all but
// its tools: single and main are the same but for what is added to main.
//
// Money and tokens are limited per trial, so they are the trial's budget's to
// guard; the agent has iterations of its own.
func Solver(job Job, role bench.Role, client llm.Client) *Loop {
	c := job.Trial.Configuration
	id, own := string(role), bench.Limits{Iterations: c.Limits.Iterations}
	return &Loop{
		Agent:            id,
		Role:             role,
		Model:            c.Main,
		Client:           client,
		Record:           job.Record.For(id),
		Budget:           job.Budget.Child(bench.ScopeAgent, own),
		SharedBudget:     job.Budget,
		Limits:           c.Limits,
		Scope:            bench.ScopeTrial,
		Alias:            job.Alias(),
		System:           SolverPrompt(c),
		First:            FirstMessage(job.Box.Workdir(), job.Trial.Task.ProblemStatement),
		MaxParallelTools: c.MaxParallelTools,
		Notice:           c.Notice,
		History:          job.History,
	}
}

// Submission is the answer of the agent whose work ended like this. The error
// is that of Agent.Run.
func (r Result) Submission() (Submission, error) {
	s := Submission{State: r.State, Message: r.Message}
	if r.Limit != nil {
		s.Limit, s.Scope = r.Limit.Resource, r.Limit.Scope
	}
	if r.Err != nil {
		s.Error = r.Err.Error()
	}
	if r.State == bench.AgentCancelled {
		return s, r.Err
	}
	return s, nil
}
