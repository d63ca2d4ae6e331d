package llm

import (
	"context"
	"errors"
	"time"

	"bench"
)

const (
	// outputFloor is the least output worth asking for when money is short.
	outputFloor = 256
	// assumedOutput is reserved for requests that do not bound their output.
	assumedOutput = 4096
)

// Budgeted lets a call through only when budget can pay for the worst it can
// do, so that agents working at the same time never overdraw what they share:
//
// cached prefix · cached rate + the rest of the input · dearest input rate + max
// output · output rate
//
// The input is what the provider counted in the previous call plus a token for
// every byte since, so the client belongs to one conversation. The prefix that
// the provider had in its cache minutes ago is counted on to be there; where a
// provider drops it, the call costs more than was held back. What others hold
// back is waited for. Where the
// full output is not affordable even then, MaxOutputTokens shrinks to what is,
// down to 256 tokens; below that the call is not made and the error is the
// budget's *bench.LimitError, as it is. A call costs one iteration even if it
// fails, and the usage that was reported; where none was although it may have
// been billed, an estimate of it.
func Budgeted(next Client, budget *bench.Budget, price bench.Price) *Payer {
	return &Payer{next: next, budget: budget, price: price, dearest: price.Dearest(),
		est: new(estimator)}
}

// Payer is the client that Budgeted returns.
type Payer struct {
	next    Client
	budget  *bench.Budget
	price   bench.Price
	dearest bench.Price // at any time of the day: a call may wait
	est     *estimator
}

var _ Client = (*Payer)(nil)

// Complete implements Client.
func (b *Payer) Complete(ctx context.Context, req Request) (Response, error) {
	input, begin := b.est.estimate(req), time.Now()
	held, hold, err := b.reserve(ctx, input, &req)
	if err != nil {
		return Response{}, err
	}
	waited := time.Since(begin)
	// Whatever happens in between, what was held is given back.
	defer hold.Settle(bench.Amount{Iterations: 1})
	whole := func(resp Response) Response {
		resp.Waited += waited
		resp.Reserved, resp.EstimatedInput = held, input.input
		resp.MaxOutputTokens = req.MaxOutputTokens
		return resp
	}
	resp, err := b.next.Complete(ctx, req.announcing(whole))
	resp.assume(req)
	hold.Settle(b.used(resp))
	resp = whole(resp)
	b.est.learn(req, resp)
	return resp, err
}

// From returns a client for calls of the same conversation that another budget
// pays for.
func (b *Payer) From(budget *bench.Budget) *Payer {
	other := *b
	other.budget = budget
	return &other
}

// Recall takes over what is known of a call of the conversation that another
// process made: its messages and what the provider said it used, and when.
func (b *Payer) Recall(messages []*Message, used bench.Usage, at time.Time) {
	b.est.count(Request{Messages: messages}, used, at)
}

// used is what a call took, estimates of what it did not report included: a
// provider that reports nothing would be free otherwise, and no limit would bind.
func (b *Payer) used(resp Response) bench.Amount {
	a := bench.Amount{
		Iterations: 1, Cost: resp.Cost(b.price) + resp.UnreportedCost(b.price),
		Tokens: resp.Usage.Tokens(),
	}
	for _, u := range resp.Unreported {
		a.Tokens += u.Usage.Tokens()
	}
	if resp.Source == bench.SourceCache {
		a.Earlier = a.Cost
	}
	return a
}

// reserve holds back the price of req. Where more of a budget is spent than the
// whole price leaves room for, the output shrinks; what others hold back is
// waited for. While it waits they may spend, so it may have to shrink again.
func (b *Payer) reserve(
	ctx context.Context, input estimate, req *Request,
) (bench.USD, *bench.Reservation, error) {
	output := req.MaxOutputTokens
	if output <= 0 {
		output = assumedOutput
	}
	floor := min(output, outputFloor)
	for {
		a := b.amount(input, output)
		hold, err := b.budget.Reserve(ctx, a)
		if err == nil {
			return a.Cost, hold, nil
		}
		var limit *bench.LimitError
		if !errors.As(err, &limit) || limit.Resource == bench.ResourceIterations {
			return 0, nil, err
		}
		less := min(output-1, b.affordable(input)) // less each time, so it ends
		if less < floor {
			return 0, nil, err
		}
		output, req.MaxOutputTokens = less, less
	}
}

// Least is what must be unspent for a request to be made at all: the most that
// its input can cost, and the least output that is worth asking for.
func (b *Payer) Least(req Request) bench.Amount {
	output := req.MaxOutputTokens
	if output <= 0 || output > outputFloor {
		output = outputFloor
	}
	return b.amount(b.est.estimate(req), output)
}

// Lacks is the limit that is too low for a request as it is; nil if there is none.
func (b *Payer) Lacks(req Request) *bench.LimitError {
	return b.budget.Lacks(b.amount(b.est.estimate(req), req.MaxOutputTokens))
}

// amount is the most a call can use.
func (b *Payer) amount(input estimate, output int64) bench.Amount {
	u := bench.Usage{Input: input.bound, CachedInput: input.cached, Output: output}
	if r := b.dearest.For(input.bound); r.CacheWrite > r.Input {
		u.CacheWrite = input.bound - input.cached
	}
	return bench.Amount{Iterations: 1, Cost: u.Cost(b.dearest), Tokens: u.Tokens()}
}

// affordable is the output that the budget can pay for beside the input;
// negative if not even that.
func (b *Payer) affordable(input estimate) int64 {
	const unlimited = int64(1) << 40
	left, least := b.budget.Unspent(), b.amount(input, 0)
	output := unlimited
	if left.Tokens >= 0 {
		output = min(output, left.Tokens-least.Tokens)
	}
	if left.Cost < 0 {
		return output
	}
	rest := int64(left.Cost - least.Cost)
	rate := int64(b.dearest.For(input.bound).Output)
	if rest < 0 {
		return -1
	}
	if rate == 0 {
		return output
	}
	// Rates are in pico-dollars. One nano-dollar is left for rounding.
	return min(output, (rest-1)*1000/rate)
}
