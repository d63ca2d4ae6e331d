package resultstest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"bench"
)

// script plays one trial on a clock of its own.
type script struct {
	rng           *rand.Rand
	run           string
	key           bench.TrialKey
	configuration bench.Configuration
	spec          Spec
	hard          float64 // 0 to 1
	now           time.Time
	events        []bench.Event
	spawned       int
	turns         map[string]int
	history       map[string]int64 // tokens of an agent's last prompt and answer
	talks         map[string]*talk // by agent
}

func (s *script) emit(agent string, p bench.Payload, bodies ...bench.Body) {
	s.events = append(s.events, bench.Event{
		RunID: s.run, Time: s.now, Trial: s.key, Agent: agent, Payload: p, Bodies: bodies,
	})
}

func (s *script) wait(min, max time.Duration) {
	s.now = s.now.Add(min + time.Duration(s.rng.Int64N(int64(max-min)+1)))
}

func (s *script) play() {
	s.turns, s.history, s.talks = map[string]int{}, map[string]int64{}, map[string]*talk{}
	s.emit("", bench.PhaseStarted{Phase: bench.PhasePrepare})
	s.wait(200*time.Millisecond, 900*time.Millisecond)
	if s.spec.Faults && s.rng.IntN(25) == 0 {
		s.emit("", bench.Notice{Code: "sandbox_lost", Text: "container exited with 137"})
		s.end(bench.TrialEnded{Outcome: bench.OutcomeInfraSandbox, Error: "container exited with 137"})
		return
	}
	s.emit("", bench.Image{
		Name: "sweb.eval.x86_64.base", Digest: "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f0",
	})
	s.emit("", s.placed())
	s.emit("", bench.PhaseStarted{Phase: bench.PhaseSolve})
	s.main()
	if s.spec.Faults && s.rng.IntN(40) == 0 {
		s.end(bench.TrialEnded{Outcome: bench.OutcomeCancelled})
		return
	}
	s.emit("", bench.PhaseStarted{Phase: bench.PhaseExtract})
	s.wait(20*time.Millisecond, 60*time.Millisecond)
	s.judge()
}

// placed is the machine of the trial: one for all or, of several engines, that of its
// configuration.
func (s *script) placed() bench.TrialPlaced {
	p := bench.TrialPlaced{Phase: bench.PhasePrepare, Host: bench.Host{
		Name: "rack-7", OS: "linux", Arch: "amd64", CPUs: 16, Memory: 64e9, Kernel: "6.1.0-13-amd64",
		EngineVersion: "20.10.24 (API 1.41)",
	}}
	if s.spec.Engines {
		p.Engine, p.Host.Name = "engine-of-"+s.configuration.Name, "rack-"+s.configuration.Name
	}
	return p
}

func (s *script) end(e bench.TrialEnded) {
	s.wait(5*time.Millisecond, 20*time.Millisecond)
	s.emit("", e)
}

// main plays the main or single agent.
func (s *script) main() {
	c := s.configuration
	role := bench.RoleSingle
	if c.Kind == bench.KindFusion {
		role = bench.RoleMain
	}
	s.start("main", role, c.Main, c.Limits, "", "")
	turns := 6 + s.rng.IntN(8) + int(10*s.hard)
	if c.Kind == bench.KindFusion {
		turns /= 2
	}
	if s.spec.Turns > 0 {
		turns = s.spec.Turns
	}
	for turn := range turns {
		id := s.call("main", c.Main, bench.PurposeAgent)
		if c.Kind == bench.KindFusion && (turn == 1 || turn == 4 && s.hard > 0.6) {
			s.delegate(id)
			continue
		}
		s.tool("main", id, 0)
	}
	final := bench.Body("The change is in place and the tests pass.")
	s.emit("main", bench.AgentEnded{
		State: bench.AgentFinished, Message: final.Hash(), Iterations: int64(turns),
	}, final)
}

func (s *script) start(
	agent string, role bench.Role, m bench.Model, l bench.Limits, parent, delegation string,
) {
	system := bench.Body(strings.Repeat("You fix issues in small steps. ", 30) + string(role))
	tools := bench.Body(`[{"type":"function","function":{"name":"terminal"}}]`)
	s.emit(agent, bench.AgentStarted{
		Parent: parent, Role: role, Model: m.Name, WireModel: m.Model, DelegationID: delegation,
		SystemPrompt: system.Hash(), Tools: tools.Hash(), Limits: l,
	}, system, tools)
	s.history[agent] = 3000 + s.rng.Int64N(2000)
}

