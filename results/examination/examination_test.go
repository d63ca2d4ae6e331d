package examination

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"bench"
	"bench/llm"
	"bench/results"
	"bench/results/storetest"
)

const gold = `diff --git a/shapes.py b/shapes.py
--- a/shapes.py
+++ b/shapes.py
@@ -1,3 +1,4 @@
 def area(shape):
     sides = shape.sides()
+    require_closed_outline(sides)
     total = 0
`

const fixed = "def area(shape):\n    sides = shape.sides()\n    require_closed_outline(sides)\n    total = 0\n"

// writer appends events of one run.
type writer struct {
	t     *testing.T
	store *results.Store
	at    time.Time
	key   bench.TrialKey
}

func (w *writer) add(agent string, p bench.Payload, bodies ...bench.Body) {
	w.t.Helper()
	w.at = w.at.Add(time.Second)
	e := bench.Event{RunID: "r", Time: w.at, Trial: w.key, Agent: agent, Payload: p, Bodies: bodies}
	switch p.(type) {
	case bench.RunStarted, bench.RunEnded:
		e.Trial = bench.TrialKey{}
	}
	if _, err := w.store.Append(w.t.Context(), e); err != nil {
		w.t.Fatal(err)
	}
}

// start begins a run of three configurations on one task, and each agent.
func start(t *testing.T, names ...string) *writer {
	w := &writer{t: t, store: storetest.Stored(t), at: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	row, err := json.Marshal(bench.Task{
		InstanceID: "acme__shapes-1", Repo: "acme/shapes", Patch: gold,
	})
	if err != nil {
		t.Fatal(err)
	}
	h := bench.RunStarted{Name: "n", Tasks: []bench.TaskRef{{
		InstanceID: "acme__shapes-1", Repo: "acme/shapes", Row: bench.Body(row).Hash(),
	}}}
	for _, name := range names {
		h.Configurations = append(h.Configurations, bench.Configuration{Name: name, Kind: bench.KindSingle})
		h.Trials = append(h.Trials, bench.TrialKey{
			Configuration: name, InstanceID: "acme__shapes-1", Attempt: 1,
		})
	}
	w.add("", h, row)
	return w
}

// trial begins a trial.
func (w *writer) trial(name string, agents ...string) {
	w.key = bench.TrialKey{Configuration: name, InstanceID: "acme__shapes-1", Attempt: 1}
	w.add("", bench.PhaseStarted{Phase: bench.PhasePrepare})
	w.add("", bench.PhaseStarted{Phase: bench.PhaseSolve})
	for _, a := range agents {
		w.add(a, bench.AgentStarted{Role: bench.RoleSingle, Model: "m", WireModel: "m"})
	}
}

// says records a model call with the messages that it added.
func (w *writer) says(agent, call string, turn, index int, messages ...*llm.Message) {
	c := bench.LLMCall{CallID: call, Turn: turn, Model: "m"}
	var bodies []bench.Body
	for i, m := range messages {
		body := bench.Body(m.JSON)
		c.Messages = append(c.Messages, bench.MessageRef{Index: index + i, Role: m.Role, Body: body.Hash()})
		bodies = append(bodies, body)
	}
	w.add(agent, c, bodies...)
}

// does records a tool call of bench's own.
func (w *writer) does(agent, batch, id, arguments, result string) {
	code := 0
	a, r := bench.Body(arguments), bench.Body(result)
	w.add(agent, bench.ToolCall{CallID: id, BatchID: batch, Name: "terminal", Arguments: a.Hash(),
		Result: r.Hash(), ExitCode: &code}, a, r)
}

func (w *writer) end() { w.add("", bench.TrialEnded{Outcome: bench.OutcomeUngraded}) }

func asks(id, command string) *llm.Message {
	arguments, err := json.Marshal(map[string]string{"command": command})
	if err != nil {
		panic(err)
	}
	return llm.Assistant("", []llm.ToolCall{{ID: id, Name: "terminal", Arguments: string(arguments)}})
}

// TestRun: tool calls of bench and of programs are examined, in the order of time for all
// agents together; what was found is kept, and found again when something has changed.
func TestRun(t *testing.T) {
	t.Parallel()
	w := start(t, "own", "program", "team", "open")
	ctx := t.Context()
	const read = `{"command":"cat /opt/x.py"}`

	w.trial("own", "a")
	w.says("a", "b1", 1, 0, asks("c1", "cat /opt/x.py"))
	w.does("a", "b1", "c1", read, fixed)
	w.says("a", "b2", 2, 1, llm.Observation("c1", fixed), llm.Assistant("Done.", nil))
	w.end()

	w.trial("program", "p")
	w.says("p", "b1", 1, 0, asks("c1", "ls"))
	w.says("p", "b2", 2, 1, llm.Observation("c1", "x.py"), asks("c1", "cat /opt/x.py"))
	w.says("p", "b3", 3, 3, llm.Observation("c1", fixed), llm.Assistant("Done.", nil))
	w.end()

	// The sidekick writes what main is shown then.
	w.trial("team", "main", "t1")
	w.says("t1", "b1", 1, 0, llm.Assistant("I add require_closed_outline(sides) to it.", nil))
	w.says("main", "b2", 1, 0, asks("c1", "cat /opt/x.py"))
	w.does("main", "b2", "c1", read, fixed)
	w.end()

	w.trial("open", "a")
	w.says("a", "b1", 1, 0, asks("c1", "cat /opt/x.py"))
	w.does("a", "b1", "c1", read, fixed)

	if n, err := Run(ctx, w.store, "r"); err != nil || n != 3 {
		t.Fatalf("examined %d, %v", n, err)
	}
	fix := func(agent string, turn int) []bench.Finding {
		return []bench.Finding{{Rule: "fix_lines", Severity: bench.Touched, Agent: agent, Turn: turn,
			Call: "c1", Text: "shapes.py: require_closed_outline(sides)"}}
	}
	check := func(want ...[]bench.Finding) {
		t.Helper()
		trials, err := w.store.Trials(ctx, "r")
		if err != nil {
			t.Fatal(err)
		}
		found, err := w.store.Examined(ctx, "r")
		if err != nil {
			t.Fatal(err)
		}
		for i, fs := range want {
			x, ok := found[trials[i].ID]
			if ok != (fs != nil) || len(fs)+len(x.Findings) > 0 && !reflect.DeepEqual(x.Findings, fs) {
				t.Errorf("%s: got %+v, want %+v", trials[i].Key, x.Findings, fs)
			}
		}
	}
	none := []bench.Finding{}
	check(fix("a", 1), fix("p", 2), none, nil)
	if n, err := Run(ctx, w.store, "r"); err != nil || n != 0 {
		t.Errorf("examined %d again, %v", n, err)
	}
	w.end() // of the open one
	if n, err := Run(ctx, w.store, "r"); err != nil || n != 1 {
		t.Errorf("examined %d, %v", n, err)
	}
	check(fix("a", 1), fix("p", 2), none, fix("a", 1))

	x, err := w.store.Exclusion(ctx, []string{"r"}, bench.Touched)
	if err != nil || x.Trials != 3 || x.Of != 1 || !x.Has("acme__shapes-1") || x.Unknown != 0 {
		t.Errorf("got %+v, %v", x, err)
	}
	d, err := w.store.Detail(ctx, "r", w.key)
	if err != nil || !reflect.DeepEqual(d.Examined.Findings, fix("a", 1)) {
		t.Errorf("got %+v, %v", d.Examined, err)
	}
	w.key.Configuration = "own"
	w.add("", bench.TrialResumed{})
	check(nil)
}
