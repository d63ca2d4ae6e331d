package compare

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bench"
	"bench/results"
	"bench/results/resultstest"
	"bench/results/storetest"
	"bench/stats"
)

var updateFormula = flag.Bool("update-formula", false, "rewrite testdata/formula.txt")

// counting is a source that knows how many trials had to be summed up, and that
// reads no sums that are kept if it is blind.
type counting struct {
	Source
	blind  bool
	summed int
}

func (c *counting) Summed(
	ctx context.Context, run string, by results.Summing,
) (results.Facts, map[int64][]byte, error) {
	of := by.Of
	by.Of = func(f results.Facts) map[int64][]byte {
		c.summed += len(f.Trials)
		return of(f)
	}
	if c.blind {
		by.Basis = func(results.Facts) string { return "" }
	}
	return c.Source.Summed(ctx, run, by)
}

// sameSums reads a run with what is kept and without, and returns how many trials were
// summed up with it.
func sameSums(t *testing.T, s *results.Store, run string) int {
	t.Helper()
	usual, blind := counting{Source: s}, counting{Source: s, blind: true}
	got, err := digested(t.Context(), &usual, run, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := digested(t.Context(), &blind, run, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatal("what is kept is not what the events come to")
	}
	if blind.summed != len(want.Trials) {
		t.Fatalf("%d of %d trials were summed up", blind.summed, len(want.Trials))
	}
	return usual.summed
}

// late is an event that comes after others of its trial: it is judged again, resumed,
// told something, or hears of a model call at last.
func late(rng *rand.Rand, key bench.TrialKey, at time.Time) bench.Event {
	e := bench.Event{RunID: "r", Time: at, Trial: key, Agent: "main"}
	resolved := rng.IntN(2) == 0
	call := bench.LLMCall{
		CallID: fmt.Sprint("late", rng.IntN(3)), Turn: 90, Purpose: bench.PurposeAgent, Model: "frontier",
		WireModel: "anthropic/claude-opus-5", PriceID: "config:frontier", Start: at, End: at.Add(time.Second),
		Cost: 1 + bench.USD(rng.IntN(1e6)), Usage: bench.Usage{Input: 1 + rng.Int64N(1e4)},
	}
	e.Payload = []bench.Payload{
		bench.Grade{Rules: "v5", Status: "FULL", Resolved: &resolved, Flags: []string{"flaky"}},
		bench.TrialEnded{Outcome: bench.OutcomeUnresolved, Resolved: &resolved},
		bench.TrialResumed{},
		bench.PhaseStarted{Phase: bench.PhaseSolve},
		bench.Notice{Code: bench.NoticeNoUsage, Text: "nothing reported"},
		bench.BudgetNotice{Kind: bench.NoticeNear, Scope: bench.ScopeAgent},
		bench.LLMCallStarted{LLMCall: call},
		call,
		bench.ToolCall{CallID: fmt.Sprint(rng.Int()), BatchID: "late", Name: "terminal", Start: at, End: at},
		bench.AgentEnded{State: bench.AgentFinished},
	}[rng.IntN(10)]
	return e
}

// Whatever is appended when, and however often somebody compares meanwhile, sums that
// are kept are those of the events; and those of trials that have ended are made once.
func TestKeptIsRecomputed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := storetest.Stored(t)
		spec := resultstest.Spec{RunID: "r", Tasks: 3, Seed: seed, Faults: true}
		events := resultstest.Events(spec)
		began := map[bench.TrialKey]bool{}
		var keys []bench.TrialKey
		for i, e := range events {
			more := []bench.Event{e}
			if _, ok := e.Payload.(bench.AgentStarted); ok && e.Agent == "main" && !began[e.Trial] {
				began[e.Trial] = true
				keys = append(keys, e.Trial)
			}
			if len(keys) > 0 && rng.IntN(20) == 0 {
				more = append(more, late(rng, keys[rng.IntN(len(keys))], e.Time))
			}
			for _, x := range more {
				if _, err := s.Append(t.Context(), x); err != nil {
					t.Fatalf("seed %d, event %d: %s: %v", seed, i, x.Payload.Type(), err)
				}
			}
			if i > 0 && rng.IntN(len(events)/12) == 0 {
				sameSums(t, s, "r")
			}
		}
		sameSums(t, s, "r")
		f, err := s.Facts(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		if n := sameSums(t, s, "r"); n != f.Run.Trials-f.Run.Ended {
			t.Errorf("seed %d: %d trials were summed up again, of which %d are open", seed, n,
				f.Run.Trials-f.Run.Ended)
		}
	}
}

