package timeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results"
)

func seconds(s float64) time.Duration { return time.Duration(s * 1e9) }

// drawn writes a path as agent:kind(call) from-to, in seconds.
func drawn(p Path) string {
	var parts []string
	for _, s := range p.Segments {
		call := ""
		if s.Call != "" {
			call = "(" + s.Call + ")"
		}
		parts = append(parts, fmt.Sprintf("%s:%s%s %g-%g", s.Agent, s.Kind, call, s.From.Seconds(), s.To.Seconds()))
	}
	return strings.Join(parts, "\n")
}

// workOf is a phase of so many seconds with main and the sidekicks A, B and C.
func workOf(length float64) work {
	w := work{From: at(0), To: at(length)}
	w.Agents = append(w.Agents, results.Agent{ID: "main", Role: bench.RoleMain})
	for _, id := range []string{"A", "B", "C"} {
		w.Agents = append(w.Agents, results.Agent{ID: id, Role: bench.RoleSidekick, Parent: "main"})
	}
	return w
}

func (w *work) call(agent, id string, from, to, waited float64) {
	w.Calls = append(w.Calls, results.Call{Agent: agent, ID: id, Start: at(from), End: at(to), Waited: seconds(waited)})
}

func (w *work) tool(agent, id, name, batch string, index int, from, to float64) *results.ToolCall {
	w.Tools = append(w.Tools, results.ToolCall{Agent: agent, ID: id, Name: name, BatchID: batch, Index: index,
		Start: at(from), End: at(to)})
	return &w.Tools[len(w.Tools)-1]
}

func (w *work) delegation(child, batch string, index int, spawned, started, ended float64) *results.Delegation {
	w.Delegations = append(w.Delegations, results.Delegation{ID: "t" + child, Activation: 1, Agent: "main",
		Child: child, BatchID: batch, Index: index, SpawnedAt: at(spawned), StartedAt: at(started),
		EndedAt: at(ended), State: bench.AgentFinished})
	return &w.Delegations[len(w.Delegations)-1]
}

