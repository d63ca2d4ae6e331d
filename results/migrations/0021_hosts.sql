-- The machines that trials ran on: where their agents worked, and where their tests ran if
-- that was elsewhere.

CREATE TABLE hosts (
  run_id         TEXT NOT NULL REFERENCES runs,
  host           TEXT NOT NULL,
  engine         TEXT,
  name           TEXT,
  os             TEXT NOT NULL,
  arch           TEXT NOT NULL,
  cpus           INTEGER NOT NULL,
  memory         INTEGER,
  kernel         TEXT,
  engine_version TEXT,
  PRIMARY KEY (run_id, host)
) STRICT, WITHOUT ROWID;

ALTER TABLE trials ADD COLUMN host TEXT;
ALTER TABLE trials ADD COLUMN grading_host TEXT;

DROP VIEW v_trials;
CREATE VIEW v_trials AS
SELECT t.run_id, t.configuration, t.instance_id, t.attempt, t.phase, t.outcome, t.resolved, t.blame,
  t.started_at, t.ended_at, iif(i.trial_id IS NOT NULL AND i.cost IS NULL, NULL, t.cost_usd) AS cost_usd,
  t.solve_started_at, t.extract_started_at, t.grade_started_at,
  t.limit_resource, t.error, t.patch_bytes, t.patch_files, t.trial_id,
  t.unreported_cost / 1e9 AS unreported_cost_usd,
  i.trial_id IS NOT NULL AS imported,
  t.host, h.engine, h.name AS host_name, t.grading_host
FROM trials t LEFT JOIN imported_trials i USING (trial_id)
  LEFT JOIN hosts h ON h.run_id = t.run_id AND h.host = t.host;
