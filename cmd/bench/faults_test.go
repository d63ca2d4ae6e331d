package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"bench"
	"bench/llm/scripted"
)

// faultScript is a provider that fails every tenth request, and now and then
// for good.
const faultScript = `
seed: 4
models:
  big: {price: {input: 15, cached_input: 1.5, cache_write: 18.75, output: 75}}
  lead: {price: {input: 15, cached_input: 1.5, cache_write: 18.75, output: 75}}
  small: {price: {input: 0.6, cached_input: 0.11, output: 2.2}}
rules:
  - {rate: 0.08, fault: {kind: status, status: 429, retry_after: 1s}}
  - {rate: 0.06, fault: {kind: status, status: 500}}
  - {rate: 0.04, fault: {kind: truncate}}
  - {rate: 0.02, fault: {kind: hang}}
  - {when: {model: big, turn: 3}, rate: 0.1, fault: {kind: status, status: 400}}

  - when: {model: big|small, turn: 1}
    say: I look.
    calls: [{tool: terminal, arguments: {command: "cat *.sh"}}]
  - when: {model: big, turn: 2}
    rate: 0.2
    calls: [{tool: terminal, arguments: {command: "sed -i 's/$1 - $2/$1 + $2/' *.sh"}}]
  - when: {model: big, turn: 2}
    calls: [{tool: terminal, arguments: {command: "sh test.sh"}}]
  - when: {model: lead, turn: 1}
    calls:
      - {tool: task, arguments: {prompt: Read one., subagent_type: sidekick}}
      - {tool: task, arguments: {prompt: Read two., subagent_type: sidekick}}
  - say: "Findings: none."
`

const faultConfig = `
dataset: {path: %s}
workers: {agents: 24, grading: 2}
attempts: 8
sandbox: {kind: local}
models:
  big:
    provider: openai
    model: big
    base_url: %s/v1
    request_timeout: 5s
    price: {input: 15, cached_input: 1.5, cache_write: 18.75, output: 75}
  lead:
    provider: openai
    model: lead
    base_url: %[2]s/v1
    request_timeout: 5s
    price: {input: 15, cached_input: 1.5, cache_write: 18.75, output: 75}
  small:
    provider: openai
    model: small
    base_url: %[2]s/v1
    request_timeout: 5s
    price: {input: 0.6, cached_input: 0.11, output: 2.2}
configurations:
  solo: {kind: single, model: big}
  twin: {kind: single, model: big}
  cheap: {kind: single, model: small}
  fusion: {kind: fusion, main: lead, sidekick: {model: small, workspace: shared_locked}}
`

// Sixty-four trials against a provider that fails: every trial is accounted
// for, and what the run says it cost is what the provider billed, to the
// nano-dollar.
func TestFaults(t *testing.T) {
	t.Parallel()
	script, err := scripted.Parse("script", []byte(faultScript))
	if err != nil {
		t.Fatal(err)
	}
	server := scripted.New(script, scripted.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	tasks, err := filepath.Abs("testdata/demo/tasks")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := []byte(fmt.Sprintf(faultConfig, tasks, url))
	if err := os.WriteFile(filepath.Join(dir, "bench.yaml"), config, 0o644); err != nil {
		t.Fatal(err)
	}
	_, said, status := program(t, dir, []string{"TMPDIR=" + dir}, "run", "-c", "bench.yaml", "--run-id", "faults")
	if status != int(bench.ExitIncomplete) {
		t.Fatalf("status %d:\n%s", status, said)
	}
	db := database(t, filepath.Join(dir, "bench.db"))

	var trials, ended, lost int64
	scan(t, db, `SELECT count(*), count(outcome), sum(outcome = 'infra_llm') FROM v_trials`,
		&trials, &ended, &lost)
	if trials != 64 || ended != 64 || lost == 0 || lost > 32 {
		t.Errorf("%d trials, %d ended, %d lost to the provider", trials, ended, lost)
	}
	var other int64
	scan(t, db, `SELECT count(*) FROM v_trials
		WHERE outcome NOT IN ('resolved', 'empty_patch', 'infra_llm')`, &other)
	if other != 0 {
		t.Errorf("%d trials with other outcomes:\n%s", other, said)
	}
	compareLedger(t, db, server.Ledger())
	recountIn(t, dir, "faults")
}

// compareLedger holds the calls of a run against what the server billed.
func compareLedger(t *testing.T, db *sql.DB, l scripted.Ledger) {
	t.Helper()
	var good, cost, retries, failed, trialCost int64
	scan(t, db, `SELECT sum(error IS NULL), sum(cost), sum(retries), sum(error IS NOT NULL)
		FROM llm_calls`, &good, &cost, &retries, &failed)
	scan(t, db, `SELECT sum(cost) FROM trials`, &trialCost)
	if good != l.Calls || cost != int64(l.Cost()) || trialCost != cost {
		t.Errorf("%d calls for %d nano-dollars (trials: %d); the server billed %d for %d",
			good, cost, trialCost, l.Calls, l.Cost())
	}
	var faults int64
	for kind, n := range l.Faults {
		faults += n
		if n == 0 || kind == "" {
			t.Errorf("fault %q happened %d times", kind, n)
		}
	}
	if len(l.Faults) != 5 || retries+failed != faults || l.Unmatched != 0 {
		t.Errorf("%d retries and %d failed calls for faults %v, %d unmatched",
			retries, failed, l.Faults, l.Unmatched)
	}
	var input, cached, written, output int64
	scan(t, db, `SELECT sum(input), sum(cached_input), sum(cache_write), sum(output) FROM llm_calls`,
		&input, &cached, &written, &output)
	if u := l.Usage; input != u.Input || cached != u.CachedInput || written != u.CacheWrite ||
		output != u.Output || cached == 0 || written == 0 {
		t.Errorf("tokens %d, %d, %d, %d; the server counted %+v", input, cached, written, output, u)
	}
	t.Logf("%d calls, %d faults %v, $%.6f", l.Calls, faults, l.Faults, l.CostUSD)
}

func database(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func scan(t *testing.T, db *sql.DB, query string, into ...any) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(into...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
