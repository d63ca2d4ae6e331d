package agent

import (
	"context"

	"bench"
	"bench/llm"
)

// pay makes the client that the agent's calls to a model go through: its budget
// pays, its recorder records. Only calls for the work itself are iterations of
// the agent, which may have none left; the money of others comes from the same
// budget.
func (r *run) pay(s *modelSession, model llm.Client) {
	s.payer = llm.Budgeted(model, r.Budget, s.model.Price)
	other := s.payer.From(r.Budget.Child(r.Scope, bench.Limits{}))
	s.client = r.meter(byPurpose{work: s.payer, other: other}, s.model)
}

// within returns the context of the work, which ends at the wall of the agent's scope.
// Without a limit the wall still measures.
func (r *run) within(ctx context.Context) (context.Context, func()) {
	if w := bench.WallOf(ctx); w != nil && w.Scope == r.Scope {
		r.wall = w
		return ctx, func() {}
	}
	ctx, w, stop := bench.WithWall(ctx, bench.WallOptions{
		Scope: r.Scope, Limit: r.Limits.Wall, Used: r.worked,
		Stands: func(o bench.Outage) {
			_ = r.Record.Record(ctx, o) // where that fails, so does what is recorded next
		},
	})
	r.wall = w
	return ctx, stop
}

type byPurpose struct{ work, other llm.Client }

var _ llm.Client = byPurpose{}

func (c byPurpose) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	if req.Purpose != "" {
		return c.other.Complete(ctx, req)
	}
	return c.work.Complete(ctx, req)
}

// notice tells the model, once, that most of a limit is spent, or that its next
// call is the last.
func (r *run) notice(ctx context.Context) {
	if r.noticed || r.Notice <= 0 {
		return
	}
	near := r.pressed()
	if near.limit == nil {
		return
	}
	r.noticed = true
	r.tell(noticePrompt(r.Role, near.limit.Resource, near.last, near.share))
	r.record(ctx, bench.BudgetNotice{
		Kind: bench.NoticeNear, Scope: near.limit.Scope, Resource: near.limit.Resource,
	})
}

// pressure is a limit that is near.
type pressure struct {
	limit *bench.LimitError
	last  bool    // one call is left
	share float64 // of the limit that is spent at least; 0 where the next calls decide
}

// pressed returns the limit that is nearly spent, if there is one. A limit is
// near, too, where it would stop one of the next calls: that happens when what
// is spent and the least that the call may cost are more than it.
func (r *run) pressed() pressure {
	if r.Limits.Iterations > 0 && r.Budget.Unspent().Iterations <= 1 {
		return pressure{limit: &bench.LimitError{Scope: r.scope(), Resource: bench.ResourceIterations},
			last: true}
	}
	if res, share := r.Budget.Tightest(); share >= r.Notice {
		return pressure{limit: &bench.LimitError{Scope: r.scope(), Resource: res}, share: r.Notice}
	}
	if r.SharedBudget != nil {
		if res, share := r.SharedBudget.Tightest(); share >= r.Notice {
			return pressure{limit: &bench.LimitError{Scope: bench.ScopeTrial, Resource: res},
				share: r.Notice}
		}
	}
	if r.wall.Share() >= r.Notice {
		return pressure{limit: &bench.LimitError{Scope: r.Scope, Resource: bench.ResourceWall},
			share: r.Notice}
	}
	return pressure{limit: r.Budget.Lacks(ahead(r.payer.Least(r.request)))}
}

// callsAhead is how many calls before a limit stops the work the model is told.
const callsAhead = 3

func ahead(a bench.Amount) bench.Amount {
	return bench.Amount{Cost: callsAhead * a.Cost, Tokens: callsAhead * a.Tokens}
}

// wrapUp asks for a report when a limit has ended the work. There is no time
// for it when time is what ran out, and none is made when it cannot be paid;
// the last text the model wrote is the report then.
func (r *run) wrapUp(ctx context.Context, limit *bench.LimitError) {
	if !r.WrapUp || r.wrapped || limit.Resource == bench.ResourceWall || ctx.Err() != nil {
		return
	}
	before := r.request.Messages
	r.tell(render("wrap_up", nil))
	// The tools stay, for they stand first in the prompt cache, and gateways
	// refuse a conversation with calls but without tools, as LiteLLM does:
	// github.com/earendil-works/pi/issues/149. So does the bound on
	// output, for thoughts are part of it; the budget lowers it if it must.
	req := r.request
	req.Purpose = bench.PurposeWrapUp
	if len(req.Tools) > 0 {
		req.ToolChoice = llm.ToolsNone
	}
	resp, err := r.ask(ctx, req)
	if err != nil { // the limit stands; the meter has recorded a call that failed
		if resp.CallID == "" {
			r.request.Messages = before
		}
		return
	}
	r.result.Message = spoken(resp.Message, r.result.Message)
	r.say(resp.Message)
	r.makeNone(resp.Message)
}
