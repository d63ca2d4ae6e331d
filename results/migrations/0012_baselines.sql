-- The runs that gates compare with, by name. The last row of a name counts.

CREATE TABLE baselines (
  event_id INTEGER PRIMARY KEY REFERENCES events,
  name     TEXT NOT NULL,
  run_id   TEXT NOT NULL REFERENCES runs,
  named_at INTEGER NOT NULL
) STRICT;
CREATE INDEX baselines_by_name ON baselines (name, event_id);
