-- What the work on ended trials comes to, so that a comparison need not read all of
-- it again, and an index to find the events of a run that belong to no trial.

CREATE TABLE trial_sums (
  trial_id   INTEGER PRIMARY KEY REFERENCES trials,
  basis      TEXT NOT NULL,
  last_event INTEGER NOT NULL,
  content    BLOB NOT NULL
) STRICT;

CREATE INDEX events_of_run ON events (run_id, seq) WHERE trial_id IS NULL;
