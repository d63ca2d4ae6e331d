package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"bench"
)

// damage is an error of a file that does not hold what was written, and what to do.
func damage(err error) error {
	return &bench.Failure{
		Status: bench.ExitError, Err: fmt.Errorf("%w: %w", ErrDamaged, err),
		Hint: "keep a copy of the file and of the -wal beside it; bench db check lists what is " +
			"damaged; sqlite3 FILE .recover prints what can be saved",
	}
}

// LeftOpen reports whether a database has a log beside it: a process has it open, or did
// not close it. If nobody has it open, CheckLog says whether the log is whole.
func LeftOpen(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// CheckLog finds damage in the log beside a database that nobody has open, before it
// is opened: SQLite would lose without a word what was committed after the damage.
func CheckLog(path string) error {
	if err := checkLog(path); err != nil {
		return fmt.Errorf("open database %s: %w", path, damage(err))
	}
	return nil
}

// QuickCheck reads the whole file and finds pages and rows that are damaged, but not
// contents that were changed: see Check.
func (s *Store) QuickCheck(ctx context.Context) error {
	found, err := query(ctx, s.reader, scanText, "PRAGMA quick_check(1)")
	if err == nil && (len(found) != 1 || found[0] != "ok") {
		err = damage(errors.New(strings.Join(found, "; ")))
	}
	return s.readError("pages", err)
}

// Health is what Check found.
type Health struct {
	Runs, Events, Bodies int
	// Faults say what is wrong, one fault each.
	Faults []string
}

// maxFaults is how many faults of one kind are listed.
const maxFaults = 100

// Check finds what is wrong with a database: damaged pages and indexes, rows whose
// relations are missing, gaps in the logs of runs, and bodies that are missing or not
// what was written.
func (s *Store) Check(ctx context.Context) (h Health, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		pages, err := query(ctx, tx, scanText,
			fmt.Sprintf("PRAGMA integrity_check(%d)", maxFaults))
		if err != nil {
			pages = []string{err.Error()}
		}
		if len(pages) != 1 || pages[0] != "ok" {
			h.Faults = append(h.Faults, pages...)
		}
		for _, part := range []func(context.Context, *sql.Tx, *Health) error{
			checkRelations, checkLogs, s.checkBodies,
		} {
			if err := part(ctx, tx, &h); ctx.Err() != nil {
				return ctx.Err()
			} else if err != nil { // that, too, is a fault: there may be others
				h.Faults = append(h.Faults, err.Error())
			}
		}
		return nil
	})
	return h, s.readError("everything", err)
}

// checkRelations finds rows that belong to rows which are not there.
func checkRelations(ctx context.Context, tx *sql.Tx, h *Health) error {
	missing, err := query(ctx, tx, scanText,
		`SELECT DISTINCT "table" || ': rows of ' || "parent" || ' are missing'
		FROM pragma_foreign_key_check`)
	h.Faults = append(h.Faults, missing...)
	return err
}

// checkLogs counts runs and events, and finds gaps.
func checkLogs(ctx context.Context, tx *sql.Tx, h *Health) error {
	err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM runs),
		(SELECT count(*) FROM events), (SELECT count(*) FROM bodies)`).
		Scan(&h.Runs, &h.Events, &h.Bodies)
	if err != nil {
		return err
	}
	gaps, err := query(ctx, tx, scanText, `SELECT printf('run %s: %d of %d events are there',
			run_id, count(*), max(seq))
		FROM events GROUP BY run_id HAVING count(*) <> max(seq)`)
	h.Faults = append(h.Faults, gaps...)
	return err
}

// checkBodies finds bodies that are not what was written, and those that an event names
// and that are not there.
func (s *Store) checkBodies(ctx context.Context, tx *sql.Tx, h *Health) error {
	there := map[bench.BodyHash]bool{}
	rows, err := tx.QueryContext(ctx, "SELECT hash, size, encoding, content FROM bodies")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var q packed
		if err := rows.Scan(&q.hash, &q.size, &q.encoding, &q.content); err != nil {
			return err
		}
		there[q.hash] = true
		var f *bench.Failure
		if _, err := s.pack.unpack(q); errors.As(err, &f) {
			h.Faults = append(h.Faults, f.Err.Error())
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	dropped, err := query(ctx, tx, scanText, "SELECT hash FROM dropped_bodies")
	if err != nil {
		return err
	}
	for _, hash := range dropped {
		there[bench.BodyHash(hash)] = true // as it should be
	}
	runs, err := query(ctx, tx, scanText, "SELECT run_id FROM runs ORDER BY started_at, run_id")
	if err != nil {
		return err
	}
	for _, run := range runs {
		err := eachEvent(ctx, tx, run, func(e bench.Event) {
			for _, hash := range bodiesOf(e.Payload) {
				if !there[hash] {
					there[hash] = true // it is said once
					h.Faults = append(h.Faults, fmt.Sprintf("event %d of run %s names body %s, "+
						"which is missing", e.Seq, run, hash))
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachEvent hands on the events of a run in order.
func eachEvent(ctx context.Context, db querier, run string, f func(bench.Event)) error {
	rows, err := db.QueryContext(ctx, selectEvents, run, 0)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return fmt.Errorf("event %d of run %s: %w", e.Seq, run, err)
		}
		f(e)
	}
	return rows.Err()
}

// bodiesOf are the bodies that a payload names.
func bodiesOf(p bench.Payload) (all []bench.BodyHash) {
	var look func(reflect.Value)
	look = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			if v.Type() == reflect.TypeFor[bench.BodyHash]() && v.Len() > 0 {
				all = append(all, bench.BodyHash(v.String()))
			}
		case reflect.Pointer:
			if !v.IsNil() {
				look(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				look(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				look(v.Field(i))
			}
		default:
		}
	}
	look(reflect.ValueOf(p))
	return all
}

// CheckVerdicts reads the texts that the verdicts of a run rest on, its patches and the
// logs of their tests, and fails at the first that is not what was written.
func (s *Store) CheckVerdicts(ctx context.Context, run string) error {
	hashes, err := query(ctx, s.reader, scanText, selectJudged, run)
	if err != nil {
		return s.readError("what run "+run+" was judged by", err)
	}
	for _, hash := range hashes {
		_, err := s.Body(ctx, bench.BodyHash(hash))
		if err != nil && !errors.Is(err, ErrNotFound) { // trials made elsewhere may have none
			return err
		}
	}
	return nil
}

const selectJudged = `WITH judged AS (
		SELECT patch, log, script FROM trials LEFT JOIN grades USING (trial_id) WHERE run_id = ?)
	SELECT patch FROM judged WHERE patch <> '' UNION SELECT log FROM judged WHERE log <> ''
	UNION SELECT script FROM judged WHERE script <> ''`
