package results

import (
	"context"
	"database/sql"
	"fmt"

	"bench"
)

// State is the state of a run, as bench.Run folds it from all of its events, or an
// error that wraps ErrNotFound. Of trials that have ended it is read from their rows,
// which do not say who spoke last: what it takes depends on how many trials there
// are, and not on their events.
func (s *Store) State(ctx context.Context, run string) (*bench.Run, error) {
	r := bench.NewRun(run)
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		events, err := query(ctx, tx, scanEvent, selectOpenEvents, run)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return ErrNotFound
		}
		for _, e := range events {
			e.RunID = run
			if err := r.Apply(e); err != nil {
				return fmt.Errorf("event %d: %w", e.Seq, err)
			}
		}
		ended, err := query(ctx, tx, scanEnded, selectEnded, run)
		if err != nil {
			return err
		}
		for _, t := range ended {
			r.Settle(t)
		}
		if r.Notices, err = query(ctx, tx, scanRunNotice, selectRunNotices, run); err != nil {
			return err
		}
		var at int64
		err = tx.QueryRowContext(ctx, selectLast, run).Scan(&r.LastSeq, &at)
		r.UpdatedAt = moment(at)
		return err
	})
	if err != nil {
		return nil, s.readError("run "+run, err)
	}
	return r, nil
}

// settled are trials of which the row says all: they have ended, and no call of theirs
// was left under way.
const settled = `t.outcome IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM llm_calls c WHERE c.trial_id = t.trial_id AND c.open)`

// selectOpenEvents are the events of a run and of its trials that are not settled.
const selectOpenEvents = eventColumns + `FROM events e LEFT JOIN trials t USING (trial_id)
	WHERE e.event_id IN (
		SELECT event_id FROM events WHERE run_id = ?1 AND trial_id IS NULL
		UNION ALL
		SELECT o.event_id FROM trials t JOIN events o USING (trial_id)
			WHERE t.run_id = ?1 AND NOT (` + settled + `))
	ORDER BY e.seq`

const selectEnded = `SELECT configuration, instance_id, attempt, phase, outcome, resolved,
		coalesce(limit_resource, ''), coalesce(error, ''), coalesce(started_at, ended_at), ended_at,
		t.cost, (SELECT coalesce(sum(c.cost), 0) FROM llm_calls c
			WHERE c.trial_id = t.trial_id AND c.source = 'cache'),
		unreported_cost, i.trial_id IS NOT NULL AND i.cost IS NULL
	FROM trials t LEFT JOIN imported_trials i USING (trial_id)
	WHERE run_id = ? AND ` + settled

func scanEnded(rows *sql.Rows) (t bench.TrialStatus, err error) {
	var started, ended int64
	err = rows.Scan(&t.Key.Configuration, &t.Key.InstanceID, &t.Key.Attempt, &t.Phase, &t.Outcome,
		&t.Resolved, &t.Limit, &t.Error, &started, &ended, &t.Cost,
		&t.Earlier, &t.Unreported, &t.NoCost)
	t.StartedAt, t.EndedAt = moment(started), moment(ended)
	t.PhaseAt = t.EndedAt
	return t, err
}

const selectRunNotices = `SELECT code, text FROM notices WHERE run_id = ? ORDER BY event_id`

func scanRunNotice(rows *sql.Rows) (n bench.Notice, err error) {
	err = rows.Scan(&n.Code, &n.Text)
	return n, err
}

const selectLast = `SELECT seq, time FROM events WHERE run_id = ? ORDER BY seq DESC LIMIT 1`
