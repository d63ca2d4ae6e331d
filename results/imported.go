package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"bench"
)

// Imported is what is known of what a trial took that was made elsewhere. What is
// nil is not known.
type Imported struct {
	Trial int64
	Cost  *bench.USD
	Wall  *time.Duration
	Roles []bench.RoleUsage // by role
}

// trialImported writes a trial that has one event.
func (r row) trialImported(p bench.TrialImported) error {
	cost := known(p.Cost)
	err := r.run(importTrial, string(p.Outcome), opt(string(p.Outcome.Blame())), verdict(p.Resolved),
		opt(p.Error), at(r.Time), cost, r.trial)
	if err != nil {
		return err
	}
	var wall any
	if p.Wall != nil {
		wall = millis(*p.Wall)
	}
	if err := r.run(insertImportedTrial, r.trial, cost, wall); err != nil {
		return err
	}
	if c := p.Contamination; c != nil {
		values, err := examinedRow(Examined{r.trial, *c}, r.event)
		if err == nil {
			err = r.run(insertExamined, values...)
		}
		if err != nil {
			return err
		}
	}
	for _, u := range p.Roles {
		err := r.run(insertImportedRole, r.trial, string(u.Role), opt(u.Model), known(u.Calls),
			known(u.Input), known(u.CachedInput), known(u.CacheWrite), known(u.Output), known(u.Cost))
		if err != nil {
			return err
		}
	}
	return nil
}

// known is a number, NULL if it is not known.
func known[N ~int64](n *N) any {
	if n == nil {
		return nil
	}
	return int64(*n)
}

// importedTrials reads what is known of the imported ones among some trials.
func importedTrials(ctx context.Context, tx *sql.Tx, where string, arg any) ([]Imported, error) {
	all, err := query(ctx, tx, scanImported,
		"SELECT trial_id, cost, wall_ms FROM imported_trials"+where+" ORDER BY trial_id", arg)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	at := make(map[int64]int, len(all))
	for i, t := range all {
		at[t.Trial] = i
	}
	type ofTrial struct {
		trial int64
		bench.RoleUsage
	}
	roles, err := query(ctx, tx, func(rows *sql.Rows) (u ofTrial, err error) {
		err = rows.Scan(&u.trial, &u.Role, &u.Model, &u.Calls, &u.Input, &u.CachedInput,
			&u.CacheWrite, &u.Output, &u.Cost)
		return u, err
	}, `SELECT trial_id, role, coalesce(model, ''), calls, input, cached_input, cache_write, output,
		cost FROM imported_roles`+where+" ORDER BY trial_id, role", arg)
	for _, u := range roles {
		t := &all[at[u.trial]]
		t.Roles = append(t.Roles, u.RoleUsage)
	}
	return all, err
}

func scanImported(rows *sql.Rows) (t Imported, err error) {
	var wall sql.NullFloat64
	if err := rows.Scan(&t.Trial, &t.Cost, &wall); err != nil {
		return t, err
	}
	t.Wall = spanned(wall)
	return t, nil
}

// Points returns the published points of a run; none if it has trials.
func (s *Store) Points(ctx context.Context, run string) ([]bench.Point, error) {
	text, err := one(query(ctx, s.reader, scanText, `SELECT coalesce(payload -> '$.points', '[]')
		FROM events WHERE run_id = ? ORDER BY seq LIMIT 1`, run))
	var points []bench.Point
	if err == nil {
		err = json.Unmarshal([]byte(text), &points)
	}
	return points, s.readError("points of run "+run, err)
}
