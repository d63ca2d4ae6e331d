-- Delegations say how their work was handed back in words, how risky the sidekick
-- says its report is, and what was done before its first call and after its last.
-- A batch has as many task calls as were accepted.

ALTER TABLE delegations ADD COLUMN sentinel TEXT;
ALTER TABLE delegations ADD COLUMN risk TEXT;
ALTER TABLE delegations ADD COLUMN inspect_ms REAL;
ALTER TABLE delegations ADD COLUMN collect_ms REAL;
ALTER TABLE delegations ADD COLUMN remove_ms REAL;

UPDATE delegations AS d SET batch_size = (SELECT count(*) FROM delegations o
  WHERE o.trial_id = d.trial_id AND o.batch_id = d.batch_id);

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
    WHERE c.trial_id = d.trial_id AND c.agent_id = d.child_agent_id) AS unreported_cost_usd,
  coalesce(d.reason = 'llm_error', 0) AS provider_failed,
  d.sentinel, d.risk, d.inspect_ms, d.collect_ms, d.remove_ms
FROM delegations d
JOIN trials t USING (trial_id);

CREATE VIEW v_escalations AS
SELECT * FROM v_delegations WHERE escalation <> 'none';
