package replay

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"bench"
	"bench/llm"
)

// Player plays trials of a run again. It is safe for concurrent use.
type Player struct {
	log     Log
	options bench.Replay

	mu     sync.Mutex
	trials map[bench.TrialKey]*trial
}

// New returns a player of the run that the options name.
func New(log Log, o bench.Replay) *Player {
	return &Player{log: log, options: o, trials: map[bench.TrialKey]*trial{}}
}

// Asks reports whether models may be asked, as they are without a player.
func (p *Player) Asks() bool { return p == nil || p.options.Mixed() }

// trial is one trial that is played again. It is owned by its mutex.
type trial struct {
	player *Player
	key    bench.TrialKey
	order  *order

	mu      sync.Mutex
	tape    *tape
	played  map[string]int // calls, by agent
	known   map[string]*known
	begun   map[string]bool // sidekicks that had their work before models were asked
	live    bool            // models are asked from now on
	stopped error           // why no call is answered any more
	result  Result
}

// Result is how the model calls of a trial were played.
type Result struct {
	Calls   int         // answered from the log
	Differ  int         // of them, those whose requests bring something new that differs
	First   *Difference // the first of these
	Live    int         // calls for which models were asked
	Paid    bench.USD   // for these
	Stalled bool        // the order of the log could not be kept
	Stopped string      // why the trial was ended, if it was
}

// Result is how the calls of a trial were played so far.
func (p *Player) Result(key bench.TrialKey) Result {
	p.mu.Lock()
	t := p.trials[key]
	p.mu.Unlock()
	if t == nil {
		return Result{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.result
	t.order.mu.Lock()
	defer t.order.mu.Unlock()
	r.Stalled = t.order.stalled
	return r
}

// Trials are those that were played so far, in no order.
func (p *Player) Trials() []bench.TrialKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.trials))
}

// Release lets all trials go on without the order of the log: the replay is to end.
func (p *Player) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.trials {
		t.order.release()
	}
}

// trial returns a trial, which is read when it is asked for first.
func (p *Player) trial(ctx context.Context, key bench.TrialKey) (*trial, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.trials[key]; t != nil {
		return t, nil
	}
	tape, err := readTape(ctx, p.log, p.options.Of, key)
	if err != nil {
		return nil, err
	}
	t := &trial{player: p, key: key, order: newOrder(tape.order), tape: tape,
		played: map[string]int{}, known: map[string]*known{}, begun: map[string]bool{}}
	p.trials[key] = t
	return t, nil
}

// Through wraps how events of a trial are appended: steps of agents come in the order of
// the log.
func (p *Player) Through(key bench.TrialKey, next bench.Append) bench.Append {
	return func(ctx context.Context, e bench.Event) error {
		t, err := p.trial(ctx, key)
		if err != nil {
			return err
		}
		if p, ok := e.Payload.(bench.DelegationSpawned); ok {
			t.spawned(p)
		}
		if err := t.order.kept(next)(ctx, e); err != nil {
			return err
		}
		if _, ok := e.Payload.(bench.TrialEnded); ok {
			t.forget()
		}
		return nil
	}
}

// spawned notes that a sidekick has its work before models are asked.
func (t *trial) spawned(p bench.DelegationSpawned) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if who := t.tape.sidekicks[taskLane(p.DelegationID, p.Activation)]; who != "" && !t.live {
		t.begun[who] = true
	}
}

// forget lets go of what only a trial under way needs.
func (t *trial) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tape, t.known = &tape{}, nil
}

// Client answers as a model did. live is the model itself; nil if none may be asked.
func (p *Player) Client(m bench.Model, live llm.Client) llm.Client { return &client{p, m, live} }

type client struct {
	player *Player
	model  bench.Model
	live   llm.Client
}

var _ llm.Client = (*client)(nil)

// Complete implements llm.Client.
func (c *client) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	t, err := c.player.trial(ctx, req.Speaker.Trial)
	if err != nil {
		return llm.Response{}, err
	}
	asked := asLogged(req)
	x, err := t.next(ctx, asked)
	switch {
	case err != nil:
		return llm.Response{}, unasked{err}
	case x == nil:
		return c.ask(ctx, t, req)
	}
	if err := llm.AnnounceAttempt(ctx, req); err != nil {
		return llm.Response{}, err
	}
	if err := t.order.answer(ctx, req.Speaker.Agent); err != nil {
		now := time.Now()
		return llm.Response{Start: now, End: now, Source: bench.SourceLog}, err
	}
	resp, err := c.player.answer(ctx, *x)
	resp.EffortLeftOut = leftOut(x.Call, asked)
	return resp, err
}

