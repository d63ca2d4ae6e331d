package results

import (
	"context"
	"database/sql"
	"slices"

	"bench"
)

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
// figure, patch or set-up, and no trial of another run in which it is still there; in the
// order of the log.
func saidOnlyIn(ctx context.Context, db querier, run string) (all []bench.BodyHash, err error) {
	own := map[bench.BodyHash]bool{}
	err = eachEvent(ctx, db, run, func(e bench.Event) {
		for _, hash := range bodiesOf(e.Payload) {
			if !own[hash] {
				own[hash], all = true, append(all, hash)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	runs, err := query(ctx, db, scanText, "SELECT run_id FROM runs")
	if err != nil {
		return nil, err
	}
	for _, other := range runs {
		trials, err := query(ctx, db, scanTrial, selectTrials+trialsOfRun, other)
		if err != nil {
			return nil, err
		}
		gone := map[bench.TrialKey]bool{}
		for _, t := range trials {
			gone[t.Key] = other == run || !t.BodiesDroppedAt.IsZero()
		}
		err = eachEvent(ctx, db, other, func(e bench.Event) {
			p := e.Payload
			if gone[e.Trial] {
				p = bench.Unsaid(p)
			}
			for _, hash := range bodiesOf(p) {
				delete(own, hash)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(h bench.BodyHash) bool { return !own[h] }), nil
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
