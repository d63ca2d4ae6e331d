package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/results"
	"bench/runner"
	"bench/sandbox/local"
)

// crashConfig is the fusion of the demo on the task whose three sidekicks end in three
// ways. They share a sandbox, of which there are fewer then to make.
const crashConfig = `
name: crash
dataset: {path: tasks, filter: greet}
workers: {agents: 1, grading: 1}
limits: {iterations: 10, cost_usd: 2, wall: 5m}
sandbox: {kind: local}
models:
  big: {provider: scripted, script: models.yaml, price: {input: 10, cached_input: 1, cache_write: 12.5, output: 50}}
  small: {provider: scripted, script: models.yaml, price: {input: 1, cached_input: 0.1, output: 5}}
configurations:
  fusion:
    kind: fusion
    main: big
    sidekick: {model: small, iterations: 3, cost_usd: 0.5, max_parallel: 3, workspace: shared_locked}
    delegation: mandatory
`

// mortal is a store that is there for so many events, and then for nothing more, as if
// the process had been killed before the next one.
type mortal struct {
	runner.Journal

	mu   sync.Mutex
	left int
	// What the provider has billed for answers that were not recorded.
	lost      bench.USD
	lostCalls int64
}

// Append implements runner.Journal.
func (j *mortal) Append(ctx context.Context, e bench.Event) (int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.left == 0 {
		if call, ok := e.Payload.(bench.LLMCall); ok && call.Error == "" {
			j.lost += call.Cost
			j.lostCalls++
		}
		return 0, errDead
	}
	j.left--
	return j.Journal.Append(ctx, e)
}

// crash is one run, in directories of its own.
type crash struct {
	cfg    *config.Config
	dir    string
	store  *results.Store
	billed bench.USD // by the provider, for all its calls
	calls  int64
}

