-- What main cost is what main itself cost: not its advisor, nor the model that chooses
-- models. Where calls are of unknown role, nobody can tell.

DROP VIEW v_configurations;

CREATE VIEW v_configurations AS
WITH counts AS (
  SELECT t.run_id, t.configuration,
    count(*) AS n_trials,
    count(resolved) AS n_graded,
    sum(blame IS 'infra') AS n_infra,
    sum(resolved IS 1) AS resolved,
    iif(count(i.trial_id) > count(i.cost), NULL, sum(t.cost)) AS cost,
    sum(unreported_cost) AS unreported_cost,
    sum(blame IS 'user') AS n_cancelled,
    count(outcome) AS n_ended
  FROM trials t LEFT JOIN imported_trials i USING (trial_id) GROUP BY t.run_id, t.configuration
), roles AS (
  SELECT t.run_id, t.configuration,
    iif(max(a.role = 'unknown'), NULL, sum(iif(a.role = 'sidekick', c.cost, 0))) AS sidekick_cost,
    iif(max(a.role = 'unknown'), NULL,
      sum(iif(a.role IN ('sidekick', 'advisor', 'router'), 0, c.cost))) AS main_cost
  FROM llm_calls c
  JOIN agents a USING (trial_id, agent_id)
  JOIN trials t USING (trial_id)
  GROUP BY t.run_id, t.configuration
), imports AS (
  SELECT t.run_id, t.configuration,
    iif(count(r.trial_id) = count(r.cost) AND count(DISTINCT r.trial_id) = count(DISTINCT t.trial_id),
      sum(CASE WHEN r.role = 'sidekick' THEN r.cost ELSE 0 END), NULL) AS sidekick_cost,
    iif(count(r.trial_id) = count(r.cost) AND count(DISTINCT r.trial_id) = count(DISTINCT t.trial_id),
      sum(iif(r.role IN ('sidekick', 'advisor', 'router'), 0, r.cost)), NULL) AS main_cost
  FROM imported_trials i JOIN trials t USING (trial_id) LEFT JOIN imported_roles r USING (trial_id)
  GROUP BY t.run_id, t.configuration
)
SELECT c.run_id, c.configuration, c.kind, c.main_model, c.sidekick_model,
  coalesce(n.n_trials, 0) AS n_trials,
  coalesce(n.n_graded, 0) AS n_graded,
  coalesce(n.n_infra, 0) AS n_infra,
  coalesce(n.resolved, 0) AS resolved,
  iif(i.run_id IS NULL, coalesce(n.cost, 0), n.cost) / 1e9 AS cost_usd,
  iif(i.run_id IS NULL, iif(r.run_id IS NULL, 0, r.main_cost), i.main_cost) / 1e9 AS main_cost_usd,
  iif(i.run_id IS NULL, iif(r.run_id IS NULL, 0, r.sidekick_cost), i.sidekick_cost) / 1e9 AS sidekick_cost_usd,
  c.simulated,
  coalesce(n.n_cancelled, 0) AS n_cancelled,
  coalesce(n.n_ended, 0) AS n_ended,
  c.main_wire, c.sidekick_wire, c.position,
  coalesce(n.unreported_cost, 0) / 1e9 AS unreported_cost_usd,
  i.run_id IS NOT NULL AS imported
FROM configurations c
LEFT JOIN counts n USING (run_id, configuration)
LEFT JOIN roles r USING (run_id, configuration)
LEFT JOIN imports i USING (run_id, configuration);
