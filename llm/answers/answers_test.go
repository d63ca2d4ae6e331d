package answers

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bench"
	"bench/llm"
)

// model answers each call with a text of its own.
type model struct {
	mu    sync.Mutex
	calls int
	with  func(n int) (llm.Response, error) // nil: an answer
}

func (m *model) Complete(context.Context, llm.Request) (llm.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.with != nil {
		return m.with(m.calls)
	}
	return answer(strings.Repeat("é<&>\n", m.calls)), nil
}

func answer(text string) llm.Response {
	at := time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	cost := bench.USD(7)
	return llm.Response{
		Message: llm.Assistant(text, nil), Finish: llm.FinishStop, FinishReason: "stop",
		Original: []byte(`{"role": "assistant"}`),
		Usage:    bench.Usage{Input: 100, CachedInput: 3, Output: 7}, ReportedCost: &cost,
		ServedModel: "m-1", RequestID: "r-1", UnknownUsage: 1, CacheUnclear: true,
		Unreported: []bench.Attempt{{Usage: bench.Usage{Output: 2}, Start: at}},
		Start:      at, First: at, End: at.Add(time.Second), Retries: 2, Waited: time.Second,
	}
}

func request(change func(*llm.Request)) llm.Request {
	r := llm.Request{
		Model: "m", Messages: []*llm.Message{llm.System("s"), llm.User("u")},
		Tools: []byte(`[{"a":1}]`), MaxOutputTokens: 100,
		Speaker: llm.Speaker{
			Trial: bench.TrialKey{Configuration: "solo", InstanceID: "t", Attempt: 1},
			Role:  bench.RoleMain, Agent: "main", Turn: 1,
		},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func open(t testing.TB, path string, keys ...string) (*Dir, *[]string) {
	t.Helper()
	var said []string
	d, err := Open(path, bench.NewRedactor(4, keys...), func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	return d, &said
}

func ask(t testing.TB, c llm.Client, r llm.Request) llm.Response {
	t.Helper()
	resp, err := c.Complete(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// The same agent of the same trial that asks the same has the same answer, to the byte and
// with what it had cost; whatever differs, in the request or in who asks, is asked anew.
func TestSameAndOther(t *testing.T) {
	t.Parallel()
	m := &model{}
	path := filepath.Join(t.TempDir(), "deep", "answers")
	d, said := open(t, path)
	first := ask(t, d.Client(m, []byte("at")), request(nil))
	later, _ := open(t, path) // as another process
	got := ask(t, later.Client(m, []byte("at")), request(nil))
	if m.calls != 1 || got.Source != bench.SourceCache || first.Source != bench.SourceModel {
		t.Fatalf("%d calls, then from %q", m.calls, got.Source)
	}
	if got.Start.Before(first.Start.Add(time.Hour)) || got.Retries != 0 || got.Waited != 0 {
		t.Errorf("it is not of now: %+v", got)
	}
	price := bench.Price{Rates: bench.Rates{Input: 1000, Output: 1000}}
	if got.Cost(price) != first.Cost(price) ||
		got.UnreportedCost(price) != first.UnreportedCost(price) {
		t.Errorf("cost %s, had been %s", got.Cost(price), first.Cost(price))
	}
	type kept struct {
		JSON, Original, Reason, Served, ID string
		Usage                              bench.Usage
		Unknown                            int
		Unclear                            bool
	}
	of := func(r llm.Response) kept {
		return kept{string(r.Message.JSON), string(r.Original), r.FinishReason, r.ServedModel,
			r.RequestID, r.Usage, r.UnknownUsage, r.CacheUnclear}
	}
	if diff := cmp.Diff(of(first), of(got)); diff != "" {
		t.Errorf("-first +again:\n%s", diff)
	}
	half := 0.5
	for name, change := range map[string]func(*llm.Request){
		"attempt":       func(r *llm.Request) { r.Speaker.Trial.Attempt = 2 },
		"configuration": func(r *llm.Request) { r.Speaker.Trial.Configuration = "solo-aa" },
		"task":          func(r *llm.Request) { r.Speaker.Trial.InstanceID = "t2" },
		"agent":         func(r *llm.Request) { r.Speaker.Agent = "t0001" },
		"turn":          func(r *llm.Request) { r.Speaker.Turn = 2 },
		"purpose":       func(r *llm.Request) { r.Purpose = bench.PurposeAside },
		"model":         func(r *llm.Request) { r.Model = "m2" },
		"message":       func(r *llm.Request) { r.Messages = []*llm.Message{llm.System("su")} },
		"split":         func(r *llm.Request) { r.Messages = r.Messages[:1] },
		"tools":         func(r *llm.Request) { r.Tools = nil },
		"choice":        func(r *llm.Request) { r.ToolChoice = llm.ToolsNone },
		"temperature":   func(r *llm.Request) { r.Temperature = &half },
		"effort":        func(r *llm.Request) { r.ReasoningEffort = "low" },
	} {
		before := m.calls
		if r := ask(t, d.Client(m, []byte("at")), request(change)); r.Source != bench.SourceModel ||
			m.calls != before+1 {
			t.Errorf("another %s: answered from %q", name, r.Source)
		}
	}
	if r := ask(t, d.Client(m, []byte("elsewhere")), request(nil)); r.Source != bench.SourceModel {
		t.Error("another endpoint has the answer")
	}
	if len(*said) > 0 {
		t.Errorf("warned: %q", *said)
	}
}

// Budgets lower the bound on output as they are spent. An answer that ended by itself is the
// same with any bound that it fits, one that was cut with its own alone.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		finish llm.Finish
		bound  int64 // of the answer with 100, of 7 tokens
		kept   bool
	}{
		{llm.FinishStop, 100, true}, {llm.FinishStop, 7, true}, {llm.FinishStop, 6, false},
		{llm.FinishStop, 0, true}, {llm.FinishToolCalls, 200, true},
		{llm.FinishLength, 100, true}, {llm.FinishLength, 99, false}, {llm.FinishLength, 0, false},
	} {
		m := &model{with: func(int) (llm.Response, error) {
			r := answer("x")
			r.Finish = c.finish
			return r, nil
		}}
		d, _ := open(t, t.TempDir())
		ask(t, d.Client(m, nil), request(nil))
		r := ask(t, d.Client(m, nil), request(func(r *llm.Request) { r.MaxOutputTokens = c.bound }))
		if got := r.Source == bench.SourceCache; got != c.kept {
			t.Errorf("%s, bound %d: from the cache %v, want %v", c.finish, c.bound, got, c.kept)
		}
	}
}

// What is no answer is not kept: errors, refusals, what is of no use, and what has a key in
// it; a program's call passes.
func TestNotKept(t *testing.T) {
	t.Parallel()
	finish := func(f llm.Finish) func(int) (llm.Response, error) {
		return func(int) (llm.Response, error) {
			r := answer("x")
			r.Finish = f
			return r, nil
		}
	}
	for name, with := range map[string]func(int) (llm.Response, error){
		"error": func(int) (llm.Response, error) { return answer("x"), errors.New("no") },
		"key": func(int) (llm.Response, error) {
			return answer("it is sk-canary-0123456789"), nil
		},
		"refusal": finish(llm.FinishRefusal), "spoiled": finish(llm.FinishSpoiled),
	} {
		path := t.TempDir()
		d, _ := open(t, path, "sk-canary-0123456789")
		m := &model{with: with}
		for range 2 {
			_, _ = d.Client(m, nil).Complete(t.Context(), request(nil))
		}
		if left, _ := filepath.Glob(filepath.Join(path, "*")); m.calls != 2 || len(left) > 0 {
			t.Errorf("%s: %d calls of 2, %q is kept", name, m.calls, left)
		}
	}
	d, _ := open(t, t.TempDir())
	m := &model{}
	sent := 0
	for range 2 {
		_, err := d.Client(sender{m}, nil).Complete(t.Context(), request(func(r *llm.Request) {
			r.Send = func(context.Context, llm.Request) (llm.Response, error) {
				sent++
				return answer("x"), nil
			}
		}))
		if err != nil {
			t.Error(err)
		}
	}
	if sent != 2 {
		t.Errorf("a program's call was made %d times of 2", sent)
	}
}

// sender makes calls as their requests say.
type sender struct{ *model }

func (sender) Complete(ctx context.Context, r llm.Request) (llm.Response, error) {
	return r.Send(ctx, r)
}

// An entry that is cut short or changed anywhere is never used: the model is asked again, it
// is said once, and the entry is mended.
func TestDamaged(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d, _ := open(t, path)
	ask(t, d.Client(&model{}, nil), request(nil))
	files, _ := filepath.Glob(filepath.Join(path, "??", "*"))
	if len(files) != 1 {
		t.Fatalf("kept %q", files)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(files[0]); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %s", info.Mode())
	}
	for i := range whole {
		flipped := append([]byte{}, whole...)
		flipped[i] ^= 1
		for what, text := range map[string][]byte{"cut": whole[:i], "flipped": flipped} {
			if err := os.WriteFile(files[0], text, 0o600); err != nil {
				t.Fatal(err)
			}
			d, said := open(t, path)
			m := &model{}
			if ask(t, d.Client(m, nil), request(nil)); m.calls != 1 || len(*said) != 1 {
				t.Fatalf("%s at %d: %d calls, said %q", what, i, m.calls, *said)
			}
			if ask(t, d.Client(m, nil), request(nil)); m.calls != 1 {
				t.Fatalf("%s at %d: not mended", what, i)
			}
		}
	}
	other := filepath.Join(path, "00", strings.Repeat("0", 64))
	if err := errors.Join(os.MkdirAll(filepath.Dir(other), 0o700),
		os.WriteFile(other, whole, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := d.read(filepath.Base(other)); ok {
		t.Error("an entry under another name is used")
	}
}

// Where nothing can be written, answers are not kept, and nothing else is wrong.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "answers")
	d, said := open(t, path)
	if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	m := &model{}
	for range 2 {
		ask(t, d.Client(m, nil), request(nil))
	}
	kept := 0
	for _, s := range *said {
		if strings.Contains(s, "an answer is not kept: ") {
			kept++
		}
	}
	if m.calls != 2 || kept != 1 {
		t.Errorf("%d calls, said %q", m.calls, *said)
	}
	if _, err := Open(path, nil, nil); err == nil {
		t.Error("a file is taken for a directory")
	}
}

// What a process had begun to write when it died is never read, and goes later.
func TestUnfinished(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	old, fresh := filepath.Join(path, unfinished+"1"), filepath.Join(path, unfinished+"2")
	long := time.Now().Add(-2 * time.Hour)
	if err := errors.Join(os.WriteFile(old, nil, 0o600), os.WriteFile(fresh, nil, 0o600),
		os.Chtimes(old, long, long)); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	if _, err := os.Stat(fresh); err != nil {
		t.Error("what is perhaps being written is gone")
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("what a dead process left is still there")
	}
}

// Several processes write and read the same answers at once: each reads a whole one, or none.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		d, said := open(t, path)
		c := d.Client(&model{with: func(int) (llm.Response, error) {
			return answer(strings.Repeat("long ", 5000)), nil
		}}, nil)
		all.Go(func() {
			for turn := range 20 {
				r := ask(t, c, request(func(r *llm.Request) { r.Speaker.Turn = turn }))
				if len(r.Message.Text) != 25000 {
					t.Errorf("%d bytes", len(r.Message.Text))
				}
			}
			if len(*said) > 0 {
				t.Errorf("warned: %q", *said)
			}
		})
	}
	all.Wait()
	if left, _ := filepath.Glob(filepath.Join(path, unfinished+"*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}