func TestCriticalPathByHand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		build  func(w *work)
		length float64
		want   string
	}{
		"one agent, with a rate limit, a lock, and gaps": {
			length: 20,
			build: func(w *work) {
				w.call("main", "1", 1, 4, 0)
				x := w.tool("main", "x", "terminal", "1", 0, 7, 9)
				x.Queue, x.LockWait = seconds(1), seconds(2)
				w.call("main", "2", 12, 18, 3)
			},
			want: `main:other 0-1
main:call(1) 1-4
main:queue(x) 4-5
main:lock(x) 5-7
main:tool(x) 7-9
main:wait(2) 9-12
main:call(2) 12-18
main:other 18-20`,
		},
		"of parallel calls the one that ended last": {
			length: 10,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "x", "terminal", "1", 0, 2, 5)
				w.tool("main", "y", "terminal", "1", 1, 2, 8)
				w.tool("main", "z", "terminal", "1", 2, 2, 4)
				w.call("main", "2", 8, 10, 0)
			},
			want: "main:call(1) 0-2\nmain:tool(y) 2-8\nmain:call(2) 8-10",
		},
		"of a batch the sidekick that ended last, with all it waited for": {
			length: 30,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "x", "terminal", "1", 0, 2, 3)
				w.tool("main", "a", "task", "1", 1, 2, 12)
				w.tool("main", "b", "task", "1", 2, 2, 25)
				w.delegation("A", "1", 0, 2, 2, 12)
				w.call("A", "A1", 2, 12, 0)
				d := w.delegation("B", "1", 1, 2, 8, 24)
				d.LockWait, d.Queue, d.Prepare = seconds(1), seconds(2), seconds(3)
				w.call("B", "B1", 8, 15, 0)
				w.tool("B", "bx", "terminal", "B1", 0, 15, 20)
				w.call("B", "B2", 20, 23, 0)
				w.call("main", "2", 25, 30, 0)
			},
			want: `main:call(1) 0-2
B:lock 2-3
B:queue 3-5
B:prepare 5-8
B:call(B1) 8-15
B:tool(bx) 15-20
B:call(B2) 20-23
B:other 23-24
main:other 24-25
main:call(2) 25-30`,
		},
		"what is done with a sidekick's workspace": {
			length: 40,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "a", "task", "1", 0, 2, 31)
				d := w.delegation("A", "1", 0, 2, 12, 30)
				d.LockWait, d.Inspect, d.Queue, d.Prepare = seconds(1), seconds(2), seconds(3), seconds(4)
				d.Collect, d.Remove = seconds(6), seconds(2)
				w.call("A", "A1", 12, 21, 0)
				w.call("main", "2", 31, 40, 0)
			},
			want: `main:call(1) 0-2
A:lock 2-3
A:inspect 3-5
A:queue 5-8
A:prepare 8-12
A:call(A1) 12-21
A:other 21-22
A:collect 22-28
A:remove 28-30
main:other 30-31
main:call(2) 31-40`,
		},
		"a copy that is removed while main stops its sidekick": {
			length: 20,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "a", "task", "1", 0, 2, 2.5)
				d := w.delegation("A", "1", 0, 2, 3, 11)
				d.Background, d.State, d.Reason = true, bench.AgentCancelled, bench.ReasonCancelledByMain
				d.Remove = seconds(4)
				w.call("A", "A1", 3, 7, 0)
				w.call("main", "2", 2.5, 6, 0)
				w.tool("main", "s", "task_stop", "2", 0, 6, 11.5)
				w.call("main", "3", 11.5, 20, 0)
			},
			want: `main:call(1) 0-2
main:tool(a) 2-2.5
main:call(2) 2.5-6
main:tool(s) 6-7
A:remove 7-11
main:tool(s) 11-11.5
main:call(3) 11.5-20`,
		},
		"a copy that is removed after main has finished": {
			length: 20,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "a", "task", "1", 0, 2, 2.5)
				d := w.delegation("A", "1", 0, 2, 3, 19)
				d.Background, d.State, d.Abandoned = true, bench.AgentCancelled, true
				d.Remove = seconds(5)
				w.call("A", "A1", 3, 13, 0)
				w.call("main", "2", 2.5, 12, 0)
			},
			want: `main:call(1) 0-2
main:tool(a) 2-2.5
main:call(2) 2.5-12
main:other 12-14
A:remove 14-19
main:other 19-20`,
		},
		"a task in the background, waited for": {
			length: 20,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "a", "task", "1", 0, 2, 2.5)
				w.delegation("A", "1", 0, 2, 3, 14).Background = true
				w.call("A", "A1", 3, 14, 0)
				w.call("main", "2", 2.5, 6, 0)
				w.tool("main", "o", "task_output", "2", 0, 6, 14)
				w.call("main", "3", 14, 20, 0)
			},
			want: "main:call(1) 0-2\nmain:other 2-3\nA:call(A1) 3-14\nmain:call(3) 14-20",
		},
		"a task in the background that had ended, and one that did not": {
			length: 20,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "a", "task", "1", 0, 2, 2.5)
				w.tool("main", "b", "task", "1", 1, 2, 2.5)
				w.delegation("A", "1", 0, 2, 3, 5).Background = true
				x := w.delegation("B", "1", 1, 2, 3, 19)
				x.Background, x.Abandoned, x.State = true, true, bench.AgentCancelled
				w.call("A", "A1", 3, 5, 0)
				w.call("B", "B1", 3, 19, 0)
				w.call("main", "2", 2.5, 6, 0)
				w.tool("main", "o", "task_output", "2", 0, 6, 6.5)
				w.tool("main", "p", "task_output", "2", 1, 6, 16)
				w.call("main", "3", 16, 18, 0)
			},
			want: `main:call(1) 0-2
main:tool(a) 2-2.5
main:call(2) 2.5-6
main:wait(p) 6-16
main:call(3) 16-18
main:other 18-20`,
		},
		"a sidekick at work when the trial is cut off": {
			length: 10,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.delegation("A", "1", 0, 2, 3, 3).EndedAt = time.Time{}
				w.call("A", "A1", 3, 6, 0)
			},
			want: "main:call(1) 0-2\nmain:other 2-3\nA:call(A1) 3-6\nA:other 6-10",
		},
		"a delegation that never began": {
			length: 10,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "a", "task", "1", 0, 2, 8)
				d := w.delegation("", "1", 0, 2, 3, 8)
				d.StartedAt = time.Time{}
				w.call("main", "2", 8, 10, 0)
			},
			want: "main:call(1) 0-2\nmain:other 2-8\nmain:call(2) 8-10",
		},
		"pauses are no part of it": {
			length: 40,
			build: func(w *work) {
				w.call("main", "1", 0, 2, 0)
				w.tool("main", "a", "task", "1", 0, 30, 35)
				w.delegation("A", "1", 0, 2, 3, 34)
				w.call("A", "A1", 3, 9, 0)
				w.call("A", "A2", 31, 33, 0)
				w.Pauses = []results.Pause{
					{Agent: "main", From: at(2), To: at(29)}, {Agent: "A", From: at(9), To: at(30)},
					{From: at(9), To: at(29)},
				}
				w.call("main", "2", 35, 40, 0)
			},
			want: `main:call(1) 0-2
main:other 2-3
A:call(A1) 3-9
A:other 29-31
A:call(A2) 31-33
A:other 33-34
main:other 34-35
main:call(2) 35-40`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := workOf(c.length)
			c.build(&w)
			p := pathOf(w)
			if got := drawn(p); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			tiles(t, w, p)
		})
	}
}

