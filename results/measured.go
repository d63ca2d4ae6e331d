package results

import (
	"context"
	"database/sql"
	"time"

	"bench"
)

// Measured is what is compared of a trial from run to run. What is nil is not
// known, or there is none.
type Measured struct {
	Key      bench.TrialKey
	Outcome  bench.Outcome // empty until it has ended
	Blame    bench.Blame
	Error    string
	Resolved *bool
	Cost     *bench.USD     // nil also if it is a lower bound
	Worked   *time.Duration // for which agents worked
	Took     *time.Duration // from its beginning to its end, but for the time nobody worked
}

// Counts is that of Trial.
func (m Measured) Counts() bool { return Trial{Outcome: m.Outcome, Blame: m.Blame}.Counts() }

// The time for which agents worked is that from the beginning to the end of the
// solve phase, without the time in which their process was dead.
const selectMeasured = `SELECT t.configuration, t.instance_id, t.attempt, coalesce(t.outcome, ''),
		coalesce(t.blame, ''), coalesce(t.error, ''), t.resolved,
		CASE
			WHEN i.trial_id IS NOT NULL THEN i.cost
			WHEN t.unreported_cost > 0 OR EXISTS (SELECT 1 FROM notices n
				WHERE n.trial_id = t.trial_id AND n.code = ?) THEN NULL
			ELSE t.cost END,
		CASE
			WHEN i.trial_id IS NOT NULL THEN i.wall_ms
			ELSE CAST(t.extract_started_at - t.solve_started_at - dead AS REAL) END,
		CAST(t.ended_at - t.started_at - dead AS REAL)
	FROM (SELECT *, coalesce((SELECT sum(d.to_at - d.from_at) FROM dead_times d
			WHERE d.trial_id = trials.trial_id AND d.to_at IS NOT NULL), 0) AS dead FROM trials) t
		LEFT JOIN imported_trials i USING (trial_id)
	WHERE t.run_id = ? ORDER BY t.trial_id`

// Measured returns what is compared of the trials of a run, in the order in which
// they were planned. A run that does not exist has none.
func (s *Store) Measured(ctx context.Context, run string) ([]Measured, error) {
	ms, err := query(ctx, s.reader, scanMeasured, selectMeasured, bench.NoticeNoUsage, run)
	return ms, s.readError("trials of run "+run, err)
}

func scanMeasured(rows *sql.Rows) (m Measured, err error) {
	var worked, took sql.NullFloat64
	err = rows.Scan(&m.Key.Configuration, &m.Key.InstanceID, &m.Key.Attempt, &m.Outcome, &m.Blame,
		&m.Error, &m.Resolved, &m.Cost, &worked, &took)
	m.Worked, m.Took = spanned(worked), spanned(took)
	return m, err
}

// spanned is the duration of a number of milliseconds, nil if there is none.
func spanned(ms sql.NullFloat64) *time.Duration {
	if !ms.Valid {
		return nil
	}
	d := span(ms.Float64)
	return &d
}
