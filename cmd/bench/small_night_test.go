package main

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/single"
	"bench/llm"
	"bench/llm/llmtest"
	"bench/results"
	"bench/runner"
	"bench/scoring"
)

// smallNight is a run of short trials, in one process that dies over and over.
type smallNight struct {
	*virtual
	store *results.Store
}

// answer writes a file, and then has finished.
func (n *smallNight) answer(_ context.Context, req llm.Request) (llm.Response, error) {
	resp := llmtest.Answer("Done.")
	if req.Speaker.Turn == 1 {
		call := newFile("new.txt", "right\n")
		call.ID = "c"
		resp = llmtest.Answer("I write.", call)
	}
	resp.Start = time.Now()
	resp.First, resp.End = resp.Start, resp.Start
	resp.Usage = bench.Usage{Input: 1000, Output: 50}
	return resp, nil
}

// Grade implements scoring.Grader.
func (n *smallNight) Grade(context.Context, scoring.Job) (bench.Grade, []bench.Body, error) {
	resolved := true
	return bench.Grade{Rules: "v5", PatchApplied: true, Found: true, Resolved: &resolved}, nil, nil
}

// work runs or resumes the run until its process is dead, after so many events.
func (n *smallNight) work(t *testing.T, events int) (runner.Summary, error) {
	t.Helper()
	shared := llm.Shared(&llmtest.Fake{Do: n.answer}, llm.RateLimit{}, llm.RetryOptions{})
	o := runner.Options{
		RunID: "r", Pool: &memory{quick: true}, Grader: n,
		Journal: &mortal{Journal: n.store, left: events},
		Header: bench.RunStarted{Name: "night", Workers: bench.Workers{Agents: 8, Grading: 2},
			Rules: "v5", SandboxKind: "memory", Simulated: true},
		Trials: runner.Plan(n.tasks, n.configurations, 1),
		Agents: func(bench.Kind) (agent.Agent, error) {
			return single.New(single.Options{Clients: func(bench.Model) llm.Client { return shared }}), nil
		},
	}
	h, err := runner.ReadHistory(t.Context(), n.store, "r")
	switch {
	case errors.Is(err, results.ErrNotFound):
	case err != nil:
		t.Fatal(err)
	default:
		o.Header = h.Run.Header
		if o.Trials, o.Resume, err = h.Plan(t.Context(), nil, 1); err != nil {
			t.Fatal(err)
		}
	}
	return runner.Run(t.Context(), o)
}

// asked asks the database, and lets go of it.
func (n *smallNight) asked(t *testing.T, query string, into ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+n.store.Path()+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	scan(t, db, query, into...)
}

// ended is how many trials have ended, and how large the database is.
func (n *smallNight) ended(t *testing.T) (trials, bytes int64) {
	t.Helper()
	n.asked(t, `SELECT (SELECT count(*) FROM trials WHERE outcome IS NOT NULL),
		(SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)`,
		&trials, &bytes)
	return trials, bytes
}

// A night in miniature: many short trials in a process that is killed and resumed over and
// over. All of them end as they should, once, and the bill is that of one run; the database
// is whole and grows by as much for the last trials as for the first; and the process holds
// no more in the end than when it began. With -full there are 2,000 trials and
// 200 resumptions. It is not parallel, to be alone with what the process holds.
func TestSmallNight(t *testing.T) {
	trials, deaths := 60, 12
	if *full {
		trials, deaths = 2000, 200
	}
	store, err := results.Open(t.Context(), filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	n := &smallNight{store: store, virtual: recountRun("r", nil, trials, bench.Configuration{
		Name: "solo", Kind: bench.KindSingle, Main: virtualModel("m", 1, 0.1, 1, 10), MaxParallelTools: 1,
	})}
	const perTrial = 15 // events, or a few more
	var goroutines, files int
	var heap uint64
	var half [2]int64
	for i := range deaths {
		if _, err := n.work(t, max(20, trials*perTrial/(deaths+1))); !errors.Is(err, errDead) {
			t.Fatalf("life %d: %v", i, err)
		}
		if i == deaths/4 {
			goroutines, files, heap = held(t)
		}
		if i == deaths/2 {
			half[0], half[1] = n.ended(t)
		}
	}
	if s, err := n.work(t, 1<<30); err != nil || s.State != bench.RunDone {
		t.Fatalf("%+v, %v", s, err)
	}
	n.whole(t, trials, deaths)
	all, bytes := n.ended(t)
	first, last := float64(half[1])/float64(half[0]), float64(bytes-half[1])/float64(all-half[0])
	g, f, h := held(t)
	t.Logf("%d trials, %d resumptions; %.1f kB a trial in the first half, %.1f in the second; "+
		"goroutines %d → %d, files %d → %d, heap %d → %d kB", all, deaths, first/1e3, last/1e3, goroutines, g,
		files, f, heap>>10, h>>10)
	if *full && (last > 1.3*first || last < first/1.5) {
		t.Errorf("%.0f bytes a trial in the first half, %.0f in the second", first, last)
	}
	if g > goroutines || f > files+8 || h > heap+16<<20 { // the store keeps some connections
		t.Errorf("left: %d goroutines, %d files, %d bytes", g-goroutines, f-files, int64(h)-int64(heap))
	}
}

// whole holds the database against what one run without a death comes to.
func (n *smallNight) whole(t *testing.T, trials, deaths int) {
	t.Helper()
	h, err := n.store.Check(t.Context())
	if err != nil || len(h.Faults) > 0 {
		t.Errorf("the database: %v, %v", h.Faults, err)
	}
	var ended, resolved, calls, cutOff int64
	n.asked(t, `SELECT count(*), sum(resolved) FROM trials WHERE outcome = 'resolved'`, &ended, &resolved)
	n.asked(t, `SELECT count(*), sum(error IS NOT NULL) FROM llm_calls`, &calls, &cutOff)
	if ended != int64(trials) || resolved != ended {
		t.Errorf("%d trials are resolved, want %d", ended, trials)
	}
	// A call that was answered and not recorded is made again, and no other one.
	if most := int64(2*trials + 8*deaths); calls < int64(2*trials) || calls-cutOff != int64(2*trials) ||
		calls > most {
		t.Errorf("%d calls, %d of them cut off, for %d trials", calls, cutOff, trials)
	}
}
