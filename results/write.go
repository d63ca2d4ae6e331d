package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bench"
)

// writer owns the one connection that writes. Only the leader of a commit
// uses it, so it has no lock.
type writer struct {
	conn   *sql.Conn
	pack   *packer
	stmts  map[string]*sql.Stmt // by text, prepared when first used
	trials map[trialRef]int64   // ids of committed trials

	// Of the transaction under way:
	seqs  map[string]int64 // last number of each run's log
	fresh map[trialRef]int64
}

type trialRef struct {
	run string
	key bench.TrialKey
}

func newWriter(conn *sql.Conn, pack *packer) *writer {
	return &writer{conn: conn, pack: pack, stmts: map[string]*sql.Stmt{}, trials: map[trialRef]int64{}}
}

func (w *writer) close() error {
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// write puts a group of events into one transaction. If one cannot be written,
// nothing is, and its index is returned; -1 says that it was none of them.
func (w *writer) write(group []*pending) (bad int, err error) {
	w.seqs, w.fresh = map[string]int64{}, map[trialRef]int64{}
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return -1, err
	}
	defer func() {
		if err != nil {
			// SQLite may have rolled back by itself, so this may fail.
			_, _ = w.exec("ROLLBACK")
		}
	}()
	for i, p := range group {
		for _, e := range p.events {
			if p.seq, err = w.event(e); err != nil {
				return i, err
			}
		}
	}
	if _, err := w.exec("COMMIT"); err != nil {
		return -1, err
	}
	for ref, id := range w.fresh {
		w.trials[ref] = id
	}
	return -1, nil
}

// event writes one event: its bodies, its line in the log, its projections. It
// returns its number in the run's log.
func (w *writer) event(e encoded) (seq int64, err error) {
	if seq, err = w.nextSeq(e.Event); err != nil {
		return 0, err
	}
	for _, b := range e.bodies {
		if _, err := w.exec(insertBody, string(b.hash), b.size, b.encoding, b.content); err != nil {
			return 0, fmt.Errorf("body %s: %w", b.hash, err)
		}
	}
	if start, ok := e.Payload.(bench.RunStarted); ok {
		if err := w.runStarted(e.Event, start); err != nil {
			return 0, err
		}
	}
	r := row{writer: w, Event: e.Event, payload: e.payload}
	if !e.Trial.IsZero() {
		if r.trial, err = w.trial(e.RunID, e.Trial); err != nil {
			return 0, err
		}
	}
	res, err := w.exec(insertEvent, e.RunID, seq, e.Time.UnixMilli(), string(e.Payload.Type()),
		opt(r.trial), opt(e.Agent), e.payload)
	if err != nil {
		return 0, err
	}
	if r.event, err = res.LastInsertId(); err != nil {
		return 0, err
	}
	if err := r.project(); err != nil {
		return 0, err
	}
	w.seqs[e.RunID] = seq
	return seq, nil
}

// nextSeq numbers the events of a run. The write lock is held, so no other
// process can take the same number.
func (w *writer) nextSeq(e bench.Event) (int64, error) {
	last, ok := w.seqs[e.RunID]
	if !ok {
		if err := w.get(selectLastSeq, []any{e.RunID}, &last); err != nil {
			return 0, err
		}
	}
	if _, starts := e.Payload.(bench.RunStarted); last == 0 && !starts {
		return 0, errors.New("the run was never started")
	}
	return last + 1, nil
}

// trial returns the id of a trial, which it makes if this is the first time
// that anyone hears of it: new attempts are not planned with the run.
func (w *writer) trial(run string, key bench.TrialKey) (int64, error) {
	ref := trialRef{run, key}
	if id, ok := w.trials[ref]; ok {
		return id, nil
	}
	if id, ok := w.fresh[ref]; ok {
		return id, nil
	}
	var id int64
	err := w.get(selectTrial, []any{run, key.Configuration, key.InstanceID, key.Attempt}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		id, err = w.addTrial(run, key)
	}
	if err != nil {
		return 0, fmt.Errorf("trial %s: %w", key, err)
	}
	w.fresh[ref] = id
	return id, nil
}

func (w *writer) addTrial(run string, key bench.TrialKey) (int64, error) {
	res, err := w.exec(insertTrial, run, key.Configuration, key.InstanceID, key.Attempt)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// exec runs a statement. It is never cancelled: a group belongs to many
// callers, and none of them may end it for the others.
func (w *writer) exec(text string, args ...any) (sql.Result, error) {
	s, err := w.stmt(text) //nolint:sqlclosecheck // it is kept, and closed with the writer
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

func (w *writer) get(text string, args []any, dest ...any) error {
	s, err := w.stmt(text) //nolint:sqlclosecheck // it is kept, and closed with the writer
	if err != nil {
		return err
	}
	return s.QueryRowContext(context.Background(), args...).Scan(dest...)
}

func (w *writer) stmt(text string) (*sql.Stmt, error) {
	if s, ok := w.stmts[text]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	w.stmts[text] = s
	return s, nil
}

// opt is v, or NULL for the zero value.
func opt[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// at is a time in Unix milliseconds, NULL if there is none.
func at(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// millis is a duration in milliseconds.
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// between is the time from a to b in milliseconds, NULL if either is missing. It is that
// of the times as the log writes them, which lack the readings of the monotonic clock, so
// that whoever reads the log finds the same.
func between(a, b time.Time) any {
	if a.IsZero() || b.IsZero() {
		return nil
	}
	return millis(b.Round(0).Sub(a.Round(0)))
}

// verdict is NULL where there is none.
func verdict(resolved *bool) any {
	if resolved == nil {
		return nil
	}
	return *resolved
}

// listed is a JSON array, NULL if it is empty.
func listed[T any](items []T) (any, error) {
	if len(items) == 0 {
		return nil, nil
	}
	return asJSON(items)
}

func asJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
