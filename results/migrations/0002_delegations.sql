-- Delegations get several activations, tool calls the lines they touched, and
-- runs that were resumed the time in which nobody worked.

DROP VIEW v_escalations;
DROP VIEW v_delegations;

CREATE TABLE delegations_2 (
  trial_id           INTEGER NOT NULL,
  delegation_id      TEXT NOT NULL,
  activation         INTEGER NOT NULL,
  agent_id           TEXT NOT NULL,
  child_agent_id     TEXT,
  batch_id           TEXT NOT NULL,
  batch_index        INTEGER NOT NULL,
  batch_size         INTEGER NOT NULL,
  background         INTEGER NOT NULL,
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
  abandoned          INTEGER NOT NULL DEFAULT 0,
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
  PRIMARY KEY (trial_id, delegation_id, activation),
  FOREIGN KEY (trial_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

INSERT INTO delegations_2 (trial_id, delegation_id, activation, agent_id, child_agent_id, batch_id,
  batch_index, batch_size, background, subagent_type, description, prompt, limits, spawned_at,
  started_at, ended_at, queue_ms, lock_wait_ms, prepare_ms, outcome, escalation, reason, reason_text,
  sentinel_misplaced, report, patch, changed_files, turns, input, cached_input, cache_write, output,
  reasoning, cost, error)
SELECT trial_id, delegation_id, 1, agent_id, child_agent_id, batch_id,
  batch_index, batch_size, 0, subagent_type, description, prompt, limits, spawned_at,
  started_at, ended_at, queue_ms, lock_wait_ms, prepare_ms, outcome, escalation, reason, reason_text,
  sentinel_misplaced, report, patch, changed_files, turns, input, cached_input, cache_write, output,
  reasoning, cost, error
FROM delegations;
DROP TABLE delegations;
ALTER TABLE delegations_2 RENAME TO delegations;

ALTER TABLE tool_calls ADD COLUMN touched TEXT;

ALTER TABLE runs ADD COLUMN sidekick_workers INTEGER;

ALTER TABLE configurations ADD COLUMN advisor_model TEXT;
ALTER TABLE configurations ADD COLUMN advisor_wire TEXT;

-- The time between the end of a process and the moment at which an agent went
-- on in another one.
CREATE TABLE pauses (
  event_id INTEGER PRIMARY KEY REFERENCES events,
  trial_id INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  from_at  INTEGER NOT NULL,
  to_at    INTEGER NOT NULL,
  FOREIGN KEY (trial_id, agent_id) REFERENCES agents
) STRICT;
CREATE INDEX pauses_of_agent ON pauses (trial_id, agent_id);

CREATE TABLE workspace_faults (
  event_id      INTEGER PRIMARY KEY REFERENCES events,
  trial_id      INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  delegation_id TEXT NOT NULL,
  activation    INTEGER NOT NULL,
  with_id       TEXT,
  paths         TEXT NOT NULL,
  certain       INTEGER NOT NULL,
  FOREIGN KEY (trial_id, delegation_id, activation) REFERENCES delegations
) STRICT;
CREATE INDEX workspace_faults_of_trial ON workspace_faults (trial_id);

CREATE VIEW v_delegations AS
SELECT t.run_id, t.configuration, t.instance_id, t.attempt,
  d.delegation_id, d.batch_id, d.batch_size, d.started_at, d.ended_at,
  d.outcome, d.escalation, d.reason,
  (SELECT coalesce(sum(c.cost), 0) / 1e9 FROM llm_calls c
    WHERE c.trial_id = d.trial_id AND c.agent_id = d.child_agent_id) AS cost_usd,
  d.agent_id, d.child_agent_id, d.activation, d.background, d.abandoned, d.description, d.spawned_at,
  d.queue_ms, d.lock_wait_ms, d.prepare_ms, d.turns, d.reason_text, d.trial_id
FROM delegations d
JOIN trials t USING (trial_id);

CREATE VIEW v_escalations AS
SELECT * FROM v_delegations WHERE escalation <> 'none';
