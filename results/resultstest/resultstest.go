// Package resultstest makes the events of plausible runs, for tests of
// whatever reads them. The same Spec gives the same events.
package resultstest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bench"
)

// Spec describes a run to make up.
type Spec struct {
	RunID     string
	Tasks     int
	Attempts  int    // per configuration and task; 0 is 1
	Seed      uint64 // of everything made up
	Start     time.Time
	Simulated bool
	Faults    bool // some trials end by infrastructure or by the user
	Turns     int  // of main and single agents; 0: 6 to 23
	Stop      bench.Stop
	Engines   bool // each configuration has an engine of its own
	// Output makes what a tool prints; nil: made-up words, a kilobyte or two.
	Output func(*rand.Rand) string
}

// Append is what stores an event, as results.Store does.
type Append func(ctx context.Context, e bench.Event) (int64, error)

// Write appends all events of a run.
func Write(t testing.TB, append Append, spec Spec) {
	t.Helper()
	for _, e := range Events(spec) {
		if _, err := append(t.Context(), e); err != nil {
			t.Fatalf("append %s of %s: %v", e.Payload.Type(), e.Trial, err)
		}
	}
}

// Events returns the events of a run in the order in which they happen.
func Events(spec Spec) []bench.Event {
	if spec.Attempts == 0 {
		spec.Attempts = 1
	}
	if spec.Start.IsZero() {
		spec.Start = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	}
	header := Header(spec)
	at := func(d time.Duration) time.Time { return spec.Start.Add(d) }
	events := []bench.Event{
		{RunID: spec.RunID, Time: at(0), Payload: header, Bodies: []bench.Body{configText}},
	}
	for i := range header.Tasks {
		events[0].Bodies = append(events[0].Bodies, rowOf(i))
	}
	var work []bench.Event
	end := spec.Start
	for i, key := range header.Trials {
		s := script{
			rng: rand.New(rand.NewPCG(spec.Seed, uint64(i))), run: spec.RunID, key: key,
			configuration: find(header.Configurations, key.Configuration), spec: spec,
			hard: difficulty(spec.Seed, key.InstanceID), now: at(time.Duration(i) * 7 * time.Second),
		}
		s.play()
		work = append(work, s.events...)
		if s.now.After(end) {
			end = s.now
		}
	}
	slices.SortStableFunc(work, func(a, b bench.Event) int { return a.Time.Compare(b.Time) })
	events = append(events, work...)
	return append(events, bench.Event{
		RunID: spec.RunID, Time: end.Add(time.Second), Payload: bench.RunEnded{State: bench.RunDone},
	})
}

var configText = bench.Body(`{"name":"fusion-vs-solo","seed":42}`)

// rowOf is a task as its data set has it.
func rowOf(i int) bench.Body { return bench.Body(fmt.Sprintf("row %d", i)) }

// Header is how the run begins: three configurations, interleaved task by task.
func Header(spec Spec) bench.RunStarted {
	cs := Configurations(spec.Simulated)
	h := bench.RunStarted{
		Name: "fusion-vs-solo", Version: "1.0.0", Config: configText.Hash(),
		DatasetSource: "swe-bench-verified", DatasetFingerprint: "9c1185a5c5e9fc54612808977ee8f548",
		Seed: 42, Rules: "v5", SandboxKind: "docker", Workers: bench.Workers{Agents: 8, Grading: 2},
		Limits: bench.Limits{Cost: bench.Dollars(400)}, Baseline: "solo", MarginPP: 5, MinSaving: 0.25,
		Stop: spec.Stop, Simulated: spec.Simulated, Configurations: cs,
	}
	repos := []string{"django/django", "sympy/sympy", "pallets/flask", "astropy/astropy"}
	for i := range spec.Tasks {
		repo := repos[i%len(repos)]
		h.Tasks = append(h.Tasks, bench.TaskRef{
			InstanceID: fmt.Sprintf("%s-%d", escape(repo), 10000+137*i), Repo: repo,
			BaseCommit: fmt.Sprintf("%040x", 1+i), Version: "4.2",
			Row: rowOf(i).Hash(),
		})
	}
	for attempt := range max(1, spec.Attempts) {
		for _, task := range h.Tasks {
			for _, c := range cs {
				h.Trials = append(h.Trials, bench.TrialKey{
					Configuration: c.Name, InstanceID: task.InstanceID, Attempt: attempt + 1,
				})
			}
		}
	}
	return h
}

func escape(repo string) string {
	out := []byte{}
	for _, c := range []byte(repo) {
		if c == '/' {
			out = append(out, "__"...)
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// Configurations are solo, cheap and fusion, with long model names.
func Configurations(simulated bool) []bench.Configuration {
	frontier := bench.Model{
		Name: "frontier", Model: "anthropic/claude-opus-5", Provider: "openai", MaxOutputTokens: 16_000,
		Price:     price("config:frontier", 15, 1.5, 18.75, 75),
		Simulated: simulated,
	}
	small := bench.Model{
		Name: "small", Model: "z-ai/glm-5.2-air-instruct", Provider: "openai", MaxOutputTokens: 8_000,
		Price:     price("models.dev@2026-11-01:z-ai/glm-5.2-air", 0.6, 0.11, 0.6, 2.2),
		Simulated: simulated,
	}
	limits := bench.Limits{Iterations: 40, Cost: bench.Dollars(3), Wall: 45 * time.Minute}
	return []bench.Configuration{
		{Name: "solo", Kind: bench.KindSingle, Main: frontier, Limits: limits, MaxParallelTools: 8},
		{Name: "cheap", Kind: bench.KindSingle, Main: small, Limits: limits, MaxParallelTools: 8},
		{
			Name: "fusion", Kind: bench.KindFusion, Main: frontier, Limits: limits, MaxParallelTools: 8,
			Delegation: bench.DelegationMandatory, Escalation: bench.EscalationBoth,
			Sidekick: &bench.Sidekick{
				Model: small, MaxParallel: 3, MaxParallelTools: 4, Workspace: bench.WorkspaceSnapshot,
				Limits: bench.Limits{Iterations: 6, Cost: bench.Dollars(0.10)}, WrapUp: true,
			},
		},
	}
}

func price(id string, input, cached, write, output float64) bench.Price {
	return bench.Price{ID: id, Rates: bench.Rates{
		Input: bench.PerMillion(input), CachedInput: bench.PerMillion(cached),
		CacheWrite: bench.PerMillion(write), Output: bench.PerMillion(output),
	}}
}

func find(cs []bench.Configuration, name string) bench.Configuration {
	i := slices.IndexFunc(cs, func(c bench.Configuration) bool { return c.Name == name })
	return cs[i]
}

// difficulty is the same for all configurations, so that their results are
// paired as they are in life.
func difficulty(seed uint64, instance string) float64 {
	h := seed*0x9e3779b97f4a7c15 + 1
	for _, c := range []byte(instance) {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	return rand.New(rand.NewPCG(h, h)).Float64()
}
