package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bench"
)

const underWayConfig = `
dataset: {path: %s, ids: [demo__greet-2]}
workers: {agents: 1, grading: 1}
sandbox: {kind: local}
models:
  lead: {provider: openai, model: lead, base_url: %s/v1, price: {input: 15, output: 75}}
  small: {provider: openai, model: small, base_url: %[2]s/v1, price: {input: 0.6, output: 2.2}}
configurations:
  fusion: {kind: fusion, main: lead, sidekick: {model: small}}
`

// What was asked of a provider and not answered when the process was killed is in
// the database: as calls that may have been billed, whether the run is resumed or
// not, each once, however often it is resumed and killed again.
func TestCallsUnderWayAtAKillAreRecorded(t *testing.T) {
	t.Parallel()
	w := newWitness(t, resumeScript)
	dir := w.lay(t, underWayConfig)
	env := []string{"TMPDIR=" + dir}
	db := filepath.Join(dir, "bench.db")
	run := []string{"run", "-c", "bench.yaml", "--run-id", "r"}
	for n := int64(1); n <= 2; n++ {
		// Main's one call is answered, in the first process; its two sidekicks ask.
		w.killAsking(t, dir, env, 2, run...)
		run = []string{"resume", "r"}
		var open, unknown, estimated, charged int64
		scan(t, database(t, db), `SELECT sum(open), sum(unknown_usage), sum(estimated_unknown) FROM llm_calls`,
			&open, &unknown, &estimated)
		scan(t, database(t, db), `SELECT unreported_cost FROM trials`, &charged)
		if open != 2 || unknown != 2*n || estimated == 0 || charged != estimated {
			t.Errorf("after kill %d: %d calls are open, %d may have been billed, an estimated %d; charged %d",
				n, open, unknown, estimated, charged)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"status r", "and with it 2 model calls under way; to continue: bench resume r"},
		{"compare r", "2 model calls are under way, or their process has died"},
		{"compare r", "4 attempts that failed or were cut off may have been billed"},
		{"show r demo__greet-2", "4 attempts reported no usage, an estimated $"},
	} {
		out, said, _ := program(t, dir, env, strings.Fields(c.args)...)
		if !strings.Contains(strings.Join(strings.Fields(out+said), " "), c.want) {
			t.Errorf("bench %s does not say %q:\n%s%s", c.args, c.want, out, said)
		}
	}
	w.release()
	out, said, status := program(t, dir, env, "resume", "r")
	if status != int(bench.ExitDone) {
		t.Fatalf("status %d:\n%s%s", status, out, said)
	}
	w.busy.Wait()
	var open, unknown, answered, cost, ids, rows int64
	scan(t, database(t, db), `SELECT sum(open), sum(unknown_usage), sum(error IS NULL), sum(cost),
		count(DISTINCT call_id), count(*) FROM llm_calls`, &open, &unknown, &answered, &cost, &ids, &rows)
	ledger := w.provider.Ledger()
	if open != 0 || unknown != 4 || answered+unknown != ledger.Calls || ids != rows {
		t.Errorf("%d open, %d unknown, %d answered, %d billed; %d ids of %d calls", open, unknown, answered,
			ledger.Calls, ids, rows)
	}
	if cost >= int64(ledger.Cost()) {
		t.Errorf("recorded %d nano-dollars, billed %d, with what nobody heard of", cost, ledger.Cost())
	}
	if strings.Contains(out, "under way") {
		t.Errorf("it is over, but\n%s", out)
	}
}

// killAsking holds back what is asked, but for the first request of all, and kills
// the program when so many requests are held back.
func (w *witness) killAsking(t *testing.T, dir string, env []string, held int, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bench", args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	var said strings.Builder
	c.Stderr = &said
	asked := w.hold(1)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait() // it is killed
	}()
	for range held {
		select {
		case <-asked:
		case <-ended:
			t.Fatalf("it ended by itself:\n%s", said.String())
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
}
