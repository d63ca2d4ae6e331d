package config_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bench"
	"bench/config"
)

// TestGood holds what files mean, with all defaults filled in, and that what
// is stored with a run is a configuration that means the same.
func TestGood(t *testing.T) {
	for _, path := range files(t, "testdata/good/*.yaml", 5) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			c, err := config.Load(path, options(env(), flags(t, path)...))
			if err != nil {
				t.Fatal(err)
			}
			resolved := c.Resolved()
			for _, secret := range []string{"sk-secret-value", "user:pass", "key=secret"} {
				if bytes.Contains(resolved, []byte(secret)) {
					t.Errorf("Resolved holds the secret %q", secret)
				}
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".json", pretty(t, resolved))

			again, err := config.Parse(path, resolved, options(env()))
			if err != nil {
				t.Fatalf("the resolved configuration is refused: %v", err)
			}
			if diff := cmp.Diff(string(resolved), string(again.Resolved())); diff != "" {
				t.Errorf("resolving twice differs (-once +twice):\n%s", diff)
			}
			for i, m := range again.Models {
				was := c.Models[i].Value
				if m.Value.Endpoint.Reveal() != was.Endpoint.Reveal() ||
					cmp.Diff(m.Value.ExtraHeaders.Reveal(), was.ExtraHeaders.Reveal()) != "" {
					t.Errorf("model %s is asked elsewhere, or with other headers: %s, %v", m.Name,
						m.Value.Endpoint.Reveal(), m.Value.ExtraHeaders.Reveal())
				}
			}
			if diff := cmp.Diff(c.BenchConfigurations(), again.BenchConfigurations()); diff != "" {
				t.Errorf("the resolved configuration means something else:\n%s", diff)
			}
		})
	}
}

// pretty indents JSON and takes this machine's directory out of it.
func pretty(t *testing.T, b []byte) string {
	t.Helper()
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), dir, "$TESTDATA") + "\n"
}

