package router

import (
	"context"
	"embed"
	"regexp"
	"strings"

	"bench"
	"bench/agent"
	"bench/llm"
)

//go:embed prompts/*.tmpl
var files embed.FS

var prompts = agent.ParsePrompts(files)

// shown is how much of the conversation the model that is asked reads, in characters.
const shown = 8000

// asked is the model that is asked before a turn: an agent of its own, each of whose
// calls is a conversation by itself. Its calls are paid from the trial's budget.
type asked struct {
	bench.RouteAsk
	record  bench.Recorder
	client  llm.Client
	speaker llm.Speaker
	parent  string
	system  string
	past    past
	begun   bool  // recorded, by this process
	calls   int64 // so far
}

func newAsked(job agent.Job, parent string, client llm.Client) *asked {
	ask, id := *job.Trial.Configuration.Router.Ask, string(bench.RoleRouter)
	a := &asked{
		RouteAsk: ask, record: job.Record.For(id), parent: parent,
		speaker: llm.Speaker{Trial: job.Trial.Key, Role: bench.RoleRouter, Agent: id},
		system:  prompts.Render("choose.tmpl", ask.Choices), past: pastOf(job.History, id),
	}
	a.calls = int64(a.past.made)
	budget := job.Budget.Child(bench.ScopeAgent, bench.Limits{})
	paid := llm.Budgeted(client, budget, ask.Model.Price)
	a.client = llm.Meter(paid, ask.Model, a.record, a.past.made)
	return a
}

// ask asks who shall take a turn, and returns the answer. One that is in the log is not
// asked for again.
func (a *asked) ask(ctx context.Context, s agent.Situation, f bench.RouteFacts) (string, error) {
	if text, ok := a.past.answers[s.Turn]; ok {
		return text, nil
	}
	if err := a.begin(ctx); err != nil {
		return "", err
	}
	req := llm.NewRequest(a.Model)
	req.Purpose, req.Speaker = bench.PurposeAside, a.speaker
	req.Speaker.Turn = s.Turn
	req.Messages = []*llm.Message{llm.System(a.system), llm.User(prompts.Render("turn.tmpl", struct {
		Facts        bench.RouteFacts
		Model        string
		Conversation string
	}{f, s.Model, agent.Transcript(s.Messages, shown)}))}
	resp, err := a.client.Complete(ctx, req)
	if resp.CallID != "" {
		a.calls++
	}
	if err != nil {
		return "", err
	}
	return resp.Message.Text, nil
}

// begin records that the agent is there, once.
func (a *asked) begin(ctx context.Context) error {
	if a.begun {
		return nil
	}
	a.begun = true
	if a.past.begun {
		return a.record.Record(ctx, bench.AgentResumed{})
	}
	system := bench.Body(a.system)
	return a.record.Record(ctx, bench.AgentStarted{
		Parent: a.parent, Role: bench.RoleRouter, Model: a.Model.Name, WireModel: a.Model.Model,
		SystemPrompt: system.Hash(),
	}, system)
}

// end records that nobody is asked any more, if anybody was.
func (a *asked) end(ctx context.Context, work bench.AgentState) error {
	if a.past.begun {
		if err := a.begin(ctx); err != nil {
			return err
		}
	}
	if !a.begun {
		return nil
	}
	state := bench.AgentFinished
	if work == bench.AgentCancelled {
		state = work
	}
	return a.record.Record(ctx, bench.AgentEnded{State: state, Iterations: a.calls})
}

// named is the choice that an answer names: all of it, or the only one of which the
// name is in it.
func (a *asked) named(answer string) (found string) {
	answer = strings.Trim(strings.TrimSpace(answer), "`\"'*.")
	for _, c := range a.Choices {
		if strings.EqualFold(answer, c.Model) {
			return c.Model
		}
	}
	for _, c := range a.Choices {
		name := regexp.MustCompile(`(?i)(^|[^\w.-])` + regexp.QuoteMeta(c.Model) + `([^\w-]|$)`)
		switch {
		case !name.MatchString(answer):
		case found != "":
			return ""
		default:
			found = c.Model
		}
	}
	return found
}

// past is what the log holds of an agent that was asked before its process ended.
type past struct {
	begun   bool
	made    int            // calls
	answers map[int]string // by turn
}

func pastOf(h *agent.History, id string) past {
	p := past{answers: map[int]string{}}
	if h == nil {
		return p
	}
	for _, e := range h.Events {
		if e.Agent != id {
			continue
		}
		switch c := e.Payload.(type) {
		case bench.AgentStarted:
			p.begun = true
		case bench.LLMCall:
			p.made++
			if text, ok := answerOf(h, c); ok {
				p.answers[c.Turn] = text
			}
		}
	}
	return p
}

// answerOf is what a call was answered, if it was.
func answerOf(h *agent.History, c bench.LLMCall) (string, bool) {
	last := len(c.Messages) - 1
	if c.Error != "" || last < 0 {
		return "", false
	}
	body, err := h.Body(c.Messages[last].Body)
	if err != nil {
		return "", false
	}
	m, err := llm.ParseMessage(body)
	if err != nil {
		return "", false
	}
	return m.Text, true
}
