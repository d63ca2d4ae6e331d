-- The time in which no process worked on a trial, once per trial and death: from
-- the last event of an agent before it to the first agent that went on. Solve
-- phases begin once: what a resumed trial did before counts, too.

CREATE TABLE dead_times (
  event_id INTEGER PRIMARY KEY REFERENCES events,
  trial_id INTEGER NOT NULL REFERENCES trials,
  from_at  INTEGER NOT NULL,
  to_at    INTEGER
) STRICT;
CREATE INDEX dead_times_of_trial ON dead_times (trial_id);

UPDATE trials SET solve_started_at = (
  SELECT min(e.time) FROM events e
  WHERE e.trial_id = trials.trial_id AND e.type = 'phase_started' AND e.payload ->> '$.phase' = 'solve')
WHERE trial_id IN (SELECT trial_id FROM events WHERE type = 'trial_resumed')
  AND solve_started_at IS NOT NULL;

WITH resumed AS (
  SELECT r.event_id, r.trial_id,
    (SELECT max(e.time) FROM events e WHERE e.trial_id = r.trial_id AND e.agent_id IS NOT NULL
      AND e.event_id < r.event_id) AS from_at,
    (SELECT min(e.event_id) FROM events e WHERE e.trial_id = r.trial_id AND e.event_id > r.event_id
      AND e.type IN ('agent_started', 'agent_resumed')) AS next
  FROM events r WHERE r.type = 'trial_resumed')
INSERT INTO dead_times (event_id, trial_id, from_at, to_at)
SELECT min(r.event_id), r.trial_id, min(r.from_at), e.time
FROM resumed r JOIN events e ON e.event_id = r.next
WHERE r.from_at IS NOT NULL
GROUP BY r.trial_id, r.next;
