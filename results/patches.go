package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bench"
)

// Patch is what a trial handed in.
type Patch struct {
	Key      bench.TrialKey
	Resolved *bool
	Text     string // empty if the agent changed nothing
}

// Patches returns what the trials of a configuration handed in, by task and
// attempt. Trials that never got that far are left out.
func (s *Store) Patches(ctx context.Context, run, configuration string) ([]Patch, error) {
	var out []Patch
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		trials, err := query(ctx, tx, scanTrial, selectTrials+` WHERE t.run_id = ?
			AND t.configuration = ? AND t.patch_bytes IS NOT NULL
			ORDER BY k.position, t.attempt`, run, configuration)
		if err != nil {
			return err
		}
		for _, t := range trials {
			body, err := s.body(ctx, tx, t.Patch)
			if err != nil {
				return err
			}
			out = append(out, Patch{Key: t.Key, Resolved: t.Resolved, Text: string(body)})
		}
		return nil
	})
	return out, s.readError(fmt.Sprintf("patches of %s in run %s", configuration, run), err)
}

const selectGraded = `SELECT payload FROM events WHERE trial_id = (SELECT trial_id FROM trials
	WHERE run_id = ? AND configuration = ? AND instance_id = ? AND attempt = ?)
	AND type = ? ORDER BY seq DESC LIMIT 1`

// Graded returns the judgement of a trial's patch with its tests in the order in
// which it was made; nil if the patch was not judged.
func (s *Store) Graded(ctx context.Context, run string, key bench.TrialKey) (*bench.Grade, error) {
	kind := bench.Grade{}.Type()
	payload, err := one(query(ctx, s.reader, scanText, selectGraded, run, key.Configuration,
		key.InstanceID, key.Attempt, kind))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	var g bench.Grade
	if err == nil {
		err = json.Unmarshal([]byte(payload), &g)
	}
	return &g, s.readError(fmt.Sprintf("grade of %s of run %s", key, run), err)
}
