package agent

import (
	"context"
	"slices"

	"bench"
	"bench/llm"
)

// Route is where the model call of a turn goes.
type Route struct {
	Model  bench.Model // one model has one name in all routes of a loop
	Client llm.Client  // shared by all agents on the model
}

// Router chooses the model of each turn. All models have one conversation, of which
// each sees what the others said, but not what they thought.
type Router struct {
	Routes []Route // beside the loop's own model
	// Choose names the model of a turn, and says why. It is asked once for each turn: what
	// it says is recorded, and an agent that is resumed takes it from the log. An error
	// ends the work as that of a model call does.
	Choose func(ctx context.Context, s Situation) (bench.RouteChosen, error)
}

// Situation is what a turn is chosen by.
type Situation struct {
	Turn     int
	Steps    []Step         // the agent's tool calls, in order
	Messages []*llm.Message // the conversation
	Context  int64          // its tokens, as the model of the turn before counts them
	Model    string         // of the turn before; empty before the first
	Stay     int            // the turns in a row that it has taken
}

// Step is a tool call that was made.
type Step struct {
	Name, Arguments string
	Failed          bool
	ExitCode        *int // of a command that ended
	Touched         []bench.Touch
}

// routing is what a run knows for its router.
type routing struct {
	makers map[*llm.Message]string // who gave an answer: a model's name in the config
	steps  []Step
	last   string // model of the turn before
	stay   int    // turns in a row that it has taken
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

// routeTo is the route to a model; the loop's own where there is no other.
func (l *Loop) routeTo(model string) Route {
	if l.Router != nil {
		for _, route := range l.Router.Routes {
			if route.Model.Name == model {
				return route
			}
		}
	}
	return Route{l.Model, l.Client}
}

// sessionOf returns the session with a model.
func (r *run) sessionOf(model string) *modelSession {
	route := r.routeTo(model)
	s := r.sessions[route.Model.Name]
	if s == nil {
		s = &modelSession{reader: reader{model: route.Model, tools: r.tools}}
		client := fitClient{next: route.Client, reader: s.reader}
		if r.Router != nil {
			client.view = &view{reader: s.reader, makers: r.makers}
		}
		r.pay(s, client)
		r.sessions[route.Model.Name] = s
	}
	return s
}

// follow makes a model the one that calls go to. The call to wrap up, and one that
// finds out why a request was refused, stay with the model of the turn before them.
func (r *run) follow(model string) {
	s := r.sessionOf(model)
	if s == r.modelSession {
		return
	}
	req := llm.NewRequest(s.model)
	req.Messages, req.Tools, req.Speaker = r.request.Messages, r.request.Tools, r.request.Speaker
	r.modelSession, r.request = s, req
}

// choose has the next turn go where it is chosen to go.
func (r *run) choose(ctx context.Context) error {
	if r.Router == nil {
		return nil
	}
	turn := int(r.result.Turns) + 1
	c, known := r.history.choice(turn)
	if !known {
		s := Situation{
			Turn: turn, Steps: r.steps, Messages: r.request.Messages,
			Context: r.size.of(r.request), Model: r.last, Stay: r.stay,
		}
		var err error
		if c, err = r.Router.Choose(ctx, s); err != nil {
			return err
		}
		c.Turn = turn
		if r.last != "" && r.last != c.Model {
			c.From, c.ReasoningLost = r.last, r.unseen(c.Model)
		}
		r.record(ctx, c)
	}
	r.took(c.Model)
	r.follow(c.Model)
	return nil
}

// took notes which model takes a turn.
func (r *run) took(model string) {
	if model != r.last {
		r.last, r.stay = model, 0
	}
	r.stay++
}

// unseen counts what others thought in the conversation, in blocks: a model is not
// shown that.
func (r *run) unseen(model string) (blocks int) {
	for _, m := range r.request.Messages {
		if m.Role == "assistant" && r.makers[m] != model {
			blocks += m.Reasoning()
		}
	}
	return blocks
}

// made notes which model gave an answer.
func (r *run) made(m *llm.Message, model string) { r.makers[m] = model }

// note keeps what tools were asked to do, and what came of it.
func (r *run) note(executions []execution) {
	for _, e := range executions {
		o := e.observation
		r.steps = append(r.steps, Step{
			Name: e.call.Name, Arguments: e.call.Arguments, Failed: o.IsError, ExitCode: o.ExitCode,
			Touched: o.Touched,
		})
	}
}

// choice is what was chosen for a turn before the agent was cut off.
func (m *agentHistory) choice(turn int) (bench.RouteChosen, bool) {
	if m == nil {
		return bench.RouteChosen{}, false
	}
	i := slices.IndexFunc(m.chosen, func(c bench.RouteChosen) bool { return c.Turn == turn })
	if i < 0 {
		return bench.RouteChosen{}, false
	}
	return m.chosen[i], true
}
