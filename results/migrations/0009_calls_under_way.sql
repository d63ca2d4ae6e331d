-- A model call has a row from the moment when its request is sent; until its
-- answer is recorded it counts as one whose usage is not known.

ALTER TABLE llm_calls ADD COLUMN open INTEGER NOT NULL DEFAULT 0;
CREATE INDEX llm_calls_under_way ON llm_calls (trial_id, call_id) WHERE open;
