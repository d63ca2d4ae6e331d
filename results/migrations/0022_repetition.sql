-- Runs that repeat another one, with its config, tasks, prices and images; NULL where none does.

ALTER TABLE runs ADD COLUMN repetition_of TEXT;
