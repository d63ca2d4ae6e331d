-- What was found of the upstream fix in what agents did, by the version of the rules and
-- the last event that was looked at. NULL: nothing was found.

CREATE TABLE contamination (
  trial_id   INTEGER PRIMARY KEY REFERENCES trials,
  version    INTEGER NOT NULL,
  last_event INTEGER NOT NULL,
  severity   TEXT,
  findings   TEXT NOT NULL
) STRICT;
