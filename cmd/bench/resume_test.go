package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bench"
	"bench/llm/scripted"
)

const resumeScript = `
models:
  big: {price: {input: 15, output: 75}, latency: 30ms}
  lead: {price: {input: 15, output: 75}, latency: 30ms}
  small: {price: {input: 0.6, output: 2.2}, latency: 30ms}
captures: {script: 'sh (greet|sum)\.sh'}
rules:
  - when: {model: big|small, turn: 1}
    say: I look.
    calls: [{tool: terminal, arguments: {command: "cat *.sh; date +%N"}}]
  - when: {model: big, turn: 2}
    calls: [{tool: terminal, arguments: {command: "sed -i 's/$1 - $2/$1 + $2/' *.sh; cat *.sh"}}]
  - when: {model: lead, turn: 1}
    calls:
      - {tool: task, arguments: {prompt: "Read one of ${script}.", subagent_type: sidekick}}
      - {tool: task, arguments: {prompt: "Read two of ${script}.", subagent_type: sidekick}}
      - {tool: terminal, arguments: {command: "date +%N > .stamp; cat .stamp"}}
  - when: {model: lead, turn: 2}
    calls: [{tool: terminal, arguments: {command: "sed -i 's/$1 - $2/$1 + $2/' *.sh; cat *.sh"}}]
  - say: "Findings: none."
`

const resumeConfig = `
dataset: {path: %s}
workers: {agents: 3, grading: 1}
sandbox: {kind: local}
models:
  big: {provider: openai, model: big, base_url: %s/v1, price: {input: 15, output: 75}}
  lead: {provider: openai, model: lead, base_url: %[2]s/v1, price: {input: 15, output: 75}}
  small: {provider: openai, model: small, base_url: %[2]s/v1, price: {input: 0.6, output: 2.2}}
configurations:
  solo: {kind: single, model: big}
  fusion: {kind: fusion, main: lead, sidekick: {model: small}}
`

// witness stands between bench and a provider: it keeps what was asked, and can
// do something when an answer has been given.
type witness struct {
	provider *scripted.Server
	server   *httptest.Server
	busy     sync.WaitGroup // requests under way

	mu       sync.Mutex
	asked    [][]byte // the messages of each request
	answered int
	then     func(answered int)
	free     int           // how many requests, of all, pass while others are held back
	held     chan struct{} // hears of each that is held back; nil: none is
	released chan struct{} // closed when they are let go
}

func newWitness(t *testing.T, text string) *witness {
	t.Helper()
	script, err := scripted.Parse("script", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{provider: scripted.New(script, scripted.Options{})}
	address, err := w.provider.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.busy.Add(1)
		defer w.busy.Done()
		w.see(r)
		w.wait()
		// The provider answers, and bills, also if nobody is left to hear it.
		proxy.ServeHTTP(deaf{rw}, r.WithContext(context.WithoutCancel(r.Context())))
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.answered++; w.then != nil {
			w.then(w.answered)
		}
	}))
	t.Cleanup(func() { w.server.Close(); w.provider.Close() })
	return w
}

// hold holds back all requests but the first ones. The channel hears of each.
func (w *witness) hold(free int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free, w.held = free, make(chan struct{}, 100)
	if w.released == nil {
		w.released = make(chan struct{})
	}
	return w.held
}

// release lets go of all that is held back, and holds back nothing more.
func (w *witness) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = nil
	close(w.released)
}

func (w *witness) wait() {
	w.mu.Lock()
	held, released := w.held, w.released
	if held != nil && len(w.asked) <= w.free {
		held = nil
	}
	w.mu.Unlock()
	if held != nil {
		held <- struct{}{}
		<-released
	}
}

// deaf does not tell the proxy that nobody is left to hear the answer, which would
// have it cancel the request.
type deaf struct{ http.ResponseWriter }

func (d deaf) Unwrap() http.ResponseWriter { return d.ResponseWriter }

func (w *witness) see(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var request struct{ Messages, Input json.RawMessage }
	if json.Unmarshal(body, &request) == nil {
		w.mu.Lock()
		w.asked = append(w.asked, bytes.TrimSuffix(append(request.Messages, request.Input...), []byte("]")))
		w.mu.Unlock()
	}
}

