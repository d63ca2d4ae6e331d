-- Calls say with which parameters they were sent.

ALTER TABLE llm_calls ADD COLUMN parameters TEXT;
