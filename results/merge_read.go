package results

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"bench"
)

// part is a run in one of the databases that are merged, or a shard of it.
type part struct {
	db     *Store
	name   string // of the file, as it was given
	run    string
	header bench.RunStarted // of the whole run
	shard  bench.ShardMerged
	// The events of a whole run, or those of the trials of a shard.
	from, to int64
	events   int64
	// Of a run that was merged before:
	log     int64         // its last event; 0 if it is another
	resumed bool          // work on it went on
	more    []bench.Event // baselines that were named
}

// entire is the whole of a merged run.
func (p *part) entire() *part {
	return &part{db: p.db, name: p.name, run: p.run, header: p.header, from: 1, to: p.log,
		events: p.log}
}

// String says where it is from, for people.
func (p *part) String() string {
	if p.shard.Index == 0 {
		return p.name
	}
	return fmt.Sprintf("%s (shard %d)", p.name, p.shard.Index)
}

// read opens a database and adds its parts. One of an earlier bench, or that others have
// open, is copied first.
func (m *merge) read(ctx context.Context, path string, n int) error {
	s, err := OpenReadOnly(ctx, path)
	if errors.Is(err, ErrOutdated) || err == nil && path != m.out && LeftOpen(path) {
		if s != nil {
			err = s.Close()
		}
		if err == nil || errors.Is(err, ErrOutdated) {
			s, err = copied(ctx, path, filepath.Join(m.dir, fmt.Sprintf("in-%d.db", n)))
		}
	}
	if err != nil {
		return err
	}
	m.stores = append(m.stores, s)
	if err := s.QuickCheck(ctx); err != nil {
		return err
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(runs, func(a, b Run) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range runs {
		parts, err := s.parts(ctx, r.ID)
		if err != nil {
			return s.readError("run "+r.ID, err)
		}
		for _, p := range parts {
			p.name = path
		}
		m.parts = append(m.parts, parts...)
	}
	return nil
}

// copied is a copy of a database as it is now, of today's schema.
func copied(ctx context.Context, path, to string) (*Store, error) {
	if err := (&Store{path: path}).copyTo(ctx, to); err != nil {
		return nil, err
	}
	today, err := Open(ctx, to)
	if err != nil {
		return nil, err
	}
	if err := today.Close(); err != nil {
		return nil, err
	}
	return OpenReadOnly(ctx, to)
}

// parts are those of a run: itself, or its shards if it was merged.
func (s *Store) parts(ctx context.Context, run string) ([]*part, error) {
	events, err := query(ctx, s.reader, scanEvent, selectRunEvents, run)
	if err != nil {
		return nil, err
	}
	var last int64
	if err := s.reader.QueryRowContext(ctx, selectLastSeq, run).Scan(&last); err != nil {
		return nil, err
	}
	header, ok := bench.RunStarted{}, false
	if len(events) > 0 {
		header, ok = events[0].Payload.(bench.RunStarted)
	}
	if !ok {
		return nil, damage(errors.New("its log does not begin with its start"))
	}
	var parts []*part
	switch {
	case header.Shard == nil:
		parts = []*part{{header: header, from: 1, to: last}}
	case header.Shard.Part():
		parts = []*part{{header: wholeOf(header), shard: standingOf(events, last), from: 2, to: last}}
	default:
		parts = mergedParts(header, events, last)
	}
	for _, p := range parts {
		p.db, p.run = s, run
		err := s.reader.QueryRowContext(ctx, "SELECT count(*) FROM events WHERE "+p.where(),
			p.run, p.from, p.to).Scan(&p.events)
		if err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// wholeOf is the header of the run of which this is that of a shard.
func wholeOf(h bench.RunStarted) bench.RunStarted {
	s := h.Shard
	h.Limits, h.Tasks, h.Trials = s.Limits, s.Tasks, s.Trials
	h.Shard = &bench.Shard{Count: s.Count, Plan: s.Plan}
	return h
}

// standingOf is how a shard stands, from the events that belong to no trial.
func standingOf(events []bench.Event, last int64) bench.ShardMerged {
	h, r := events[0].Payload.(bench.RunStarted), bench.NewRun("")
	for _, e := range events {
		_ = r.Apply(e) // of the run alone: none is impossible
	}
	return bench.ShardMerged{
		Index: h.Shard.Index, Version: h.Version, Home: h.Home, Workers: r.Header.Workers,
		Limits: r.Header.Limits, State: r.State, Error: r.Error, StartedAt: r.StartedAt,
		EndedAt: r.EndedAt, Seq: last, Trials: r.Header.Trials,
	}
}

// mergedParts are the shards of a run that was merged: each begins with an event of its
// own.
func mergedParts(h bench.RunStarted, events []bench.Event, last int64) (parts []*part) {
	var open *part
	var resumed bool
	var more []bench.Event
	end := last
	for _, e := range events[1:] {
		if open != nil {
			open.to, open = e.Seq-1, nil
		}
		switch p := e.Payload.(type) {
		case bench.ShardMerged:
			open = &part{header: h, shard: p, from: e.Seq + 1, to: last}
			parts = append(parts, open)
		case bench.BaselineNamed:
			more = append(more, e)
		case bench.RunEnded:
			end = e.Seq
		default:
			resumed = true
		}
	}
	for _, p := range parts {
		p.log, p.more = last, more
		p.resumed = resumed || last != end+int64(len(more))
	}
	return parts
}

// where is the condition for its events.
func (p *part) where() string {
	const all = "run_id = ?1 AND seq BETWEEN ?2 AND ?3"
	if p.shard.Index == 0 {
		return all
	}
	return all + " AND trial_id IS NOT NULL"
}

const selectRunEvents = eventColumns + `FROM events e LEFT JOIN trials t USING (trial_id)
	WHERE e.run_id = ? AND e.trial_id IS NULL ORDER BY e.seq`

// digest is a fingerprint of its first events.
func (p *part) digest(ctx context.Context, n int64) (sum [sha256.Size]byte, err error) {
	rows, err := p.db.reader.QueryContext(ctx, `SELECT json_array(time, type, configuration,
			instance_id, attempt, agent_id, payload)
		FROM (SELECT * FROM events WHERE `+p.where()+` ORDER BY seq LIMIT ?4) LEFT JOIN (
			SELECT trial_id, configuration, instance_id, attempt FROM trials WHERE run_id = ?1)
			USING (trial_id)
		ORDER BY seq`, p.run, p.from, p.to, n)
	if err != nil {
		return sum, err
	}
	defer rows.Close()
	h := sha256.New()
	for rows.Next() {
		text, err := scanText(rows)
		if err != nil {
			return sum, err
		}
		fmt.Fprintln(h, text)
	}
	h.Sum(sum[:0])
	return sum, rows.Err()
}

// latest is the latest state of a run or a shard, of which all others must be earlier ones.
func latest(ctx context.Context, same []*part) (*part, error) {
	last := same[0] // what is in the file already goes before its equals
	for _, p := range same[1:] {
		if p.events > last.events || p.events == last.events && p.shard.Seq > last.shard.Seq {
			last = p
		}
	}
	for _, p := range same {
		if p == last {
			continue
		}
		mine, err := p.digest(ctx, p.events)
		if err != nil {
			return nil, err
		}
		its, err := last.digest(ctx, p.events)
		if err != nil {
			return nil, err
		}
		if mine != its {
			return nil, bench.Usagef("run %s: %s and %s are not the same work: it was done twice under one "+
				"name; leave one of them out", p.run, p, last)
		}
	}
	return last, nil
}
