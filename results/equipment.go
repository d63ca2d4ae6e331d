package results

import (
	"context"
	"database/sql"

	"bench"
)

// Equipment is what agents of one role of a configuration were given: a system prompt and
// the schemas of their tools.
type Equipment struct {
	Configuration string
	Role          bench.Role
	SystemPrompt  bench.BodyHash
	Tools         bench.BodyHash
}

const selectEquipment = `SELECT DISTINCT t.configuration, a.role, coalesce(a.system_prompt, ''),
		coalesce(a.tools, '')
	FROM agents a JOIN trials t USING (trial_id) WHERE t.run_id = ? ORDER BY 1, 2, 3, 4`

// Equipment returns what the agents of a run were given, each thing once.
func (s *Store) Equipment(ctx context.Context, run string) ([]Equipment, error) {
	all, err := query(ctx, s.reader, scanEquipment, selectEquipment, run)
	return all, s.readError("equipment of run "+run, err)
}

func scanEquipment(rows *sql.Rows) (e Equipment, err error) {
	err = rows.Scan(&e.Configuration, &e.Role, &e.SystemPrompt, &e.Tools)
	return e, err
}

// Images returns the images that the agents of a run worked in.
func (s *Store) Images(ctx context.Context, run string) ([]bench.Image, error) {
	all, err := query(ctx, s.reader, scanImage, selectImages, run)
	return all, s.readError("images of run "+run, err)
}

const selectTaskImages = `SELECT DISTINCT t.instance_id, e.payload ->> '$.name',
		e.payload ->> '$.digest'
	FROM events e JOIN trials t USING (trial_id) WHERE e.run_id = ? AND e.type = ? ORDER BY 1, 2, 3`

// TaskImages returns the images that agents worked in on each task of a run.
func (s *Store) TaskImages(ctx context.Context, run string) (map[string][]bench.Image, error) {
	type taskImage struct {
		instanceID string
		bench.Image
	}
	all, err := query(ctx, s.reader, func(rows *sql.Rows) (t taskImage, err error) {
		err = rows.Scan(&t.instanceID, &t.Name, &t.Digest)
		return t, err
	}, selectTaskImages, run, string(bench.EventImage))
	byTask := map[string][]bench.Image{}
	for _, t := range all {
		byTask[t.instanceID] = append(byTask[t.instanceID], t.Image)
	}
	return byTask, s.readError("images of run "+run, err)
}

// Earlier is how many model calls of a run were answered from a cache, and what these had
// cost when they were made.
func (s *Store) Earlier(ctx context.Context, run string) (calls int, cost bench.USD, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(c.cost), 0)
		FROM trials t JOIN llm_calls c USING (trial_id)
		WHERE t.run_id = ? AND c.source = 'cache'`, run).Scan(&calls, &cost)
	return calls, cost, s.readError("answers of run "+run, err)
}

// Answering are the models that have answered a call of a run, by their names in its config.
func (s *Store) Answering(ctx context.Context, run string) ([]string, error) {
	models, err := query(ctx, s.reader, func(rows *sql.Rows) (model string, err error) {
		err = rows.Scan(&model)
		return model, err
	}, `SELECT DISTINCT c.model FROM trials t JOIN llm_calls c USING (trial_id)
		WHERE t.run_id = ? AND c.finish_reason IS NOT NULL ORDER BY 1`, run)
	return models, s.readError("models of run "+run, err)
}
