-- Runs that play another run again: which, and how, as JSON. And where the answers of model
-- calls are from: 'log' is the log of that other run, NULL the model.

ALTER TABLE runs ADD COLUMN replay TEXT;
ALTER TABLE llm_calls ADD COLUMN source TEXT;
