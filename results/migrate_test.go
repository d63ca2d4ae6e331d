package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"bench"
)

// oldRun is a run as schema versions 1 and 2 stored it: one trial of a fusion,
// whose sidekick the provider ended, and an attempt that reported no usage.
const oldRun = `
INSERT INTO runs VALUES ('r', 'old', 'v0', 'done', NULL, 1000, 9000, 'c', 'd', 'f', 42, 'v5', 'local', 4, 2,
  '{}', 'fusion', 5, 0.25, 0%[1]s);
INSERT INTO configurations (run_id, configuration, position, kind, main_model, main_wire, sidekick_model,
  sidekick_wire, simulated, settings) VALUES ('r', 'fusion', 0, 'fusion', 'big', 'v/big', 'small',
  'v/small', 0,
  '{"name":"fusion","kind":"fusion","main":{"name":"big","model":"v/big"}}');
INSERT INTO prices VALUES ('r', 'p', 10, 1, 12.5, 20, NULL);
INSERT INTO tasks VALUES ('r', 'a', 0, 'o/r', 'abc', NULL, 'x');
INSERT INTO trials (trial_id, run_id, configuration, instance_id, attempt, phase, outcome, blame, resolved,
  started_at, ended_at, cost) VALUES (1, 'r', 'fusion', 'a', 1, 'done', 'resolved', 'agent', 1, 1000,
  9000, 6725000);
INSERT INTO events VALUES (1, 'r', 1, 2000, 'llm_call', 1, 'main', '{}'), (2, 'r', 2, 3000, 'llm_call',
  1, 's1', '{}');
INSERT INTO agents (trial_id, agent_id, role, model, wire_model, limits, started_at, state) VALUES
  (1, 'main', 'main', 'big', 'v/big', '{}', 1000, 'done'), (1, 's1', 'sidekick', 'small', 'v/small',
  '{}', 2000, 'failed');
INSERT INTO llm_calls (event_id, trial_id, agent_id, call_id, turn, purpose, model, wire_model, input,
  cached_input,
  cache_write, output, reasoning, cost, reported_cost, price_id, reserved, started_at, waited_ms,
  retries, tool_calls,
  unknown_usage, estimated_unknown) VALUES
  (1, 1, 'main', 'c1', 1, 'agent', 'big', 'v/big', 1000, 400, 50, 10, 5, 6725000, 7000000, 'p', 0, 2000,
  0, 0, 1, 0, 0),
  (2, 1, 's1', 'c2', 1, 'agent', 'small', 'v/small', 0, 0, 0, 0, 0, 0, NULL, 'p', 0, 3000, 0, 1, 0, 2,
  300000);
INSERT INTO delegations (trial_id, delegation_id, agent_id, child_agent_id, batch_id, batch_index,
  batch_size,
  subagent_type, limits, spawned_at, outcome, escalation, reason%[2]s) VALUES
  (1, 't1', 'main', 's1', 'b', 0, 2, 'sidekick', '{}', 2000, 'failed', 'forced', 'llm_error'%[3]s),
  (1, 't2', 'main', NULL, 'b', 1, 2, 'sidekick', '{}', 2000, 'failed', 'forced', 'iterations'%[3]s);
`

