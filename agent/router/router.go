// Package router is the agent whose model may change from turn to turn, by rules of
// the configuration or as a small model says that is asked: the agent of package
// single, with its tools and its prompt, so that a comparison of the two compares
// nothing else.
//
//	router.go  one trial, and who takes a turn
//	facts.go   what rules speak of, from what tools did
//	ask.go     the model that is asked
//	prompts/   what it is told
package router

import (
	"context"
	"fmt"

	"bench"
	"bench/agent"
	"bench/agent/single"
	"bench/llm"
)

// Options is what the agent needs.
type Options struct {
	// Clients returns the client that all agents on a model share.
	Clients func(bench.Model) llm.Client
}

// New returns the agent. It reads all else from the trial's configuration.
func New(o Options) agent.Agent { return &router{o} }

type router struct{ Options }

var _ agent.Agent = (*router)(nil)

// Run implements agent.Agent.
func (r *router) Run(ctx context.Context, job agent.Job) (agent.Submission, error) {
	var c chooser
	sub, err := single.Options{Clients: r.Clients}.Solve(ctx, job, func(loop *agent.Loop) {
		c = r.newChooser(job, loop.Agent)
		loop.Router = &agent.Router{Choose: c.choose}
		for _, m := range job.Trial.Configuration.Router.Models {
			loop.Router.Routes = append(loop.Router.Routes, agent.Route{Model: m, Client: r.Clients(m)})
		}
	})
	if err == nil && c.asked != nil {
		err = c.asked.end(ctx, sub.State)
	}
	return sub, err
}

// chooser says who takes a turn.
type chooser struct {
	job   agent.Job
	main  string // config name of the model that takes the turns nobody else does
	facts func(agent.Situation) bench.RouteFacts
	asked *asked // nil if nobody is
}

func (r *router) newChooser(job agent.Job, agent string) chooser {
	c := job.Trial.Configuration
	out := chooser{job: job, main: c.Main.Name, facts: facts(c.Router.Tests, job.Budget)}
	if c.Router.Ask != nil {
		out.asked = newAsked(job, agent, r.Clients(c.Router.Ask.Model))
	}
	return out
}

// choose implements agent.Router.
func (c chooser) choose(ctx context.Context, s agent.Situation) (bench.RouteChosen, error) {
	f := c.facts(s)
	for i, rule := range c.job.Trial.Configuration.Router.Rules {
		if rule.Holds(f) {
			return bench.RouteChosen{
				Model: rule.Model, By: bench.ChosenByRule, Rule: i + 1, Reason: rule.String(), Facts: f,
			}, nil
		}
	}
	out := bench.RouteChosen{
		Model: c.main, By: bench.ChosenByDefault, Reason: "no rule holds", Facts: f,
	}
	if c.asked == nil {
		return out, nil
	}
	said, err := c.asked.ask(ctx, s, f)
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	model := c.asked.named(said)
	switch {
	case err != nil:
		out.Reason = fmt.Sprintf("asking failed: %v", err)
	case model == "":
		out.Reason = fmt.Sprintf("the answer names none of the choices: %q", excerpt(said))
	default:
		out.Model, out.By, out.Reason = model, bench.ChosenByModel, fmt.Sprintf("%q", excerpt(said))
	}
	return out, nil
}

// excerpt is what is kept of an answer beside its body.
func excerpt(text string) string {
	text, _ = agent.Clip(text, 200, func(int) string { return " … " })
	return text
}
