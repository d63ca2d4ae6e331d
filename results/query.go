package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"
	"time"

	"bench"
)

// Run is a run and the sums of its trials.
type Run struct {
	ID                 string
	Name               string
	Version            string // of bench
	State              bench.RunState
	Error              string
	StartedAt          time.Time
	EndedAt            time.Time // zero while it runs
	UpdatedAt          time.Time // time of the last event
	Config             bench.BodyHash
	DatasetSource      string
	DatasetFingerprint string
	Seed               int64
	Rules              string
	SandboxKind        string
	Workers            bench.Workers
	Limits             bench.Limits
	Baseline           string
	MarginPP           float64 // percentage points; 0 if none was declared
	MinSaving          float64 // 0 to 1; 0 if none was declared
	Stop               bench.Stop
	Simulated          bool
	Imported           string        // file its trials were imported from; empty if they ran here
	Replay             *bench.Replay // set if it plays another run again
	RepetitionOf       string        // the run that it runs again
	Shard              int           // of a part of a run, from 1
	Shards             int           // of a part of a run, and of one that was merged
	PlannedTasks       int           // of the whole run of which it is a part

	Configurations int
	Tasks          int
	Trials         int // planned and added
	Ended          int // whatever the outcome
	Graded         int // with a verdict
	Resolved       int
	Infra          int // ended by the infrastructure
	Cancelled      int
	Cost           bench.USD
	Unreported     bench.USD // as Trial's
	NoCost         int       // trials imported without a cost, which Cost lacks
	Points         int       // published points, which runs have instead of trials
}

// Part says which part of a run it is, for people; "" if it is all of one.
func (r Run) Part() string {
	if r.Shard == 0 {
		return ""
	}
	return fmt.Sprintf("shard %d of %d of its run: %d of %d tasks", r.Shard, r.Shards, r.Tasks,
		r.PlannedTasks)
}

const selectRun = `SELECT r.run_id, name, version, state, coalesce(error, ''), started_at,
		coalesce(ended_at, 0),
		(SELECT time FROM events e WHERE e.run_id = r.run_id ORDER BY seq DESC LIMIT 1),
		config, dataset_source, dataset_fingerprint, seed, rules, sandbox_kind, agent_workers,
		grading_workers, coalesce(sidekick_workers, 0), limits, coalesce(baseline, ''),
		coalesce(margin_pp, 0.0),
		coalesce(min_saving, 0.0), coalesce(stop, ''), simulated, coalesce(imported, ''),
		replay, coalesce(repetition_of, ''),
		coalesce(shard, 0), coalesce(shards, 0), coalesce(planned_tasks, 0),
		(SELECT count(*) FROM configurations c WHERE c.run_id = r.run_id),
		(SELECT count(*) FROM tasks t WHERE t.run_id = r.run_id),
		coalesce(n.trials, 0), coalesce(n.ended, 0), coalesce(n.graded, 0), coalesce(n.resolved, 0),
		coalesce(n.infra, 0), coalesce(n.cancelled, 0), coalesce(n.cost, 0),
		coalesce(n.unreported, 0),
		(SELECT count(*) FROM trials t JOIN imported_trials i USING (trial_id)
			WHERE t.run_id = r.run_id AND i.cost IS NULL),
		iif(imported IS NULL, 0, coalesce((SELECT json_array_length(payload, '$.points')
			FROM events e WHERE e.run_id = r.run_id ORDER BY seq LIMIT 1), 0))
	FROM runs r LEFT JOIN (
		SELECT run_id, count(*) AS trials, count(outcome) AS ended, count(resolved) AS graded,
			sum(resolved IS 1) AS resolved, sum(blame IS 'infra') AS infra,
			sum(blame IS 'user') AS cancelled, sum(cost) AS cost,
			sum(unreported_cost) AS unreported
		FROM trials GROUP BY run_id) n USING (run_id)`

// Runs returns all runs, the latest first.
func (s *Store) Runs(ctx context.Context) ([]Run, error) {
	runs, err := query(ctx, s.reader, scanRun, selectRun+" ORDER BY started_at DESC, r.run_id")
	return runs, s.readError("list runs", err)
}

// Run returns one run, or an error that wraps ErrNotFound.
func (s *Store) Run(ctx context.Context, id string) (Run, error) {
	run, err := one(query(ctx, s.reader, scanRun, selectRun+" WHERE r.run_id = ?", id))
	return run, s.readError("run "+id, err)
}

func scanRun(rows *sql.Rows) (r Run, err error) {
	var started, ended, updated int64
	var limits string
	var replay sql.NullString
	err = rows.Scan(&r.ID, &r.Name, &r.Version, &r.State, &r.Error, &started, &ended, &updated,
		&r.Config, &r.DatasetSource, &r.DatasetFingerprint, &r.Seed, &r.Rules, &r.SandboxKind,
		&r.Workers.Agents, &r.Workers.Grading, &r.Workers.Sidekicks, &limits, &r.Baseline,
		&r.MarginPP, &r.MinSaving, &r.Stop,
		&r.Simulated, &r.Imported, &replay, &r.RepetitionOf, &r.Shard, &r.Shards,
		&r.PlannedTasks, &r.Configurations,
		&r.Tasks, &r.Trials, &r.Ended, &r.Graded,
		&r.Resolved,
		&r.Infra, &r.Cancelled, &r.Cost, &r.Unreported, &r.NoCost, &r.Points)
	if err != nil {
		return r, err
	}
	r.StartedAt, r.EndedAt, r.UpdatedAt = moment(started), moment(ended), moment(updated)
	if replay.Valid {
		err = json.Unmarshal([]byte(replay.String), &r.Replay)
	}
	return r, errors.Join(err, json.Unmarshal([]byte(limits), &r.Limits))
}

