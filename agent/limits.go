package agent

import (
	"context"
	"time"

	"bench"
	"bench/llm"
)

// client is what the agent's calls to a model go through: its budget pays, its recorder
// records. Only calls for the work itself are iterations of the agent, which may
// have none left; the money of others comes from the same budget. Calls were made before.
func (l *Loop) client(model llm.Client, calls int) llm.Client {
	work := llm.Budgeted(model, l.Budget, l.Model.Price)
	other := llm.Budgeted(model, l.Budget.Child(l.Scope, bench.Limits{}), l.Model.Price)
	return llm.Meter(byPurpose{work: work, other: other}, l.Model, l.Record, calls)
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
	limit, last := r.pressed()
	if limit == nil {
		return
	}
	r.noticed = true
	r.tell(noticePrompt(r.Role, limit.Resource, last, r.Notice))
	r.record(ctx, bench.BudgetNotice{Kind: bench.NoticeNear, Scope: limit.Scope, Resource: limit.Resource})
}

// pressed returns the limit that is nearly spent, and whether one call is left.
func (r *run) pressed() (limit *bench.LimitError, last bool) {
	if r.Limits.Iterations > 0 && r.Budget.Unspent().Iterations <= 1 {
		return &bench.LimitError{Scope: r.scope(), Resource: bench.ResourceIterations}, true
	}
	if res, share := r.Budget.Tightest(); share >= r.Notice {
		return &bench.LimitError{Scope: r.scope(), Resource: res}, false
	}
	if r.SharedBudget != nil {
		if res, share := r.SharedBudget.Tightest(); share >= r.Notice {
			return &bench.LimitError{Scope: bench.ScopeTrial, Resource: res}, false
		}
	}
	if wall := r.Limits.Wall; wall > 0 {
		if time.Since(r.started) >= time.Duration(r.Notice*float64(wall)) {
			return &bench.LimitError{Scope: r.Scope, Resource: bench.ResourceWall}, false
		}
	}
	return nil, false
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
