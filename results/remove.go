package results

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bench"
)

// housekeepingParams are those of the connection that removes runs and tidies up. It
// minds relations itself, at the end: SQLite would look for children row by row.
const housekeepingParams = "_pragma=busy_timeout(10000)&_pragma=foreign_keys(0)" +
	"&_pragma=synchronous(FULL)&_txlock=immediate"

// housekeeping lets f use a connection that may do anything.
func (s *Store) housekeeping(
	ctx context.Context, what string, f func(*sql.Conn) error,
) error {
	db, err := sql.Open("sqlite", dsn(s.path, housekeepingParams))
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err == nil {
		err = errors.Join(f(conn), conn.Close())
	}
	if err != nil {
		return fmt.Errorf("%s in %s: %w", what, s.path, explain(err))
	}
	return nil
}

// RemoveRun removes a run with all that belongs to it, and the bodies that no other run
// names. The log is append-only for everybody else. Nobody may be working on the run.
func (s *Store) RemoveRun(ctx context.Context, run string) error {
	return s.housekeeping(ctx, "remove run "+run, func(conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := removeRun(ctx, tx, run); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	})
}

func removeRun(ctx context.Context, tx *sql.Tx, run string) error {
	orphans, err := bodiesOnlyOf(ctx, tx, run,
		func(other string) (func(bench.Event) bench.Payload, error) {
			if other == run {
				return nil, nil
			}
			return func(e bench.Event) bench.Payload { return e.Payload }, nil
		})
	if err != nil {
		return err
	}
	const ofLog = "events_never_go"
	trigger, err := one(query(ctx, tx, scanText,
		"SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", ofLog))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DROP TRIGGER "+ofLog); err != nil {
		return err
	}
	deletes, err := query(ctx, tx, scanText, selectDeletes)
	if err != nil {
		return err
	}
	for _, text := range deletes {
		if _, err := tx.ExecContext(ctx, text, run); err != nil {
			return err
		}
	}
	for _, hash := range orphans {
		for _, text := range []string{dropBody, "DELETE FROM dropped_bodies WHERE hash = ?"} {
			if _, err := tx.ExecContext(ctx, text, hash); err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, trigger); err != nil {
		return err
	}
	var h Health
	if err := checkRelations(ctx, tx, &h); err != nil || len(h.Faults) == 0 {
		return err
	}
	return damage(errors.New(strings.Join(h.Faults, "; ")))
}

// selectDeletes are the statements that remove the rows of a run, by the run, the event
// or the trial that they name; those that rows are found by go last.
const selectDeletes = `WITH
	columns AS (SELECT t.name AS t, c.name AS c FROM pragma_table_list t, pragma_table_info(t.name) c
		WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'),
	kinds AS (SELECT t, max(c = 'run_id') AS of_run, max(c = 'event_id') AS of_event,
			max(c = 'trial_id') AS of_trial
		FROM columns GROUP BY t)
	SELECT printf(CASE
		WHEN of_run THEN 'DELETE FROM %s WHERE run_id = ?'
		WHEN of_event THEN
			'DELETE FROM %s WHERE event_id IN (SELECT event_id FROM events WHERE run_id = ?)'
		ELSE 'DELETE FROM %s WHERE trial_id IN (SELECT trial_id FROM trials WHERE run_id = ?)'
		END, t)
	FROM kinds WHERE of_run OR of_event OR of_trial
	ORDER BY of_run, t = 'events', t = 'trials', t = 'runs', t`

// stays says of a run what stays of its events: nothing if it returns nil.
type stays func(run string) (func(bench.Event) bench.Payload, error)

// bodiesOnlyOf are the bodies that events of a run name, and nothing that stays does; in the
// order of the log.
func bodiesOnlyOf(
	ctx context.Context, db querier, run string, what stays,
) (all []bench.BodyHash, err error) {
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
		left, err := what(other)
		if err != nil {
			return nil, err
		}
		if left == nil {
			continue
		}
		err = eachEvent(ctx, db, other, func(e bench.Event) {
			for _, hash := range bodiesOf(left(e)) {
				delete(own, hash)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(h bench.BodyHash) bool { return !own[h] }), nil
}

// Vacuum gives the room of what was removed back to the disk, and returns the sizes of
// the file before and after.
func (s *Store) Vacuum(ctx context.Context) (before, after int64, err error) {
	err = s.housekeeping(ctx, "vacuum", func(conn *sql.Conn) error {
		if before, err = s.settled(ctx, conn); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "VACUUM"); err != nil {
			return err
		}
		after, err = s.settled(ctx, conn)
		return err
	})
	return before, after, err
}

// settled is the size of the file with its log folded in.
func (s *Store) settled(ctx context.Context, conn *sql.Conn) (int64, error) {
	if err := fold(ctx, conn); err != nil {
		return 0, err
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// fold moves the log of a connection's database into the file. It is an error if others
// use it for longer than the connection waits.
func fold(ctx context.Context, conn *sql.Conn) error {
	var busy bool
	var frames, folded int
	err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").
		Scan(&busy, &frames, &folded)
	if err == nil && busy {
		err = errors.New("others use it: its log cannot be folded in")
	}
	return err
}

// FoldLog moves the log beside the file into that, unless others use it right now or it
// cannot be written to: then LeftOpen is true as before, and no more is lost by that.
func (s *Store) FoldLog(ctx context.Context) {
	_ = s.housekeeping(ctx, "fold the log", func(conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout(0)"); err != nil {
			return err
		}
		return fold(ctx, conn)
	})
}

// Backup writes the database as it is now to a new file, whatever is written meanwhile,
// and checks that file. It is made beside its place: an error leaves nothing behind.
func (s *Store) Backup(ctx context.Context, path string) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".bench-*")
	if err != nil {
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	defer os.RemoveAll(dir)
	copied := filepath.Join(dir, filepath.Base(path))
	if err := s.copyTo(ctx, copied); err != nil {
		return err
	}
	if err := sound(ctx, copied); err != nil {
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("backup to %s: %w", path, cmp.Or(err, fs.ErrExist))
	}
	return os.Rename(copied, path)
}

// sound checks a file that was just written, which is on the disk then.
func sound(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	s, err := OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(s.QuickCheck(ctx), s.Close())
}
