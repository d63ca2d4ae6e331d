package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// take copies a run of another database, or the trials of a shard of one, whose run is
// there already. Rows are found again by the numbers that events and trials get here; the
// texts of events stay as they were written.
func (s *Store) take(ctx context.Context, p *part) error {
	return s.housekeeping(ctx, "merge "+p.String(), func(conn *sql.Conn) error {
		source := dsn(p.db.path, "mode=ro")
		if p.db.immutable {
			source += "&immutable=1"
		}
		if _, err := conn.ExecContext(ctx, "ATTACH ? AS source", source); err != nil {
			return err
		}
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := p.copy(ctx, tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, "DETACH source")
		return err
	})
}

func (p *part) copy(ctx context.Context, tx *sql.Tx) error {
	var n int64
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM source.events WHERE "+p.where(),
		p.run, p.from, p.to).Scan(&n)
	if err == nil && n != p.events {
		err = errors.New("it was written to meanwhile: merge again")
	}
	if err != nil {
		return err
	}
	for _, text := range []string{selectTrialOf(p), selectEventOf(p)} {
		if _, err := tx.ExecContext(ctx, text, p.run, p.from, p.to); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, indexNumbers+copyEvents+copyBodies); err != nil {
		return err
	}
	tables, err := query(ctx, tx, scanText, `SELECT name FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'
			AND name NOT IN ('bodies', 'dropped_bodies', 'events', 'trial_sums') ORDER BY name`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := p.copyTable(ctx, tx, table); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	_, err = tx.ExecContext(ctx, "DROP TABLE temp.event_of; DROP TABLE temp.trial_of")
	return err
}

// selectTrialOf makes the table of the trials by their numbers there and here.
func selectTrialOf(p *part) string {
	number := `(SELECT t.trial_id FROM main.trials t WHERE (t.run_id, t.configuration, t.instance_id,
		t.attempt) = (s.run_id, s.configuration, s.instance_id, s.attempt))`
	some := " AND trial_id IN (SELECT trial_id FROM source.events WHERE " + p.where() + ")"
	if p.shard.Index == 0 { // the run is not here yet
		number = `(SELECT coalesce(max(trial_id), 0) FROM main.trials) +
			row_number() OVER (ORDER BY trial_id)`
		some = ""
	}
	return "CREATE TEMP TABLE trial_of AS SELECT trial_id AS there, " + number +
		" AS here FROM source.trials s WHERE run_id = ?1" + some
}

// selectEventOf makes the same of events, with their places in the log.
func selectEventOf(p *part) string {
	return `CREATE TEMP TABLE event_of AS SELECT event_id AS there,
			(SELECT coalesce(max(event_id), 0) FROM main.events) + row_number() OVER (ORDER BY seq) AS here,
			(SELECT coalesce(max(seq), 0) FROM main.events WHERE run_id = ?1) +
				row_number() OVER (ORDER BY seq) AS seq
		FROM source.events WHERE ` + p.where()
}

const indexNumbers = `CREATE UNIQUE INDEX temp.trial_there ON trial_of (there);
	CREATE UNIQUE INDEX temp.event_there ON event_of (there);
`

const copyEvents = `INSERT INTO main.events (event_id, run_id, seq, time, type, trial_id, agent_id,
		payload)
	SELECT m.here, e.run_id, m.seq, e.time, e.type, t.here, e.agent_id, e.payload
	FROM temp.event_of m JOIN source.events e ON e.event_id = m.there
		LEFT JOIN temp.trial_of t ON t.there = e.trial_id
	ORDER BY m.seq;
`

const copyBodies = `INSERT OR IGNORE INTO main.bodies (hash, size, encoding, content)
	SELECT hash, size, encoding, content FROM source.bodies;
	INSERT OR IGNORE INTO main.dropped_bodies (hash, size)
		SELECT hash, size FROM source.dropped_bodies`

// copyTable copies the rows of a table that belong to what is copied.
func (p *part) copyTable(ctx context.Context, tx *sql.Tx, table string) error {
	columns, err := query(ctx, tx, scanText, "SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		return err
	}
	of := map[string]bool{}
	values := make([]string, len(columns))
	for i, c := range columns {
		of[c], values[i] = true, "x."+c
		switch c {
		case "event_id":
			values[i] = "m.here"
		case "trial_id":
			values[i] = "(SELECT t.here FROM temp.trial_of t WHERE t.there = x.trial_id)"
		case "last_event": // until which something was looked at
			values[i] = "(SELECT l.here FROM temp.event_of l WHERE l.there = x.last_event)"
		}
	}
	var rows string
	switch {
	case of["event_id"]:
		rows = "JOIN temp.event_of m ON m.there = x.event_id"
	case of["trial_id"]:
		rows = "WHERE x.trial_id IN (SELECT there FROM temp.trial_of)"
	case p.shard.Index == 0 || table == "images" || table == "hosts": // else it is there
		rows = "WHERE x.run_id = ?1"
	default:
		return nil
	}
	verb := "INSERT"
	switch table {
	case "images", "hosts":
		verb += " OR IGNORE"
	case "trials": // those of the plan have rows, as they were before they began
		verb += " OR REPLACE"
	}
	text := fmt.Sprintf("%s INTO main.%s (%s) SELECT %s FROM source.%s x %s", verb, table,
		strings.Join(columns, ", "), strings.Join(values, ", "), table, rows)
	_, err = tx.ExecContext(ctx, text, p.run)
	return err
}
