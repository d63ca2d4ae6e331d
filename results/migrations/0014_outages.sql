-- Times in which calls waited for a model that answered nobody. Events of runs before
-- do not tell.

CREATE TABLE outages (
  event_id INTEGER PRIMARY KEY REFERENCES events,
  trial_id INTEGER NOT NULL REFERENCES trials,
  agent_id TEXT,
  from_at  INTEGER NOT NULL,
  to_at    INTEGER
) STRICT;
CREATE INDEX outages_of_trial ON outages (trial_id);

-- The solve phase of a trial that was resumed before an agent had begun begins with the
-- last start before the first agent: nobody worked in between.
UPDATE trials SET solve_started_at = coalesce((
  SELECT max(e.time) FROM events e
  WHERE e.trial_id = trials.trial_id AND e.type = 'phase_started' AND e.payload ->> '$.phase' = 'solve'
    AND e.event_id < (SELECT min(a.event_id) FROM events a
      WHERE a.trial_id = trials.trial_id AND a.agent_id IS NOT NULL)), solve_started_at)
WHERE solve_started_at IS NOT NULL
  AND trial_id IN (SELECT trial_id FROM events WHERE type = 'trial_resumed')
  AND trial_id IN (SELECT trial_id FROM agents);

-- A tool call that was cut off goes when it is made again.
DELETE FROM tool_calls WHERE error_class = 'cancelled' AND EXISTS (
  SELECT 1 FROM tool_calls again
  WHERE again.trial_id = tool_calls.trial_id AND again.agent_id = tool_calls.agent_id
    AND again.batch_id = tool_calls.batch_id AND again.batch_index = tool_calls.batch_index
    AND again.event_id > tool_calls.event_id);