// tiles fails unless segments and pauses cover the phase, each moment once.
func tiles(t *testing.T, w work, p Path) {
	t.Helper()
	all := append(slices.Clone(p.Segments), p.Pauses...)
	slices.SortFunc(all, func(a, b Segment) int { return int(a.From - b.From) })
	var now, paused time.Duration
	for _, s := range all {
		if s.From != now || s.To <= s.From {
			t.Fatalf("a segment from %v to %v after %v:\n%s", s.From, s.To, now, drawn(p))
		}
		now = s.To
	}
	for _, s := range p.Pauses {
		paused += s.To - s.From
	}
	if now != w.To.Sub(w.From) || p.Length() != now-paused {
		t.Fatalf("covers %v of %v, with pauses of %v", now, w.To.Sub(w.From), paused)
	}
	var byRole, byKind time.Duration
	for _, d := range p.ByRole() {
		byRole += d
	}
	for _, d := range p.ByKind() {
		byKind += d
	}
	if byRole+p.Workspaces() != p.Length() || byKind != p.Length() {
		t.Errorf("%v by role, %v of workspaces, %v by kind, of %v", byRole, p.Workspaces(), byKind, p.Length())
	}
}

// play is a made-up trial whose times follow from how long each thing takes.
type play struct {
	rng   *rand.Rand
	took  map[string]time.Duration // call or tool: how long it takes
	work  work
	now   time.Time
	calls int
}

// length draws how long something takes, unless that is known from before.
func (p *play) length(id string) time.Duration {
	drawn := time.Duration(1+p.rng.IntN(5000)) * time.Millisecond
	if d, ok := p.took[id]; ok {
		return d
	}
	p.took[id] = drawn
	return drawn
}

func (p *play) pause() time.Duration { return time.Duration(p.rng.IntN(50)) * time.Millisecond }

func (p *play) id(kind string) string {
	p.calls++
	return fmt.Sprintf("%s%d", kind, p.calls)
}

// ask plays a model call of an agent.
func (p *play) ask(agent string) string {
	id := p.id("call")
	waited := p.pause() * time.Duration(p.rng.IntN(3))
	start := p.now.Add(p.pause() + waited)
	p.now = start.Add(p.length(id))
	p.work.Calls = append(p.work.Calls, results.Call{Agent: agent, ID: id, Start: start, End: p.now, Waited: waited})
	return id
}

// batch plays some tool calls at the same time.
func (p *play) batch(agent, batch string, n int) {
	begin, last := p.now.Add(p.pause()), p.now
	for i := range n {
		id, lock := p.id("tool"), p.pause()
		start := begin.Add(lock)
		end := start.Add(p.length(id))
		p.work.Tools = append(p.work.Tools, results.ToolCall{Agent: agent, ID: id, Name: "terminal",
			BatchID: batch, Index: i, Start: start, End: end, LockWait: lock})
		last = latest(last, end)
	}
	p.now = last
}

