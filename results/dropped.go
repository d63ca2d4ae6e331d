package results

import (
	"context"
	"database/sql"
	"time"

	"bench"
)

// Dropped is the day on which what was said in it was dropped; "" if it is there.
func (t Trial) Dropped() string {
	if t.BodiesDroppedAt.IsZero() {
		return ""
	}
	return t.BodiesDroppedAt.UTC().Format(time.DateOnly)
}

// Said counts texts and the bytes that they take in the file.
type Said struct {
	Texts int
	Bytes int64
}

// Said returns what bench.BodiesDropped would drop of a run now: what was said in it, and
// is part of nothing else and of no other run.
func (s *Store) Said(ctx context.Context, run string) (said Said, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		own, err := saidOnlyIn(ctx, tx, run)
		if err != nil {
			return err
		}
		for _, hash := range own {
			var bytes sql.NullInt64
			err := tx.QueryRowContext(ctx,
				"SELECT sum(length(content)) FROM bodies WHERE hash = ?", hash).Scan(&bytes)
			if err != nil {
				return err
			}
			if bytes.Valid { // else it was dropped before
				said.Texts++
				said.Bytes += bytes.Int64
			}
		}
		return nil
	})
	return said, s.readError("what was said in run "+run, err)
}

// saidOnlyIn are the bodies of what was said in a run that nothing else rests on: no
// figure, patch or set-up, and no trial of another run in which it is still there.
func saidOnlyIn(ctx context.Context, db querier, run string) ([]bench.BodyHash, error) {
	return bodiesOnlyOf(ctx, db, run, func(other string) (func(bench.Event) bench.Payload, error) {
		trials, err := query(ctx, db, scanTrial, selectTrials+trialsOfRun, other)
		gone := map[bench.TrialKey]bool{}
		for _, t := range trials {
			gone[t.Key] = other == run || !t.BodiesDroppedAt.IsZero()
		}
		return func(e bench.Event) bench.Payload {
			if gone[e.Trial] {
				return bench.Unsaid(e.Payload)
			}
			return e.Payload
		}, err
	})
}

// bodiesDropped drops what was said in a run.
func (r row) bodiesDropped() error {
	own, err := saidOnlyIn(context.Background(), r.conn, r.RunID)
	if err != nil {
		return err
	}
	for _, hash := range own {
		if err := r.run(keepSize, string(hash)); err != nil {
			return err
		}
		if err := r.run(dropBody, string(hash)); err != nil {
			return err
		}
	}
	r.pack.forget()
	return r.run(setBodiesDropped, at(r.Time), r.RunID)
}

// whyGone says why a body is not there.
func whyGone(ctx context.Context, db querier, hash bench.BodyHash) error {
	dropped, err := query(ctx, db, scanText, "SELECT hash FROM dropped_bodies WHERE hash = ?", hash)
	switch {
	case err != nil:
		return err
	case len(dropped) > 0:
		return ErrDropped
	}
	return ErrNotFound
}