// comparisons is how all of them is compared.
var comparisons = cmp.Options{
	cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.Comparer(func(a, b stats.Number) bool { return a == b || !a.OK() && !b.OK() }),
	cmpopts.EquateNaNs(), cmpopts.IgnoreFields(Metric{}, "Of", "For"),
}

// A comparison is the same with sums that are kept, without, and from facts at hand;
// at other prices, too, which keep nothing.
func TestKeptComparison(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t, resultstest.Spec{RunID: "r", Tasks: 8, Seed: 3, Faults: true})
	f, err := s.Facts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	dear := bench.Price{ID: "x", Rates: bench.Rates{Input: bench.PerMillion(9), Output: bench.PerMillion(99)}}
	for name, o := range map[string]Options{
		"as recorded": {},
		"re-priced":   {Prices: map[string]bench.Price{"frontier": dear}, PricesFile: "prices.yaml"},
		"sidekicks":   {SidekickPrice: dear, SidekickPriceName: "x"},
	} {
		o.Resamples = 50
		want, err := Of([]results.Facts{f}, o)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			source := counting{Source: s}
			got, err := Runs(t.Context(), &source, []string{"r"}, o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, comparisons...); diff != "" {
				t.Errorf("%s: want -, got +\n%s", name, diff)
			}
		}
	}
	if n := sameSums(t, s, "r"); n != 0 {
		t.Errorf("%d trials are not kept", n)
	}
}

// Sums that were kept with one version of the formulas must not be read with another:
// whoever changes what they come to is told to count the version up.
func TestFormulaVersion(t *testing.T) {
	t.Parallel()
	var all []byte
	for _, f := range []bool{false, true} {
		s := storetest.Stored(t, resultstest.Spec{RunID: "r", Tasks: 6, Seed: 7, Faults: f})
		facts, err := s.Facts(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		d := digestOf(facts)
		for _, trial := range facts.Trials {
			all = pack(all, reflect.ValueOf(d.sums[trial.ID]))
		}
	}
	got := fmt.Sprintf("%d %x\n", formula, sha256.Sum256(all))
	const path = "testdata/formula.txt"
	want, err := os.ReadFile(path)
	if err != nil && !*updateFormula {
		t.Fatal(err)
	}
	version := 0
	fmt.Sscan(string(want), &version)
	switch {
	case got == string(want):
	case version == formula && len(want) > 0:
		t.Errorf("sums of trials have changed: count formula up in kept.go, and run go test " +
			"./results/compare -run TestFormulaVersion -update-formula")
	case *updateFormula:
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is of version %d: run this test with -update-formula", path, version)
	}
}

func TestPacked(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		var s, back sums
		filled(reflect.ValueOf(&s).Elem(), rand.New(rand.NewPCG(seed, 1)))
		b := pack(nil, reflect.ValueOf(s))
		rest, err := unpack(b, reflect.ValueOf(&back).Elem())
		if err != nil || len(rest) > 0 || !reflect.DeepEqual(s, back) {
			t.Fatalf("%v, %d bytes left:\n%+v, want\n%+v", err, len(rest), back, s)
		}
		if _, err := unpack(b[:len(b)-1], reflect.ValueOf(&back).Elem()); err == nil {
			t.Fatal("sums without their end were read")
		}
	}
}

// FuzzUnpack: what was kept may be damaged, and is an error then or other sums.
func FuzzUnpack(f *testing.F) {
	var s sums
	filled(reflect.ValueOf(&s).Elem(), rand.New(rand.NewPCG(1, 1)))
	f.Add(pack(nil, reflect.ValueOf(s)))
	f.Add(pack(nil, reflect.ValueOf(sums{})))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s, again sums
		rest, err := unpack(b, reflect.ValueOf(&s).Elem())
		if err != nil || len(rest) > 0 {
			return
		}
		c := pack(nil, reflect.ValueOf(s))
		if _, err := unpack(c, reflect.ValueOf(&again).Elem()); err != nil {
			t.Fatal(err)
		}
		if string(pack(nil, reflect.ValueOf(again))) != string(c) {
			t.Fatalf("%+v is read back as %+v", s, again)
		}
	})
}
