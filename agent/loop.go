package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bench"
	"bench/llm"
	"bench/sandbox"
)

// Loop is the work of one agent: it asks the model, runs the tool calls it
// asks for, hands back their results, and repeats that until the model has
// finished, a limit is reached, or something breaks. Single, main and sidekick
// agents are all this one loop, with other tools, prompts and limits.
type Loop struct {
	Agent      string // id within the trial
	Parent     string // id of the agent that delegated to it
	Delegation string // id of the delegation it works on
	Role       bench.Role
	Model      bench.Model
	Client     llm.Client // shared by all agents on the model
	Record     bench.Recorder
	// Router is set where turns may go to other models than Model.
	Router *Router

	// Budget is the agent's own. A notice is given when most of it, or of
	// SharedBudget, is spent. SharedBudget is nil for sidekicks and advisors:
	// what they share is not theirs to watch.
	Budget       *bench.Budget
	SharedBudget *bench.Budget
	// Limits are what the agent may use. Budget enforces all but Wall, which is
	// enforced here in the name of Scope, unless the context has a wall of that scope.
	Limits bench.Limits
	Scope  bench.Scope

	Alias sandbox.Alias // of the agent's sandbox: how its model knows it

	System string // system prompt
	First  string // first user message
	// Conversation is the one that First is appended to; if it is empty, System
	// and First begin it.
	Conversation []*llm.Message
	// History is set where the agent may have worked before its process ended.
	History *History
	// Replayed, if set, is called when the calls of History were replayed, before the
	// agent goes on. It returns for how long the trial has stood still for that alone.
	Replayed func(ctx context.Context) time.Duration
	// BeforeEnd, if set, is called when the model is about to end the work. A
	// text that it returns is sent to the model, and the work continues; "" lets
	// the work end.
	BeforeEnd func() string
	// Notice is the share of a limit that is spent when the model is told; 0 is
	// never.
	Notice           float64
	Tools            []Tool
	Locks            *Locks // of the sandbox; nil where nothing is shared
	MaxParallelTools int    // concurrent calls of one response; less than 1 means 1
	WrapUp           bool   // at a limit, one last call that may use no tool, if Budget can pay for it
}

// Result is how an agent's work ended.
type Result struct {
	State bench.AgentState  // terminal
	Limit *bench.LimitError // in limit states: whose, and of what
	Final *Final            // the call that ended the work, if one did
	// Message is the final text; or, if the work was cut short, the last text
	// of the model that is not blank.
	Message string
	Turns   int64 // model calls
	Usage   bench.Usage
	Cost    bench.USD
	// Unreported estimates what model calls cost that reported no usage; Cost is a
	// lower bound where it is not 0.
	Unreported bench.USD
	// Worked is how long its scope had worked, in all its processes, without outages.
	Worked   time.Duration
	Messages []*llm.Message // the whole conversation
	Written  []string       // files that it wrote through its editor
	Err      error          // in error states: what went wrong
}

// Add takes over a call that the log has.
func (r *Result) Add(c bench.LLMCall) {
	if !c.CutOff { // else it is made again
		r.Turns++
	}
	r.Usage = r.Usage.Add(c.Usage)
	r.Cost += c.Cost
	r.Unreported += c.EstimatedUnknown
}

// Run does the work. The error is not nil only if the work could not be
// recorded; everything else that can happen is part of the Result.
func (l *Loop) Run(ctx context.Context) (Result, error) {
	r, err := l.start(ctx)
	if err != nil {
		return Result{State: bench.AgentErrorInternal, Err: err}, err
	}
	ctx, stop := r.within(ctx)
	defer stop()
	if ctx.Err() == nil { // else it is cut off before it goes on, and stays open
		r.resume(ctx)
	}
	r.work(ctx)
	r.finish(ctx)
	return r.result, r.fault
}

// run is one run of a loop. It is owned by the goroutine that called Run; the
// goroutines of a batch write only to their own executions.
type run struct {
	*Loop
	*modelSession                          // with the model of this turn
	sessions      map[string]*modelSession // by the model's name in the config
	routing
	meter        func(llm.Client, bench.Model) llm.Client
	history      *agentHistory // before its process ended; nil if it starts
	tools        map[string]Tool
	locks        *Locks
	wall         *bench.Wall   // of its scope
	worked       time.Duration // before its process ended, outages not counted
	hold         func()        // lets the wall go on; nil unless it is being resumed
	request      llm.Request   // of the next call; its messages are the conversation
	loops        loopDetector
	emptyReplies int  // in a row, for texts that are no answer
	noticed      bool // the one notice has been given
	wrapped      bool // the wrap-up call has been made
	// thoughtsNoted: the user has been told that answers were all thoughts.
	thoughtsNoted bool
	result        Result
	fault         error // what could not be recorded
}