func load(t *testing.T, name string, set ...string) *config.Config {
	t.Helper()
	c, err := config.Load("testdata/good/"+name, options(env(), set...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestBenchConfigurations: what the rest of the program gets.
func TestBenchConfigurations(t *testing.T) {
	t.Parallel()
	c := load(t, "full.yaml")
	all := c.BenchConfigurations()
	var names []string
	for _, b := range all {
		names = append(names, b.Name)
	}
	if want := []string{"zeta", "alpha", "fusion-small", "fusion-tiny"}; !slices.Equal(names, want) {
		t.Fatalf("configurations %q, want %q", names, want)
	}
	zero, topP, seed := 0.0, 0.95, 3
	rates := bench.Rates{
		Input: bench.PerMillion(15), CachedInput: bench.PerMillion(1.5),
		CacheWrite: bench.PerMillion(18.75), Output: bench.PerMillion(75),
	}
	want := bench.Configuration{
		Name: "fusion-tiny", Kind: bench.KindFusion,
		Main: bench.Model{
			Name: "frontier", Model: "acme/big", Provider: "openai",
			// The tier's cached rates keep their relation to its input rate.
			Price: bench.Price{ID: "my-price", Rates: rates, Tiers: []bench.Tier{{
				Above: 200_000, Rates: bench.Rates{
					Input: bench.PerMillion(30), CachedInput: bench.PerMillion(3),
					CacheWrite: bench.PerMillion(37.5), Output: bench.PerMillion(112.5),
				},
			}}, Hours: []bench.Hours{{
				From: 22*60 + 30, To: 6 * 60, Weekdays: true, Rates: bench.Rates{
					Input: bench.PerMillion(7.5), CachedInput: bench.PerMillion(0.75),
					CacheWrite: bench.PerMillion(9.375), CacheWrite1h: bench.PerMillion(15),
					Output: bench.PerMillion(37.5),
				},
			}}},
			MaxOutputTokens: 16384, ContextWindow: 200_000, Temperature: &zero, TopP: &topP,
			ReasoningEffort: "high", Seed: &seed,
		},
		Limits: bench.Limits{
			Iterations: 30, Cost: bench.Dollars(1), Tokens: 1_000_000, Wall: 20 * time.Minute,
		},
		MaxParallelTools: 16, CommandTimeout: 90 * time.Second, Strict: true, ShowCosts: true,
		Delegation: bench.DelegationMandatory, Escalation: bench.EscalationForced,
		Sidekick: &bench.Sidekick{
			Model: all[3].Sidekick.Model,
			Limits: bench.Limits{
				Iterations: 5, Cost: bench.Dollars(0.05), Tokens: 50_000, Wall: 2 * time.Minute,
			},
			Total: bench.Limits{
				Iterations: 15, Cost: bench.Dollars(0.2), Tokens: 150_000, Wall: 5 * time.Minute,
			},
			MaxParallel: 8, MaxParallelTools: 2, Workspace: bench.WorkspaceSharedLocked,
			ReadOnly: true, Memory: bench.MemoryResumable, Background: true,
			Context: bench.ContextFork, Brief: bench.BriefShort, Notice: 0.5, ReportChars: 4000, MaxProviderFailures: 0.2,
		},
	}
	if diff := cmp.Diff(want, all[3]); diff != "" {
		t.Errorf("fusion-tiny (-want +got):\n%s", diff)
	}
	if got := all[3].Sidekick.Model; got.Name != "tiny" || got.Model != "acme/tiny" {
		t.Errorf("sidekick of fusion-tiny is %s (%s)", got.Name, got.Model)
	}
	if got := all[1].Limits; got.Iterations != 99 || got.Cost != bench.Dollars(2.5) {
		t.Errorf("alpha's limits %+v: want its own iterations and the general cost", got)
	}
	if got, want := c.BenchRunLimits(), (bench.Limits{Cost: bench.Dollars(400)}); got != want {
		t.Errorf("run limits %+v, want %+v", got, want)
	}
	if got := c.BenchWorkers(); got != (bench.Workers{Agents: 8, Grading: 3, Sidekicks: 12}) {
		t.Errorf("workers %+v", got)
	}
}

// TestUsualDefaults holds the numbers that users of such harnesses expect.
func TestUsualDefaults(t *testing.T) {
	t.Parallel()
	c := load(t, "local.yaml")
	b := c.BenchConfigurations()[1]
	if b.Limits != (bench.Limits{Iterations: 250, Cost: bench.Dollars(3), Wall: 45 * time.Minute}) {
		t.Errorf("limits %+v", b.Limits)
	}
	if b.CommandTimeout != time.Minute || b.MaxParallelTools != 8 {
		t.Errorf("command timeout %v, parallel tools %d", b.CommandTimeout, b.MaxParallelTools)
	}
	if b.Delegation != bench.DelegationOptional || b.Escalation != bench.EscalationBoth {
		t.Errorf("delegation %s, escalation %s", b.Delegation, b.Escalation)
	}
	s := b.Sidekick
	if s.Limits != (bench.Limits{Iterations: 6, Cost: bench.Dollars(0.10)}) || s.MaxParallel != 3 ||
		s.MaxParallelTools != 3 || s.Workspace != bench.WorkspaceSnapshot || !s.WrapUp || s.Memory != bench.MemoryFresh ||
		s.Context != bench.ContextBrief || s.Brief != bench.BriefComplete || s.Notice != 0.8 ||
		s.ReportChars != 16000 || s.ReadOnly || s.Background || s.Total != (bench.Limits{}) {
		t.Errorf("sidekick %+v", s)
	}
	if b.Notice != 0.8 || b.Strict || b.ShowCosts {
		t.Errorf("notice %v, strict %v, show costs %v", b.Notice, b.Strict, b.ShowCosts)
	}
	if got := time.Duration(c.Scoring.Timeout); got != 30*time.Minute || c.Scoring.Rules != "v5" {
		t.Errorf("scoring %+v", c.Scoring)
	}
	if c.BenchWorkers() != (bench.Workers{Agents: 4, Grading: 2}) || c.Results != "bench.db" {
		t.Errorf("workers %+v, results %s", c.Workers, c.Results)
	}
	if !c.Simulated() || !b.Main.Simulated || b.Main.Model != "main" {
		t.Errorf("a scripted model is not simulated, or not named after its key: %+v", b.Main)
	}
	docker := load(t, "minimal.yaml").BenchConfigurations()[0]
	bridge := load(t, "minimal.yaml", "sandbox.network=bridge").BenchConfigurations()[0]
	if b.Offline || !docker.Offline || bridge.Offline {
		t.Errorf("no network: local %t, docker %t, docker on a bridge %t", b.Offline, docker.Offline, bridge.Offline)
	}
	small := load(t, "local.yaml", "limits.cost_usd=0.06").BenchConfigurations()[1]
	if small.Sidekick.Limits.Cost != bench.Dollars(0.06) {
		t.Errorf("a sidekick's default limit %v is above the trial's", small.Sidekick.Limits.Cost)
	}
}

// TestLimitsOfDelegations: defaults that follow from other keys.
func TestLimitsOfDelegations(t *testing.T) {
	t.Parallel()
	sidekick := func(text string) *bench.Sidekick {
		return load(t, "local.yaml", "configurations.fusion.sidekick="+text).BenchConfigurations()[1].Sidekick
	}
	if got := sidekick("{model: side, memory: persistent}").MaxParallel; got != 1 {
		t.Errorf("a persistent sidekick is %d at once", got)
	}
	got := sidekick("{model: side, memory: resumable, total: {iterations: 4, cost_usd: 0.05}}")
	if got.Limits != got.Total || got.Total.Iterations != 4 || got.MaxParallel != 3 {
		t.Errorf("limits %+v of an activation, %+v in total", got.Limits, got.Total)
	}
}

// TestUsedModels: keys and endpoints reach the clients and nobody else.
func TestUsedModels(t *testing.T) {
	t.Parallel()
	used := load(t, "full.yaml").UsedModels()
	if got, want := used.Names(), []string{"frontier", "small", "tiny"}; !slices.Equal(got, want) {
		t.Fatalf("used models %q, want %q", got, want)
	}
	front := used.Get("frontier")
	if front.Key.Reveal() != "sk-secret-value" ||
		front.Endpoint.Reveal() != "https://user:pass@openrouter.example/api/v1?key=secret&api-version=2" {
		t.Errorf("key %q, endpoint %q", front.Key.Reveal(), front.Endpoint.Reveal())
	}
	if front.BaseURL != "https://openrouter.example/api/v1" {
		t.Errorf("base URL %q", front.BaseURL)
	}
	small := used.Get("small")
	if !small.Key.IsZero() || small.BaseURL != "http://localhost:8000/v1" {
		t.Errorf("small: key %q, base URL %q", small.Key.Reveal(), small.BaseURL)
	}
	if small.Price.Bench().ID != "table:acme/small" {
		t.Errorf("small: price %+v", small.Price.Bench())
	}
	tiny := used.Get("tiny")
	if tiny.BaseURL != "https://api.openai.com/v1" {
		t.Errorf("tiny: base URL %q", tiny.BaseURL)
	}
	if id := tiny.Price.Bench().ID; !strings.HasPrefix(id, "config:") {
		t.Errorf("tiny: price id %q does not say that the configuration gave it", id)
	}
}

// TestRepeat: a configuration to run a second time is the last one, the same but for its
// name.
func TestRepeat(t *testing.T) {
	t.Parallel()
	all := load(t, "full.yaml", "compare.aa=fusion-tiny").BenchConfigurations()
	again, original := all[len(all)-1], all[len(all)-2]
	if again.Name != "fusion-tiny-aa" || again.Repeats != "fusion-tiny" {
		t.Fatalf("got %s, which repeats %q", again.Name, again.Repeats)
	}
	again.Name, again.Repeats = original.Name, ""
	if !reflect.DeepEqual(again, original) {
		t.Errorf("got %+v, want %+v", again, original)
	}
}

func TestImageFor(t *testing.T) {
	t.Parallel()
	c := load(t, "full.yaml")
	task := bench.Task{InstanceID: "Sympy__sympy-21379", Repo: "sympy/sympy"}
	const want = "docker.io/swebench/sweb.eval.x86_64.sympy_1776_sympy-21379:latest"
	if got := c.Sandbox.ImageFor(task); got != want {
		t.Errorf("image %q, want %q", got, want)
	}
	c.Sandbox.Image = "mine/{instance_id}"
	if got := c.Sandbox.ImageFor(task); got != "mine/sympy__sympy-21379" {
		t.Errorf("image %q", got)
	}
}

func TestSourceFor(t *testing.T) {
	t.Parallel()
	c := load(t, "local.yaml")
	got := c.Sandbox.SourceFor(bench.Task{Repo: "sympy/sympy"})
	want := bench.Source{
		Repository: "https://github.com/sympy/sympy.git", Setup: []string{"make deps"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("row without a source (-want +got):\n%s", diff)
	}
	own := bench.Source{Tree: "/tree", Setup: []string{"true"}, BaseImage: "debian:12"}
	if diff := cmp.Diff(own, c.Sandbox.SourceFor(bench.Task{Source: own})); diff != "" {
		t.Errorf("task with a source of its own (-want +got):\n%s", diff)
	}
}

// TestNoModels: commands that ask no model need neither keys nor prices.
func TestNoModels(t *testing.T) {
	t.Parallel()
	o := options(nil)
	o.Prices, o.NoModels = nil, true
	if _, err := config.Load("testdata/good/minimal.yaml", o); err != nil {
		t.Error(err)
	}
	o.NoModels = false
	if _, err := config.Load("testdata/good/minimal.yaml", o); err == nil {
		t.Error("a run without key and price is accepted")
	}
}
