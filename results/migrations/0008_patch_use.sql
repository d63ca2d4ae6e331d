-- Delegations say what became of a sidekick's patch in the answer of its trial. Of
-- trials that ended before it is not known.

ALTER TABLE delegations ADD COLUMN patch_use TEXT;
ALTER TABLE delegations ADD COLUMN patch_lines INTEGER;
ALTER TABLE delegations ADD COLUMN patch_lines_kept INTEGER;

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
  d.sentinel, d.risk, d.inspect_ms, d.collect_ms, d.remove_ms,
  d.patch_use, d.patch_lines, d.patch_lines_kept
FROM delegations d
JOIN trials t USING (trial_id);

CREATE VIEW v_escalations AS
SELECT * FROM v_delegations WHERE escalation <> 'none';
