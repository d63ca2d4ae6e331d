-- Which model took each turn of agents whose model may change, and why.

CREATE TABLE routes (
  event_id       INTEGER PRIMARY KEY REFERENCES events,
  trial_id       INTEGER NOT NULL REFERENCES trials,
  agent_id       TEXT NOT NULL,
  turn           INTEGER NOT NULL,
  model          TEXT NOT NULL,
  chosen_by      TEXT NOT NULL,
  rule           INTEGER,
  reason         TEXT NOT NULL,
  facts          TEXT NOT NULL,
  previous_model TEXT,
  reasoning_lost INTEGER
) STRICT;
CREATE UNIQUE INDEX routes_of_trial ON routes (trial_id, agent_id, turn);
