package agent

import (
	"bench"
	"bench/llm"
)

// Route is where the model call of a turn goes.
type Route struct {
	Model  bench.Model // one model has one name in all routes of a loop
	Client llm.Client  // shared by all agents on the model
}

// modelSession is what an agent's calls to one of its models have in common.
// The conversation belongs to the agent; how many tokens it comes to, what of it
// is cached and which ids of calls fit are the model's.
type modelSession struct {
	reader            // of the model's answers
	client llm.Client // through budget and meter
	payer  *llm.Payer // in client; knows what a call may cost
	size   window     // of the conversation
}

// sessionOf returns the session with the model that a turn is routed to.
func (r *run) sessionOf(turn int) *modelSession {
	route := Route{r.Model, r.Client}
	if r.Route != nil {
		route = r.Route(turn)
	}
	s := r.sessions[route.Model.Name]
	if s == nil {
		s = &modelSession{reader: reader{model: route.Model, tools: r.tools}}
		r.pay(s, fitClient{route.Client, s.reader})
		r.sessions[route.Model.Name] = s
	}
	return s
}

// follow makes the route of a turn the one that calls go to. The call to wrap up,
// and one that finds out why a request was refused, stay on the route of the
// turn before them.
func (r *run) follow(turn int) {
	s := r.sessionOf(turn)
	if s == r.modelSession {
		return
	}
	req := llm.NewRequest(s.model)
	req.Messages, req.Tools, req.Speaker = r.request.Messages, r.request.Tools, r.request.Speaker
	r.modelSession, r.request = s, req
}
