package results

import (
	"context"
	"database/sql"
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
