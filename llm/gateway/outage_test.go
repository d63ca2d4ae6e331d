package gateway_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/gateway"
	"bench/llm/llmtest"
	"bench/llm/wire"
)

// pipes is a listener without a network, so that it works where time is made up.
type pipes struct {
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), over: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.over) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// client is a program's, whose connections the listener accepts.
func (p *pipes) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			p.conns <- far
			return near, nil
		},
	}}
}

// provider answers requests as a function does.
type provider func(*http.Request) (*http.Response, error)

func (p provider) RoundTrip(r *http.Request) (*http.Response, error) { return p(r) }

// whole is an answer of a provider in one piece.
func whole(r *http.Request, body string) *http.Response {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

const yes = `{"id":"r","model":"m","choices":[{"message":{"role":"assistant","content":"Yes."},` +
	`"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":2}}`

// reached opens a session of a gateway to a provider.
func reached(
	ctx context.Context, t testing.TB, p provider, o gateway.Options,
	around ...func(bench.Append) bench.Append,
) (*gateway.Session, *agenttest.Log, *pipes) {
	t.Helper()
	log := &agenttest.Log{}
	o.Record = log.Recorder(bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: 1})
	for _, f := range around {
		o.Record = o.Record.Through(f)
	}
	o.Models = []bench.Model{{Name: "m", Model: "m", Price: price, MaxOutputTokens: 4000}}
	o.Main, o.Budget = "command", bench.NewBudget(bench.ScopeRun, bench.Limits{}).Child(
		bench.ScopeTrial, bench.Limits{})
	g, err := gateway.New(map[string]gateway.Upstream{"m": {
		Model: o.Models[0], Protocols: []gateway.Protocol{gateway.Chat},
		Client:   llm.Shared(llmtest.Sequence(), llm.RateLimit{}, llm.RetryOptions{}),
		Endpoint: wire.Options{BaseURL: "http://provider/v1", Transport: p},
	}})
	if err != nil {
		t.Fatal(err)
	}
	begins := bench.AgentStarted{Role: bench.RoleCommand}
	if err := o.Record.For("command").Record(ctx, begins); err != nil {
		t.Fatal(err)
	}
	s, err := g.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	l := newPipes()
	s.Serve(l)
	return s, log, l
}

// ended ends a session and its main agent, and checks the log.
func ended(t testing.TB, s *gateway.Session, log *agenttest.Log, cause error) {
	t.Helper()
	if err := s.Close(context.Background(), cause); err != nil {
		t.Error(err)
	}
	end := log.Recorder(bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: 1})
	err := end.For("command").Record(context.Background(), bench.AgentEnded{State: bench.AgentFinished})
	if err != nil {
		t.Error(err)
	}
	agenttest.CheckLog(t, log)
}

// ask sends a request to a session as its program does.
func (p *pipes) ask(ctx context.Context, token, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://x/v1/chat/completions",
		strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := p.client().Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

const plain = `{"model":"m","messages":[{"role":"user","content":"x"}]}`

// A model that answers nobody takes no time of the program's: the wall of its trial
// stands still.
func TestOutageTakesNoTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var outages []bench.Outage
		ctx, wall, stop := bench.WithWall(t.Context(), bench.WallOptions{
			Scope: bench.ScopeTrial, Limit: 30 * time.Second,
			Stands: func(o bench.Outage) { outages = append(outages, o) },
		})
		defer stop()
		begin := time.Now()
		s, log, l := reached(ctx, t, func(r *http.Request) (*http.Response, error) {
			if time.Since(begin) < 2*time.Minute {
				return nil, errors.New("connection refused")
			}
			return whole(r, yes), nil
		}, gateway.Options{})
		got, err := l.ask(ctx, s.Token(), plain)
		if got != yes || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
		if ctx.Err() != nil || wall.Used() > 30*time.Second || len(outages) != 2 {
			t.Errorf("%v, %v used, outages %v", context.Cause(ctx), wall.Used(), outages)
		}
		ended(t, s, log, errors.New("over"))
	})
}
