package gateway

import (
	"fmt"
	"slices"
	"time"

	"bench"
	"bench/llm"
)

// agent is one of the agents of a program, as far as its calls show.
type agent struct {
	id      string
	role    bench.Role
	budget  *bench.Budget
	clients func(next llm.Client, model bench.Model) llm.Client
	calls   int64
	begun   bool // that it begins is recorded
}

// thread is a conversation of an agent.
type thread struct {
	agent   *agent
	purpose bench.Purpose
	payers  map[string]*llm.Payer // by config name of the model

	system *llm.Message // that has a field of its own; nil if there is none
	units  []*unit      // of the last request
	tools  bool         // that request offered some
	busy   bool         // its answer has not come
	answer *llm.Message
	reply  string        // the provider's name of the answer
	ready  chan struct{} // closed when the last call is recorded; nil before the first

	callID string // under which the last call is recorded
	ended  time.Time
	asked  []asked // tool calls of the last answer that were not answered yet

	work  work        // since the delegation began
	under *delegation // that it works on
}

// unit is a part of a conversation: as it was written, and the messages it stands
// for.
type unit struct {
	raw  []byte
	said []said
}

// work is what calls come to.
type work struct {
	turns            int64
	usage            bench.Usage
	cost, unreported bench.USD
}

// agentOf returns an agent, made when it is first needed. It holds the lock.
func (s *Session) agentOf(id string, role bench.Role, budget *bench.Budget) *agent {
	if a := s.agents[id]; a != nil {
		return a
	}
	a := &agent{
		id: id, role: role, budget: budget,
		clients: llm.Meters(s.o.Record.For(id), s.o.Made[id]),
	}
	s.agents[id] = a
	return a
}

// newAgent begins an agent of a role other than main's, under a name that no other
// has, also before the trial was resumed.
func (s *Session) newAgent(role bench.Role) *agent {
	letter, budget := "u", s.lead
	if role == bench.RoleSidekick {
		letter, budget = "s", s.o.Budget.Child(bench.ScopeAgent, bench.Limits{})
	}
	for n := 1; ; n++ {
		id := fmt.Sprintf("%s%04d", letter, n)
		if _, before := s.o.Made[id]; before || s.agents[id] != nil {
			continue
		}
		a := s.agentOf(id, role, budget)
		s.order = append(s.order, a)
		return a
	}
}

// choose returns the thread that a request continues for which a rule holds, or a new
// one.
func (s *Session) choose(r rule, k *talk) *thread {
	if r.role == bench.RoleMain && r.aside {
		return s.aside()
	}
	for _, t := range slices.Backward(s.threads[r.role]) {
		if !t.busy && k.continues(t) {
			return t
		}
	}
	if r.role != bench.RoleMain {
		t := newThread(s.newAgent(r.role))
		s.threads[r.role] = append(s.threads[r.role], t)
		return t
	}
	if list := s.threads[bench.RoleMain]; len(list) > 0 && list[0].keeps(k) {
		return s.aside()
	}
	t := newThread(s.main())
	s.threads[bench.RoleMain] = []*thread{t} // in place of the conversation before
	return t
}

// main is the agent that the program's run is.
func (s *Session) main() *agent {
	a := s.agentOf(s.o.Main, bench.RoleCommand, s.lead)
	a.begun = true // by whoever runs the program
	return a
}

// aside is a thread beside main's conversation, which nothing continues.
func (s *Session) aside() *thread {
	t := newThread(s.main())
	t.purpose = bench.PurposeAside
	return t
}

// keeps reports whether main's conversation stays that when another one of main's begins:
// if it is under way, or has tools and the other has none. One without tools gives way to
// one with them, though it be under way: programs ask for a title first.
func (t *thread) keeps(k *talk) bool {
	if len(k.names) == 0 {
		return t.busy || t.tools
	}
	return t.busy && t.tools
}

func newThread(a *agent) *thread {
	return &thread{agent: a, purpose: bench.PurposeAgent, payers: map[string]*llm.Payer{}}
}

// payer is what pays for the calls of the thread to a model.
func (t *thread) payer(u *upstream) *llm.Payer {
	p := t.payers[u.Model.Name]
	if p == nil {
		p = llm.Budgeted(u.Client, t.agent.budget, u.Model.Price)
		t.payers[u.Model.Name] = p
	}
	return p
}

// begin makes the thread that of a request, and returns what is to be waited for
// before it may be sent.
func (t *thread) begin(k *talk) (before <-chan struct{}) {
	before = t.ready
	t.ready = make(chan struct{})
	t.units, t.tools, t.busy, t.answer = k.taken(t), len(k.names) > 0, true, nil
	if k.system != "" && (t.system == nil || t.system.Text != k.system) {
		t.system = llm.System(k.system)
	}
	return before
}

// heard notes the answer, before the program can know all of it.
func (t *thread) heard(m *llm.Message, reply string) {
	t.busy, t.answer, t.reply = false, m, reply
}

// messages are those of the conversation, a system prompt with a field of its own
// first.
func (t *thread) messages() []*llm.Message {
	var out []*llm.Message
	if t.system != nil {
		out = append(out, t.system)
	}
	for _, u := range t.units {
		for _, m := range u.said {
			out = append(out, m.Message)
		}
	}
	return out
}