// call plays one model call, now and then after a rate limit.
func (s *script) call(agent string, m bench.Model, purpose bench.Purpose) string {
	s.turns[agent]++
	turn := s.turns[agent]
	id := fmt.Sprintf("%s-%d", agent, turn)
	var waited time.Duration
	retries := 0
	if s.rng.IntN(12) == 0 {
		before := s.now
		s.wait(time.Second, 4*time.Second)
		waited, retries = s.now.Sub(before), 1
	}
	start := s.now
	s.wait(1500*time.Millisecond, 9*time.Second)
	old := s.history[agent]
	u := bench.Usage{Input: old + 400 + s.rng.Int64N(3000), Output: 80 + s.rng.Int64N(900)}
	if turn > 1 {
		u.CachedInput = old * int64(90+s.rng.IntN(10)) / 100
	}
	u.CacheWrite = (u.Input - u.CachedInput) / 2
	u.Reasoning = u.Output / 3
	s.history[agent] = u.Input + u.Output
	refs, bodies := s.told(agent, fmt.Sprintf("%s %s turn %d: %s", s.key, agent, turn,
		prose(s.rng, 60)))
	s.emit(agent, bench.LLMCall{
		CallID: id, Turn: turn, Purpose: purpose, Model: m.Name, WireModel: m.Model, ServedModel: m.Model,
		RequestID: "req_" + id, Usage: u, Cost: u.Cost(m.Price), PriceID: m.Price.ID,
		Reserved: u.Cost(m.Price) * 3, Start: start, First: start.Add(s.now.Sub(start) / 3), End: s.now,
		Waited: waited, Retries: retries, FinishReason: "tool_calls", ToolCalls: 1,
		Messages: refs,
	}, bodies...)
	return id
}

func (s *script) tool(agent, batch string, index int) {
	s.wait(time.Millisecond, 3*time.Millisecond)
	start := s.now
	s.wait(5*time.Millisecond, 1800*time.Millisecond)
	name := word(s.rng)
	args := bench.Body(fmt.Sprintf(`{"command":"grep -n 'def ' src/%s.py"}`, name))
	out := bench.Body(s.output())
	code := 0
	touched := []bench.Touch{{Path: "src/" + name + ".py", Bytes: int64(len(out)), Derived: true}}
	if agent == "main" && s.turns[agent]%4 == 0 {
		touched = []bench.Touch{{Path: "src/core.py", Write: true, From: 10, To: 12}}
	}
	id := fmt.Sprintf("call_%s_%d", batch, index)
	s.asked(agent, id, "terminal", args, out)
	s.emit(agent, bench.ToolCall{
		CallID: id, BatchID: batch, Index: index, Name: "terminal",
		Arguments: args.Hash(), Result: out.Hash(), Queue: 200 * time.Microsecond, Start: start,
		End: s.now, ExitCode: &code, RoundTrip: 1500 * time.Microsecond,
		Bytes: int64(len(out)), Touched: touched,
	}, args, out)
}

// output is what a tool prints.
func (s *script) output() string {
	if s.spec.Output != nil {
		return s.spec.Output(s.rng)
	}
	return prose(s.rng, 20+s.rng.IntN(400))
}

// delegate plays a batch of sidekicks at once: each has its own clock, and the
// main agent waits for the last.
func (s *script) delegate(batch string) {
	size := 2 + s.rng.IntN(2)
	begin, last := s.now, s.now
	for i := range size {
		s.spawned++
		s.now = begin
		s.sidekick(batch, fmt.Sprintf("t%04d", s.spawned), i, size)
		if s.now.After(last) {
			last = s.now
		}
	}
	s.now = last
	for i := range size {
		report := bench.Body("Findings: " + prose(s.rng, 30))
		id := fmt.Sprintf("call_%s_%d", batch, i)
		s.asked("main", id, "task", bench.Body(`{"prompt":"Find it."}`), report)
		s.emit("main", bench.ToolCall{
			CallID: id, BatchID: batch, Index: i, Name: "task",
			Result: report.Hash(), Start: begin, End: last, Bytes: int64(len(report)),
		}, report)
	}
}