// oldDatabase is a file with a run, made by the first migrations alone.
func oldDatabase(t *testing.T, version int, more ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", dsn(path, writeParams))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	texts, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	for from := range version {
		err = errors.Join(err, step(t.Context(), conn, texts, from))
	}
	text := fmt.Sprintf(oldRun, "", "", "")
	if version == 2 {
		text = fmt.Sprintf(oldRun, ", NULL", ", activation, background", ", 1, 0")
	}
	_, failed := conn.ExecContext(t.Context(), text+strings.Join(more, ""))
	if err := errors.Join(err, failed, conn.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// A database of an earlier version keeps its numbers, and what later versions
// count otherwise is counted so in it, too.
func TestOldDatabases(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 2} {
		path := oldDatabase(t, version)
		if _, err := OpenReadOnly(t.Context(), path); err == nil {
			t.Errorf("version %d is read without being brought up to date", version)
		}
		s, err := Open(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.Facts(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		checkOld(t, version, f)
		const views = `SELECT count(*) FROM v_configurations c, v_trials t, v_delegations d
			WHERE c.cost_usd = 0.006725 AND c.unreported_cost_usd = 0.0003 AND t.unreported_cost_usd = 0.0003
			AND d.delegation_id = 't1' AND d.provider_failed = 1 AND d.unreported_cost_usd = 0.0003`
		if n := count(t, s, views); n != 1 {
			t.Errorf("version %d: the views do not say what was spent", version)
		}
		if n := count(t, s, "SELECT count(*) FROM llm_calls WHERE open = 0"); n != 2 {
			t.Errorf("version %d: of 2 calls that ended %d are not under way", version, n)
		}
		if n := count(t, s, "SELECT count(*) FROM v_escalations WHERE reason = 'iterations'"); n != 1 {
			t.Errorf("version %d: %d escalations", version, n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func checkOld(t *testing.T, version int, f Facts) {
	t.Helper()
	if f.Run.Cost != 6725000 || f.Run.Unreported != 300000 || f.Trials[0].Unreported != 300000 {
		t.Errorf("version %d: cost %v, unreported %v and %v", version, f.Run.Cost, f.Run.Unreported,
			f.Trials[0].Unreported)
	}
	c := f.Calls[0] // 550·10 + 400·1 + 50·12.5 + 10·20 micro-dollars
	want := bench.Usage{Input: 1000, CachedInput: 400, CacheWrite: 50, Output: 10, Reasoning: 5}
	if c.Usage != want || c.CostAt(f.Prices["p"]) != c.Cost || *c.ReportedCost != 7000000 || c.CacheUnclear {
		t.Errorf("version %d: call %+v costs %v", version, c, c.CostAt(f.Prices["p"]))
	}
	if c := f.Calls[1]; len(c.Billed()) != 0 || c.UnknownUsage != 2 || c.EstimatedUnknown != 300000 {
		t.Errorf("version %d: call %+v", version, c)
	}
	if len(f.Delegations) != 2 {
		t.Fatalf("version %d: %d delegations", version, len(f.Delegations))
	}
	for i, want := range []bench.EscalationKind{bench.NotEscalated, bench.EscalationKind("forced")} {
		if d := f.Delegations[i]; d.Activation != 1 || d.Background || d.Escalation != want {
			t.Errorf("version %d: delegation %+v", version, d)
		}
	}
}

// oldDeaths is what the log of the trial of oldRun has besides, if its process died
// twice: at 3 s, and at 7 s before any agent had gone on; the one that goes on at 8 s
// has no dead time before 7 s twice. Its solve phase was said to begin at 7.5 s.
const oldDeaths = `
UPDATE trials SET solve_started_at = 7500;
INSERT INTO events (event_id, run_id, seq, time, type, trial_id, agent_id, payload) VALUES
  (3, 'r', 3, 1500, 'phase_started', 1, NULL, '{"phase":"solve"}'),
  (4, 'r', 4, 5000, 'trial_resumed', 1, NULL, '{}'),
  (5, 'r', 5, 5500, 'phase_started', 1, NULL, '{"phase":"solve"}'),
  (6, 'r', 6, 7000, 'trial_resumed', 1, NULL, '{}'),
  (7, 'r', 7, 7500, 'phase_started', 1, NULL, '{"phase":"solve"}'),
  (8, 'r', 8, 8000, 'agent_resumed', 1, 'main', '{}'),
  (9, 'r', 9, 8200, 'llm_call', 1, 'main', '{}'),
  (10, 'r', 10, 8500, 'trial_resumed', 1, NULL, '{}');
`

// oldStart is a trial whose process died at 4 s, when no agent had begun. Its solve
// phase was said to begin at 3.5 s.
const oldStart = `
INSERT INTO trials (trial_id, run_id, configuration, instance_id, attempt, phase, solve_started_at)
  VALUES (2, 'r', 'fusion', 'a', 2, 'extract', 3500);
INSERT INTO agents (trial_id, agent_id, role, model, wire_model, limits, started_at, state) VALUES
  (2, 'main', 'main', 'big', 'v/big', '{}', 9200, 'done');
INSERT INTO events (event_id, run_id, seq, time, type, trial_id, agent_id, payload) VALUES
  (20, 'r', 11, 3500, 'phase_started', 2, NULL, '{"phase":"solve"}'),
  (21, 'r', 12, 9000, 'trial_resumed', 2, NULL, '{}'),
  (22, 'r', 13, 9100, 'phase_started', 2, NULL, '{"phase":"solve"}'),
  (23, 'r', 14, 9200, 'agent_started', 2, 'main', '{}'),
  (24, 'r', 15, 9800, 'phase_started', 2, NULL, '{"phase":"extract"}');
`

// The trials of a run that was resumed by an earlier version count all of their
// processes, without the time between them.
func TestOldDeaths(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), oldDatabase(t, 2, oldDeaths, oldStart))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := count(t, s, "SELECT solve_started_at FROM trials WHERE trial_id = 1"); n != 1500 {
		t.Errorf("the solve phase begins at %d, want 1500", n)
	}
	if n := count(t, s, "SELECT solve_started_at FROM trials WHERE trial_id = 2"); n != 9100 {
		t.Errorf("the solve phase begins at %d where no agent had begun, want 9100", n)
	}
	const dead = "SELECT count(*) FROM dead_times WHERE event_id = 4 AND from_at = 3000 AND to_at = 8000"
	if n := count(t, s, dead); n != 1 || count(t, s, "SELECT count(*) FROM dead_times") != 1 {
		t.Errorf("%d dead times from 3000 to 8000, want 1 and no other", n)
	}
	if n := count(t, s, "SELECT count(*) FROM llm_calls WHERE open"); n != 0 {
		t.Errorf("%d calls are under way", n)
	}
}
