-- How far away the sandbox was from each terminal command, and from all on a machine.

ALTER TABLE tool_calls ADD COLUMN round_trip_ms REAL;

CREATE VIEW v_hosts AS
SELECT h.run_id, h.host, h.engine, h.name, h.os, h.arch, h.cpus, h.memory, h.kernel,
  h.engine_version, count(DISTINCT t.trial_id) AS trials, count(c.round_trip_ms) AS commands,
  min(c.round_trip_ms) AS round_trip_min_ms, avg(c.round_trip_ms) AS round_trip_mean_ms,
  max(c.round_trip_ms) AS round_trip_max_ms
FROM hosts h LEFT JOIN trials t ON t.run_id = h.run_id AND t.host = h.host
  LEFT JOIN tool_calls c USING (trial_id)
GROUP BY h.run_id, h.host;
