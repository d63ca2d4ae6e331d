package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/single"
	"bench/llm"
	"bench/llm/openai"
	"bench/llm/scripted"
	llmwire "bench/llm/wire"
	"bench/runner"
	"bench/sandbox"
	"bench/scoring"
)

// matrixRow is a fault that happens to one request, or one step, in ten.
type matrixRow struct {
	name  string
	rule  string // of the script; "" if the provider is well
	step  string // of sandboxes, or "grade"; "" if they are well
	ends  []bench.Outcome
	slow  bool // the provider bills what is given up
	fails bool // there are trials that do not end as resolved
}

// matrixRows are the rows of docs/faults.md that happen at random.
func matrixRows() []matrixRow {
	resolved := []bench.Outcome{bench.OutcomeResolved}
	or := func(o ...bench.Outcome) []bench.Outcome { return append(o, resolved...) }
	return []matrixRow{
		{name: "429", rule: `rate: 0.1, fault: {kind: status, status: 429}`, ends: resolved},
		{name: "429, to wait", rule: `rate: 0.1, fault: {kind: status, status: 429, retry_after: 1s}`, ends: resolved},
		{name: "500", rule: `rate: 0.1, fault: {kind: status, status: 500}`, ends: resolved},
		{name: "529", rule: `rate: 0.1, fault: {kind: status, status: 529}`, ends: resolved},
		{name: "a broken connection", rule: `rate: 0.1, fault: {kind: disconnect}`, ends: resolved},
		{name: "half an answer", rule: `rate: 0.1, fault: {kind: truncate}`, ends: resolved},
		{name: "no JSON", rule: `rate: 0.1, fault: {kind: invalid_json}`, ends: resolved},
		{name: "a page instead of an answer", rule: `rate: 0.1, fault: {kind: error_200, body: "<html>busy</html>"}`, ends: resolved},
		{name: "an error as an answer", rule: `rate: 0.1, fault: {kind: error_200, message: it went wrong}`, ends: resolved},
		{name: "nobody speaks", rule: `rate: 0.1, fault: {kind: empty_choices}`, ends: resolved},
		{name: "no answer", rule: `rate: 0.1, fault: {kind: hang}`, slow: true, ends: resolved},
		{name: "a trickle", rule: `rate: 0.1, say: Done., stream: {chunk: 1, pause: 1s}`, slow: true, ends: resolved},
		{name: "nothing is said", rule: `rate: 0.1, say: ""`, ends: or(bench.OutcomeEmptyPatch)},
		{name: "a refusal", rule: `rate: 0.1, say: I will not., finish_reason: content_filter`,
			ends: or(bench.OutcomeEmptyPatch), fails: true},
		{name: "the window is full", rule: `rate: 0.1, fault: {kind: status, status: 400, message: "maximum context ` +
			`length is 1000 tokens"}`, ends: or(bench.OutcomeLimitContext), fails: true},
		{name: "a request refused", rule: `rate: 0.1, fault: {kind: status, status: 400, message: bad field}`,
			ends: or(bench.OutcomeInfraLLM), fails: true},
		{name: "no sandbox", step: "create", ends: or(bench.OutcomeInfraSandbox), fails: true},
		{name: "a sandbox that is lost", step: "write", ends: or(bench.OutcomeInfraSandbox), fails: true},
		{name: "a patch that is lost", step: "diff", ends: or(bench.OutcomeInfraSandbox), fails: true},
		{name: "a grader that breaks", step: "grade", ends: or(bench.OutcomeInfraGrading), fails: true},
	}
}

// matrix is a run with such a fault: real requests, sandboxes of memory.
type matrix struct {
	matrixRow
	pool memory
	mu   sync.Mutex
	seen int // steps of the kind
	bad  int // of them, those that failed
}

// fault breaks every tenth step of a kind.
func (m *matrix) fault(step string, _ *memoryBox) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if step != m.step {
		return nil
	}
	if m.seen++; m.seen%10 != 5 {
		return nil
	}
	m.bad++
	return fmt.Errorf("the engine does not answer: %w", sandbox.ErrLost)
}

// Grade implements scoring.Grader.
func (m *matrix) Grade(_ context.Context, job scoring.Job) (bench.Grade, []bench.Body, error) {
	if err := m.fault("grade", nil); err != nil {
		return bench.Grade{}, nil, err
	}
	right := strings.Contains(job.Patch, "right")
	return bench.Grade{Rules: "v5", PatchApplied: true, Found: true, Resolved: &right}, nil, nil
}

