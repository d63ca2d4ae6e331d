-- Calls say what each of their attempts used, estimates of what attempts that
-- reported nothing used, and cache writes that last an hour; prices may depend
-- on the time of day.

ALTER TABLE llm_calls ADD COLUMN cache_write_1h INTEGER NOT NULL DEFAULT 0;
ALTER TABLE llm_calls ADD COLUMN attempts TEXT;
ALTER TABLE llm_calls ADD COLUMN unreported TEXT;
ALTER TABLE llm_calls ADD COLUMN cache_unclear INTEGER NOT NULL DEFAULT 0;

ALTER TABLE delegations ADD COLUMN cache_write_1h INTEGER;

ALTER TABLE prices ADD COLUMN cache_write_1h REAL;
ALTER TABLE prices ADD COLUMN hours TEXT;

ALTER TABLE trials ADD COLUMN unreported_cost INTEGER NOT NULL DEFAULT 0;
UPDATE trials SET unreported_cost = (
  SELECT coalesce(sum(estimated_unknown), 0) FROM llm_calls c WHERE c.trial_id = trials.trial_id);

DROP VIEW v_trials;
CREATE VIEW v_trials AS
SELECT run_id, configuration, instance_id, attempt, phase, outcome, resolved, blame,
  started_at, ended_at, cost_usd,
  solve_started_at, extract_started_at, grade_started_at,
  limit_resource, error, patch_bytes, patch_files, trial_id,
  unreported_cost / 1e9 AS unreported_cost_usd
FROM trials;

DROP VIEW v_agents;
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
  a.delegation_id, t.trial_id,
  coalesce(sum(c.cache_write_1h), 0) AS cache_write_1h_tokens,
  coalesce(sum(c.unknown_usage), 0) AS unknown_usage,
  coalesce(sum(c.estimated_unknown), 0) / 1e9 AS unreported_cost_usd
FROM agents a
JOIN trials t USING (trial_id)
LEFT JOIN llm_calls c USING (trial_id, agent_id)
GROUP BY a.trial_id, a.agent_id;

DROP VIEW v_configurations;
CREATE VIEW v_configurations AS
WITH counts AS (
  SELECT run_id, configuration,
    count(*) AS n_trials,
    count(resolved) AS n_graded,
    sum(blame IS 'infra') AS n_infra,
    sum(resolved IS 1) AS resolved,
    sum(cost) AS cost,
    sum(unreported_cost) AS unreported_cost,
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
  c.main_wire, c.sidekick_wire, c.position,
  coalesce(n.unreported_cost, 0) / 1e9 AS unreported_cost_usd
FROM configurations c
LEFT JOIN counts n USING (run_id, configuration)
LEFT JOIN roles r USING (run_id, configuration);

DROP VIEW v_escalations;
DROP VIEW v_delegations;
CREATE VIEW v_delegations AS
SELECT t.run_id, t.configuration, t.instance_id, t.attempt,
  d.delegation_id, d.batch_id, d.batch_size, d.started_at, d.ended_at,
  d.outcome, d.escalation, d.reason,
  (SELECT coalesce(sum(c.cost), 0) / 1e9 FROM llm_calls c
    WHERE c.trial_id = d.trial_id AND c.agent_id = d.child_agent_id) AS cost_usd,
  d.agent_id, d.child_agent_id, d.activation, d.background, d.abandoned, d.description, d.spawned_at,
  d.queue_ms, d.lock_wait_ms, d.prepare_ms, d.turns, d.reason_text, d.trial_id,
  (SELECT coalesce(sum(c.estimated_unknown), 0) / 1e9 FROM llm_calls c
    WHERE c.trial_id = d.trial_id AND c.agent_id = d.child_agent_id) AS unreported_cost_usd
FROM delegations d
JOIN trials t USING (trial_id);

CREATE VIEW v_escalations AS
SELECT * FROM v_delegations WHERE escalation <> 'none';
