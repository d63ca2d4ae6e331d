package results

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Summing is how the work on trials is summed up. The store keeps the sums of trials
// that have ended, and returns them for as long as nothing has changed that they
// follow from.
type Summing struct {
	// Basis names all that sums follow from besides the events of their trials: the
	// formulas, and what a run has settled. Empty: sums are neither looked up nor kept.
	Basis func(run Facts) string
	// Of sums up the work on some trials of a run, by their ids.
	Of func(Facts) map[int64][]byte
}

// batch is how many trials are summed up at once: the memory that it takes does not
// depend on how many a run has.
const batch = 64

// standing is how far the log of a trial goes, and the sums that are kept of it.
type standing struct {
	trial   int64
	last    int64 // event id; 0 if it has none
	kept    int64 // last event id of the sums; 0 if there are none
	basis   string
	content []byte
}

// Summed returns the facts of a run without those of its trials' work (agents, calls,
// tool calls, routes, delegations, pauses, outages, faults, notices and marks), and the
// sums of that by trial, as of one moment; or an error that wraps ErrNotFound. Sums that
// had to be made are kept if the file can be written to, and made again the next time if
// it cannot.
func (s *Store) Summed(
	ctx context.Context, run string, by Summing,
) (f Facts, sums map[int64][]byte, err error) {
	var made []standing
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		if f, err = head(ctx, tx, run); err != nil {
			return err
		}
		sums, made, err = s.sums(ctx, tx, f, by)
		return err
	})
	if err != nil {
		return Facts{}, nil, s.readError("run "+run, err)
	}
	// Who may not write, or finds others writing, has lost nothing but time.
	_ = s.keep(ctx, made)
	return f, sums, nil
}

// sums returns those of all trials of a run, and of these the ones to be kept.
func (s *Store) sums(
	ctx context.Context, tx *sql.Tx, f Facts, by Summing,
) (sums map[int64][]byte, made []standing, err error) {
	basis := by.Basis(f)
	if basis != "" {
		version, err := identify(ctx, tx)
		if err != nil {
			return nil, nil, err
		}
		basis = fmt.Sprintf("%d/%s", version, basis)
	}
	all, err := query(ctx, tx, scanStanding, selectStandings, f.Run.ID)
	if err != nil {
		return nil, nil, err
	}
	sums = make(map[int64][]byte, len(all))
	last := map[int64]int64{} // of those that are to be made
	for _, x := range all {
		if basis != "" && x.basis == basis && x.kept == x.last {
			sums[x.trial] = x.content
		} else {
			last[x.trial] = x.last
		}
	}
	stale := slices.DeleteFunc(slices.Clone(f.Trials), func(t Trial) bool { return sums[t.ID] != nil })
	for some := range slices.Chunk(stale, batch) {
		fresh, err := s.sumUp(ctx, tx, f, some, by)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(sums, fresh)
		for _, t := range some {
			if at := last[t.ID]; basis != "" && t.Outcome != "" && at > 0 {
				made = append(made, standing{t.ID, at, at, basis, fresh[t.ID]})
			}
		}
	}
	return sums, made, nil
}

// sumUp sums up the work on some trials of a run.
func (s *Store) sumUp(
	ctx context.Context, tx *sql.Tx, f Facts, some []Trial, by Summing,
) (map[int64][]byte, error) {
	f.Trials = some
	if err := s.work(ctx, tx, &f, ofTrials, idsOf(some)); err != nil {
		return nil, err
	}
	return by.Of(f), nil
}

const selectStandings = `SELECT trial_id,
		coalesce((SELECT max(event_id) FROM events e WHERE e.trial_id = t.trial_id), 0),
		coalesce(last_event, 0), coalesce(basis, ''), content
	FROM trials t LEFT JOIN trial_sums USING (trial_id) WHERE run_id = ?`

func scanStanding(rows *sql.Rows) (x standing, err error) {
	err = rows.Scan(&x.trial, &x.last, &x.kept, &x.basis, &x.content)
	return x, err
}

// keep writes sums, in a transaction of its own that does not wait long: the log has
// precedence.
func (s *Store) keep(ctx context.Context, made []standing) error {
	if len(made) == 0 {
		return nil
	}
	return s.keeping(ctx, impatience, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO trial_sums
			(trial_id, basis, last_event, content) VALUES (?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, x := range made {
			if _, err := insert.ExecContext(ctx, x.trial, x.basis, x.last, x.content); err != nil {
				return err
			}
		}
		return nil
	})
}

// keeping lets f write what follows from the log, when others let it within a time.
func (s *Store) keeping(
	ctx context.Context, wait time.Duration, f func(*sql.Tx) error,
) error {
	busy := fmt.Sprintf("&_pragma=busy_timeout(%d)", wait.Milliseconds())
	db, err := sql.Open("sqlite", dsn(s.path, keepParams+busy))
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// keepParams are those of the connection that keeps what follows. It makes no file.
const keepParams = "mode=rw&_pragma=foreign_keys(1)&_txlock=immediate"

// How long what follows from the log waits for others to have written: what nobody asked
// for not long, what is to be there later for as long as the log does.
const (
	impatience = 200 * time.Millisecond
	patience   = 10 * time.Second
)