// run does so many trials, and returns their ends and the provider's bill.
func (m *matrix) run(t *testing.T, trials int) (l *logbook, s runner.Summary, bill scripted.Ledger) {
	t.Helper()
	model := virtualModel("m", 1, 0.1, 1, 10)
	text := fmt.Sprintf("seed: 5\nmodels: {%s: {price: {input: 1, cached_input: 0.1, cache_write: 1, "+
		"output: 10}}}\nrules:\n", model.Model)
	if m.rule != "" {
		text += "  - {" + m.rule + "}\n"
	}
	text += `  - when: {turn: 1}
    calls: [{tool: file_editor, arguments: {command: create, path: /testbed/new, file_text: "right\n"}}]
  - say: Done.
`
	script, err := scripted.Parse("script", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	server := scripted.New(script, scripted.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	patience := time.Minute
	if m.slow {
		patience = time.Second
	}
	client, err := openai.New(openai.Options{Options: llmwire.Options{
		BaseURL: url + "/v1", Simulated: true, Timeout: patience,
	}})
	if err != nil {
		t.Fatal(err)
	}
	shared := llm.Shared(client, llm.RateLimit{}, llm.RetryOptions{Base: time.Millisecond})
	m.pool = memory{quick: true, fault: m.fault}
	v := recountRun("r", nil, trials, bench.Configuration{
		Name: "solo", Kind: bench.KindSingle, Main: model, MaxParallelTools: 1,
	})
	l = &logbook{}
	s, err = runner.Run(t.Context(), runner.Options{
		RunID: "r", Journal: l, Pool: &m.pool, Grader: m,
		Header: bench.RunStarted{Name: "matrix", Workers: bench.Workers{Agents: 64, Grading: 4}, Rules: "v5"},
		Trials: runner.Plan(v.tasks, v.configurations, 1),
		Agents: func(bench.Kind) (agent.Agent, error) {
			return single.New(single.Options{Clients: func(bench.Model) llm.Client { return shared }}), nil
		},
	})
	if err != nil {
		t.Errorf("%s: %v", m.name, err)
	}
	client.Close()
	bill = server.Ledger()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	return l, s, bill
}

// accounted holds a run against what was done to it: every trial has ended in a way that
// the fault may bring about, and every request that was answered is recorded and paid.
func (m *matrix) accounted(t *testing.T, l *logbook, bill scripted.Ledger, trials int) {
	t.Helper()
	ends := map[bench.Outcome]int{}
	var cost bench.USD
	var calls int64
	for _, e := range l.events {
		switch p := e.Payload.(type) {
		case bench.TrialEnded:
			ends[p.Outcome]++
			if !slices.Contains(m.ends, p.Outcome) {
				t.Errorf("%s: %s ends as %s: %s", m.name, e.Trial, p.Outcome, p.Error)
			}
		case bench.LLMCall:
			cost += p.Cost
			if p.Error == "" {
				calls++
			}
		}
	}
	faults := int64(m.bad)
	for _, n := range bill.Faults {
		faults += n
	}
	all := 0
	for n := range maps.Values(ends) {
		all += n
	}
	if all != trials || m.fails && ends[bench.OutcomeResolved] == all {
		t.Errorf("%s: %d of %d trials have ended: %v", m.name, all, trials, ends)
	}
	if m.rule != "" && strings.Contains(m.rule, "fault:") && faults == 0 || m.step != "" && faults == 0 {
		t.Errorf("%s: never happened", m.name)
	}
	if (cost != bill.Cost() || calls != bill.Calls) && !m.slow || cost > bill.Cost() || cost == 0 {
		t.Errorf("%s: %d calls for %s; the provider billed %d for %s", m.name, calls, cost, bill.Calls,
			bill.Cost())
	}
	t.Logf("%-28s %d faults, %v", m.name, faults, ends)
}

// held is what the process holds after all that was let go of is gone.
func held(t *testing.T) (goroutines, files int, heap uint64) {
	t.Helper()
	for range 3 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond) // connections end in goroutines of their own
	}
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		files = len(list)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), files, m.HeapAlloc
}

// Each fault that happens at random is accounted for, and leaves nothing behind: neither
// a goroutine nor an open file nor memory. It is not parallel, to be alone with what the
// process holds. With -full there are 500 trials for each.
func TestFaultMatrix(t *testing.T) {
	trials := 20
	if *full {
		trials = 500
	}
	happens := func(row matrixRow) {
		m := &matrix{matrixRow: row}
		l, s, bill := m.run(t, trials)
		if s.State != bench.RunDone {
			t.Errorf("%s: the run is %s", row.name, s.State)
		}
		m.accounted(t, l, bill, trials)
	}
	// What is made once is made then.
	happens(matrixRow{name: "nothing", ends: []bench.Outcome{bench.OutcomeResolved}})
	goroutines, files, heap := held(t)
	for _, row := range matrixRows() {
		happens(row)
	}
	g, f, h := held(t)
	for end := time.Now().Add(5 * time.Second); (g > goroutines || f > files) && time.Now().Before(end); {
		g, f, h = held(t)
	}
	t.Logf("goroutines %d → %d, files %d → %d, heap %d → %d kB", goroutines, g, files, f, heap>>10, h>>10)
	if g > goroutines || f > files || h > heap+8<<20 {
		t.Errorf("left: %d goroutines, %d files, %d bytes", g-goroutines, f-files, int64(h)-int64(heap))
	}
}