// Configurations returns the configurations of a run as they were resolved, in
// the order of the config.
func (s *Store) Configurations(ctx context.Context, run string) ([]bench.Configuration, error) {
	cs, err := query(ctx, s.reader, scanConfiguration, selectConfigurations, run)
	return cs, s.readError("configurations of run "+run, err)
}

const selectConfigurations = `SELECT settings FROM configurations WHERE run_id = ?
	ORDER BY position`

func scanConfiguration(rows *sql.Rows) (c bench.Configuration, err error) {
	var settings string
	if err := rows.Scan(&settings); err != nil {
		return c, err
	}
	err = json.Unmarshal([]byte(settings), &c)
	return c, err
}

// Trials returns the trials of a run, in the order in which they were planned.
// A run that does not exist has none.
func (s *Store) Trials(ctx context.Context, run string) ([]Trial, error) {
	ts, err := query(ctx, s.reader, scanTrial, selectTrials+trialsOfRun, run)
	return ts, s.readError("trials of run "+run, err)
}

// Body returns the text a hash names. The empty hash names the empty body; a
// hash nobody stored is an error that wraps ErrNotFound, one that was dropped ErrDropped.
func (s *Store) Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error) {
	return s.body(ctx, s.reader, hash)
}

func (s *Store) body(ctx context.Context, db querier, hash bench.BodyHash) (bench.Body, error) {
	if hash == "" {
		return nil, nil
	}
	q := packed{hash: hash}
	err := db.QueryRowContext(ctx, selectBody, hash).
		Scan(&q.size, &q.encoding, &q.content)
	if errors.Is(err, sql.ErrNoRows) {
		err = whyGone(ctx, db, hash)
	}
	if err != nil {
		return nil, s.readError("body "+string(hash), err)
	}
	return s.pack.unpack(q)
}

const selectEvents = eventColumns + `FROM events e LEFT JOIN trials t USING (trial_id)
	WHERE e.run_id = ? AND e.seq >= ? ORDER BY e.seq`

const selectTrialEvents = eventColumns + `FROM trials t JOIN events e USING (trial_id)
	WHERE t.run_id = ? AND t.configuration = ? AND t.instance_id = ? AND t.attempt = ?
	ORDER BY e.seq`

const eventColumns = `SELECT e.seq, e.time, e.type, coalesce(e.agent_id, ''), e.payload,
	coalesce(t.configuration, ''), coalesce(t.instance_id, ''), coalesce(t.attempt, 0) `

// Events yields the events of a run in order, from a sequence number on, with
// times in milliseconds and without bodies. An error ends the sequence.
func (s *Store) Events(ctx context.Context, run string, from int64) iter.Seq2[bench.Event, error] {
	return func(yield func(bench.Event, error) bool) {
		rows, err := s.reader.QueryContext(ctx, selectEvents, run, from)
		if err != nil {
			yield(bench.Event{}, s.readError("events of run "+run, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			e, err := scanEvent(rows)
			e.RunID = run
			if err != nil {
				yield(bench.Event{}, s.readError(fmt.Sprintf("event %d of run %s", e.Seq, run), err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(bench.Event{}, s.readError("events of run "+run, err))
		}
	}
}

// TrialEvents returns the events of one trial in order, as Events yields them.
func (s *Store) TrialEvents(
	ctx context.Context, run string, key bench.TrialKey,
) ([]bench.Event, error) {
	es, err := query(ctx, s.reader, scanEvent, selectTrialEvents, run, key.Configuration,
		key.InstanceID, key.Attempt)
	for i := range es {
		es[i].RunID = run
	}
	return es, s.readError(fmt.Sprintf("events of %s of run %s", key, run), err)
}

func scanEvent(rows *sql.Rows) (e bench.Event, err error) {
	var at int64
	var kind bench.EventType
	var payload []byte
	k := &e.Trial
	err = rows.Scan(&e.Seq, &at, &kind, &e.Agent, &payload, &k.Configuration, &k.InstanceID,
		&k.Attempt)
	if err != nil {
		return e, err
	}
	e.Time = moment(at)
	e.Payload, err = decode(kind, payload)
	return e, err
}

// payloadTypes finds the Go type of a payload by its name in the log.
var payloadTypes = func() map[bench.EventType]reflect.Type {
	types := map[bench.EventType]reflect.Type{}
	for _, p := range bench.Payloads {
		types[p.Type()] = reflect.TypeOf(p)
	}
	return types
}()

func decode(kind bench.EventType, payload []byte) (bench.Payload, error) {
	t, ok := payloadTypes[kind]
	if !ok {
		return nil, fmt.Errorf("unknown event type %q", kind)
	}
	v := reflect.New(t)
	if err := json.Unmarshal(payload, v.Interface()); err != nil {
		return nil, fmt.Errorf("decode %s: %w", kind, err)
	}
	return v.Elem().Interface().(bench.Payload), nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// query collects the rows of a statement.
func query[T any](ctx context.Context, db querier, scan func(*sql.Rows) (T, error),
	text string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// one is the only row of a query.
func one[T any](rows []T, err error) (T, error) {
	if len(rows) == 0 {
		var zero T
		if err == nil {
			err = ErrNotFound
		}
		return zero, err
	}
	return rows[0], err
}

func (s *Store) readError(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read %s from %s: %w", what, s.path, explain(err))
}

// moment is the time of a number of Unix milliseconds; 0 is no time.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// span is the duration of a number of milliseconds.
func span(ms float64) time.Duration {
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}
