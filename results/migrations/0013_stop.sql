-- Runs may end as soon as their question is answered; NULL where they may not.

ALTER TABLE runs ADD COLUMN stop TEXT;
