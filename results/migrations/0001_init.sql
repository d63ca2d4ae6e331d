-- Times are Unix milliseconds, durations (*_ms) milliseconds, money (cost and
-- its kin) integer nano-dollars, booleans 0 or 1, hashes name a row of bodies.
-- docs/schema.md explains every table and column.

CREATE TABLE bodies (
  hash     TEXT PRIMARY KEY,
  size     INTEGER NOT NULL,
  encoding TEXT NOT NULL CHECK (encoding IN ('raw', 'zstd')),
  content  BLOB NOT NULL
) STRICT;

CREATE TABLE runs (
  run_id              TEXT PRIMARY KEY,
  name                TEXT NOT NULL,
  version             TEXT NOT NULL,
  state               TEXT NOT NULL,
  error               TEXT,
  started_at          INTEGER NOT NULL,
  ended_at            INTEGER,
  config              TEXT NOT NULL,
  dataset_source      TEXT NOT NULL,
  dataset_fingerprint TEXT NOT NULL,
  seed                INTEGER NOT NULL,
  rules               TEXT NOT NULL,
  sandbox_kind        TEXT NOT NULL,
  agent_workers       INTEGER NOT NULL,
  grading_workers     INTEGER NOT NULL,
  limits              TEXT NOT NULL,
  baseline            TEXT,
  margin_pp           REAL,
  min_saving          REAL,
  simulated           INTEGER NOT NULL
) STRICT;

CREATE TABLE configurations (
  run_id         TEXT NOT NULL REFERENCES runs,
  configuration  TEXT NOT NULL,
  position       INTEGER NOT NULL,
  kind           TEXT NOT NULL,
  main_model     TEXT NOT NULL,
  main_wire      TEXT NOT NULL,
  sidekick_model TEXT,
  sidekick_wire  TEXT,
  delegation     TEXT,
  escalation     TEXT,
  simulated      INTEGER NOT NULL,
  settings       TEXT NOT NULL,
  PRIMARY KEY (run_id, configuration)
) STRICT, WITHOUT ROWID;

