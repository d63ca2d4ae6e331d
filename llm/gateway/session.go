package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"bench"
	"bench/llm"
)

// Options say whose calls a session serves.
type Options struct {
	Gateway     bench.Gateway
	Models      []bench.Model  // that may be called
	Main        string         // agent of the calls that rules give to main
	Iterations  int64          // that main may make; 0 is unlimited
	Offline     bool           // the program has no network: tools that look things up are refused
	Budget      *bench.Budget  // of the trial
	Record      bench.Recorder // of the trial
	Made        map[string]int // calls that are in the log already, by agent
	Delegations int            // that are in the log already
	Speaker     llm.Speaker    // for scripted models: the trial
	Refused     func(error)    // if set, hears of calls that were refused for a limit
}

// Session serves the calls of one trial's program. Begin it with Open, let it Serve
// where the program can reach it, and Close it.
type Session struct {
	g     *Gateway
	o     Options
	rules []rule
	token string
	lead  *bench.Budget // of main, and of calls that may be main's

	ctx    context.Context
	cancel context.CancelCauseFunc
	server *http.Server
	wg     sync.WaitGroup // the server, and every call

	mu          sync.Mutex // guards what follows
	closed      bool
	agents      map[string]*agent
	order       []*agent // that began here, but main
	threads     map[bench.Role][]*thread
	delegations []*delegation
	spawned     int               // delegations, those of earlier sessions included
	limit       *bench.LimitError // the first for which a call was refused
	err         error             // of the log
}

// Open begins a session. It does not end with ctx, which is the trial's: the walls of
// that stand still while calls wait in an outage.
func (g *Gateway) Open(ctx context.Context, o Options) (*Session, error) {
	rules, err := compile(o.Gateway.Rules)
	if err != nil {
		return nil, err
	}
	for _, m := range o.Models {
		if g.upstreams[m.Name] == nil {
			return nil, fmt.Errorf("model %s: the gateway does not reach it", m.Name)
		}
	}
	s := &Session{
		g: g, o: o, rules: rules, token: "bench-" + rand.Text(), spawned: o.Delegations,
		lead:   o.Budget.Child(bench.ScopeAgent, bench.Limits{Iterations: o.Iterations}),
		agents: map[string]*agent{}, threads: map[bench.Role][]*thread{},
	}
	s.o.Record = o.Record.Through(s.append)
	s.lead.ChargeAlone(bench.Amount{Iterations: int64(o.Made[o.Main])})
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	s.server = &http.Server{
		Handler: s.admitted(s.routes()), ReadHeaderTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return s.ctx },
	}
	return s, nil
}

// append is how events of the session are appended. The first failure is kept: the
// trial ends with it.
func (s *Session) append(next bench.Append) bench.Append {
	return func(ctx context.Context, e bench.Event) error {
		if s.o.Gateway.DropBodies {
			e = dropBodies(e)
		}
		err := next(ctx, e)
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.err == nil {
				s.err = err
			}
		}
		return err
	}
}

// dropBodies takes out of an event what was said, and what its agent was told to begin
// with: that is the program's, too.
func dropBodies(e bench.Event) bench.Event {
	e.Payload, e.Bodies = bench.Unsaid(e.Payload), nil
	if p, ok := e.Payload.(bench.AgentStarted); ok {
		p.SystemPrompt, p.Tools = "", ""
		e.Payload = p
	}
	return e
}

// Token is what the program shows to be served. It is worth nothing elsewhere.
func (s *Session) Token() string { return s.token }

// Serve serves the program that reaches l, until Close.
func (s *Session) Serve(l net.Listener) {
	s.wg.Go(func() {
		// Serve returns ErrServerClosed after Close; an accept loop that broke shows at
		// the program.
		_ = s.server.Serve(l)
	})
}

// Limit is the first limit for which a call was refused; nil if none was.
func (s *Session) Limit() *bench.LimitError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limit
}

// Iterations are the calls of main so far, those of earlier sessions included.
func (s *Session) Iterations() int64 { return s.lead.Spent().Iterations }

// Close cuts the calls under way, waits until they are recorded, and records that
// agents have ended. The cause is that of the cut; nil if the program ended by itself. The
// error is the first of the log.
func (s *Session) Close(ctx context.Context, cause error) error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if !first {
		return s.err
	}
	if cause == nil {
		cause = errOver
	}
	s.cancel(cause)
	_ = s.server.Close() // a listener whose sandbox has gone is closed already
	s.wg.Wait()
	s.end(ctx)
	return s.err
}

// enter counts a call in, unless the session is closed.
func (s *Session) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Add(1)
	return true
}

// record appends an event of an agent; see append.
func (s *Session) record(
	ctx context.Context, agent string, p bench.Payload, bodies ...bench.Body,
) {
	_ = s.o.Record.For(agent).Record(ctx, p, bodies...)
}

// refusedFor notes that a call was refused for a limit.
func (s *Session) refusedFor(limit *bench.LimitError) {
	s.mu.Lock()
	if s.limit == nil {
		s.limit = limit
	}
	s.mu.Unlock()
	if s.o.Refused != nil {
		s.o.Refused(limit)
	}
}

// end records the end of what is still open. No call is under way any more.
func (s *Session) end(ctx context.Context) {
	for _, d := range s.delegations {
		if !d.done {
			d.done = true
			s.noteEnded(ctx, []*delegation{d})
		}
	}
	for _, a := range s.order {
		if !a.begun {
			continue // none of its calls was made
		}
		s.record(ctx, a.id, bench.AgentEnded{State: s.stateOf(a), Iterations: a.calls})
	}
}

// errOver cuts the calls of a program that has ended by itself.
var errOver = errors.New("the program has ended")

// stateOf is how an agent has ended. It has finished if the program did, or if its last
// answer asks for nothing. Otherwise it ended as the program was ended.
func (s *Session) stateOf(a *agent) bench.AgentState {
	mine := func(t *thread) bool { return t.agent == a && t.quiet() }
	cause := context.Cause(s.ctx)
	if errors.Is(cause, errOver) || slices.ContainsFunc(s.threads[a.role], mine) {
		return bench.AgentFinished
	}
	if limit := (*bench.LimitError)(nil); errors.As(cause, &limit) {
		return bench.LimitState(limit.Resource)
	}
	return bench.AgentCancelled
}