func (l *Loop) start(ctx context.Context) (*run, error) {
	schemas, err := EncodeTools(l.Tools)
	if err != nil {
		return nil, err
	}
	r := &run{
		Loop: l, tools: make(map[string]Tool, len(l.Tools)), sessions: map[string]*modelSession{},
	}
	if r.locks = l.Locks; r.locks == nil {
		r.locks = new(Locks)
	}
	for _, t := range l.Tools {
		r.tools[t.Definition().Name] = t
	}
	if len(l.Tools) > 0 { // some providers refuse an empty list
		r.request.Tools = schemas
	}
	r.request.Speaker = llm.Speaker{Trial: l.Record.Trial(), Role: l.Role, Agent: l.Agent}
	if r.history, err = l.History.ofAgent(l.Agent); err != nil {
		return nil, err
	}
	r.meter = llm.Meters(l.Record, r.history.calls())
	r.makers = map[*llm.Message]string{}
	r.follow(l.Model.Name)
	if r.history != nil {
		r.restore()
		return r, nil
	}
	r.request.Messages = l.opening()
	system, tools := bench.Body(l.System), bench.Body(schemas)
	return r, l.Record.Record(ctx, bench.AgentStarted{
		Parent: l.Parent, Role: l.Role, Model: r.model.Name, WireModel: r.model.Model,
		DelegationID: l.Delegation, SystemPrompt: system.Hash(), Tools: tools.Hash(),
		Limits: l.Limits,
	}, system, tools)
}

// opening is the conversation before the first call.
func (l *Loop) opening() []*llm.Message {
	first := l.Alias.Show(l.First)
	if len(l.Conversation) > 0 {
		return told(l.Conversation, first)
	}
	return []*llm.Message{llm.System(l.System), llm.User(first)}
}

// work takes turns until one of them ends the work.
func (r *run) work(ctx context.Context) {
	for r.result.State == "" {
		if ctx.Err() != nil {
			r.broken(ctx, context.Cause(ctx))
			return
		}
		if err := r.choose(ctx); err != nil {
			r.broken(ctx, err)
			return
		}
		if r.fault == nil {
			r.notice(ctx)
		}
		if r.fault == nil {
			r.turn(ctx)
		}
		if r.fault != nil {
			r.end(bench.AgentErrorInternal, r.fault)
		}
	}
}

// turn is one model call and what follows from it.
func (r *run) turn(ctx context.Context) {
	resp, err := r.ask(ctx, r.request)
	if err != nil {
		r.broken(ctx, err)
		return
	}
	r.size.learn(r.request, resp)
	r.say(resp.Message)
	r.answer(ctx, resp)
}

// ask makes one model call and books what it took.
func (r *run) ask(ctx context.Context, req llm.Request) (llm.Response, error) {
	req.Speaker.Turn = int(r.result.Turns) + 1
	if req.Purpose != bench.PurposeProbe {
		if err := r.size.fit(r.model.ContextWindow, &req); err != nil {
			return llm.Response{}, err
		}
	}
	resp, err := r.client.Complete(ctx, req)
	if err != nil && resp.CallID == "" {
		return resp, err // nothing was sent, and nothing recorded
	}
	r.result.Turns++
	r.result.Usage = r.result.Usage.Add(resp.Usage)
	r.result.Cost += resp.Cost(r.model.Price)
	resp.Finish = ending(string(resp.Finish), resp.FinishReason)
	r.result.Unreported += resp.UnreportedCost(r.model.Price)
	if err == nil && resp.Message == nil {
		err = errors.New("response without a message")
	}
	return resp, err
}

// broken ends the work after a failed call or a dead context.
func (r *run) broken(ctx context.Context, err error) {
	var limit *bench.LimitError
	switch {
	case errors.As(err, &limit), errors.As(context.Cause(ctx), &limit):
		r.result.Limit = limit
		r.end(bench.LimitState(limit.Resource), nil)
		r.wrapUp(ctx, limit)
	case ctx.Err() != nil:
		r.end(bench.AgentCancelled, context.Cause(ctx))
	case errors.Is(err, llm.ErrContextOverflow), r.overflowed(ctx, err):
		// The window is a limit like others: what was done so far stands.
		r.result.Limit = &bench.LimitError{Scope: r.scope(), Resource: bench.ResourceContext}
		r.end(bench.AgentLimitContext, nil)
	default:
		r.end(bench.AgentErrorLLM, err)
	}
}

func (r *run) scope() bench.Scope {
	if r.Role == bench.RoleSidekick {
		return bench.ScopeActivation
	}
	return bench.ScopeAgent
}

func (r *run) end(state bench.AgentState, err error) {
	r.result.State, r.result.Err = state, err
}

// say adds to the conversation. Messages handed out before are never changed.
func (r *run) say(m *llm.Message) { r.request.Messages = append(r.request.Messages, m) }

// finish records the end of the work.
func (r *run) finish(ctx context.Context) {
	r.result.Messages, r.result.Worked = r.request.Messages, r.wall.Used()
	message := bench.Body(r.result.Message)
	ended := bench.AgentEnded{
		State: r.result.State, Message: message.Hash(), Iterations: r.result.Turns,
	}
	if r.result.Err != nil {
		ended.Error = r.result.Err.Error()
	}
	if l := r.result.Limit; l != nil {
		r.record(ctx, bench.BudgetNotice{Kind: bench.NoticeLimit, Scope: l.Scope, Resource: l.Resource})
	}
	r.record(ctx, ended, message)
}

// record appends an event; the first failure ends the work.
func (r *run) record(ctx context.Context, p bench.Payload, bodies ...bench.Body) {
	r.unrecorded(p, r.Record.Record(ctx, p, bodies...))
}

// unrecorded notes the first event that could not be recorded, if it is one.
func (r *run) unrecorded(p bench.Payload, err error) {
	if err != nil && r.fault == nil {
		r.fault = fmt.Errorf("record %s of agent %s: %w", p.Type(), r.Agent, err)
	}
}
