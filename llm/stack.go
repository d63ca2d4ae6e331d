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
	if err := AnnounceAttempt(ctx, req); err != nil {
		return Response{}, err
	}
	if req.Send != nil {
		return req.Send(ctx, req)
	}
	return a.next.Complete(ctx, req)
}

// AnnounceAttempt announces an attempt that is made now.
func AnnounceAttempt(ctx context.Context, req Request) error {
	now := time.Now()
	attempt := Response{Start: now, End: now, UnknownUsage: 1}
	attempt.assume(req)
	return req.announce(ctx, attempt)
}
