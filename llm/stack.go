package llm

import (
	"context"
	"time"
)

// Shared returns the client that every agent on one model shares: it stays
// within the model's limits, announces what it sends, and tries again what is
// worth trying again.
func Shared(provider Client, limit RateLimit, retry RetryOptions) Client {
	return Retry(Limit(announced{provider}, NewLimiter(limit)), retry)
}

// announced announces every attempt before it is sent.
type announced struct{ next Client }

var _ Client = announced{}

func (a announced) Complete(ctx context.Context, req Request) (Response, error) {
	now := time.Now()
	attempt := Response{Start: now, End: now, UnknownUsage: 1}
	attempt.assume(req)
	if err := req.announce(ctx, attempt); err != nil {
		return Response{}, err
	}
	return a.next.Complete(ctx, req)
}
