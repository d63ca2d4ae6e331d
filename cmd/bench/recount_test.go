package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bench"
	"bench/internal/require"
	"bench/results"
	"bench/results/compare"
	"bench/results/output/tables"
	"bench/results/report"
)

// Whoever recounts the metrics of four runs from their events, by the formulas of
// the documents and with code of his own, finds what bench compare prints and bench
// export writes for each trial; and each metric is something other than nothing in one
// of the runs.
func TestMetricsRecounted(t *testing.T) {
	t.Parallel()
	store, err := results.Open(t.Context(), filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	seen := ""
	for _, v := range []*virtual{teamRun("team"), handedRun(), illRun(), cutRun()} {
		var l logbook
		synctest.Test(t, func(t *testing.T) { recountable(t, v, &l) })
		l.stored(t, store, v.id)
		seen += recount(t, store, v.id)
	}
	recountsAreStrict(t, store, "cut")
	var never []string
	for _, m := range compare.Metrics {
		if !strings.Contains(seen, "seen "+m.Name+"\n") {
			never = append(never, m.Name)
		}
	}
	if len(never) > 0 {
		t.Errorf("nothing in all runs: %s", strings.Join(never, ", "))
	}
}

// recountable does a run. One of the runs is killed twice, and interrupted.
func recountable(t *testing.T, v *virtual, l *logbook) {
	t.Helper()
	if v.id != "cut" {
		if _, err := v.start(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		return
	}
	// While sidekicks are at work, while one is alone, and while main works by itself.
	for i, event := range []string{"t0002 tool_call", "main llm_call_started", "t0003.2 llm_call"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		n := 0
		l.after = func(_ int, e bench.Event) bool {
			if e.Trial.Configuration != "fusion" || e.Agent+" "+string(e.Payload.Type()) != event {
				return true
			}
			if n++; i == 2 {
				cancel(bench.ErrInterrupted)
				return true
			}
			return n < 2
		}
		if i == 0 {
			_, _ = v.start(ctx, l)
		} else {
			_, _ = v.resume(ctx, l)
		}
		cancel(nil)
		time.Sleep(time.Hour)
	}
	l.after = nil
	if s, err := v.resume(t.Context(), l); err != nil || s.State != bench.RunDone {
		t.Fatalf("%+v, %v", s, err)
	}
}

// recounting is what the script is given.
type recounting struct {
	store               *results.Store
	run, dir, documents string
}

// recount has the metrics of a run recounted and returns what the script says.
func recount(t *testing.T, store *results.Store, run string) string {
	t.Helper()
	r := recounting{store, run, t.TempDir(), "../../docs/metrics.md"}
	r.lay(t)
	said, err := r.count(t)
	if err != nil {
		t.Errorf("%s: %v\n%s", run, err, said)
	}
	return said
}

// recountIn is recount for the database of a directory.
func recountIn(t *testing.T, dir, run string) {
	t.Helper()
	store, err := results.Open(t.Context(), filepath.Join(dir, "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	recount(t, store, run)
}

// lay writes what bench says of a run.
func (r recounting) lay(t *testing.T) {
	t.Helper()
	other := bench.Price{ID: "other", Rates: bench.Rates{
		Input: bench.PerMillion(1), CachedInput: bench.PerMillion(0.4), Output: bench.PerMillion(3),
	}}
	c, err := compare.Runs(t.Context(), r.store, []string{r.run}, compare.Options{
		Resamples: 50, SidekickPrice: other, SidekickPriceName: "other",
	})
	if err != nil {
		t.Fatal(err)
	}
	var document bytes.Buffer
	if err := report.JSON(&document, c); err != nil {
		t.Fatal(err)
	}
	price, err := json.Marshal(other)
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, r.dir, map[string]string{"comparison.json": document.String(), "other.json": string(price)})
	r.layPatches(t)
	if _, err := (tables.CSV{}).Write(t.Context(), r.store, r.run, r.dir); err != nil {
		t.Fatal(err)
	}
}

// layPatches writes the patches of a run, which may be compressed in the database.
func (r recounting) layPatches(t *testing.T) {
	t.Helper()
	f, err := r.store.Facts(t.Context(), r.run)
	if err != nil {
		t.Fatal(err)
	}
	names := map[bench.BodyHash]bool{}
	for _, trial := range f.Trials {
		names[trial.Patch] = true
	}
	for _, d := range f.Delegations {
		names[d.Patch] = true
	}
	for name := range names {
		text, err := r.store.Body(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		writeAll(t, r.dir, map[string]string{string(name) + ".patch": string(text)})
	}
}

func (r recounting) count(t *testing.T) (said string, err error) {
	t.Helper()
	python := require.Program(t, "python3")
	out, err := exec.CommandContext(t.Context(), python, "-B", "testdata/recount/recount.py", r.store.Path(),
		r.run, filepath.Join(r.dir, "comparison.json"), filepath.Join(r.dir, "trials.csv"), r.documents,
		filepath.Join(r.dir, "other.json")).CombinedOutput()
	return string(out), err
}

// A number that is wrong in the comparison or for a trial is found out, and so is a
// metric that nobody recounts.
func recountsAreStrict(t *testing.T, store *results.Store, run string) {
	t.Helper()
	for _, test := range []struct{ name, before, after, want string }{
		{"comparison.json", `"speedup_estimate": 1`, `"speedup_estimate": 2`, "speedup_estimate: bench says 2"},
		{"trials.csv", ",0.0228,", ",0.0229,", "solo/task-0/1 cost_usd.total: bench says 0.0229"},
		{"metrics.md", "| `n_tasks` |", "| `n_wishes` |", "n_wishes is not recounted"},
	} {
		r := recounting{store, run, t.TempDir(), "../../docs/metrics.md"}
		r.lay(t)
		if test.name == "metrics.md" {
			text, err := os.ReadFile(r.documents)
			if err != nil {
				t.Fatal(err)
			}
			r.documents = filepath.Join(r.dir, test.name)
			writeAll(t, r.dir, map[string]string{test.name: string(text)})
		}
		text, err := os.ReadFile(filepath.Join(r.dir, test.name))
		if err != nil {
			t.Fatal(err)
		}
		wrong := strings.Replace(string(text), test.before, test.after, 1)
		if wrong == string(text) {
			t.Fatalf("%s has no %q:\n%.2000s", test.name, test.before, text)
		}
		writeAll(t, r.dir, map[string]string{test.name: wrong})
		if said, err := r.count(t); err == nil || !strings.Contains(said, test.want) {
			t.Errorf("%s, %v: %.500s", test.name, err, said)
		}
	}
}
