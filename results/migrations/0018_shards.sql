-- Runs that are a part of one, or were put together from their parts.

ALTER TABLE runs ADD COLUMN shard INTEGER;
ALTER TABLE runs ADD COLUMN shards INTEGER;
ALTER TABLE runs ADD COLUMN plan TEXT;
ALTER TABLE runs ADD COLUMN planned_tasks INTEGER;

CREATE TABLE shards (
  run_id        TEXT NOT NULL REFERENCES runs,
  shard         INTEGER NOT NULL,
  version       TEXT NOT NULL,
  state         TEXT NOT NULL,
  error         TEXT,
  started_at    INTEGER NOT NULL,
  ended_at      INTEGER,
  limits        TEXT NOT NULL,
  agent_workers INTEGER NOT NULL,
  trials        INTEGER NOT NULL,
  last_seq      INTEGER NOT NULL,
  PRIMARY KEY (run_id, shard)
) STRICT, WITHOUT ROWID;
