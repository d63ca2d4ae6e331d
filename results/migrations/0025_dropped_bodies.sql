-- Bodies of what was said that were dropped: figures rest on their sizes.

CREATE TABLE dropped_bodies (
  hash TEXT PRIMARY KEY,
  size INTEGER NOT NULL
) STRICT;

ALTER TABLE trials ADD COLUMN bodies_dropped_at INTEGER;
