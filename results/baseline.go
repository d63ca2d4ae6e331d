package results

import (
	"context"
	"database/sql"
	"time"
)

// Baseline is a run that gates compare with, under a name.
type Baseline struct {
	Name    string
	RunID   string
	NamedAt time.Time
}

// Baselines returns the run that each name stands for now, by name.
func (s *Store) Baselines(ctx context.Context) ([]Baseline, error) {
	bs, err := query(ctx, s.reader, func(rows *sql.Rows) (b Baseline, err error) {
		var named int64
		err = rows.Scan(&b.Name, &b.RunID, &named)
		b.NamedAt = moment(named)
		return b, err
	}, `SELECT name, run_id, named_at FROM baselines b WHERE event_id = (
			SELECT max(event_id) FROM baselines o WHERE o.name = b.name)
		ORDER BY name`)
	return bs, s.readError("baselines", err)
}