func (s *script) sidekick(batch, id string, index, size int) {
	side := s.configuration.Sidekick
	child := "sidekick-" + id
	prompt := bench.Body("Find where " + word(s.rng) + " is handled and report the lines.")
	s.emit("main", bench.DelegationSpawned{
		DelegationID: id, Activation: 1, BatchID: batch, Index: index, BatchSize: size, SubagentType: "sidekick",
		Description: "find " + word(s.rng), Prompt: prompt.Hash(), Limits: side.Limits,
	}, prompt)
	queue := time.Duration(index) * 3 * time.Millisecond
	s.now = s.now.Add(queue)
	s.emit("main", bench.DelegationStarted{DelegationID: id, Activation: 1, Child: child, Queue: queue})
	s.start(child, bench.RoleSidekick, side.Model, side.Limits, "main", id)
	turns := 2 + s.rng.IntN(5)
	first := len(s.events)
	for range turns {
		s.tool(child, s.call(child, side.Model, bench.PurposeAgent), 0)
	}
	report := bench.Body("Findings of " + id + " in " + s.key.String() + ": " + prose(s.rng, 50))
	e := bench.DelegationEnded{
		DelegationID: id, Activation: 1, Child: child, State: bench.AgentFinished, Escalation: bench.NotEscalated,
		Report: report.Hash(), Turns: int64(turns),
	}
	switch {
	case turns == 6:
		e.State, e.Escalation = bench.AgentLimitIterations, bench.EscalatedByHarness
		e.Reason = bench.ReasonIterations
	case s.rng.IntN(7) == 0:
		e.State, e.Escalation = bench.AgentEscalated, bench.EscalatedVoluntary
		e.Reason, e.ReasonText = bench.ReasonLowConfidence, "two places look alike"
	}
	for _, ev := range s.events[first:] {
		if c, ok := ev.Payload.(bench.LLMCall); ok {
			e.Usage, e.Cost = e.Usage.Add(c.Usage), e.Cost+c.Cost
		}
	}
	s.emit(child, bench.AgentEnded{
		State: e.State, Message: report.Hash(), Iterations: int64(turns),
	}, report)
	s.emit("main", e)
}

// judge hands in a patch and grades it.
func (s *script) judge() {
	skill := map[string]float64{"solo": 0.72, "cheap": 0.48, "fusion": 0.70}[s.key.Configuration]
	resolved := s.hard < skill+0.1*(s.rng.Float64()-0.5)
	diff := bench.Body("diff --git a/src/core.py b/src/core.py\n" +
		"--- a/src/core.py\n+++ b/src/core.py\n" + "@@ -10,1 +10,1 @@\n-    return " + word(s.rng) + "\n+    return " + word(s.rng) + "\n")
	if s.rng.IntN(30) == 0 {
		s.emit("", bench.Patch{})
		no := false
		s.end(bench.TrialEnded{Outcome: bench.OutcomeEmptyPatch, Resolved: &no})
		return
	}
	s.emit("", bench.Patch{Diff: diff.Hash(), Bytes: len(diff), Files: 1}, diff)
	s.emit("", bench.PhaseStarted{Phase: bench.PhaseGrade})
	s.wait(4*time.Second, 20*time.Second)
	log := bench.Body("=== tests ===\n" + prose(s.rng, 400))
	g := bench.Grade{
		Rules: "v5", PatchApplied: true, Found: true, Status: "FULL", Resolved: &resolved,
		Duration: 4 * time.Second, Log: log.Hash(),
	}
	for i := range 8 {
		name := fmt.Sprintf("tests/test_core.py::test_case[%d]", i)
		status := bench.TestStatus{Test: name, Status: "PASSED"}
		v := &g.PassToPass
		if i < 2 {
			v = &g.FailToPass
		}
		if i == 1 && !resolved {
			status.Status, g.Status = "FAILED", "PARTIAL"
			v.Failure = append(v.Failure, name)
		} else {
			v.Success = append(v.Success, name)
		}
		g.Tests = append(g.Tests, status)
	}
	g.Tests = append(g.Tests, bench.TestStatus{Test: "tests/test_other.py::test_x", Status: "SKIPPED"})
	s.emit("", g, log)
	outcome := bench.OutcomeUnresolved
	if resolved {
		outcome = bench.OutcomeResolved
	}
	e := bench.TrialEnded{Outcome: outcome, Resolved: &resolved}
	if s.rng.IntN(20) == 0 {
		e.Outcome, e.Limit = bench.OutcomeLimitIterations, bench.ResourceIterations
	}
	s.end(e)
}

func word(rng *rand.Rand) string {
	words := []string{"parser", "queryset", "cursor", "buffer", "header", "token", "matrix", "field"}
	return words[rng.IntN(len(words))]
}

func prose(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(word(rng))
		b.WriteByte(' ')
	}
	return b.String()
}