// newCrash takes a file as its database, if there is one: that saves its migrations.
func newCrash(t *testing.T, from []byte) *crash {
	t.Helper()
	path, err := filepath.Abs("testdata/demo/crash.yaml") // for what it names
	if err != nil {
		t.Fatal(err)
	}
	x := &crash{dir: t.TempDir()}
	if x.cfg, err = config.Parse(path, []byte(crashConfig), forRuns()); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(x.dir, "bench.db")
	if from != nil {
		if err := os.WriteFile(db, from, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if x.store, err = results.Open(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.store.Close() })
	return x
}

// fresh is the file of a database without runs.
func fresh(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bench.db")
	store, err := results.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// work runs or resumes the run, with everything that a process has for itself. What the
// journal does not take ends it.
func (x *crash) work(t *testing.T, j *mortal, o runner.Options) (runner.Summary, error) {
	t.Helper()
	boxes := filepath.Join(x.dir, "boxes")
	if err := os.MkdirAll(boxes, 0o755); err != nil {
		t.Fatal(err)
	}
	pool, err := local.New(local.Options{Dir: boxes})
	if err != nil {
		t.Fatal(err)
	}
	w, err := wireUp(x.cfg, pool, io.Discard, func(error) {}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.RunID, o.Agents, o.Pool, o.Grader, o.Journal = "r", w.agent, pool, w.grader, j
	s, err := runner.Run(t.Context(), o)
	for _, server := range w.clients.servers {
		ledger := server.server.Ledger()
		x.billed += ledger.Cost()
		x.calls += ledger.Calls
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(boxes); err != nil || len(left) > 0 {
		t.Errorf("sandboxes are left: %v, %v", left, err)
	}
	return s, err
}

// start runs it from its beginning.
func (x *crash) start(t *testing.T, j *mortal) (runner.Summary, error) {
	t.Helper()
	c := &cobra.Command{}
	c.SetContext(t.Context())
	c.SetErr(io.Discard)
	tasks, err := loadTasks(c, x.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := pinTrees(t.Context(), tasks.Tasks); err != nil {
		t.Fatal(err)
	}
	header, bodies := runHeader(x.cfg, tasks.Fingerprint)
	return x.work(t, j, runner.Options{
		Header: header, Bodies: bodies,
		Trials: runner.Plan(tasks.Tasks, x.cfg.BenchConfigurations(), x.cfg.Attempts),
	})
}

// resume carries it on in what is another process.
func (x *crash) resume(t *testing.T, j *mortal) (runner.Summary, error) {
	t.Helper()
	h, err := runner.ReadHistory(t.Context(), x.store, "r")
	if err != nil {
		t.Fatal(err)
	}
	plan, resume, err := h.Plan(t.Context(), nil, x.cfg.Attempts)
	if err != nil {
		t.Fatal(err)
	}
	return x.work(t, j, runner.Options{Header: h.Run.Header, Trials: plan, Resume: resume})
}

// seen is what a run comes to: verdict, patch, and what each agent did, without the
// calls that a kill has cut off.
func (x *crash) seen(t *testing.T) string {
	t.Helper()
	var verdicts string
	db := database(t, filepath.Join(x.dir, "bench.db"))
	scan(t, db, `SELECT group_concat(configuration || ' ' || outcome || ' ' || resolved || ' ' || patch ||
		' ' || (SELECT count(*) FROM test_results r WHERE r.trial_id = t.trial_id AND ok)) FROM trials t`,
		&verdicts)
	return verdicts + "\n" + runFacts(t, x.dir)
}

// TestKilledAtEveryEvent kills a run with delegation before each of its events, and
// resumes it: verdict, patch, agents, delegations and costs are those of the run that
// nobody disturbed, nothing is missing or there twice, and what the provider billed is
// what is recorded and what was on its way.
func TestKilledAtEveryEvent(t *testing.T) {
	t.Parallel()
	whole := newCrash(t, nil)
	const forever = 1 << 30
	if s, err := whole.start(t, &mortal{Journal: whole.store, left: forever}); err != nil ||
		s.State != bench.RunDone || s.Unfinished != 0 {
		t.Fatalf("undisturbed: %+v, %v", s, err)
	}
	want := whole.seen(t)
	empty := fresh(t)
	var events int
	scan(t, database(t, filepath.Join(whole.dir, "bench.db")), "SELECT count(*) FROM events", &events)
	if events < 50 {
		t.Fatalf("%d events\n%s", events, want)
	}
	for n := 1; n < events; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			x := newCrash(t, empty)
			first := &mortal{Journal: x.store, left: n}
			if s, err := x.start(t, first); err == nil {
				t.Fatalf("it was not killed: %+v", s)
			}
			second := &mortal{Journal: x.store, left: forever}
			s, err := x.resume(t, second)
			if err != nil || s.State != bench.RunDone || s.Unfinished != 0 {
				t.Fatalf("resumed: %+v, %v", s, err)
			}
			if got := x.seen(t); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			x.accounts(t, first)
		})
	}
}

// accounts holds what is recorded against what the provider says.
func (x *crash) accounts(t *testing.T, first *mortal) {
	t.Helper()
	var (
		cost                      bench.USD
		calls, twice, open, ended int64
		cut                       int64
	)
	scan(t, database(t, filepath.Join(x.dir, "bench.db")), `SELECT
		(SELECT coalesce(sum(cost), 0) FROM llm_calls), (SELECT count(*) FROM llm_calls WHERE error IS NULL),
		(SELECT count(*) FROM (SELECT 1 FROM llm_calls WHERE error IS NULL
			GROUP BY trial_id, agent_id, turn, purpose HAVING count(*) > 1)),
		(SELECT count(*) FROM agents WHERE ended_at IS NULL),
		(SELECT count(*) FROM events WHERE type = 'trial_ended'),
		(SELECT count(*) FROM llm_calls WHERE error IS NOT NULL)`, &cost, &calls, &twice, &open, &ended, &cut)
	if twice > 0 || open > 0 || ended != 1 {
		t.Errorf("%d calls are recorded twice, %d agents are open, %d ends", twice, open, ended)
	}
	// A call that was on its way may have been billed, and stands there as cut off.
	onTheWay := x.calls - calls - first.lostCalls
	if onTheWay < 0 || onTheWay > cut || onTheWay == 0 && cost+first.lost != x.billed {
		t.Errorf("recorded %s in %d calls, %d cut off, lost %s in %d; billed %s in %d", cost, calls, cut,
			first.lost, first.lostCalls, x.billed, x.calls)
	}
	h, err := x.store.Check(t.Context())
	if err != nil || len(h.Faults) > 0 {
		t.Errorf("%q, %v", h.Faults, err)
	}
}
