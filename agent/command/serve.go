package command

import (
	"context"
	"errors"
	"net"

	"bench"
	"bench/agent"
	"bench/llm/gateway"
)

// Serve lets a program that somebody else runs reach its models at l, and records its
// calls as the work on a trial, until ctx ends. Ready is called once with the variables
// that the program is to be given. The error is one of the log, or why there is nothing
// to serve.
func Serve(
	ctx context.Context, g *gateway.Gateway, job agent.Job, l net.Listener, ready func(env []string),
) (agent.Submission, error) {
	t := newTrial(job, g)
	err := t.throughout(ctx, func(ctx context.Context) error {
		session, err := t.begun(ctx, nil)
		if err != nil {
			return err
		}
		t.door = door{session: session, url: "http://" + l.Addr().String(), stop: func() {}}
		session.Serve(l)
		ready(t.own())
		<-ctx.Done()
		t.sub.State = bench.AgentFinished
		if limit := (*bench.LimitError)(nil); errors.As(context.Cause(ctx), &limit) {
			t.fail(ctx, limit)
		}
		return t.shut(ctx, context.Cause(ctx))
	})
	return t.sub, err
}
