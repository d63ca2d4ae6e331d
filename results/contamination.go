package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"bench"
)

// Examined is what an examination of a trial found of the upstream fix of its task.
type Examined struct {
	Trial int64
	bench.Contamination
}

// selectExamined leaves out trials of which something was recorded since.
const selectExamined = `SELECT trial_id, version, findings FROM contamination`

const upToDate = ` AND last_event >= coalesce((SELECT max(event_id) FROM events e
	WHERE e.trial_id = contamination.trial_id), 0) ORDER BY trial_id`

func scanExamined(rows *sql.Rows) (x Examined, err error) {
	var findings string
	if err := rows.Scan(&x.Trial, &x.Version, &findings); err != nil {
		return x, err
	}
	err = json.Unmarshal([]byte(findings), &x.Findings)
	return x, err
}

// examinedTrial is what was found in one trial; nil if that is not known.
func examinedTrial(ctx context.Context, tx *sql.Tx, id int64) (*Examined, error) {
	found, err := query(ctx, tx, scanExamined, selectExamined+" WHERE trial_id = ?"+upToDate, id)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

const insertExamined = `INSERT OR REPLACE INTO contamination
	(trial_id, version, last_event, severity, findings) VALUES (?, ?, ?, ?, ?)`

// examinedRow are the values of a row.
func examinedRow(x Examined, last int64) ([]any, error) {
	if x.Findings == nil {
		x.Findings = []bench.Finding{}
	}
	findings, err := asJSON(x.Findings)
	return []any{x.Trial, x.Version, last, opt(string(bench.Worst(x.Findings))), findings}, err
}

// KeepExamined keeps what was found in a trial, of which nobody records anything.
func (s *Store) KeepExamined(
	ctx context.Context, run string, key bench.TrialKey, c bench.Contamination,
) error {
	err := s.keeping(ctx, patience, func(tx *sql.Tx) error {
		var last int64
		x := Examined{Contamination: c}
		err := tx.QueryRowContext(ctx, `SELECT trial_id,
				coalesce((SELECT max(event_id) FROM events e WHERE e.trial_id = t.trial_id), 0)
			FROM trials t WHERE run_id = ? AND configuration = ? AND instance_id = ? AND attempt = ?`,
			run, key.Configuration, key.InstanceID, key.Attempt).Scan(&x.Trial, &last)
		if err != nil {
			return err
		}
		row, err := examinedRow(x, last)
		if err == nil {
			_, err = tx.ExecContext(ctx, insertExamined, row...)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep what was found in %s of run %s in %s: %w", key, run, s.path, explain(err))
	}
	return nil
}

// Task returns a task of a run as its data set has it. Of an imported run it is an error
// that wraps ErrNotFound.
func (s *Store) Task(ctx context.Context, run, instance string) (task bench.Task, err error) {
	row, err := one(query(ctx, s.reader, scanText,
		"SELECT row FROM tasks WHERE run_id = ? AND instance_id = ?", run, instance))
	if err == nil && row == "" {
		err = ErrNotFound
	}
	var body bench.Body
	if err == nil {
		body, err = s.Body(ctx, bench.BodyHash(row))
	}
	if err == nil {
		err = json.Unmarshal(body, &task)
	}
	return task, s.readError("task "+instance+" of run "+run, err)
}

// Examined returns what was found in those trials of a run that have not changed since,
// by their ids.
func (s *Store) Examined(ctx context.Context, run string) (map[int64]Examined, error) {
	all, err := query(ctx, s.reader, scanExamined, selectExamined+ofRun+upToDate, run)
	byTrial := make(map[int64]Examined, len(all))
	for _, x := range all {
		byTrial[x.Trial] = x
	}
	return byTrial, s.readError("what was found in run "+run, err)
}

// Exclusion is what is left out as contaminated: whole tasks, of all configurations and
// runs that are compared, so that what is left is paired as before.
type Exclusion struct {
	Severity bench.Severity `json:"severity"` // of a trial for which its task goes; or worse
	Tasks    []string       `json:"tasks"`    // in the order of the runs
	Of       int            `json:"of"`       // tasks that there were
	Trials   int            `json:"trials"`   // that are contaminated; the others of the tasks go, too
	Unknown  int            `json:"unknown"`  // trials of which nobody can tell
}

// Has reports whether a task is left out.
func (x *Exclusion) Has(instance string) bool {
	return x != nil && slices.Contains(x.Tasks, instance)
}

// Exclusion finds what is to be left out of runs, by what was found in their trials.
func (s *Store) Exclusion(
	ctx context.Context, runs []string, than bench.Severity,
) (*Exclusion, error) {
	x := &Exclusion{Severity: than, Tasks: []string{}}
	all := map[string]bool{}
	for _, run := range runs {
		trials, err := s.Trials(ctx, run)
		if err != nil {
			return nil, err
		}
		found, err := s.Examined(ctx, run)
		if err != nil {
			return nil, err
		}
		for _, t := range trials {
			all[t.Key.InstanceID] = true
			examined, ok := found[t.ID]
			switch {
			case !ok && t.Outcome != "":
				x.Unknown++
			case bench.Worst(examined.Findings).AtLeast(than):
				x.add(t.Key.InstanceID)
			}
		}
	}
	x.Of = len(all)
	return x, nil
}

func (x *Exclusion) add(instance string) {
	x.Trials++
	if !x.Has(instance) {
		x.Tasks = append(x.Tasks, instance)
	}
}