// lay writes the config, which has places for the tasks and for the address of
// the witness, and returns its directory.
func (w *witness) lay(t *testing.T, text string) string {
	t.Helper()
	tasks, err := filepath.Abs("testdata/demo/tasks")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf(text, tasks, w.server.URL)
	if err := os.WriteFile(filepath.Join(dir, "bench.yaml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A run that is killed at once, anywhere, is resumed: it ends as it would
// have, no model call whose answer was recorded is made again, and every
// conversation begins with the bytes it had.
func TestKilledRunIsResumed(t *testing.T) {
	t.Parallel()
	for _, at := range []int{1, 9, 19} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			w := newWitness(t, resumeScript)
			dir := w.lay(t, resumeConfig)
			env := []string{"TMPDIR=" + dir}
			w.kill(t, dir, env, at)
			db := filepath.Join(dir, "bench.db")
			if _, said, _ := program(t, dir, env, "status", "r"); !strings.Contains(said, "to continue: bench resume r") {
				t.Errorf("status says %q", said)
			}
			before := len(w.asked)
			var kept int64
			scan(t, database(t, db), `SELECT count(*) FROM llm_calls WHERE error IS NULL`, &kept)
			lost := w.provider.Ledger().Calls - kept

			_, said, status := program(t, dir, env, "resume", "r")
			if status != int(bench.ExitDone) {
				t.Fatalf("status %d:\n%s", status, said)
			}
			var trials, resolved, good, ids, cost int64
			scan(t, database(t, db), `SELECT count(*), sum(resolved) FROM v_trials WHERE phase = 'done'`, &trials, &resolved)
			scan(t, database(t, db), `SELECT sum(error IS NULL), count(DISTINCT call_id), sum(cost) FROM llm_calls`, &good, &ids, &cost)
			if trials != 4 || resolved != 2 { // as without the kill: greet-2 wants another change
				t.Errorf("%d trials ended, %d resolved\n%s", trials, resolved, said)
			}
			if paid := w.provider.Ledger().Calls; paid-good != lost || lost > 6 || ids < good {
				t.Errorf("%d calls were paid for, %d are recorded; %d were on their way at the kill", paid, good, lost)
			}
			if lost == 0 && cost != int64(w.provider.Ledger().Cost()) {
				t.Errorf("recorded %d nano-dollars, billed %d", cost, w.provider.Ledger().Cost())
			}
			w.goesOn(t, before)

			_, said, status = program(t, dir, env, "resume", "r")
			if status != int(bench.ExitDone) || !strings.Contains(said, "nothing is left to do") {
				t.Errorf("once more: status %d\n%s", status, said)
			}
		})
	}
}

// kill runs the config as run r, and kills it after so many answers.
func (w *witness) kill(t *testing.T, dir string, env []string, at int) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bench", "run", "-c", "bench.yaml", "--run-id", "r")
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	started := make(chan *os.Process, 1)
	w.mu.Lock()
	w.then = func(answered int) {
		if answered == at {
			(<-started).Kill()
		}
	}
	w.mu.Unlock()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	started <- c.Process
	if c.Wait() == nil {
		t.Fatal("it was not killed")
	}
	w.busy.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.then, w.answered = nil, 0
}

// goesOn fails unless what was asked after the first process begins with what the
// same agents had asked in it.
func (w *witness) goesOn(t *testing.T, before int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, now := range w.asked[before:] {
		for _, then := range w.asked[:before] {
			// The same agent: system prompt and first message, which names its task.
			if len(then) > len(now) || !bytes.Equal(opening(then), opening(now)) {
				continue
			}
			if !bytes.HasPrefix(now, then) {
				t.Errorf("asked\n%s\nafter\n%s", now, then)
			}
		}
	}
}

// opening is the first two messages of a request.
func opening(messages []byte) []byte {
	var all []json.RawMessage
	if json.Unmarshal(append(bytes.Clone(messages), ']'), &all) != nil || len(all) < 2 {
		return nil
	}
	return append(bytes.Clone(all[0]), all[1]...)
}

// A run whose process died after its last trial, and before it said that it was done, is
// done once it is resumed.
func TestResumedAfterItsLastTrial(t *testing.T) {
	t.Parallel()
	dir := changed(t, `DROP TRIGGER events_never_go; DELETE FROM events WHERE type = 'run_ended';
		UPDATE runs SET state = 'running', ended_at = NULL`)
	if _, said, status := program(t, dir, nil, "resume", "r"); status != 0 ||
		!strings.Contains(said, "nothing is left to do") {
		t.Errorf("status %d\n%s", status, said)
	}
	var state, last string
	scan(t, database(t, filepath.Join(dir, "bench.db")), `SELECT state,
		(SELECT type FROM events ORDER BY event_id DESC LIMIT 1) FROM runs`, &state, &last)
	if state != "done" || last != "run_ended" {
		t.Errorf("the run is %s, its last event %s", state, last)
	}
}