// sidekick plays an activation and returns it.
func (p *play) sidekick(batch string, index int) results.Delegation {
	id := p.id("t")
	p.work.Agents = append(p.work.Agents, results.Agent{ID: id, Role: bench.RoleSidekick, Parent: "main"})
	d := results.Delegation{ID: id, Activation: 1, Agent: "main", Child: id, BatchID: batch, Index: index,
		SpawnedAt: p.now, Queue: p.pause(), LockWait: p.pause(), Inspect: p.pause(), Prepare: p.pause(),
		Collect: p.pause(), Remove: p.pause(), State: bench.AgentFinished}
	p.now = p.now.Add(d.Queue + d.LockWait + d.Inspect + d.Prepare + p.pause())
	d.StartedAt = p.now
	for range 1 + p.rng.IntN(4) {
		p.batch(id, p.ask(id), 1+p.rng.IntN(3))
	}
	p.now = p.now.Add(p.pause() + d.Collect + d.Remove)
	d.EndedAt = p.now
	return d
}

// delegate plays a batch of tasks. One in the background goes on afterwards.
func (p *play) delegate(batch string, n int, background bool) (ends time.Time) {
	spawned, last := p.now, p.now
	for i := range n {
		p.now = spawned
		d := p.sidekick(batch, i)
		d.Background = background
		p.work.Delegations = append(p.work.Delegations, d)
		end := d.EndedAt
		if background {
			end = spawned
		}
		p.work.Tools = append(p.work.Tools, results.ToolCall{Agent: "main", ID: p.id("task"), Name: "task",
			BatchID: batch, Index: i, Start: spawned, End: end})
		ends, last = d.EndedAt, latest(last, end)
	}
	p.now = last
	return ends
}

// output plays a task_output call.
func (p *play) output(batch string, ends time.Time) {
	start := p.now
	p.now = latest(p.now, ends)
	p.work.Tools = append(p.work.Tools, results.ToolCall{Agent: "main", ID: p.id("output"), Name: "task_output",
		BatchID: batch, Start: start, End: p.now})
}

// played is the trial of a seed, with the given lengths where there are any.
func played(seed uint64, took map[string]time.Duration) work {
	p := play{rng: rand.New(rand.NewPCG(seed, 1)), took: took, now: begin}
	p.work = work{From: begin, Agents: []results.Agent{{ID: "main", Role: bench.RoleMain}}}
	for range 2 + p.rng.IntN(6) {
		batch := p.ask("main")
		switch p.rng.IntN(4) {
		case 0:
			p.delegate(batch, 1+p.rng.IntN(4), false)
		case 1:
			ends := p.delegate(batch, 1, true)
			p.batch("main", p.ask("main"), 1)
			p.output(p.ask("main"), ends)
		default:
			p.batch("main", batch, 1+p.rng.IntN(3))
		}
	}
	p.work.To = p.now.Add(p.pause())
	return p.work
}

// What is not on the path may take less time and nothing changes; what is on it
// may take less time, and the trial never lasts longer.
func TestCriticalPathDecidesTheLength(t *testing.T) {
	t.Parallel()
	shorter := 0
	for seed := range uint64(150) {
		took := map[string]time.Duration{}
		w := played(seed, took)
		p := pathOf(w)
		tiles(t, w, p)
		critical := map[string]bool{}
		for _, s := range p.Segments {
			critical[s.Call] = true
		}
		for id, d := range took {
			took[id] = d / 2
			again := played(seed, took)
			took[id] = d
			switch length := pathOf(again).Length(); {
			case !critical[id] && length != p.Length():
				t.Fatalf("seed %d: %s is not on the path, but with half of it %v becomes %v\n%s",
					seed, id, p.Length(), length, drawn(p))
			case length > p.Length():
				t.Fatalf("seed %d: half of %s, and %v becomes %v", seed, id, p.Length(), length)
			case length < p.Length():
				shorter++
			}
		}
	}
	if shorter < 1000 {
		t.Errorf("only %d activities mattered", shorter)
	}
}

// Whatever pauses and nonsense a log has, the path covers the phase.
func TestCriticalPathAlwaysTiles(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		w := played(seed, map[string]time.Duration{})
		rng := rand.New(rand.NewPCG(seed, 2))
		some := func() time.Time { return begin.Add(time.Duration(rng.Int64N(int64(w.To.Sub(begin)) + 1))) }
		from := some()
		w.Pauses = []results.Pause{{From: from, To: from.Add(time.Duration(rng.IntN(1e10)))}}
		for i := range w.Delegations {
			if rng.IntN(3) == 0 {
				d := &w.Delegations[i]
				d.SpawnedAt, d.StartedAt, d.EndedAt = some(), some(), some()
			}
		}
		tiles(t, w, pathOf(w))
	}
}
