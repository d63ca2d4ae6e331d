package advisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"bench"
	"bench/agent"
	"bench/agent/tools"
	"bench/llm"
)

const questionChars = 20_000

// consult is the tool by which the executor asks. Several calls of one response
// are several consultations at the same time. Its calls are accepted one at a
// time, which is all that asked needs.
type consult struct {
	job        agent.Job
	executor   string // id
	client     llm.Client
	schema     tools.Schema
	definition agent.Definition
	asked      int64 // consultations so far
}

var (
	_ agent.Tool     = (*consult)(nil)
	_ agent.Replayer = (*consult)(nil)
)

func newConsult(job agent.Job, executor string, client llm.Client) *consult {
	schema := tools.Schema{{
		Name: "question", Type: tools.String, Required: true, NotEmpty: true, MaxChars: questionChars,
		Description: "One precise question, the answers you consider, and what you think yourself.",
	}}
	parameters, err := json.Marshal(schema)
	if err != nil { // strings always encode
		panic(fmt.Sprintf("encode consult schema: %v", err))
	}
	return &consult{
		job: job, executor: executor, client: client, schema: schema,
		definition: agent.Definition{
			Name:        "consult",
			Description: consultDescription(job.Trial.Configuration),
			Parameters:  parameters,
		},
	}
}

// Definition implements agent.Tool.
func (t *consult) Definition() agent.Definition { return t.definition }

// Accept implements agent.Tool. It numbers the consultations, so the numbers
// follow the order of the calls.
func (t *consult) Accept(_ context.Context, call agent.Call) (agent.Work, error) {
	var a struct {
		Question string `json:"question"`
	}
	if err := t.schema.Decode(call.Arguments, &a); err != nil {
		return agent.Work{}, err
	}
	if !t.count() {
		return agent.Work{Run: func(context.Context, *agent.Hold) agent.Observation {
			return agent.Failure(agent.ClassTool,
				"the limit of consultations, %d, is used up; go on without advice",
				t.job.Trial.Configuration.Advisor.Consults)
		}}, nil
	}
	id := fmt.Sprintf("a%04d", t.asked)
	return agent.Work{Run: func(ctx context.Context, _ *agent.Hold) agent.Observation {
		return t.ask(ctx, id, call.Messages, a.Question)
	}}, nil
}

// Replay implements agent.Replayer. Advice leaves nothing in the sandbox, so there is
// nothing to replay; the numbers and the limit continue from where they were.
func (t *consult) Replay(context.Context, agent.Call) error {
	t.count()
	return nil
}

// count counts a consultation, unless the limit is used up.
func (t *consult) count() bool {
	limit := t.job.Trial.Configuration.Advisor.Consults
	if limit > 0 && t.asked >= limit {
		return false
	}
	t.asked++
	return true
}

// ask is one consultation: an agent of its own, which makes one call. Whatever
// becomes of it, the executor's work continues.
func (t *consult) ask(
	ctx context.Context, id string, messages []*llm.Message, question string,
) agent.Observation {
	c := t.job.Trial.Configuration
	limits := c.Advisor.Limits
	limits.Iterations = 1
	loop := &agent.Loop{
		Agent: id, Parent: t.executor, Role: bench.RoleAdvisor,
		Model: c.Advisor.Model, Client: t.client, Record: t.job.Record.For(id),
		Budget: t.job.Budget.Child(bench.ScopeAgent, limits),
		Limits: limits, Scope: bench.ScopeAgent, History: t.job.History,
		Alias:  t.job.Alias(),
		System: advisorPrompt(), First: firstMessage(*c.Advisor, messages, question),
	}
	r, err := loop.Run(ctx)
	if err != nil {
		o := agent.Failure(agent.ClassTool, "consultation %s: %v", id, err)
		o.Fault = err
		return o
	}
	return observation(id, r, c.ShowCosts)
}

// observation is the answer to the call. An answer that was cut off has ended
// the consultation at its limit of one call, and is worth reading all the same.
func observation(id string, r agent.Result, costs bool) agent.Observation {
	cut := r.State == bench.AgentLimitIterations && r.Message != ""
	if r.State != bench.AgentFinished && !cut {
		class := agent.ClassTool
		if r.State == bench.AgentCancelled {
			class = agent.ClassCancelled
		}
		o := agent.Failure(class, "consultation %s failed: %v; go on without advice", id, reason(r))
		o.Stable = "consultation failed: " + string(r.State)
		return o
	}
	data := map[string]any{"ID": "", "Cost": "", "Advice": r.Message, "Cut": cut}
	stable := render("result", data)
	data["ID"] = id
	if costs {
		data["Input"], data["Output"] = r.Usage.Input, r.Usage.Output
		data["Cost"] = bench.Spending(r.Cost, r.Unreported)
	}
	return agent.Observation{Text: render("result", data), Stable: stable}
}

// reason says why a consultation gave no advice.
func reason(r agent.Result) error {
	switch {
	case r.Err != nil:
		return r.Err
	case r.State == bench.AgentLimitContext:
		return errors.New("the conversation does not fit the advisor's context window")
	case r.State == bench.AgentLimitIterations:
		return errors.New("the advisor wrote nothing")
	case r.Limit != nil:
		return r.Limit
	}
	return fmt.Errorf("the advisor ended as %s", r.State)
}

// firstMessage is what an advisor is shown. Of a conversation that is too long
// the beginning and the end remain.
func firstMessage(a bench.Advisor, messages []*llm.Message, question string) string {
	conversation := agent.Transcript(messages, 0)
	most := inputLimit(a)
	for chars := utf8.RuneCountInString(conversation); ; {
		text := render("question", map[string]any{"Conversation": conversation, "Question": question})
		size := llm.EstimateInput(llm.Request{
			Messages: []*llm.Message{llm.System(advisorPrompt()), llm.User(text)},
		})
		if most <= 0 || size <= most || chars < leastConversation {
			return text
		}
		chars = int(float64(chars) * 0.95 * float64(most) / float64(size))
		conversation = agent.Transcript(messages, max(1, chars))
	}
}

// leastConversation is below what a conversation is not shortened any more, in
// characters: it is the question that does not fit.
const leastConversation = 200

// inputLimit is how many tokens of input a consultation may have, so that its answer
// still fits the advisor's context window and its limit; 0 if neither is known.
func inputLimit(a bench.Advisor) int64 {
	total := a.Model.ContextWindow
	if own := a.Limits.Tokens; own > 0 && (total == 0 || own < total) {
		total = own
	}
	return total - min(a.Model.MaxOutputTokens, total/2)
}