CREATE TABLE prices (
  run_id       TEXT NOT NULL REFERENCES runs,
  price_id     TEXT NOT NULL,
  input        REAL NOT NULL,
  cached_input REAL NOT NULL,
  cache_write  REAL NOT NULL,
  output       REAL NOT NULL,
  tiers        TEXT,
  PRIMARY KEY (run_id, price_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
  run_id      TEXT NOT NULL REFERENCES runs,
  instance_id TEXT NOT NULL,
  position    INTEGER NOT NULL,
  repo        TEXT NOT NULL,
  base_commit TEXT NOT NULL,
  version     TEXT,
  row         TEXT NOT NULL,
  PRIMARY KEY (run_id, instance_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE images (
  run_id TEXT NOT NULL REFERENCES runs,
  name   TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (run_id, name, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE trials (
  trial_id           INTEGER PRIMARY KEY,
  run_id             TEXT NOT NULL,
  configuration      TEXT NOT NULL,
  instance_id        TEXT NOT NULL,
  attempt            INTEGER NOT NULL,
  phase              TEXT NOT NULL DEFAULT 'queued',
  outcome            TEXT,
  blame              TEXT,
  resolved           INTEGER,
  limit_resource     TEXT,
  error              TEXT,
  started_at         INTEGER,
  solve_started_at   INTEGER,
  extract_started_at INTEGER,
  grade_started_at   INTEGER,
  ended_at           INTEGER,
  cost               INTEGER NOT NULL DEFAULT 0,
  cost_usd           REAL AS (cost / 1e9) VIRTUAL,
  patch              TEXT,
  patch_bytes        INTEGER,
  patch_files        INTEGER,
  UNIQUE (run_id, configuration, instance_id, attempt),
  FOREIGN KEY (run_id, configuration) REFERENCES configurations,
  FOREIGN KEY (run_id, instance_id) REFERENCES tasks
) STRICT;

CREATE TABLE events (
  event_id INTEGER PRIMARY KEY,
  run_id   TEXT NOT NULL REFERENCES runs,
  seq      INTEGER NOT NULL,
  time     INTEGER NOT NULL,
  type     TEXT NOT NULL,
  trial_id INTEGER REFERENCES trials,
  agent_id TEXT,
  payload  TEXT NOT NULL,
  UNIQUE (run_id, seq)
) STRICT;
CREATE INDEX events_of_trial ON events (trial_id) WHERE trial_id IS NOT NULL;

-- The log is append-only: rows are neither changed nor removed, and each is
-- the next of its run, so that none can be replaced either.
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_in_order BEFORE INSERT ON events
WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM events WHERE run_id = NEW.run_id)
BEGIN SELECT RAISE(ABORT, 'events of a run are numbered without gaps'); END;

CREATE TABLE agents (
  trial_id        INTEGER NOT NULL REFERENCES trials,
  agent_id        TEXT NOT NULL,
  parent_agent_id TEXT,
  role            TEXT NOT NULL,
  model           TEXT NOT NULL,
  wire_model      TEXT NOT NULL,
  delegation_id   TEXT,
  system_prompt   TEXT,
  tools           TEXT,
  limits          TEXT NOT NULL,
  started_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  state           TEXT NOT NULL,
  iterations      INTEGER,
  message         TEXT,
  error           TEXT,
  PRIMARY KEY (trial_id, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE llm_calls (
  event_id          INTEGER PRIMARY KEY REFERENCES events,
  trial_id          INTEGER NOT NULL,
  agent_id          TEXT NOT NULL,
  call_id           TEXT NOT NULL,
  turn              INTEGER NOT NULL,
  purpose           TEXT NOT NULL,
  model             TEXT NOT NULL,
  wire_model        TEXT NOT NULL,
  served_model      TEXT,
  request_id        TEXT,
  input             INTEGER NOT NULL,
  cached_input      INTEGER NOT NULL,
  cache_write       INTEGER NOT NULL,
  output            INTEGER NOT NULL,
  reasoning         INTEGER NOT NULL,
  cost              INTEGER NOT NULL,
  cost_usd          REAL AS (cost / 1e9) VIRTUAL,
  reported_cost     INTEGER,
  price_id          TEXT NOT NULL,
  reserved          INTEGER NOT NULL,
  started_at        INTEGER,
  first_at          INTEGER,
  ended_at          INTEGER,
  duration_ms       REAL,
  waited_ms         REAL NOT NULL,
  retries           INTEGER NOT NULL,
  finish_reason     TEXT,
  tool_calls        INTEGER NOT NULL,
  error             TEXT,
  unknown_usage     INTEGER NOT NULL,
  estimated_unknown INTEGER NOT NULL,
  FOREIGN KEY (trial_id, agent_id) REFERENCES agents
) STRICT;
CREATE INDEX llm_calls_of_agent ON llm_calls (trial_id, agent_id);

CREATE TABLE tool_calls (
  event_id     INTEGER PRIMARY KEY REFERENCES events,
  trial_id     INTEGER NOT NULL,
  agent_id     TEXT NOT NULL,
  call_id      TEXT NOT NULL,
  batch_id     TEXT NOT NULL,
  batch_index  INTEGER NOT NULL,
  name         TEXT NOT NULL,
  arguments    TEXT,
  result       TEXT,
  queue_ms     REAL NOT NULL,
  lock_wait_ms REAL NOT NULL,
  started_at   INTEGER,
  ended_at     INTEGER,
  duration_ms  REAL,
  exit_code    INTEGER,
  bytes        INTEGER NOT NULL,
  clipped      INTEGER NOT NULL,
  is_error     INTEGER NOT NULL,
  error_class  TEXT,
  paths        TEXT,
  FOREIGN KEY (trial_id, agent_id) REFERENCES agents
) STRICT;
CREATE INDEX tool_calls_of_agent ON tool_calls (trial_id, agent_id);

CREATE TABLE delegations (
  trial_id           INTEGER NOT NULL,
  delegation_id      TEXT NOT NULL,
  agent_id           TEXT NOT NULL,
  child_agent_id     TEXT,
  batch_id           TEXT NOT NULL,
  batch_index        INTEGER NOT NULL,
  batch_size         INTEGER NOT NULL,
  subagent_type      TEXT NOT NULL,
  description        TEXT,
  prompt             TEXT,
  limits             TEXT NOT NULL,
  spawned_at         INTEGER NOT NULL,
  started_at         INTEGER,
  ended_at           INTEGER,
  queue_ms           REAL,
  lock_wait_ms       REAL,
  prepare_ms         REAL,
  outcome            TEXT,
  escalation         TEXT NOT NULL DEFAULT 'none',
  reason             TEXT,
  reason_text        TEXT,
  sentinel_misplaced INTEGER NOT NULL DEFAULT 0,
  report             TEXT,
  patch              TEXT,
  changed_files      TEXT,
  turns              INTEGER,
  input              INTEGER,
  cached_input       INTEGER,
  cache_write        INTEGER,
  output             INTEGER,
  reasoning          INTEGER,
  cost               INTEGER,
  error              TEXT,
  PRIMARY KEY (trial_id, delegation_id),
  FOREIGN KEY (trial_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

CREATE TABLE budgets (
  event_id INTEGER PRIMARY KEY REFERENCES events,
  trial_id INTEGER REFERENCES trials,
  agent_id TEXT,
  time     INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  scope    TEXT NOT NULL,
  resource TEXT
) STRICT;
CREATE INDEX budgets_of_trial ON budgets (trial_id);

CREATE TABLE notices (
  event_id INTEGER PRIMARY KEY REFERENCES events,
  run_id   TEXT NOT NULL REFERENCES runs,
  trial_id INTEGER REFERENCES trials,
  agent_id TEXT,
  time     INTEGER NOT NULL,
  code     TEXT NOT NULL,
  text     TEXT NOT NULL
) STRICT;
CREATE INDEX notices_of_trial ON notices (trial_id);

CREATE TABLE grades (
  trial_id      INTEGER PRIMARY KEY REFERENCES trials,
  rules         TEXT NOT NULL,
  status        TEXT NOT NULL,
  resolved      INTEGER,
  patch_applied INTEGER NOT NULL,
  found         INTEGER NOT NULL,
  timed_out     INTEGER NOT NULL,
  exit_code     INTEGER NOT NULL,
  duration_ms   REAL NOT NULL,
  f2p_success   INTEGER NOT NULL,
  f2p_failure   INTEGER NOT NULL,
  p2p_success   INTEGER NOT NULL,
  p2p_failure   INTEGER NOT NULL,
  infra_reason  TEXT,
  flags         TEXT,
  log           TEXT,
  script        TEXT,
  error         TEXT
) STRICT;

CREATE TABLE test_results (
  trial_id INTEGER NOT NULL REFERENCES grades,
  list     TEXT NOT NULL CHECK (list IN ('FAIL_TO_PASS', 'PASS_TO_PASS', 'other')),
  test     TEXT NOT NULL,
  status   TEXT,
  ok       INTEGER,
  PRIMARY KEY (trial_id, list, test)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_trials AS
SELECT run_id, configuration, instance_id, attempt, phase, outcome, resolved, blame,
  started_at, ended_at, cost_usd,
  solve_started_at, extract_started_at, grade_started_at,
  limit_resource, error, patch_bytes, patch_files, trial_id
FROM trials;

CREATE VIEW v_agents AS
SELECT t.run_id, t.configuration, t.instance_id, t.attempt,
  a.agent_id, a.parent_agent_id, a.role, a.model,
  count(c.event_id) AS llm_calls,
  coalesce(sum(c.input), 0) AS input_tokens,
  coalesce(sum(c.cached_input), 0) AS cached_input_tokens,
  coalesce(sum(c.cache_write), 0) AS cache_write_tokens,
  coalesce(sum(c.output), 0) AS output_tokens,
  coalesce(sum(c.reasoning), 0) AS reasoning_tokens,
  coalesce(sum(c.cost), 0) / 1e9 AS cost_usd,
  a.wire_model, a.state, a.started_at, a.ended_at,
  coalesce(sum(c.duration_ms), 0.0) AS llm_ms,
  coalesce(sum(c.waited_ms), 0.0) AS waited_ms,
  a.delegation_id, t.trial_id
FROM agents a
JOIN trials t USING (trial_id)
LEFT JOIN llm_calls c USING (trial_id, agent_id)
GROUP BY a.trial_id, a.agent_id;

CREATE VIEW v_configurations AS
WITH counts AS (
  SELECT run_id, configuration,
    count(*) AS n_trials,
    count(resolved) AS n_graded,
    sum(blame IS 'infra') AS n_infra,
    sum(resolved IS 1) AS resolved,
    sum(cost) AS cost,
    sum(blame IS 'user') AS n_cancelled,
    count(outcome) AS n_ended
  FROM trials GROUP BY run_id, configuration
), roles AS (
  SELECT t.run_id, t.configuration,
    sum(CASE WHEN a.role = 'sidekick' THEN c.cost ELSE 0 END) AS sidekick_cost,
    sum(CASE WHEN a.role = 'sidekick' THEN 0 ELSE c.cost END) AS main_cost
  FROM llm_calls c
  JOIN agents a USING (trial_id, agent_id)
  JOIN trials t USING (trial_id)
  GROUP BY t.run_id, t.configuration
)
SELECT c.run_id, c.configuration, c.kind, c.main_model, c.sidekick_model,
  coalesce(n.n_trials, 0) AS n_trials,
  coalesce(n.n_graded, 0) AS n_graded,
  coalesce(n.n_infra, 0) AS n_infra,
  coalesce(n.resolved, 0) AS resolved,
  coalesce(n.cost, 0) / 1e9 AS cost_usd,
  coalesce(r.main_cost, 0) / 1e9 AS main_cost_usd,
  coalesce(r.sidekick_cost, 0) / 1e9 AS sidekick_cost_usd,
  c.simulated,
  coalesce(n.n_cancelled, 0) AS n_cancelled,
  coalesce(n.n_ended, 0) AS n_ended,
  c.main_wire, c.sidekick_wire, c.position
FROM configurations c
LEFT JOIN counts n USING (run_id, configuration)
LEFT JOIN roles r USING (run_id, configuration);

CREATE VIEW v_delegations AS
SELECT t.run_id, t.configuration, t.instance_id, t.attempt,
  d.delegation_id, d.batch_id, d.batch_size, d.started_at, d.ended_at,
  d.outcome, d.escalation, d.reason,
  (SELECT coalesce(sum(c.cost), 0) / 1e9 FROM llm_calls c
    WHERE c.trial_id = d.trial_id AND c.agent_id = d.child_agent_id) AS cost_usd,
  d.agent_id, d.child_agent_id, d.description, d.spawned_at,
  d.queue_ms, d.lock_wait_ms, d.prepare_ms, d.turns, d.reason_text, d.trial_id
FROM delegations d
JOIN trials t USING (trial_id);

CREATE VIEW v_escalations AS
SELECT * FROM v_delegations WHERE escalation <> 'none';