// ask asks the model.
func (c *client) ask(ctx context.Context, t *trial, req llm.Request) (llm.Response, error) {
	if c.live == nil {
		return llm.Response{}, unasked{fmt.Errorf("%s: model %s cannot be asked", Exhausted, req.Model)}
	}
	resp, err := c.live.Complete(ctx, req)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Live++
	t.result.Paid += resp.Cost(c.model.Price)
	return resp, err
}

// next takes the next call of an agent from the log; nil if the model is to be asked.
func (t *trial) next(ctx context.Context, req llm.Request) (*bench.Exchange, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	who := req.Speaker.Agent
	switch {
	case t.stopped != nil:
		return nil, t.stopped
	case t.goesLive(req.Speaker):
		return nil, nil
	}
	a, n := t.tape.agents[who], t.played[who]
	if a == nil || n == len(a.calls) {
		return nil, t.missing(ctx, a, who, n)
	}
	t.played[who]++
	if t.known[who] == nil {
		t.known[who] = newKnown()
	}
	d, err := t.compare(ctx, t.known[who], a, a.calls[n], req)
	if err != nil {
		return nil, err
	}
	o := t.player.options
	if d != nil {
		first := &Difference{Agent: who, What: fmt.Sprintf("call %d", n+1), Difference: *d}
		t.result.Differ++
		t.order.differs()
		if t.result.First == nil {
			t.result.First = first
		}
		switch {
		case o.Strict:
			return nil, t.stop(fmt.Errorf("%s: %s", Differs, first))
		case o.Fallback:
			return nil, nil
		}
	}
	t.result.Calls++
	return &a.calls[n], nil
}

// goesLive reports whether a call goes to the model because the replay has come to its
// end. Sidekicks that had their work by then are played to theirs.
func (t *trial) goesLive(s llm.Speaker) bool {
	from := t.player.options.From
	if from == 0 {
		return false
	}
	if !t.live && s.Role.Leads() && s.Turn >= from {
		t.live = true
		t.order.release()
	}
	return t.live && !t.begun[s.Agent]
}

// missing says what becomes of a call that is not in the log; nil asks the model.
func (t *trial) missing(ctx context.Context, a *agentTape, who string, n int) error {
	switch {
	case a != nil && a.limit != nil:
		return a.limit // its wall has ended its work then
	case a != nil && a.stopped:
		t.mu.Unlock()
		defer t.mu.Lock()
		<-ctx.Done() // whoever stopped it does so again
		return context.Cause(ctx)
	case t.player.options.Fallback:
		return nil
	}
	return t.stop(exhausted(t.player.options.Of, who, n+1))
}

// stop ends the trial: no call is answered any more.
func (t *trial) stop(why error) error {
	t.stopped, t.result.Stopped = why, why.Error()
	return why
}

// answer is the answer of a call in the log, with what it took. Times are those of now,
// but for those at which attempts were billed.
func (p *Player) answer(ctx context.Context, x bench.Exchange) (llm.Response, error) {
	c, now := x.Call, time.Now()
	resp := llm.Response{
		Source: bench.SourceLog, Start: now, End: now,
		Finish: llm.Finish(c.Finish), FinishReason: c.FinishReason, Usage: c.Usage,
		ReportedCost: c.ReportedCost, ServedModel: c.ServedModel, RequestID: c.RequestID,
		Retries: c.Retries, UnknownUsage: c.UnknownUsage, Unreported: c.Unreported,
		CacheUnclear: c.CacheUnclear, Attempts: c.Billed(),
	}
	for _, hash := range c.Lost {
		lost, err := p.log.Body(ctx, hash)
		if err != nil {
			return llm.Response{}, err
		}
		resp.Lost = append(resp.Lost, []byte(lost))
	}
	if c.Original != "" {
		original, err := p.log.Body(ctx, c.Original)
		if err != nil {
			return llm.Response{}, err
		}
		resp.Original = []byte(original)
	}
	if c.Error != "" {
		return resp, recorded(c.Error)
	}
	if x.Answer == "" { // of a probe, that there was one is all that is known
		resp.Message = llm.Assistant("", nil)
		return resp, nil
	}
	text, err := p.log.Body(ctx, x.Answer)
	if err != nil {
		return llm.Response{}, err
	}
	resp.Message, err = llm.ParseMessage(text)
	return resp, err
}
