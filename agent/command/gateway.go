package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"bench"
	"bench/llm"
	"bench/llm/gateway"
	"bench/sandbox"
	"bench/sandbox/netconn"
)

// farewellTime is how long a program may go on once a call of its was refused for a
// limit, so that it can end by itself.
const farewellTime = time.Minute

// door is a program's way to its models: a session of the gateway that the sandbox
// reaches. The zero value is none.
type door struct {
	session *gateway.Session
	url     string
	stop    func()
}

// errNoListener marks a sandbox that cannot reach the gateway.
var errNoListener = errors.New("this kind of sandbox cannot reach the gateway")

// open lets the program reach its models. The context it returns ends a while after a
// call was refused for a limit.
func (t *trial) open(ctx context.Context) (context.Context, error) {
	if t.configuration.Command.Gateway == nil {
		return ctx, nil
	}
	box, ok := t.Box.(sandbox.Reaching)
	if !ok || t.gateway == nil {
		return ctx, errNoListener
	}
	ctx, cancel := context.WithCancelCause(ctx)
	end := &farewell{cancel: cancel}
	session, err := t.begun(ctx, end.begin)
	if err != nil {
		cancel(nil)
		return ctx, err
	}
	t.door = door{session: session, stop: end.stop}
	inside, err := box.Listen(ctx)
	if err != nil {
		return ctx, err
	}
	l, err := netconn.Listener(inside)
	if err != nil {
		return ctx, errors.Join(err, inside.Close())
	}
	t.door.url = "http://" + inside.Addr()
	session.Serve(l)
	return ctx, nil
}

// begun begins a session for the calls of the trial's program.
func (t *trial) begun(
	ctx context.Context, refused func(limit error),
) (*gateway.Session, error) {
	c, record := t.configuration, t.Record
	if t.turn != nil {
		record = record.Through(t.turn.toolCalls.through)
	}
	return t.gateway.Open(ctx, gateway.Options{
		Gateway: *c.Command.Gateway, Models: c.Models(), Main: id, Iterations: c.Limits.Iterations,
		Offline: c.Offline, Budget: t.Job.Budget, Record: record,
		Made: t.history.calls, Delegations: t.history.delegations,
		Speaker: llm.Speaker{Trial: t.Trial.Key}, Refused: refused,
	})
}

// farewell ends a program a while after a call of its was refused for a limit.
type farewell struct {
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer // nil until a call is refused
}

func (f *farewell) begin(limit error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer == nil {
		f.timer = time.AfterFunc(farewellTime, func() { f.cancel(limit) })
	}
}

// stop is called when no call is under way any more.
func (f *farewell) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer != nil {
		f.timer.Stop()
	}
	f.cancel(nil)
}

// shut ends the calls of a program that has ended, for a cause if it was ended. The error
// is one of the log.
func (t *trial) shut(ctx context.Context, cause error) error {
	if t.door.session == nil {
		return nil
	}
	err := t.door.session.Close(context.WithoutCancel(ctx), cause)
	t.door.stop()
	if err != nil {
		return fmt.Errorf("record calls of the program: %w", err)
	}
	t.calls = t.door.session.Iterations()
	if limit := t.door.session.Limit(); limit != nil && t.sub.State == bench.AgentFinished {
		t.sub.State = bench.LimitState(limit.Resource)
		t.sub.Limit, t.sub.Scope = limit.Resource, limit.Scope
	}
	return nil
}

// env is how a program that reaches its models through the gateway is told, under the
// names that its libraries know.
func (d door) env() []string {
	if d.session == nil {
		return nil
	}
	token := d.session.Token()
	return []string{
		"BENCH_GATEWAY_URL=" + d.url, "BENCH_GATEWAY_TOKEN=" + token,
		"OPENAI_BASE_URL=" + d.url + "/v1", "OPENAI_API_KEY=" + token,
		"ANTHROPIC_BASE_URL=" + d.url, "ANTHROPIC_AUTH_TOKEN=" + token,
		"GOOGLE_GEMINI_BASE_URL=" + d.url, "GEMINI_API_KEY=" + token,
	}
}

// own are the variables that the configuration gives the program.
func (t *trial) own() []string {
	c := t.configuration
	main, small := c.Main.Model, c.Main.Model
	if len(c.Command.Models) > 0 {
		small = c.Command.Models[0].Model
	}
	token := ""
	if t.door.session != nil {
		token = t.door.session.Token()
	}
	fill := strings.NewReplacer("{model}", main, "{small_model}", small,
		"{gateway_url}", t.door.url, "{gateway_token}", token)
	env := append(t.door.env(), "BENCH_MODEL="+main, "BENCH_SMALL_MODEL="+small)
	for _, v := range c.Command.Env {
		env = append(env, fill.Replace(v))
	}
	return env
}
